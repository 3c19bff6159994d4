"""Events a second of the whole `personalise` path on one core, and a stock Faust agent that does nothing.

Decode, dedupe, record, features, score where a rule wakes, decide, example, apply, commit: on a real Kafka
and Redis, four partitions, 20,000 clients, one event in ten a decision. The backlog is written before; the
worker has a core of its own, Kafka and Redis the other one. Another worker serves a log before that one and
is not counted: for as long as a broker that was just started compiles itself, Redis waits for it on that
core, and the worker for Redis; one that runs since yesterday does neither. A worker of its own, for a backlog
is served the most urgent first: the rest of one log would be page views alone. Afterwards every event must
stand in `facts`.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec
import redis

from benchmarks.figure import Figure, figure, loop_ns, say
from benchmarks.mix import MAISON, Sent, mixed, oid
from benchmarks.sealing import Sealing
from benchmarks.servers import SHARDS, Servers, cpu_of, fill, measured, servers
from feature_store import keys
from feature_store import record as records
from streams.connect import open_redis
from streams.topics import partition_of

CLIENTS = 20_000
FACTS = {"store.checkin": "visits", "web.view": "views", "store.purchase": "purchases"}
WARM = 200_000
"""Events that are served before any is counted."""
STAGES = ("plan", "read", "compute", "produce", "apply")


def run(quick: bool) -> Iterator[Figure]:
    """Figures of one run of the worker and one of the stock agent on the same log."""
    with servers() as where:
        yield from taken(where, *((100_000, 8.0) if quick else (400_000, 20.0)))


def glance() -> Iterator[Figure]:
    """The same of a broker that was just started."""
    with servers() as where:
        yield from taken(where, 40_000, 3.0, warm=0)


def taken(where: Servers, events: int, seconds: float, warm: int = WARM) -> Iterator[Figure]:
    """The figures for `events` events on these servers; the stock agent reads for `seconds`."""
    every = warm + events
    day = mixed(every, CLIENTS, time.time())
    if warm:
        say(f"{warm:,} events are served first, and not counted")
        _served(where, day, warm)
    yield figure("machine.python_loop", loop_ns(), "ns")
    say(f"the worker reads {events:,} events of {CLIENTS:,} clients")
    ours, of_redis = _served(where, day, events)
    yield figure("throughput.personalise", events / ours["wall"], "events/s")
    yield figure("throughput.cpu", ours["cpu"] / events * 1e6, "us/event")
    for name, spent in _breakdown(ours).items():
        yield figure(f"throughput.cpu.{name}", spent / events * 1e6, "us/event")
    for topic, spent in ours["topics"].items():
        yield figure(f"throughput.compute.{topic}", spent * 1e6, "us/event")
    yield figure("throughput.redis", of_redis / events * 1e6, "us/event")
    say("a stock agent reads them and does nothing")
    stock = asyncio.run(measured("benchmarks.stock", _ask(where, every) | {"seconds": seconds}))
    rate = stock["events"] / stock["wall"]
    yield figure("throughput.stock_faust", rate, "events/s")
    yield figure("throughput.stock_faust.cpu", stock["cpu"] / stock["events"] * 1e6, "us/event")
    yield figure("throughput.ratio", events / ours["wall"] / rate, "x")
    yield figure("throughput.missing", _missing(where, every), "events")


def _served(where: Servers, day: Iterator[Sent], events: int) -> tuple[dict[str, Any], float]:
    """Writes so many events more and has a new worker serve them: what it tells, and Redis's CPU seconds."""
    sealing = Sealing()
    fill(where.brokers, sealing.sealed(islice(day, events)))
    asyncio.run(_keep(sealing, where))
    before = asyncio.run(cpu_of(where.redis))
    told = asyncio.run(measured("benchmarks.personalising", _ask(where, events)))
    return told, asyncio.run(cpu_of(where.redis)) - before


def _ask(where: Servers, events: int) -> dict[str, Any]:
    return {"brokers": where.brokers, "redis": where.redis, "events": events}


async def _keep(sealing: Sealing, where: Servers) -> None:
    redis = open_redis(where.redis)
    await sealing.keep(redis)
    await redis.aclose()


def _breakdown(ours: dict[str, Any]) -> dict[str, float]:
    """CPU seconds by stage; `loop` is what Faust and asyncio add, `consumer` fetching and unpacking."""
    stages = {stage: ours["stages"].get(stage, 0.0) for stage in STAGES}
    loop, consumer, cpu = (ours[name] for name in ("loop", "consumer", "cpu"))
    rest = {"loop": loop - sum(stages.values()), "consumer": consumer, "other": cpu - loop - consumer}
    return {name: max(0.0, spent) for name, spent in (stages | rest).items()}


def _missing(where: Servers, events: int) -> int:
    """By how much the `facts` of all clients differ from what was sent: nothing lost, nothing twice."""
    sent = [Counter[str]() for _ in range(CLIENTS)]
    for client, type_ in _told(events):
        sent[client][type_] += 1
    with redis.Redis.from_url(where.redis) as client:
        names = [keys.part(MAISON, partition_of(oid(c).encode(), SHARDS), oid(c)) for c in range(CLIENTS)]
        facts = [records.slice_of(records.decode(value), "facts") for value in client.mget(names)]
    return sum(
        abs(sent[c][type_] - getattr(facts[c], fact)) for c in range(CLIENTS) for type_, fact in FACTS.items()
    )


def _told(events: int) -> Iterator[tuple[int, str]]:
    numbers = {oid(c).encode(): c for c in range(CLIENTS)}
    for sent in mixed(events, CLIENTS, time.time()):
        yield numbers[sent.key], msgspec.json.decode(sent.value)["type"]
