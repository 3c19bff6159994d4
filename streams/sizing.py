"""How much of everything a stated load needs, from what was measured. Pure.

`costs.jsonl` holds the figures as `make bench` prints them; `python -m benchmarks --keep` takes them anew.
"""

from collections.abc import Iterable, Mapping
from math import ceil
from pathlib import Path

import msgspec

COSTS = Path(__file__).with_name("costs.jsonl")
USED = (
    "gateway.single.cpu",
    "gateway.batch.cpu",
    "throughput.cpu",
    "throughput.redis",
    "latency.cpu.deliver",
    "latency.cpu.console",
    "memory.client_of_30_events",
    "memory.client_of_300_events",
    "memory.client_of_any_age",
    "disk.kept_7_days",
    "disk.kept_30_days",
)
"""The figures that sizes are reckoned from, by the name of their benchmark."""

MEASURED = 40
"""Events an alert in the benchmark that tells what `deliver` and the console take."""
EXPECTED = 1000
"""Events an alert where nothing is said of alerts."""
FEWEST, MOST = 32, 1024
"""Partitions: of `prevenance topics` by default, and at most."""
GROWTH = 4
"""Partitions a worker: their count is fixed for ever, workers are not."""
PER_PRIMARY = 16
"""Partitions a Redis of a cluster: fewer do not spread evenly."""
PRIMARY = 16 * 10**9
"""Bytes of records that one Redis should hold: more takes minutes to read back."""
DAY = 86_400


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """events, alerts: a second, in the busiest minute. mean: events a second over a whole day; None: as many.
    alone: the share of events that come one a request. events_each: of a client, ever. days: how long events
    are kept. copies: of each partition. headroom: how many times the load it must carry.
    """

    events: float
    clients: int
    events_each: float = 30.0
    mean: float | None = None
    alerts: float | None = None
    alone: float = 0.1
    days: float = 30.0
    copies: int = 3
    headroom: float = 2.0


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """How many of what, and the arithmetic in words."""

    what: str
    count: int
    unit: str
    how: str


def costs_in(lines: Iterable[str | bytes]) -> dict[str, float]:
    """The figures by name. Raises KeyError naming one that is used and not there."""
    read = [msgspec.json.decode(line) for line in lines if line.strip()]
    known = {figure["name"]: float(figure["value"]) for figure in read}
    return {name: known[name] for name in USED}


def bytes_of_client(events: float, costs: Mapping[str, float]) -> float:
    """What Redis holds of a client of so many events: a straight line through what was measured, up to what a
    record can ever hold.
    """
    few, many, most = (costs[f"memory.client_of_{n}"] for n in ("30_events", "300_events", "any_age"))
    return min(most, few + (many - few) * max(0.0, events - 30.0) / 270.0)


def needs(load: Load, costs: Mapping[str, float]) -> list[Need]:
    """What carries this load, `headroom` times over."""
    alerts = load.events / EXPECTED if load.alerts is None else load.alerts
    mean = load.events if load.mean is None else load.mean
    door = load.alone * costs["gateway.single.cpu"] + (1 - load.alone) * costs["gateway.batch.cpu"]
    held = bytes_of_client(load.events_each, costs)
    gateways = _processes("gateway", load.events, door, "event", load)
    workers = _processes(
        "worker --agents keys,personalise,identify,learn", load.events, costs["throughput.cpu"], "event", load
    )
    told = (("worker --agents deliver", "deliver"), ("console", "console"))
    tellers = [
        _processes(what, alerts, costs[f"latency.cpu.{name}"] * 1e3 * MEASURED, "alert", load)
        for what, name in told
    ]
    memory = Need(
        what="Redis memory",
        count=ceil(load.clients * held * load.headroom),
        unit="bytes",
        how=f"{load.clients:,} clients x {held:,.0f} bytes x {load.headroom:g}",
    )
    primaries = _primaries(load, costs["throughput.redis"], memory)
    partitions = _partitions(workers.count, primaries.count)
    return [partitions, gateways, workers, *tellers, primaries, memory, *_kafka(load, mean, held, costs)]


def _processes(what: str, rate: float, cost: float, of: str, load: Load) -> Need:
    """Processes of one core each; never fewer than two, for one may be down."""
    how = f"{rate:,.0f} {of}s/s x {cost:,.1f} us x {load.headroom:g}"
    return Need(what=what, count=max(2, ceil(rate * cost * load.headroom / 1e6)), unit="cores", how=how)


def _primaries(load: Load, cost: float, memory: Need) -> Need:
    by_cpu, by_memory = load.events * cost * load.headroom / 1e6, memory.count / PRIMARY
    how = f"{load.events:,.0f} events/s x {cost:,.1f} us x {load.headroom:g} = {by_cpu:,.1f} by CPU; "
    how += f"{memory.count / 1e9:,.1f} GB / {PRIMARY / 1e9:g} GB = {by_memory:,.1f} by memory"
    return Need(what="Redis primaries", count=max(1, ceil(by_cpu), ceil(by_memory)), unit="servers", how=how)


def _partitions(workers: int, primaries: int) -> Need:
    wanted = max(FEWEST, GROWTH * workers, PER_PRIMARY * primaries)
    count = 1 << (wanted - 1).bit_length()
    how = f"a power of two: {GROWTH} x {workers} workers, {PER_PRIMARY} x {primaries} primaries, {FEWEST}"
    if count > MOST:
        how += f"; more than {MOST}: divide the maisons over several lines"
    return Need(what="partitions (shards)", count=count, unit="a topic", how=how)


def _kafka(load: Load, mean: float, held: float, costs: Mapping[str, float]) -> Iterable[Need]:
    daily = mean * DAY
    events, said, a_week = costs["disk.kept_30_days"], costs["disk.kept_7_days"], min(7.0, load.days)
    copied = load.copies * load.headroom
    yield Need(
        what="Kafka disk, events",
        count=ceil(daily * (events * load.days + said * a_week) * copied),
        unit="bytes",
        how=f"{daily:,.0f} events/day x ({events:,.0f} bytes x {load.days:g} days + {said:,.0f} x {a_week:g})"
        f" x {load.copies} copies x {load.headroom:g}",
    )
    yield Need(
        what="Kafka disk, checkpoints",
        count=ceil(load.clients * held * copied),
        unit="bytes",
        how=f"{load.clients:,} clients x {held:,.0f} bytes x {load.copies} copies x {load.headroom:g}",
    )
