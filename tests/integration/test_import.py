"""`prevenance import` through a gateway: sent whole, reported by line, and the same when run again."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from streams.__main__ import main
from streams.produce import KafkaAway, Message
from tests.doors import deps, door

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


async def imported(file: Path, *options: str, stored: Stored, kind: str = "clients") -> Result:
    async with door(deps(stored.publish)) as gateway:
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
    done = await imported(file, stored=first)
    assert done.exit_code == 0, done.output
    assert "1,500 rows taken as 1,500 events" in done.output
    await imported(file, stored=second)
    assert len(set(first.ids)) == 1_500
    assert sorted(first.ids) == sorted(second.ids)


async def test_a_gateway_that_is_away_for_a_moment_loses_nothing(tmp_path: Path) -> None:
    stored = Stored(away=3)
    done = await imported(a_base(tmp_path, 900), stored=stored)
    assert done.exit_code == 0, done.output
    assert len(set(stored.ids)) == 900


async def test_a_dry_run_sends_nothing_and_says_the_same(tmp_path: Path) -> None:
    file, stored, out = a_base(tmp_path, 10), Stored(), tmp_path / "report.json"
    file.write_text(file.read_text() + "c-3,again,,\n,,nobody,\n")
    done = await imported(file, "--dry-run", "--report", str(out), stored=stored)
    assert done.exit_code == 1
    assert not stored.messages
    told = json.loads(out.read_text())
    assert (told["taken"], told["events"], told["dry_run"]) == (10, 10, True)
    assert told["refused"] == [{"line": 13, "field": "email", "reason": "is no e-mail address"}]
    assert told["duplicates"] == [{"line": 12, "first": 5}]
    ran = await imported(file, "--report", str(out), stored=stored)
    assert ran.exit_code == 1
    said: dict[str, Any] = json.loads(out.read_text())
    assert {k: v for k, v in said.items() if k not in ("dry_run", "seconds")} == {
        k: v for k, v in told.items() if k not in ("dry_run", "seconds")
    }


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
    done = await imported(a_base(tmp_path, 3), *options, stored=Stored())
    assert done.exit_code == 1
    assert why in done.output
    assert "Traceback" not in done.output
