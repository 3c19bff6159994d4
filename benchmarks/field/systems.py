"""The systems of the field, each started in processes of its own, and what one of them did."""

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import redis
from confluent_kafka import OFFSET_END, ConsumerGroupState, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from benchmarks.field.core import FACTS, facts
from benchmarks.mix import MAISON, Sent
from benchmarks.servers import MEASURED, SHARDS, Servers, cpu_of, fill, pinned
from feature_store import keys
from streams import topics
from streams.embedded import dying_with_us
from streams.topics import partition_of

COMMIT = 0.5
"""Seconds between two commits, or snapshots, of every system."""
PATIENCE = 180.0
GROUP = "personalise"
KEPT = 30 * 86_400
"""Seconds a record is kept that was there before a run."""
AT_ONCE = 5_000
LIVES = 0.7
"""Seconds from the first event to the kill: every system has committed once."""
OTHERS = Path(".venv-field/bin/python")
"""The interpreter of systems that the product does not need: `make field` builds it."""


class System(msgspec.Struct, frozen=True, kw_only=True):
    """One of the field. `kept`: its records are in Redis; else it tells them itself."""

    module: str
    kept: bool = True
    python: Path = Path(sys.executable)
    options: Mapping[str, Any] = {}


SYSTEMS: Mapping[str, System] = {
    "loop": System(module="loop"),
    "prevenance": System(module="prevenance"),
    "bytewax": System(module="wax", python=OTHERS, kept=False),
    "bytewax_recovery": System(module="wax", python=OTHERS, kept=False, options={"recovery": True}),
    "quix": System(module="quix", python=OTHERS, kept=False),
    "stock_faust": System(module="stock_faust"),
}


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the log: `sent` has the facts of each client, `alerts` how many the thin core makes."""

    where: Servers
    events: int
    clients: int
    brain: str
    sent: Mapping[str, tuple[int, ...]]
    alerts: int
    salts: Mapping[bytes, Any]
    """What Redis holds before a run: the keys of clients whose events are sealed."""
    log: Sequence[Sent]
    held: bytes | None = None
    """The record that every client has before a run; None: there are none."""


class Took(msgspec.Struct, frozen=True, kw_only=True):
    """One run. Seconds and CPU seconds; `wrong`: events missing or double in records; `alerts`: too many or
    too few on their topic."""

    events: int
    wall: float
    cpu: float
    redis: float
    kafka: float
    start: float
    wrong: int
    alerts: int


async def took(name: str, load: Load, waiting: int = 0) -> Took:
    """Runs a system over the whole log from nothing: one worker on its core.

    `waiting`: so many workers wherever the system puts them, the log written once they have shared it out.
    """
    with clean(load) as ask:
        if waiting:
            truncate(load.where)
        before = await _servers_cpu(load.where), _alerts(load.where)
        began = time.monotonic()
        children = [await started(name, load, ask, not waiting) for _ in range(waiting or 1)]
        if waiting:
            await _shared_out(load.where, GROUP if name == "prevenance" else ask["group"], waiting)
            await asyncio.to_thread(fill, load.where.brokers, load.log)
        told = await asyncio.wait_for(asyncio.gather(*map(left, children)), PATIENCE)
        after = await _servers_cpu(load.where)
        served = [one[-1] for one in told if one[-1]["events"]]
        first = min(one["first"] for one in served)
        return Took(
            events=sum(one["events"] for one in served),
            wall=max(one["last"] for one in served) - first,
            cpu=sum(one["cpu"] for one in served),
            redis=after[0] - before[0][0],
            kafka=after[1] - before[0][1],
            start=first - began,
            wrong=_wrong(name, load, served),
            alerts=_alerts(load.where) - before[1] - load.alerts,
        )


async def recovered(name: str, load: Load) -> tuple[float, int, int]:
    """Killed after its first commit and started again at once: seconds until it applies the next event;
    events missing or double in the records that it touched again; alerts too many."""
    with clean(load) as ask:
        before = _alerts(load.where)
        child = await started(name, load, ask, True)
        assert child.stdout is not None
        await asyncio.wait_for(child.stdout.readline(), PATIENCE)
        await asyncio.sleep(LIVES)
        child.kill()
        await child.wait()
        killed = time.monotonic()
        told = await asyncio.wait_for(left(await started(name, load, ask, True)), PATIENCE)
        wrong = _wrong(name, load, told[-1:], touched_again=True)
        return told[0]["first"] - killed, wrong, _alerts(load.where) - before - load.alerts


async def stages(name: str, load: Load) -> dict[str, Any]:
    """Where the CPU of this worker, or of the bare loop, goes."""
    with clean(load) as ask:
        return (await left(await started(name, load, ask | {"stages": True}, True)))[-1]


@contextmanager
def clean(load: Load) -> Iterator[dict[str, Any]]:
    """An empty store, no group, a folder of its own; Redis holds what it held before any run."""
    with redis.Redis.from_url(load.where.redis) as store:
        store.flushall()
        for name, value in load.salts.items():
            store.restore(name, 0, value)
        if load.held is not None:
            _keep(store, load.sent, load.held)
    _forget_group(load.where)
    folder = tempfile.mkdtemp(prefix="prevenance-field-")
    try:
        yield {
            "brokers": load.where.brokers,
            "redis": load.where.redis,
            "events": load.events,
            "clients": load.clients,
            "brain": load.brain,
            "group": f"field-{time.monotonic_ns()}",
            "commit": COMMIT,
            "folder": folder,
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _keep(store: redis.Redis, parts: Iterable[str], record: bytes) -> None:
    waiting = store.pipeline(transaction=False)
    for part in parts:
        waiting.set(_name(part), record, ex=KEPT)
        if len(waiting) >= AT_ONCE:
            waiting.execute()
    waiting.execute()


def _name(part: str) -> str:
    return keys.part(MAISON, partition_of(part.encode(), SHARDS), part)


def truncate(where: Servers) -> None:
    """Whoever begins at the beginning of the log now finds nothing."""
    whole = [TopicPartition(topics.CLICKS, shard, OFFSET_END) for shard in range(SHARDS)]
    with AdminClient({"bootstrap.servers": where.brokers}) as admin:
        for cut in admin.delete_records(whole).values():
            cut.result(timeout=30)


async def _shared_out(where: Servers, group: str, members: int) -> None:
    """Returns once each of so many members has partitions of the log."""
    ends = time.monotonic() + PATIENCE
    with AdminClient({"bootstrap.servers": where.brokers}) as admin:
        while time.monotonic() < ends:
            told = await asyncio.to_thread(admin.describe_consumer_groups([group])[group].result, 30)
            having = [
                any(at.topic == topics.CLICKS for at in member.assignment.topic_partitions)
                for member in told.members
            ]
            if told.state == ConsumerGroupState.STABLE and having == [True] * members:
                return
            await asyncio.sleep(0.1)
    raise SystemExit(f"bench: {members} workers did not share the log within {PATIENCE:.0f} s")


def _forget_group(where: Servers) -> None:
    """This worker's group has a fixed name: forgotten, it begins at the beginning."""
    ends = time.monotonic() + 30
    with AdminClient({"bootstrap.servers": where.brokers}) as admin:
        while True:
            try:
                admin.delete_consumer_groups([GROUP])[GROUP].result()
                return
            except KafkaException as error:
                if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
                    return
                if time.monotonic() > ends:  # members that were killed are counted for a while
                    raise
                time.sleep(0.2)


