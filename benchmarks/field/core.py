"""The core functions that every system of the field calls: a client's record and events in, record and alerts
out. Which machinery carries them is all that differs.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from agents.personalise import personalise
from agents.plan import context, plan
from agents.registry import WAKES
from benchmarks.mix import MAISON, PEPPER, oid
from benchmarks.sealing import Sealing
from feature_store import record as records
from feature_store.feature import House, house_of
from feature_store.store import View
from schemas.codec import decode
from schemas.events.store import StoreCheckin
from streams.settings import load_maisons

Done = tuple[bytes, list[bytes]]
"""The record as it is to be kept, and the alerts, each as bytes."""
Apply = Callable[[bytes, bytes | None, Sequence[bytes], float], Done]
"""Key of a client, its record or None, its events in their order, now in Unix seconds."""

FACTS = ("visits", "views", "purchases")


class Raw(NamedTuple):
    """An event as it came, for the real plan."""

    offset: int
    key: bytes
    value: bytes


def core(brain: str, clients: int) -> Apply:
    """`thin`: decode, dedupe, record with all its features; an alert at a check-in. `whole`: all that the
    worker does of a client (rules, guards, models, the choice), with the keys of `clients` clients at hand.
    """
    maisons = load_maisons(Path("deploy/maisons"))
    if brain == "thin":
        return partial(_thin, house_of(maisons[MAISON], PEPPER.encode()))
    sealing = Sealing()
    for client in range(clients):
        sealing.key((MAISON, oid(client)))
    return partial(_whole, context(maisons, PEPPER.encode(), {}), sealing.keys)


def _thin(house: House, key: bytes, stored: bytes | None, values: Sequence[bytes], now: float) -> Done:
    record, alerts = records.decode(stored), []
    for value in values:
        event = decode(value)
        fresh = records.touch(record, event, event.time.timestamp(), house, now)
        if fresh and type(event) is StoreCheckin:
            visits = records.slice_of(record, "facts").visits
            told = {"event": event.id, "client": key.decode(), "site": event.data.site, "visits": visits}
            alerts.append(msgspec.json.encode(told))
    return records.encode(record), alerts


def _whole(
    ctx: Any, keys: Any, key: bytes, stored: bytes | None, values: Sequence[bytes], now: float
) -> Done:
    part = (MAISON, key.decode())
    planned = plan([Raw(n, key, value) for n, value in enumerate(values)], now, WAKES.keys(), ctx, keys)
    own = {kept: keys[kept] for kept in planned.keyed}
    done = personalise(planned.touches, (), View(b"", {part: stored}, {}), {}, now, ctx, keys=own)
    return done.parts.get(part, stored or b""), [msgspec.json.encode(change) for _, change in done.alerts]


def facts(stored: bytes) -> tuple[int, ...]:
    """The counts that tell whether every event was applied once."""
    held = records.slice_of(records.decode(stored), "facts")
    return tuple(getattr(held, fact) for fact in FACTS)
