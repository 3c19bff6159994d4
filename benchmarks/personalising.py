"""The process that is measured by `throughput`: `personalise` alone, and where time goes."""

import asyncio
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry

from benchmarks.mix import PEPPER
from feature_store.redis_store import RedisStore
from feature_store.store import Store, View, Write
from schemas.sealing import master_of
from streams import isolate, shard
from streams.connect import open_redis
from streams.garbage import collect_rarely
from streams.kill_switch import KillSwitch
from streams.lanes import Group
from streams.metrics import Metrics
from streams.parts import Parts
from streams.produce import Message, Producer
from streams.settings import load_maisons
from streams.staff import Roll
from streams.worker import Worker

PATIENCE = 300.0
SPENT: defaultdict[str, float] = defaultdict(float)
"""CPU seconds of the loop's thread by stage."""
OF_TOPIC: defaultdict[str, float] = defaultdict(float)
"""CPU seconds of records, features and decisions, by the topic whose slices they were for."""


class _Timed:
    """An awaitable whose own steps are counted: not what others do while it waits."""

    def __init__(self, stage: str, inner: Awaitable[Any]) -> None:
        self._stage, self._inner = stage, inner

    def __await__(self) -> Generator[Any, Any, Any]:
        steps, sent = self._inner.__await__(), None
        while True:
            began = time.thread_time()
            try:
                waits = steps.send(sent)
            except StopIteration as done:
                return done.value
            finally:
                SPENT[self._stage] += time.thread_time() - began
            sent = yield waits


def _timed(stage: str, call: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*args: Any, **options: Any) -> Any:
        began = time.thread_time()
        try:
            return call(*args, **options)
        finally:
            SPENT[stage] += time.thread_time() - began

    return timed


def _computed(call: Callable[..., Any]) -> Callable[..., Any]:
    """`isolate.applied`, timed, and by the topic of its slice."""
    applied = _timed("compute", call)

    def computed(planned: Any, *args: Any) -> Any:
        before = SPENT["compute"]
        try:
            return applied(planned, *args)
        finally:
            event = getattr(next(iter(planned.touches), None), "event", None)
            OF_TOPIC[getattr(event, "topic", "")] += SPENT["compute"] - before

    return computed


class _Store:
    """The store, timed; it knows when the first slice was read and the last was applied."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store
        self.first: tuple[float, float] | None = None
        self.last = (0.0, 0.0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def read(self, shard: int, parts: Any, linked: Any = (), due_by: float | None = None) -> View:
        if self.first is None and parts:
            self.first = (time.perf_counter(), time.process_time())
            SPENT.clear()
        view: View = await _Timed("read", self._store.read(shard, parts, linked, due_by))
        return view

    async def apply(self, shard: int, write: Write) -> bool:
        applied: bool = await _Timed("apply", self._store.apply(shard, write))
        self.last = (time.perf_counter(), time.process_time())
        return applied


def _send_timed(producer: Producer) -> Callable[[Sequence[Message]], _Timed]:
    send = producer.send
    return lambda messages: _Timed("produce", send(messages))


class _Measured(Worker):
    """A worker whose store is timed."""

    store: _Store

    async def _personalise(self, store: Any) -> Group:
        self.store = _Store(store)
        setattr(self._producer, "send", _send_timed(self._producer))  # noqa: B010
        timed: Store = self.store
        return await super()._personalise(timed)


async def run(ask: dict[str, Any]) -> dict[str, Any]:
    """Serves `ask["events"]` events and tells wall and CPU seconds, by stage and thread.

    topics: CPU seconds of records, features and decisions for one event of each.
    """
    for module, name, timed in ((shard, "plan", partial(_timed, "plan")), (isolate, "applied", _computed)):
        setattr(module, name, timed(getattr(module, name)))
    parts = parts_of(ask)
    worker = _Measured(parts, ("personalise",))
    await worker.start()
    collect_rarely()
    failure = asyncio.ensure_future(worker.failure())
    threads = _threads()
    ends = time.monotonic() + PATIENCE
    while (served := served_of(parts)) < ask["events"]:
        await asyncio.sleep(0.02)
        if failure.done():
            raise SystemExit(f"bench: the worker stopped: {failure.result()!r}")
        if time.monotonic() > ends:
            raise SystemExit(f"bench: {served} of {ask['events']} events in {PATIENCE:.0f} s")
        if worker.store.first is None:
            threads = _threads()
    after, (wall, cpu) = _threads(), worker.store.last
    first = worker.store.first or (wall, cpu)
    failure.cancel()
    await worker.stop()
    await parts.redis.aclose()
    return {
        "wall": wall - first[0],
        "cpu": cpu - first[1],
        "stages": dict(SPENT),
        "topics": {topic: OF_TOPIC[topic] / served for topic, served in _topics(parts).items() if served},
        "loop": after["loop"] - threads["loop"],
        "consumer": after["consumer"] - threads["consumer"],
    }


def parts_of(ask: dict[str, Any]) -> Parts:
    """What a worker on these servers is made of."""
    redis, maisons = open_redis(ask["redis"]), load_maisons(Path("deploy/maisons"))
    return Parts(
        brokers=ask["brokers"],
        redis=redis,
        maisons=maisons,
        roll=Roll(ask["brokers"], maisons),
        switch=KillSwitch(ask["brokers"], redis, maisons),
        pepper=PEPPER.encode(),
        master=master_of(PEPPER.encode()),
        metrics=Metrics(CollectorRegistry()),
    )


def served_of(parts: Parts) -> int:
    """How many events a worker of these parts has served."""
    return _topics(parts).total()


def _topics(parts: Parts) -> Counter[str]:
    served = Counter[str]()
    for (topic, _), child in parts.metrics.events_total._children.items():
        served[topic] += int(child._value.get())
    return served


def _threads() -> dict[str, float]:
    """CPU seconds of the loop's thread, and of the one in which aiokafka fetches and unpacks."""
    spent = {"loop": 0.0, "consumer": 0.0}
    for thread in threading.enumerate():
        main = thread is threading.main_thread()
        if main or type(thread).__name__ == "WorkerThread":
            clock = time.pthread_getcpuclockid(thread.ident or 0)
            spent["loop" if main else "consumer"] += time.clock_gettime(clock)
    return spent


if __name__ == "__main__":
    answer = asyncio.run(run(msgspec.json.decode(sys.argv[1])))
    sys.stdout.write(msgspec.json.encode(answer).decode() + "\n")
