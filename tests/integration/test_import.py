"""`prevenance import` through a gateway: sent whole, reported by line, and the same when run again."""

import asyncio
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from streams import import_sending, topic_admin, topics
from streams.cli import main
from streams.embedded import free_port
from streams.produce import KafkaAway, Message
from tests.doors import deps, door
from tests.reading import stored

HEADER = "client_id,name,email,advisor\n"


class Stored:
    """A Kafka that keeps what it gets; away for the first `away` sends."""

    def __init__(self, away: int = 0) -> None:
        self.messages: list[Message] = []
        self._away = away

    async def publish(self, messages: Sequence[Message]) -> None:
        if self._away:
            self._away -= 1
            raise KafkaAway("away")
        self.messages += messages

    @property
    def ids(self) -> list[str]:
        return [
            json.loads(m.value)["id"] for m in self.messages if m.value and m.topic == "client.declarations"
        ]


async def imported(file: Path, *options: str, kept: Stored, kind: str = "clients") -> Result:
    async with door(deps(kept.publish, clock=lambda: datetime.now(UTC))) as gateway:
        url = f"http://{gateway.server.host}:{gateway.server.port}"
        argv = ["import", kind, str(file), "--maison", "lumiere", "--url", url, "--key", "server-key"]
        return await asyncio.to_thread(CliRunner().invoke, main, [*argv, *options])


def a_base(folder: Path, rows: int) -> Path:
    file = folder / "clients.csv"
    lines = [f"c-{i},Client {i},c{i}@example.com,camille\n" for i in range(rows)]
    file.write_text(HEADER + "".join(lines))
    return file


async def test_a_base_is_sent_whole_and_a_second_run_sends_the_very_same_events(tmp_path: Path) -> None:
    file, first, second = a_base(tmp_path, 1_500), Stored(), Stored()
    done = await imported(file, kept=first)
    assert done.exit_code == 0, done.output
    assert "1,500 rows taken as 1,500 events" in done.output
    await imported(file, kept=second)
    assert len(set(first.ids)) == 1_500
    assert sorted(first.ids) == sorted(second.ids)


async def test_a_file_that_is_read_otherwise_says_something_new(tmp_path: Path) -> None:
    """Under the ids of the first run, what a column is said to be since was dropped as a resend."""
    file, kept = tmp_path / "clients.csv", Stored()
    file.write_text("client_id,name,wein\nc-1,Aline,Meursault\n")
    assert "not understood, and not read: wein" in (await imported(file, kept=kept)).output
    for _ in range(2):
        assert (await imported(file, "--map", "wein=preference_wine", kept=kept)).exit_code == 0
    first, second, third = kept.ids
    assert first != second == third


async def test_a_gateway_that_is_away_for_a_moment_loses_nothing(tmp_path: Path) -> None:
    kept = Stored(away=3)
    done = await imported(a_base(tmp_path, 900), kept=kept)
    assert done.exit_code == 0, done.output
    assert len(set(kept.ids)) == 900
    assert done.output.count("the gateway answers 503: it is asked again for up to 120 s") == 1


def test_that_nobody_answers_at_an_address_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_sending, "PATIENCE", 1.0)
    nowhere = ["--url", f"http://127.0.0.1:{free_port()}", "--key", "server-key"]
    argv = ["import", "clients", str(a_base(tmp_path, 900)), "--maison", "lumiere", *nowhere]
    done = CliRunner().invoke(main, argv)
    assert done.exit_code == 1
    assert done.output.count("the gateway does not answer (Client") == 1
    assert "the gateway took nothing for 1 s: start it, then run this again" in done.output


async def test_a_dry_run_sends_nothing_and_says_the_same(tmp_path: Path) -> None:
    file, kept, out = a_base(tmp_path, 10), Stored(), tmp_path / "report.json"
    file.write_text(file.read_text() + "c-3,again,,\n,,nobody,\n")
    done = await imported(file, "--dry-run", "--report", str(out), kept=kept)
    assert done.exit_code == 1
    assert not kept.messages
    told = json.loads(out.read_text())
    assert (told["taken"], told["events"], told["dry_run"]) == (10, 10, True)
    assert told["refused"] == [{"line": 13, "field": "email", "reason": "is no e-mail address"}]
    assert told["duplicates"] == [{"line": 12, "first": 5}]
    ran = await imported(file, "--report", str(out), kept=kept)
    assert ran.exit_code == 1
    said: dict[str, Any] = json.loads(out.read_text())
    assert {k: v for k, v in said.items() if k not in ("dry_run", "seconds")} == {
        k: v for k, v in told.items() if k not in ("dry_run", "seconds")
    }


async def test_without_a_gateway_it_goes_to_kafka_by_one_of_its_own(
    tmp_path: Path, fresh_kafka: Any, redis_url: str
) -> None:
    topic_admin.create_and_check(fresh_kafka.bootstrap, partitions=4, replication=1)
    file = a_base(tmp_path, 700)
    environ = {
        "PREVENANCE_KAFKA": fresh_kafka.bootstrap,
        "PREVENANCE_REDIS": redis_url,
        "PREVENANCE_PEPPER": "a pepper for the import",
        "PREVENANCE_MASTER_KEY": "a master secret for the import, long enough",
    }
    argv = ["import", "clients", str(file), "--maison", "lumiere", "--kafka"]
    done = await asyncio.to_thread(CliRunner().invoke, main, argv, env=environ)
    assert done.exit_code == 0, done.output
    records = await asyncio.to_thread(stored, fresh_kafka.bootstrap, topics.DECLARATIONS)
    assert len({json.loads(r.value())["id"] for r in records}) == 700
    assert not any(b"example.com" in r.value() for r in records)


def test_straight_to_kafka_needs_one(tmp_path: Path) -> None:
    argv = ["import", "clients", str(a_base(tmp_path, 3)), "--maison", "lumiere", "--kafka"]
    done = CliRunner().invoke(main, argv)
    assert done.exit_code == 1
    assert "PREVENANCE_KAFKA" in done.output
    assert "run it again" not in done.output, "again it would say the same"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--key", "wrong"), "answered 401"),
        (("--kafka",), "say where to"),
        (("--maison", "autre"), "no file in"),
        (("--as-of", "2999-01-01"), "future"),
    ],
)
async def test_what_cannot_be_done_is_told_in_a_sentence(
    tmp_path: Path, options: tuple[str, ...], why: str
) -> None:
    done = await imported(a_base(tmp_path, 3), *options, kept=Stored())
    assert done.exit_code == 1
    assert why in done.output
    assert "Traceback" not in done.output
