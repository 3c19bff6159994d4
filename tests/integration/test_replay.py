"""`prevenance replay`: a recording goes through the line, at any speed; twice is as good as once."""

import json
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from schemas.codec import encode
from streams.recording import RecordingError
from streams.replay import Ask, replay
from streams.settings import settings_from
from tests.brokers.kafka import Kafka
from tests.builders import purchase, raw_event
from tests.line import PEPPER, ROOT, Line
from tests.reading import stored

SECONDS = 1_000_000.0

Replayed = Callable[..., Awaitable[dict[str, Any]]]


def record(path: Path, events: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def visits(count: int, every: float = 1.0) -> list[dict[str, Any]]:
    return [
        raw_event(
            "store.checkin",
            {"who": {"card": f"card-{i % 7}"}, "site": "vendome", "method": "nfc"},
            at=SECONDS + i * every,
        )
        for i in range(count)
    ]


@pytest.fixture(scope="module")
def line(empty_kafka: Kafka, empty_redis: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """Topics, and a worker to be started."""
    with Line(empty_kafka.bootstrap, empty_redis, tmp_path_factory.mktemp("replay")) as line:
        yield line


@pytest.fixture
def environ(line: Line) -> dict[str, str]:
    return {"PREVENANCE_KAFKA": line.kafka, "PREVENANCE_REDIS": line.redis, "PREVENANCE_PEPPER": PEPPER}


@pytest.fixture
def replayed(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Replayed:
    """Replays a file and gives the summary, with what was said as `said`."""

    async def replayed(
        file: Path, speed: float | None = None, strict: bool = False, out: Path | None = None
    ) -> dict[str, Any]:
        ask = Ask(file=str(file), speed=speed, strict=strict, wait=False, out=out, json=True)
        assert await replay(settings_from(environ), ask) == 0
        told, said = capsys.readouterr()
        return {**json.loads(told), "said": said}

    return replayed


def example(name: str) -> Callable[..., Any]:
    """The `main` of an example."""
    main: Callable[..., Any] = runpy.run_path(str(ROOT / "examples" / name))["main"]
    return main


def command(environ: dict[str, str], *argv: object, **how: Any) -> subprocess.Popen[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PREVENANCE_")}
    return subprocess.Popen(
        [sys.executable, "-m", "streams", "replay", "--json", *map(str, argv)],
        cwd=ROOT,
        env=clean | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **how,
    )


@pytest.fixture
def cdnow(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[int, dict[str, str]], str]:
    """Recorded, replayed by the command, compared with pandas; what the comparison printed."""
    monkeypatch.setenv("PREVENANCE_DATA", str(data))
    monkeypatch.setenv("PREVENANCE_PEPPER", PEPPER)

    def cdnow(every: int, environ: dict[str, str]) -> str:
        recording, records, summary = (tmp_path / name for name in ("purchases", "records", "summary"))
        example("cdnow.py")(str(recording), str(every))
        with command(environ, recording, "--out", records) as process:
            told, said = process.communicate(timeout=500)
        assert process.returncode == 0, said
        summary.write_text(told)
        capsys.readouterr()
        code = example("cdnow_check.py")(str(records), str(summary), str(every))
        printed = capsys.readouterr().out
        assert code == 0, printed
        return printed

    return cdnow


def test_an_embedded_replay_of_real_purchases_equals_pandas_exactly(
    cdnow: Callable[[int, dict[str, str]], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = cdnow(40, {"PREVENANCE_PEPPER": PEPPER})

    assert "monetary           589       589          0" in printed
    assert "1,676 events in" in printed

    first, *others = read(tmp_path / "records")
    first["facts"]["spend"]["USD"] += 1
    assert example("cdnow_check.py")(str(record(tmp_path / "wrong", [first, *others])), "", "40") == 1
    assert "monetary           589       588          1" in capsys.readouterr().out


@pytest.mark.prove
@pytest.mark.timeout(600)
def test_all_clients_of_cdnow_equal_pandas_exactly(
    line: Line,
    environ: dict[str, str],
    cdnow: Callable[[int, dict[str, str]], str],
    say: Callable[[str], None],
) -> None:
    with redis.Redis.from_url(line.redis) as client:
        client.flushall()
    line.start("worker", agents="keys,personalise,identify")
    printed = cdnow(1, environ)
    line.stop("worker", patience=30)
    say(printed)
    assert "monetary        23,570    23,570          0" in printed


def test_cdnow_is_found_in_a_package_whose_own_needs_are_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREVENANCE_DATA", raising=False)
    with pytest.raises(SystemExit, match="CDNOW is not here"):
        example("cdnow.py")(str(tmp_path / "purchases"))
    datasets = tmp_path / "lifetimes/datasets"
    datasets.mkdir(parents=True)
    (datasets.parent / "__init__.py").write_text("import what_pip_was_told_to_leave_out")
    (datasets / "CDNOW_master.txt").write_text(" 00001 19970101  1   11.77\n")
    monkeypatch.syspath_prepend(tmp_path)
    example("cdnow.py")(str(tmp_path / "purchases"))
    assert [e["data"]["lines"][0]["amount"] for e in read(tmp_path / "purchases")] == [1177]


async def test_the_same_recording_twice_changes_nothing(
    line: Line, replayed: Replayed, tmp_path: Path
) -> None:
    events = visits(300) + [
        json.loads(encode(purchase(SECONDS + i, card=f"card-{i % 7}"))) for i in range(50)
    ]
    file = record(tmp_path / "recording", events)
    line.start("worker", agents="keys,personalise,identify")

    told = await replayed(file, out=tmp_path / "first")
    await replayed(file, out=tmp_path / "again")
    line.stop("worker", patience=30)

    facts = {r["id"]: r["facts"] for r in read(tmp_path / "first")}
    assert (told["events"], told["refused"], len(facts)) == (350, 0, 7)
    assert sum(f["visits"] for f in facts.values()) == 300
    assert sum(f["purchases"] for f in facts.values()) == 50
    assert {r["id"]: r["facts"] for r in read(tmp_path / "again")} == facts
    assert stored(line.kafka, "alerts") == []  # nobody hears of a replay


async def test_bad_lines_are_told_by_number_and_counted_and_the_rest_is_sent(
    replayed: Replayed, tmp_path: Path
) -> None:
    file = record(tmp_path / "recording", visits(2))
    file.write_text(file.read_text() + '{"name": "Aline Dupont"}\n\nno json\n')

    told = await replayed(file)

    assert (told["events"], told["refused"]) == (2, 2)
    assert "line 3: " in told["said"]
    assert "line 5: not JSON" in told["said"]
    assert "Aline" not in told["said"]


async def test_strict_stops_at_the_first_bad_line(replayed: Replayed, tmp_path: Path) -> None:
    file = record(tmp_path / "recording", [{}, *visits(2)])
    with pytest.raises(RecordingError, match="line 1: "):
        await replayed(file, strict=True)


async def test_a_recording_is_played_at_its_own_speed_faster_or_flat_out(
    replayed: Replayed, tmp_path: Path
) -> None:
    seconds = record(tmp_path / "seconds", visits(5, every=0.5))
    hours = record(tmp_path / "hours", visits(5, every=3600))

    as_recorded = await replayed(seconds, speed=1.0)
    faster = await replayed(hours, speed=7200.0)
    flat_out = await replayed(hours, speed=None)  # four hours of recording: it would not end here

    assert as_recorded["seconds"] >= 2.0
    assert faster["seconds"] >= 2.0
    assert [told["events"] for told in (as_recorded, faster, flat_out)] == [5, 5, 5]


async def test_a_recording_that_is_not_there_is_told_in_a_sentence(
    replayed: Replayed, tmp_path: Path
) -> None:
    with pytest.raises(RecordingError, match="can't be read: No such file"):
        await replayed(tmp_path / "none")


def test_an_interruption_ends_a_replay_with_its_summary_even_where_nothing_comes(
    environ: dict[str, str],
) -> None:
    with command(environ, "-", stdin=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write("".join(json.dumps(event) + "\n" for event in [{}, *visits(3)]))
        process.stdin.flush()
        assert "line 1: " in process.stderr.readline()  # it has begun
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 130  # while its stdin is still open
        assert json.loads(process.stdout.read())["interrupted"]
        assert "3 events sent" in process.stderr.read()


def test_before_anything_comes_a_replay_says_so_and_can_be_interrupted(environ: dict[str, str]) -> None:
    with command(environ, "-", stdin=subprocess.PIPE) as process:
        try:
            assert process.stderr
            said = next(line for line in process.stderr if line.startswith("prevenance: "))
            assert "nothing has come yet" in said
            process.send_signal(signal.SIGINT)
            assert process.wait(15) == 130
        finally:
            process.kill()