async def started(name: str, load: Load, ask: dict[str, Any], alone: bool) -> asyncio.subprocess.Process:
    system = SYSTEMS[name]
    told = msgspec.json.encode(ask | dict(system.options)).decode()
    argv = dying_with_us([str(system.python), "-m", f"benchmarks.field.{system.module}", told])
    with pinned(MEASURED if alone else None):
        return await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE, limit=2**26)


async def left(child: asyncio.subprocess.Process) -> list[dict[str, Any]]:
    out, _ = await child.communicate()
    if child.returncode != 0:
        raise SystemExit(f"bench: a system of the field left with code {child.returncode}")
    return [msgspec.json.decode(line) for line in out.splitlines() if line.startswith(b"{")]


async def _servers_cpu(where: Servers) -> tuple[float, float]:
    """CPU seconds of Redis and of Kafka, where it was started here."""
    if where.kafka is None:
        return await cpu_of(where.redis), 0.0
    fields = Path(f"/proc/{where.kafka}/stat").read_text().rpartition(")")[2].split()
    return await cpu_of(where.redis), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def alerts_end(where: Servers) -> list[TopicPartition]:
    """Where the next alert of each partition will stand."""
    asked = {TopicPartition(topics.ALERTS, shard): OffsetSpec.latest() for shard in range(SHARDS)}
    with AdminClient({"bootstrap.servers": where.brokers}) as admin:
        ends = {at.partition: end.result(timeout=30).offset for at, end in admin.list_offsets(asked).items()}
    return [TopicPartition(topics.ALERTS, shard, ends[shard]) for shard in range(SHARDS)]


def _alerts(where: Servers) -> int:
    """How many alerts were ever written."""
    return sum(end.offset for end in alerts_end(where))


def _wrong(name: str, load: Load, told: list[dict[str, Any]], touched_again: bool = False) -> int:
    """By how much the facts of clients differ from what was sent."""
    found: dict[str, tuple[int, ...]] = {}
    if SYSTEMS[name].kept:
        names = {part: _name(part) for part in load.sent}
        with redis.Redis.from_url(load.where.redis) as store:
            for part, stored in zip(names, store.mget(list(names.values())), strict=True):
                found[part] = facts(stored)
    else:
        for one in told:
            found |= {part: tuple(counts) for part, counts in one["facts"].items()}
    asked = found if touched_again else load.sent
    before = facts(load.held) if load.held is not None else (0,) * len(FACTS)
    return sum(
        abs(sent + old - now)
        for part in asked
        for sent, old, now in zip(load.sent[part], before, found.get(part, before), strict=True)
    )
