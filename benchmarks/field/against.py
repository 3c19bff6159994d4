"""The figures of the field: alternated runs of every system on one log, their ratios and their spread."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from statistics import median

import msgspec
import redis

from benchmarks.field import paced, systems
from benchmarks.field.core import core
from benchmarks.field.names import CROWD, CROWDED, MANY, PACED, PAIR, held_of
from benchmarks.field.systems import SYSTEMS, Load, Took, took
from benchmarks.figure import Figure, figure, loop_ns, say
from benchmarks.mix import Sent, mixed, oid
from benchmarks.sealing import Sealing
from benchmarks.servers import MEASURED, Servers, fill, pinned, servers
from benchmarks.throughput import WARM
from feature_store.record import HASH, RING
from streams import topics
from streams.connect import open_redis

FACTS = {"store.checkin": 0, "web.view": 1, "store.purchase": 2}
KEEPING = ("prevenance", "loop", "bytewax_recovery", "quix")
"""Systems of which something is left after a kill, and that catch up soon."""


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    events: int
    repeats: int
    crowds: Sequence[int]
    warm: float
    seconds: float
    """Of each load under which alerts are timed, after `warm` seconds of it."""


QUICK = Size(events=60_000, repeats=3, crowds=(1_000, 100_000), warm=2.0, seconds=5.0)
WHOLE = Size(events=400_000, repeats=3, crowds=(1_000, 100_000, 1_000_000), warm=5.0, seconds=15.0)


def run(quick: bool) -> Iterator[Figure]:
    """Thin core, whole brain, crowds, a million records, two workers, after a kill, alerts under load; where
    this worker's CPU goes."""
    if not systems.OTHERS.exists():
        say("field: the other systems are not installed: make field")
        return
    size = QUICK if quick else WHOLE
    yield figure("machine.python_loop", loop_ns(), "ns")
    with laid_out("thin", size.events, CROWD) as load:
        thin = [*alternated(load, size.repeats, [*SYSTEMS])]
        yield from thin
        yield from explained(load)
    values = {figure.name: figure.value for figure in thin}
    rates = {name: values[f"field.thin.{name}.rate"] for name in PACED}
    with laid_out("thin", paced.needed(rates, size.warm + size.seconds), CROWD) as load:
        yield from paced.latencies(load, rates, size.warm, size.seconds)
    with laid_out("thin", 2 * size.events, CROWD) as load:
        yield from kills(load, KEEPING)
        yield from two_workers(load, size.repeats, ("prevenance", "loop", "quix"))
    for crowd in size.crowds:
        with laid_out("thin", size.events, crowd) as load:
            for name in CROWDED:
                yield from costs(f"field.crowd.{crowd}.{name}", [asyncio.run(took(name, load))])
    with laid_out("thin", size.events, CROWD) as few, laid_out("thin", size.events, MANY) as many:
        yield from populated(few, many, size.repeats)
    with laid_out("whole", size.events // 2, CROWD) as load:
        yield from alternated(load, 1 if quick else size.repeats, [*SYSTEMS])


@contextmanager
def laid_out(brain: str, events: int, crowd: int) -> Iterator[Load]:
    """Servers with a log, warm: a broker's Java compiles itself until it has served a while."""
    with servers() as where:
        load = logged(where, brain, events, crowd)
        for _ in range(ceil(WARM / events)):
            asyncio.run(took("loop", load))
        yield load


def logged(where: Servers, brain: str, events: int, crowd: int) -> Load:
    """Writes so many events of so many clients on these servers: sealed ones for the whole brain."""
    say(f"field: {events:,} events of {crowd:,} clients for the {brain} core")
    sealing, alerts = Sealing(), 0
    sent = {oid(client): [0, 0, 0] for client in range(crowd)}

    def told() -> Iterator[Sent]:
        nonlocal alerts
        for event in mixed(events, crowd, time.time()):
            type_ = msgspec.json.decode(event.value, type=_Typed).type
            if type_ in FACTS:
                sent[event.key.decode()][FACTS[type_]] += 1
                alerts += type_ == "store.checkin"
            yield event

    said = told() if brain == "thin" else sealing.sealed(told())
    log = [Sent(topics.CLICKS, event.key, event.value) for event in said]
    fill(where.brokers, log)
    asyncio.run(_keep(sealing, where.redis))
    with redis.Redis.from_url(where.redis) as store:
        salts = {name: store.dump(name) for name in store.keys("*")}
    return Load(
        where=where,
        events=events,
        clients=crowd,
        brain=brain,
        sent={part: tuple(counts) for part, counts in sent.items()},
        alerts=alerts,
        salts=salts,
        log=log,
    )


class _Typed(msgspec.Struct):
    type: str


async def _keep(sealing: Sealing, url: str) -> None:
    store = open_redis(url)
    await sealing.keep(store)
    await store.aclose()


def alternated(load: Load, repeats: int, names: Sequence[str]) -> Iterator[Figure]:
    """Every system in turn, again and again; medians, and the ratio of this worker to each, run by run."""
    runs: dict[str, list[Took]] = {name: [] for name in names}
    for _ in range(repeats):
        for name in names:
            say(f"field: {load.brain}, {name}")
            runs[name].append(asyncio.run(took(name, load)))
    for name, done in runs.items():
        yield from costs(f"field.{load.brain}.{name}", done)
        rates = [
            ours.events / ours.wall / (one.events / one.wall)
            for ours, one in zip(runs["prevenance"], done, strict=True)
        ]
        spent = [
            one.cpu / one.events / (ours.cpu / ours.events)
            for ours, one in zip(runs["prevenance"], done, strict=True)
        ]
        yield from spread(f"field.{load.brain}.{name}.rate_ratio", rates, "x")
        yield from spread(f"field.{load.brain}.{name}.cpu_ratio", spent, "x")


def costs(name: str, runs: Sequence[Took]) -> Iterator[Figure]:
    """What runs of one system took."""
    yield from spread(f"{name}.rate", [run.events / run.wall for run in runs], "events/s")
    yield from spread(f"{name}.cpu", [run.cpu / run.events * 1e6 for run in runs], "us/event")
    yield figure(f"{name}.redis", median(run.redis / run.events for run in runs) * 1e6, "us/event")
    yield figure(f"{name}.kafka", median(run.kafka / run.events for run in runs) * 1e6, "us/event")
    yield figure(f"{name}.start", median(run.start for run in runs), "s")
    yield figure(f"{name}.wrong", max(run.wrong for run in runs), "events")
    if ".whole." not in name:  # who is alerted by the whole brain, and whether now, is no fixed number
        yield figure(f"{name}.alerts_off", max((run.alerts for run in runs), key=abs), "alerts")


def spread(name: str, values: Sequence[float], unit: str) -> Iterator[Figure]:
    """The median, and the ends where there are several."""
    yield figure(name, median(values), unit)
    if len(values) > 1:
        yield figure(f"{name}.min", min(values), unit)
        yield figure(f"{name}.max", max(values), unit)


def two_workers(load: Load, repeats: int, names: Sequence[str]) -> Iterator[Figure]:
    """CPU an event of two workers on two partitions each, and of one on all four, run by run; both wait for
    the log and share two cores with Kafka and Redis."""
    for name in names:
        runs: dict[int, list[Took]] = {1: [], 2: []}
        for _ in range(repeats):
            for count, done in runs.items():
                say(f"field: {name}, workers: {count}")
                done.append(asyncio.run(took(name, load, waiting=count)))
        yield from costs(f"field.one.{name}", runs[1])
        yield from costs(f"field.two.{name}", runs[2])
        ratios = [
            2 * one.cpu / one.events / (two.cpu / two.events) for one, two in zip(*runs.values(), strict=True)
        ]
        yield from spread(f"field.two.{name}.cpu_ratio", ratios, "x")


def populated(few: Load, many: Load, repeats: int) -> Iterator[Figure]:
    """CPU an event where every client has a full record, of few clients and of many in turn; and many to few,
    run by run."""
    held = full_record()
    loads = [msgspec.structs.replace(load, held=held) for load in (few, many)]
    runs: dict[int, list[Took]] = {load.clients: [] for load in loads}
    for _ in range(repeats):
        for load in loads:
            say(f"field: {load.clients:,} clients, each with a record of {len(held):,} B")
            runs[load.clients].append(asyncio.run(took("prevenance", load)))
    for clients, done in runs.items():
        yield from costs(held_of(clients), done)
    ratios = [b.cpu / b.events / (a.cpu / a.events) for a, b in zip(*runs.values(), strict=True)]
    yield from spread(f"{held_of(many.clients)}.cpu_ratio", ratios, "x")


def full_record() -> bytes:
    """Of a client whose last events fill all that remembers them, none of them in any log."""
    apply, record = core("thin", 0), None
    past = time.time() - 86_400
    for event in mixed(RING // HASH, 1, past, seed=2):
        record, _ = apply(event.key, record, [event.value], past)
    assert record is not None
    return record


def kills(load: Load, names: Sequence[str]) -> Iterator[Figure]:
    """What a SIGKILL costs."""
    for name in names:
        say(f"field: killed, {name}")
        seconds, wrong, alerts = asyncio.run(systems.recovered(name, load))
        yield figure(f"field.killed.{name}.back", seconds, "s")
        yield figure(f"field.killed.{name}.wrong", wrong, "events")
        yield figure(f"field.killed.{name}.alerts_off", alerts, "alerts")


def explained(load: Load) -> Iterator[Figure]:
    """The CPU of this worker and of the bare loop by stage, and of the core functions called by nobody."""
    for name in PAIR:
        told = asyncio.run(systems.stages(name, load))
        stages, threads = told["stages"], {k: told[k] for k in ("consumer",) if k in told}
        rest = {"loop": told["loop"] - sum(stages.values()), **threads}
        rest["other"] = told["cpu"] - told["loop"] - sum(threads.values())
        for stage, seconds in (stages | rest).items():
            yield figure(f"field.stage.{name}.{stage}", seconds / load.events * 1e6, "us/event")
    yield figure("field.stage.core", alone(load) / load.events * 1e6, "us/event")


def alone(load: Load) -> float:
    """CPU seconds of the core functions, an event a call, records in a dict."""
    apply, now, held = core(load.brain, 0), time.time(), dict[bytes, bytes]()
    events = list(mixed(load.events, load.clients, now))
    with pinned(MEASURED):
        began = time.process_time()
        for event in events:
            held[event.key], _ = apply(event.key, held.get(event.key), [event.value], now)
        return time.process_time() - began
