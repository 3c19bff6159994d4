"""A worker that meets what another version left, or a resized log, leaves in words and writes nothing."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from confluent_kafka.admin import AdminClient, NewPartitions

from feature_store import keys
from feature_store import record as records
from streams import topics
from tests.blocks import ROOT
from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
from tests.line import Line, oid
from tests.outside import Outside, event
from tests.waiting import wait_until

BROKEN = 70


@pytest.fixture(scope="module")
def line(empty_kafka: Kafka, redis_server: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("restart")
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    with Line(
        empty_kafka.bootstrap, redis_server.url, folder, session_timeout=2.0, checkpoint_seconds=0.5
    ) as line:
        line.start("worker", "gateway", "console")
        yield line


@pytest.fixture
def store(line: Line) -> Iterator[Any]:
    with redis.Redis.from_url(line.redis) as client:
        yield client


def part(client: str) -> str:
    return keys.part("lumiere", topics.partition_of(oid(client).encode(), 4), oid(client))


async def came_in(outside: Outside, client: str) -> None:
    await outside.post([event("store.checkin", client_id=client, site="vendome", method="nfc")])


async def left_in_words(line: Line, *words: str) -> None:
    assert await asyncio.to_thread(line["worker"].left, 30) == BROKEN
    assert [word for word in words if word not in line["worker"].tail()] == []


@pytest.mark.parametrize(
    ("version", "words"),
    [(records.VERSION + 1, "upgrade it first"), (records.VERSION - 1, "prevenance rebuild --yes")],
)
async def test_a_record_of_another_version_is_left_as_it_is_and_its_event_waits(
    line: Line, store: Any, version: int, words: str
) -> None:
    async with line.outside() as outside:
        line.ensure("worker")
        client = f"of-version-{version}"
        await came_in(outside, client)
        await outside.facts_become({"visits": 1}, client_id=client)
        right = store.get(part(client))
        other = msgspec.msgpack.encode(msgspec.msgpack.decode(right) | {"v": version})
        store.set(part(client), other)
        fences = {shard: store.get(keys.fence(shard)) for shard in range(4)}
        await came_in(outside, client)
        await left_in_words(line, f"a record has version {version}", words)
        assert store.get(part(client)) == other
        assert {shard: store.get(keys.fence(shard)) for shard in range(4)} == fences
        store.set(part(client), right)  # as the right version of the worker finds it
        line.start("worker")
        await outside.facts_become({"visits": 2}, client_id=client)


async def test_a_log_that_was_given_more_partitions_is_refused_with_its_store_and_without(
    line: Line, store: Any
) -> None:
    """Last, for partitions can't be taken back."""
    async with line.outside() as outside:
        line.ensure("worker")
        await came_in(outside, "before")
        await outside.facts_become({"visits": 1}, client_id="before")
        await wait_until(lambda: not store.keys("changed*"), what="a checkpoint")
    line.stop("worker", "gateway", "console")
    await asyncio.to_thread(resize, line.kafka, 8)
    held = everything(store)
    line.start("worker", wait=False)
    await left_in_words(line, "had 4 partitions a topic, and it has 8 now", "docs/restarting.md")
    assert everything(store) == held
    store.flushall()
    line.start("worker", wait=False)
    await left_in_words(line, "the checkpoint of shard", "had 4 partitions a topic, and it has 8 now")


def everything(store: Any) -> dict[bytes, bytes]:
    """All that stands in Redis, but for who was to publish what of it."""
    named = (name for name in store.scan_iter() if not name.startswith((b"changed", b"checkpoint")))
    return {name: store.dump(name) for name in named}


def resize(kafka: str, partitions: int) -> None:
    """All topics that have shards, as somebody would who thinks that this is all there is to it."""
    named = [topic.name for topic in topics.TOPICS if topic.partitions is None]
    with AdminClient({"bootstrap.servers": kafka}) as admin:
        for done in admin.create_partitions([NewPartitions(name, partitions) for name in named]).values():
            done.result(timeout=20)


async def test_a_log_that_lost_what_the_store_has_applied_is_refused_and_made_good_by_starting_over(
    tmp_path: Path,
) -> None:
    """Put back from a copy, say: what was sent then was acknowledged, and passed over as applied before."""
    with (
        Kafka() as kafka,
        Redis() as store,
        Line(kafka.bootstrap, store.url, tmp_path, session_timeout=2.0) as line,
    ):
        async with line.outside() as outside:
            line.start("worker", "gateway", "console")
            await came_in(outside, "aline")
            await outside.facts_become({"visits": 1}, client_id="aline")
            line.stop("worker", "gateway", "console")
            with kafka.put_back(tmp_path / "copy"):
                line.start("worker", "gateway", "console")
                for _ in range(3):
                    await came_in(outside, "aline")
                await outside.facts_become({"visits": 4}, client_id="aline")
                line.stop("worker", "gateway", "console")

            line.start("worker", wait=False)
            await left_in_words(
                line, "Kafka has lost its last writes", "prevenance rebuild --everything --yes"
            )

            over = partial(asyncio.to_thread, started_over, line)  # whoever left is a member for a while
            await wait_until(over, deadline=60.0, what="to be let start over")
            line.start("worker", "gateway", "console")
            await came_in(outside, "aline")
            await outside.facts_become({"visits": 2}, client_id="aline")


def started_over(line: Line) -> bool:
    asked = [sys.executable, "-m", "streams", "rebuild", "--everything", "--yes"]
    return subprocess.run(asked, env=line.environ, cwd=ROOT, check=False).returncode == 0
