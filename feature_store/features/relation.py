"""Whom of the house a client knows: who welcomed, served, received them, or noted something of them.

Of the last eight such days six with Camille and two with Matteo give `met == {"camille": 6, "matteo": 2}`.
"""

from collections.abc import Iterable, Mapping, Sequence
from struct import iter_unpack, pack
from typing import Any

import msgspec

from feature_store.days import day_of
from feature_store.feature import Feature, House, short
from schemas.events.client import ClientAppointment, ClientNote
from schemas.events.store import StoreCheckin, StorePurchase

KEPT = 8
"""Days with somebody that are remembered, the last ones: who is known today, not who was known once."""


class Relation(msgspec.Struct, array_like=True):
    """Person's id -> days since 1970, two bytes each, in their order."""

    met: dict[str, bytes] = {}


def known_best(slice: Relation) -> list[str]:
    """Who met the client, most often and most recently first."""
    return sorted(slice.met, key=lambda staff: (len(slice.met[staff]), slice.met[staff][-2:], staff))[::-1]


def _meet(slice: Relation, staff: str | None, at: float) -> None:
    if staff:
        slice.met = _kept([*_days(slice.met), (day_of(at), short(staff))])


def _days(met: Mapping[str, bytes]) -> Iterable[tuple[int, str]]:
    return ((day, staff) for staff, days in met.items() for (day,) in iter_unpack(">H", days))


def _kept(days: Iterable[tuple[int, str]]) -> dict[str, bytes]:
    met: dict[str, bytes] = {}
    for day, staff in sorted(set(days))[-KEPT:]:
        met[staff] = met.get(staff, b"") + pack(">H", day)
    return met


def _seen(slice: Relation, event: StoreCheckin | StorePurchase, at: float, house: House) -> None:
    _meet(slice, event.data.staff, at)


def _received(slice: Relation, event: ClientAppointment, at: float, house: House) -> None:
    if event.data.status == "attended":
        _meet(slice, event.data.staff, event.data.at.timestamp())


def _noted(slice: Relation, event: ClientNote, at: float, house: House) -> None:
    _meet(slice, event.data.by, at)


def _values(slice: Relation, now: float) -> dict[str, Any]:
    last = max((day for day, _ in _days(slice.met)), default=None)
    return {
        "met": {staff: len(slice.met[staff]) // 2 for staff in known_best(slice)},
        "last_days": None if last is None else max(0, day_of(now) - last),
    }


def _merge(slices: Sequence[Relation]) -> Relation:
    return Relation(_kept(day for slice in slices for day in _days(slice.met)))


FEATURE = Feature(
    name="relation",
    letter="S",
    slice=Relation,
    on={StoreCheckin: _seen, StorePurchase: _seen, ClientAppointment: _received, ClientNote: _noted},
    values=_values,
    merge=_merge,
)
