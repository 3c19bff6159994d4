"""How long an alert takes while events come at a steady rate: from the send of a check-in to its alert on the
log.

The send is told by the clock of whoever writes, the alert by the broker's at its append (`LogAppendTime`, in
whole milliseconds): one machine, one clock. With one replica what is appended can be read; a reader's own
clock would tell rather when the reader had its turn on the servers' core.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import msgspec
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourceType,
)

from benchmarks.field.names import LOADS, PACED
from benchmarks.field.systems import PATIENCE, Load, alerts_end, clean, left, started, truncate
from benchmarks.figure import Figure, figure, percentiles, say
from benchmarks.mix import Sent
from benchmarks.servers import SERVERS, Servers, fill, pin, writing
from streams import topics

BURST = 0.005
"""Seconds between two bursts."""
FIRST = 1000
"""Events that are on the log before: the first of them applied, a system is ready."""


class _Event(msgspec.Struct):
    id: str


class _Alert(msgspec.Struct):
    event: str


def needed(rates: Mapping[str, float], seconds: float) -> int:
    """Events that so many seconds at the highest load of the fastest system take."""
    return FIRST + int(max(rates[name] for name in PACED) * max(LOADS) / 100 * seconds)


def latencies(load: Load, rates: Mapping[str, float], warm: float, seconds: float) -> Iterator[Figure]:
    """Each system at shares of its own `rates`, events a second; the first `warm` seconds are not counted."""
    stamped(load.where)
    for percent in LOADS:
        for name in PACED:
            rate = rates[name] * percent / 100
            say(f"field: {name} at {percent} % of its maximum, {rate:,.0f} events a second")
            log = load.log[FIRST : FIRST + int(rate * (warm + seconds))]
            times, seen = asyncio.run(_served(name, load, log, rate))
            waits, missing = waited(checkins(log, times), seen, times[0] + warm)
            if not waits:
                raise SystemExit(f"bench: {name}: no alert came at all")
            at = f"field.latency.{name}.{percent}"
            yield from percentiles(at, waits)
            yield figure(f"{at}.alerts", len(waits), "alerts")
            yield figure(f"{at}.missing", missing, "alerts")
            yield figure(f"{at}.rate", (len(log) - 1) / (times[-1] - times[0]), "events/s")


async def _served(
    name: str, load: Load, log: Sequence[Sent], rate: float
) -> tuple[list[float], dict[str, float]]:
    """When each event was sent, and when the alert of each check-in was there, in Unix seconds."""
    with clean(load) as ask:
        truncate(load.where)
        fill(load.where.brokers, load.log[:FIRST])
        before = alerts_end(load.where)
        child = await started(name, load, ask | {"events": FIRST + len(log)}, True)
        assert child.stdout is not None
        await asyncio.wait_for(child.stdout.readline(), PATIENCE)
        times = await asyncio.to_thread(_paced_beside, load.where, log, rate)
        await asyncio.wait_for(left(child), PATIENCE)
        return times, alerted(load.where, before)


def _paced_beside(where: Servers, log: Sequence[Sent], rate: float) -> list[float]:
    pin(SERVERS)
    return paced(writing(where.brokers), log, rate)


class Writer(Protocol):
    """What of a producer writes."""

    def produce(self, topic: str, value: bytes, key: bytes, /) -> None: ...

    def poll(self, timeout: float, /) -> object: ...

    def flush(self, timeout: float, /) -> int: ...


def paced(producer: Writer, log: Sequence[Sent], rate: float) -> list[float]:
    """Writes so many events a second, whatever becomes of them; Unix seconds at which each was sent."""
    began, times = time.monotonic(), list[float]()
    while len(times) < len(log):
        due = int((time.monotonic() - began) * rate) + 1
        for event in log[len(times) : due]:
            times.append(time.time())
            producer.produce(event.topic, event.value, event.key)
        producer.poll(0)
        time.sleep(BURST)
    if lost := producer.flush(60):
        raise SystemExit(f"bench: Kafka did not take {lost} events in a minute")
    return times


def checkins(log: Sequence[Sent], times: Sequence[float]) -> dict[str, float]:
    """When each check-in was sent, by its id."""
    sent = zip(log, times, strict=True)
    door = b'"store.checkin"'
    return {msgspec.json.decode(one.value, type=_Event).id: at for one, at in sent if door in one.value}


def waited(sent: Mapping[str, float], seen: Mapping[str, float], since: float) -> tuple[list[float], int]:
    """Seconds that the alerts of events sent at `since` or later took, and of how many of all none came."""
    waits = [seen[id] - at for id, at in sent.items() if at >= since and id in seen]
    return waits, len(sent.keys() - seen.keys())


def stamped(where: Servers) -> None:
    """From now on the broker says of each alert when it was appended."""
    append = ConfigEntry(
        "message.timestamp.type", "LogAppendTime", incremental_operation=AlterConfigOpType.SET
    )
    alerts = ConfigResource(ResourceType.TOPIC, topics.ALERTS, incremental_configs=[append])
    with AdminClient({"bootstrap.servers": where.brokers}) as admin:
        admin.incremental_alter_configs([alerts])[alerts].result(timeout=30)


def alerted(where: Servers, since: Sequence[TopicPartition]) -> dict[str, float]:
    """Unix seconds at which the first alert of each event was appended, from these offsets to the end."""
    due = sum(end.offset - begin.offset for begin, end in zip(since, alerts_end(where), strict=True))
    reader = Consumer({"bootstrap.servers": where.brokers, "group.id": "field", "enable.auto.commit": False})
    reader.assign(list(since))
    seen: dict[str, float] = {}
    while due:
        if not (messages := reader.consume(min(due, 10_000), 10.0)):
            raise SystemExit(f"bench: {due} alerts could not be read")
        for message in messages:
            id = msgspec.json.decode(message.value(), type=_Alert).event
            seen.setdefault(id, message.timestamp()[1] / 1e3)
        due -= len(messages)
    reader.close()
    return seen
