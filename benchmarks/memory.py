"""Bytes of Redis per client, all included: the record, its key, its place in the index, its timers, its salt,
and what identity keeps of whoever is described.

`used_memory` before and after, of a Redis that holds nothing else: for clients of thirty mixed events, and
for clients of any age, whose every ring and list is full. Salts and descriptions lie many together, and are
measured on their own, in a house of twenty thousand clients.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import msgspec

from agents.effects import Effects
from agents.personalise import WAKES, personalise
from agents.plan import Context, Keyring, context, plan
from benchmarks.described import described, salted
from benchmarks.figure import Figure, figure, say
from benchmarks.mix import PEPPER, Sent, event, mixed, now_iso
from benchmarks.sealing import Sealing
from benchmarks.servers import SHARDS, used
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
    clients, old = (5_000, 500) if quick else (20_000, 3_000)
    salt, description = (asyncio.run(held) for held in (salted(), described()))
    yield figure("memory.salt_of_client", salt, "bytes")
    yield figure("memory.description_of_client", description, "bytes")
    now = time.time()
    say(f"{clients:,} clients of {EVENTS} events")
    each = _each(clients, lambda many: [(now, sent) for sent in mixed(many * EVENTS, many, now)], now)
    yield figure("memory.client_of_30_events", each + salt, "bytes")
    say(f"{old:,} clients with everything a record can hold")
    each = _each(old, lambda many: [sent for client in range(many) for sent in life(client, now)], now)
    yield figure("memory.record_of_any_age", each, "bytes")
    yield figure("memory.client_of_any_age", each + salt + description, "bytes")


def _each(clients: int, told: Callable[[int], list[tuple[float, Sent]]], now: float) -> float:
    """What one client more takes: what a house has once, scripts, tallies and tables, is nobody's."""
    few = clients // 5
    some, all_ = (asyncio.run(_bytes(sorted(told(many), key=lambda s: s[0]), now)) for many in (few, clients))
    return (all_ - some) / (clients - few)


async def _bytes(events: list[tuple[float, Sent]], now: float) -> int:
    """What a Redis holds after these events, each with its time, as the worker would have left it."""
    with Redis(options=("--save", "")) as server:
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


def life(client: int, now: float) -> Iterator[tuple[float, Sent]]:
    """300 touches over two years, and more of everything than a record keeps; each with its time."""
    random = Random(client)
    began = now - 730 * DAY
    for n, sent in enumerate(mixed(300, 1, now, seed=client)):
        at = began + 700 * DAY * n / 300
        yield at, _of(client, at, sent, random)
    fields = {
        "name": "Aline de Montclar", "language": "fr", "gender": "female", "birth_date": "1981-04-12",
        "timezone": "Europe/Paris", "advisor": "camille", "residences": ["Paris", "Megève"],
        "preferences": {"temperature": 21, "wine": "Meursault", "pillow": "feather"},
        "sizes": {"ring": "52", "shoe": "38"},
    }  # fmt: skip
    yield began, event("client.profile", client, began, random, fields=fields)
    moved = {"language": "en", "timezone": "Asia/Tokyo", "residences": ["Tokyo"], "sizes": {"shoe": "38.5"}}
    yield began + DAY, event("client.profile", client, began + DAY, random, fields=moved, verified=["sizes"])
    held = {"version": 1, "interests": ["watches", "opera"], "places": ["Kyoto"]}
    licence = {"licence": "lic-0031", "purpose": "personalisation", "benefit": "an early look", "data": held}
    yield began, event("client.licence", client, began, random, **licence)
    for n, text in enumerate(("Left-handed: hand her the pen so", "Comes for the anniversary each June")):
        yield began + n, event("client.note", client, began + n, random, text=text, by="camille")
    for n, purpose in enumerate(("profiling", "marketing", "one_to_one")):
        at = began + n
        yield at, event("client.consent", client, at, random, purpose=purpose, state="all")
    for n in range(3):
        friend = {"client_id": f"friend-{client}-{n}"}
        yield began + n, event("client.referral", client, began + n, random, referred=friend)
    yield began, event("client.referral", client, began, random, influencer="@camille.in.paris")
    for n in range(6):
        at = now - (5 - n) * 60 * DAY - DAY - 0.9 * DAY * random.random()  # not everybody at one instant
        yield from _stay(client, n, at, at > now - 2 * DAY, random)
        yield at + 2, event("store.checkin", client, at + 2, random, site="vendome", method="nfc")
    yield from _book(client, now, random)


def _book(client: int, now: float, random: Random) -> Iterator[tuple[float, Sent]]:
    """What a client book rests on: who met them, what was promised, what was written, what was given."""
    for n in range(8):
        at, by = now - (10 + 9 * n) * DAY - n, ("camille", "matteo")[n % 2]
        come = {"site": "vendome", "method": "nfc", "staff": by}
        yield at, event("store.checkin", client, at, random, **come)
        talk = {"channel": ("whatsapp", "email")[n % 2], "conversation": "conv", "message": f"m{n}"}
        for way in ("in", "out"):
            yield at + 9, event("chat.message", client, at + 9, random, direction=way, language="fr", **talk)
        mail = {"channel": "email", "campaign": "autumn"}
        yield at + 4 * DAY, event("client.contacted", client, at + 4 * DAY, random, **mail)
    for n in range(3):
        at = now - (30 + 40 * n) * DAY
        meet = {"appointment": f"visit-{n}", "kind": "visit", "site": "vendome", "at": now_iso(at + DAY)}
        meet |= {"status": "attended", "staff": "camille"}
        yield at, event("client.appointment", client, at, random, **meet)
    for n in range(4):
        at = now - (100 + 180 * n) * DAY
        line = {"sku": "scarf-brise", "quantity": 1, "amount": 46_000, "currency": "EUR"}
        gave = {"channel": "store", "site": "vendome", "order_id": f"gift-{client}-{n}", "lines": [line]}
        yield at, event("store.purchase", client, at, random, **gave, gift=True, staff="camille")


def _stay(client: int, n: int, at: float, ahead: bool, random: Random) -> Iterator[tuple[float, Sent]]:
    """A stay booked at `at` for two days later; one that is not ahead has been and gone."""
    stay = {"site": "riviera", "booking_id": f"booking-{client}-{n}"}
    days = {"arrival": now_iso(at + 2 * DAY)[:10], "departure": now_iso(at + 5 * DAY)[:10]}
    heads = {"adults": 2, "children": 1, "status": "booked"}
    yield at, event("hotel.booking", client, at, random, **stay, **days, **heads)
    eta = now_iso(at + 2 * DAY)
    yield at + 1, event("hotel.arrival", client, at + 1, random, **stay, eta=eta, by="taxi")
    if not ahead:
        for kind, when in (("checkin", at + 2 * DAY), ("checkout", at + 5 * DAY)):
            yield when, event(f"hotel.{kind}", client, when, random, **stay, room="214")


def _of(client: int, at: float, sent: Sent, random: Random) -> Sent:
    """The same touch by another client at another time."""
    told = msgspec.json.decode(sent.value)
    data = {name: value for name, value in told["data"].items() if name not in ("who", "session")}
    return event(told["type"], client, at, random, **data)
