"""Every command of the documentation runs as it stands there, against a running line."""

import asyncio
import gzip
import json
import os
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.codec import encode
from streams.auth import token_for
from tests.blocks import ROOT, Block, all_blocks, copy_of, pages, strays_of
from tests.brokers.kafka import Kafka
from tests.line import Line, oid
from tests.outside import LUMIERE, SECRET, WRITE_KEY, event
from tests.shell import Shell
from tests.unit.test_whatif import week

BLOCKS = all_blocks()
APP_SECRET = "of-the-app-that-signs"
WEBHOOKS = f"lumiere:whatsapp:1122334455667:{APP_SECRET}:verify-me"
READERS = {"docs/sources.md": "camille", "docs/alerts.md": "camille"}
"""Whose token a page speaks of, where it is not that of whoever answers for clients' rights."""
DECISIONS = [
    {"context": "d1", "actions": ["card", "silence"], "action": "card", "propensity": 0.5, "reward": 1.0},
    {"context": "d2", "actions": ["card", "silence"], "action": "silence", "propensity": 0.5, "reward": 0.0},
]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with Shell(tmp_path_factory.mktemp("shell")) as running:
        yield running


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the repository, and the files that the pages speak of."""
    folder = tmp_path_factory.mktemp("clone")
    copy_of(ROOT, folder)
    (folder / "base.csv").write_text("client_id,name,email,advisor\nc-1,Aline,aline@example.com,camille\n")
    (folder / "books.csv").write_text("client_id,advisor\nc-1,camille\n")
    calendar = "client_id,appointment,site,date,from\nc-1,rdv-1,vendome,2036-12-01,15:00\n"
    (folder / "calendar.csv").write_text(calendar)
    article = {"sku": ["bag-nova"], "name": ["Nova bag"], "category": ["bags"], "price": [1_200]}
    pq.write_table(pa.table(article), folder / "articles.parquet")
    (folder / "mine.json").write_text('{"version": 1, "interests": ["watches"]}')
    zipped(folder / "takeout.zip", "MyActivity.json", [{"title": "Searched for watches"}] * 3)
    topic = {"string_map_data": {"Name": {"href": "", "value": "watches"}}}
    zipped(folder / "instagram.zip", "recommended_topics.json", {"topics_your_topics": [topic]})
    packed(folder / "decisions.jsonl.gz", [json.dumps(one).encode() for one in DECISIONS])
    packed(folder / "week.jsonl.gz", [encode(one) for one in week()])
    shutil.copytree(ROOT / "deploy/maisons", folder / "changed")
    return folder


def zipped(path: Path, name: str, held: Any) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, json.dumps(held))


def packed(path: Path, lines: list[bytes]) -> None:
    path.write_bytes(gzip.compress(b"\n".join(lines)))


@pytest.fixture(scope="module")
def line(empty_kafka: Kafka, empty_redis: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A running line that knows Aline."""
    folder, called = tmp_path_factory.mktemp("line"), {"PREVENANCE_WEBHOOKS": WEBHOOKS}
    with Line(empty_kafka.bootstrap, empty_redis, folder, environ_of=lambda _: called) as running:
        running.start("gateway", "worker", "console")
        asyncio.run(_met(running))
        yield running


async def _met(line: Line) -> None:
    async with line.outside() as outside:
        await outside.post(
            [
                event("client.profile", client_id="aline", fields={"name": "Aline", "language": "fr"}),
                event("client.consent", client_id="aline", purpose="marketing", state="all"),
                event("store.checkin", client_id="aline", site="vendome", method="nfc"),
            ]
        )
        await outside.facts_become({"visits": 1}, client_id="aline")


def environment(line: Line, page: str) -> dict[str, str]:
    """What whoever reads the page has in their shell."""
    person = LUMIERE.person(READERS.get(page, "maud"))
    assert person is not None
    told = {
        "APP_SECRET": APP_SECRET,
        "KEY": WRITE_KEY,
        "OID": oid("aline"),
        "TOKEN": token_for(person, LUMIERE, SECRET, time.time() + 3600, issued=time.time()),
    }
    return line.environ | told


def places(commands: str, line: Line) -> str:
    """Commands that speak to the ports of this line."""
    for said, name in (("8080", "gateway"), ("8081", "console")):
        commands = commands.replace(f"http://127.0.0.1:{said}", f"http://127.0.0.1:{line[name].port}")
    return commands


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.proved is None], ids=str)
def test_a_block_runs(
    block: Block, clone: Path, shell: Shell, say: Callable[[str], None], request: pytest.FixtureRequest
) -> None:
    if block.not_run is not None:
        say(f"{block} is not run: {block.not_run}")
        pytest.skip(block.not_run)
    line: Line = request.getfixturevalue("line")
    code, output = shell.run(places(block.commands, line), clone, environment(line, block.page))
    assert code == 0, f"{block}: {block.commands}\n{output}"


@pytest.mark.prove
@pytest.mark.timeout(1_900)
@pytest.mark.parametrize("block", [b for b in BLOCKS if b.proved is not None], ids=str)
def test_a_long_block_runs(block: Block, clone: Path, shell: Shell, data: Path) -> None:
    commands = block.commands.replace("../shared/data", str(data))
    code, output = shell.run(commands, clone, os.environ, patience=1_800.0)
    assert code == 0, f"{block}: {block.commands}\n{output}"


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_no_command_stands_where_nothing_runs_it(page: Path) -> None:
    assert not strays_of(page.read_text()), "put it into a block of `sh`"


def test_a_command_that_fails_is_seen_and_ends_its_block(shell: Shell, tmp_path: Path) -> None:
    code, output = shell.run("prevenance --nonsense | cat\necho further", tmp_path, dict(os.environ))
    assert code == 2
    assert "No such option" in output
    assert "further" not in output
