"""What figures are taken on: an Apache Kafka, a Redis and processes of ours, each on its core."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
from confluent_kafka import Producer

from benchmarks.mix import Sent
from streams import topic_admin
from streams.connect import open_redis
from streams.embedded import dying_with_us
from tests.brokers import kafka as apache
from tests.brokers.kafka import LASTING, Kafka
from tests.brokers.redis import Redis

SHARDS = 4
SERVERS, MEASURED = 0, 1
"""Cores: of Kafka, Redis and clients; of the process that is measured."""
KEPT_ALONE = ("--save", "", "--slowlog-log-slower-than", "-1")
"""Options of a Redis whose bytes are counted: what it notes of commands that were slow is no client's."""


class Servers(msgspec.Struct, frozen=True, kw_only=True):
    """Where they are; `kafka`: the broker's process, where it was started here."""

    brokers: str
    redis: str
    kafka: int | None = None


def pin(core: int) -> None:
    """Keeps this process, and those it starts, on one core where there are several."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {core})


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """What is started in the block stays on that core; None: wherever the system puts it."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    pin(core)
    try:
        yield
    finally:
        if before is not None:
            os.sched_setaffinity(0, before)


@contextmanager
def servers(core: int | None = SERVERS) -> Iterator[Servers]:
    """A fresh Kafka with all topics and an empty Redis, on their core; gone afterwards."""
    if (why_not := apache.available()) is not None:
        raise SystemExit(f"bench: these figures need a real Kafka. {why_not}")
    with pinned(core):
        kafka, redis = Kafka(LASTING), Redis(options=("--save", ""))
        with kafka, redis:
            topic_admin.create_and_check(kafka.bootstrap, SHARDS, 1)
            yield Servers(brokers=kafka.bootstrap, redis=redis.url, kafka=kafka.pid)


def writing(brokers: str) -> Producer:
    """A producer that writes as a gateway does."""
    return Producer(
        {
            "bootstrap.servers": brokers,
            "partitioner": "murmur2_random",
            "compression.type": "lz4",
            "linger.ms": 5,
            "queue.buffering.max.messages": 1_000_000,
        }
    )


def fill(brokers: str, events: Iterable[Sent]) -> dict[str, int]:
    """Writes events as a gateway does; how many each topic got."""
    producer = writing(brokers)
    counts: dict[str, int] = {}
    for topic, key, value in events:
        producer.produce(topic, value, key)
        counts[topic] = counts.get(topic, 0) + 1
        if sum(counts.values()) % 1000 == 0:
            producer.poll(0)
    if left := producer.flush(60):
        raise SystemExit(f"bench: Kafka did not take {left} events in a minute")
    return counts


async def measured(module: str, ask: Mapping[str, Any], core: int | None = MEASURED) -> dict[str, Any]:
    """Runs `python -m module`, on its core, with `ask` as JSON; returns the JSON it prints last."""
    argv = dying_with_us([sys.executable, "-m", module, msgspec.json.encode(ask).decode()])
    with pinned(core):
        process = await asyncio.create_subprocess_exec(*argv, stdout=subprocess.PIPE)
    out, _ = await process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"bench: {module} left with code {process.returncode}")
    told: dict[str, Any] = msgspec.json.decode(out.splitlines()[-1])
    return told


async def cpu_of(url: str) -> float:
    """CPU seconds that a Redis has used."""
    redis = open_redis(url)
    told = await redis.info("cpu")
    await redis.aclose()
    return float(told["used_cpu_user"]) + float(told["used_cpu_sys"])


async def used(url: str) -> int:
    """Bytes that a Redis has given out."""
    redis = open_redis(url)
    held = (await redis.info("memory"))["used_memory"]
    await redis.aclose()
    return int(held)
