"""Bytes of Redis per client, all included: the record, its key, its place in the index, its timers, its salt,
and what identity keeps of whoever is described.

`used_memory` before and after, of a Redis that holds nothing else: for clients of thirty mixed events; of a
thousand over seven years; of three hundred, with a profile and consents; and of any age, whose every ring and
list is full (`benchmarks.life`). Salts and descriptions lie many together, and are measured on their own, in
a house of twenty thousand clients. Not in these figures: what inboxes hold of open alerts, which is the
staff's and bounded by inbox, and a denial of consent, for 45 days.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from agents.effects import Effects
from agents.personalise import personalise
from agents.plan import Context, Keyring, context, plan
from agents.registry import WAKES
from benchmarks.described import described, salted
from benchmarks.figure import Figure, figure, say
from benchmarks.life import known, life, touched
from benchmarks.mix import PEPPER, Sent, mixed
from benchmarks.sealing import Sealing
from benchmarks.servers import KEPT_ALONE, SHARDS, used
from feature_store import keys
from feature_store.redis_store import RedisStore
from feature_store.store import Fence, View
from streams.connect import open_redis
from streams.settings import load_maisons
from streams.topics import partition_of
from tests.brokers.redis import Redis
from tests.builders import Raw

EVENTS = 30
SLICE = 500
DAY = 86_400.0


def run(quick: bool) -> Iterator[Figure]:
    """Bytes per client at thirty events, and at any age."""
    clients, old = (5_000, 100) if quick else (20_000, 500)
    salt, description = (asyncio.run(held) for held in (salted(), described()))
    yield figure("memory.salt_of_client", salt, "bytes")
    yield figure("memory.description_of_client", description, "bytes")
    now = time.time()
    yield _young(clients, salt, now)
    say(f"{old:,} clients of 1,000 events over seven years")
    each = _each(old, lambda many: [sent for client in range(many) for sent in touched(client, now)], now)
    yield figure("memory.client_of_1000_events", each + salt, "bytes")
    say(f"{old:,} clients of 300 events, described")
    each = _each(old, lambda many: [sent for client in range(many) for sent in known(client, now)], now)
    yield figure("memory.client_of_300_events", each + salt + description, "bytes")
    say(f"{old:,} clients with everything a record can hold")
    each = _each(old, lambda many: [sent for client in range(many) for sent in life(client, now)], now)
    yield figure("memory.record_of_any_age", each, "bytes")
    yield figure("memory.client_of_any_age", each + salt + description, "bytes")


def glance() -> Iterator[Figure]:
    """Bytes per client at thirty events."""
    yield _young(1_000, asyncio.run(salted()), time.time())


def _young(clients: int, salt: float, now: float) -> Figure:
    say(f"{clients:,} clients of {EVENTS} events")
    each = _each(clients, lambda many: [(now, sent) for sent in mixed(many * EVENTS, many, now)], now)
    return figure("memory.client_of_30_events", each + salt, "bytes")


def _each(clients: int, told: Callable[[int], list[tuple[float, Sent]]], now: float) -> float:
    """What one client more takes: what a house has once, scripts, tallies and tables, is nobody's."""
    few = clients // 5
    some, all_ = (asyncio.run(_bytes(sorted(told(many), key=lambda s: s[0]), now)) for many in (few, clients))
    return (all_ - some) / (clients - few)


async def _bytes(events: list[tuple[float, Sent]], now: float) -> int:
    """What a Redis holds after these events, each with its time, as the worker would have left it."""
    with Redis(options=KEPT_ALONE) as server:
        redis = open_redis(server.url)
        store = RedisStore(redis, lambda key: partition_of(key, SHARDS))
        ctx = context(load_maisons(Path("deploy/maisons")), PEPPER.encode(), {})
        before, sealing = await used(server.url), Sealing()
        sealed = sealing.sealed(sent for _, sent in events)
        events = [(at, sent) for (at, _), sent in zip(events, sealed, strict=True)]
        for shard, raws in _slices(events):
            at = await _serve(store, shard, raws, ctx, sealing.keys, now)
            await _tick(store, shard, ctx, sealing.keys, at)
        for shard in range(SHARDS):
            await _tick(store, shard, ctx, sealing.keys, now)
            await redis.delete(keys.changed(shard))  # what changed is published once a minute, and forgotten
            await redis.delete(keys.tally(shard))  # a house has these once
            await redis.delete(keys.chosen(shard))
        await redis.aclose()  # and with it what the server keeps for a connection that sent megabytes
        return await used(server.url) - before


def _slices(events: list[tuple[float, Sent]]) -> Iterator[tuple[int, list[Raw]]]:
    """What comes to a shard in one day, in slices: a lane's clock does not stand still for longer."""
    days: dict[tuple[int, int], list[Raw]] = {}
    for offset, (at, sent) in enumerate(events):
        place = int(at // DAY), partition_of(sent.key, SHARDS)
        days.setdefault(place, []).append(Raw(offset, sent.key, sent.value))
    for (_, shard), raws in days.items():
        for first in range(0, len(raws), SLICE):
            yield shard, raws[first : first + SLICE]


async def _tick(store: RedisStore, shard: int, ctx: Context, ring: Keyring, now: float) -> None:
    """Serves the timers that are due, as the worker does in between."""
    while due := (await store.read(shard, (), (), now)).due:
        parts = list({(timer.maison, timer.oid): None for timer in due})
        view = await store.read(shard, parts, parts)
        await _apply(store, shard, view, personalise((), due, view, {}, now, ctx, keys=ring), {})


async def _serve(
    store: RedisStore, shard: int, raws: list[Raw], ctx: Context, ring: Keyring, now: float
) -> float:
    """The lane's time, which is that of the last of these events."""
    planned = plan(raws, now, WAKES.keys(), ctx, ring)
    assert not planned.dead, planned.dead[0].reason
    view = await store.read(shard, planned.parts, planned.waking)
    at = min(now, planned.touches[-1].at)
    effects = personalise(planned.touches, (), view, {}, at, ctx, keys=ring)
    await _apply(store, shard, view, effects, {"web.clicks": raws[-1].offset})
    return at


async def _apply(
    store: RedisStore, shard: int, view: View, effects: Effects, offsets: dict[str, int]
) -> None:
    version = view.fence.version + 1 if view.fence else 0
    assert await store.apply(shard, effects.write(view.raw, Fence("log", version, offsets)))
