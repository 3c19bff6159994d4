"""Stays: what is booked, who is on the way and when, who is in the house.

A booking for tonight and a taxi due at 18:40 give one stay with its `eta`; a cancelled one has no `eta`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from feature_store.feature import Feature, House
from schemas.events.hotel import HotelArrival, HotelBooking, HotelCheckin, HotelCheckout

KEPT = 4
"""Stays kept per part; the one heard of longest ago goes first."""


class Stay(msgspec.Struct, array_like=True):
    """Times in Unix milliseconds, days as ordinals. `step`: 1 arrived, 2 left."""

    site: str
    cancelled: bool = False
    booked_at: int = 0
    arrival: int = 0
    departure: int = 0
    heads: int = 0
    eta: int = 0
    eta_at: int = 0
    by: str = ""
    remote: bool = False
    step: int = 0
    step_at: int = 0
    room: str = ""
    room_at: int = 0


class Stays(msgspec.Struct, array_like=True):
    stays: dict[str, Stay] = {}


def _stay(slice: Stays, booking: str, site: str) -> Stay:
    stay = slice.stays.get(booking)
    if stay is None:
        stay = slice.stays[booking] = Stay(site)
    return stay


def _heard(stay: Stay) -> int:
    return max(stay.booked_at, stay.eta_at, stay.step_at)


def _bound(slice: Stays) -> None:
    if len(slice.stays) > KEPT:
        del slice.stays[min(slice.stays, key=lambda b: (_heard(slice.stays[b]), b))]


def _booking(slice: Stays, event: HotelBooking, at: float, house: House) -> None:
    data, ms = event.data, int(at * 1000)
    stay = _stay(slice, data.booking_id, data.site)
    if ms >= stay.booked_at:
        stay.site, stay.cancelled, stay.booked_at = data.site, data.status == "cancelled", ms
        stay.arrival, stay.departure = data.arrival.toordinal(), data.departure.toordinal()
        stay.heads = data.adults * 100 + data.children
    _bound(slice)


def _arrival(slice: Stays, event: HotelArrival, at: float, house: House) -> None:
    data, ms = event.data, int(at * 1000)
    stay = _stay(slice, data.booking_id, data.site)
    if ms >= stay.eta_at:
        stay.eta, stay.eta_at, stay.by = int(data.eta.timestamp() * 1000), ms, data.by or ""
        stay.remote = bool(data.checked_in_remotely)
    _bound(slice)


def _step(slice: Stays, event: HotelCheckin | HotelCheckout, at: float, house: House) -> None:
    data, ms, step = event.data, int(at * 1000), 2 if isinstance(event, HotelCheckout) else 1
    stay = _stay(slice, data.booking_id, data.site)
    stay.step, stay.step_at = max((stay.step, stay.step_at), (step, ms))
    if data.room and ms >= stay.room_at:
        stay.room, stay.room_at = data.room, ms
    _bound(slice)


def _values(slice: Stays, now: float) -> dict[str, Any]:
    return {
        booking: {
            "site": stay.site,
            "status": "cancelled" if stay.cancelled else ("expected", "here", "left")[stay.step],
            "arrival": _day(stay.arrival),
            "departure": _day(stay.departure),
            "eta": stay.eta / 1000 if stay.eta and not stay.cancelled else None,
            "by": stay.by or None,
            "checked_in_remotely": stay.remote,
            "room": stay.room or None,
        }
        for booking, stay in slice.stays.items()
    }


def _day(ordinal: int) -> str | None:
    return date.fromordinal(ordinal).isoformat() if ordinal else None


def _merge(slices: Sequence[Stays]) -> Stays:
    merged = Stays({})
    for slice in slices:
        for booking, stay in slice.stays.items():
            merged.stays[booking] = _join(merged.stays[booking], stay) if booking in merged.stays else stay
    while len(merged.stays) > KEPT:
        _bound(merged)
    return merged


def _join(a: Stay, b: Stay) -> Stay:
    booked, eta, step, room = (
        max((a, b), key=lambda s: (s.booked_at, s.cancelled)),
        max((a, b), key=lambda s: (s.eta_at, s.eta)),
        max((a, b), key=lambda s: (s.step, s.step_at)),
        max((a, b), key=lambda s: (s.room_at, s.room)),
    )
    return Stay(
        booked.site, booked.cancelled, booked.booked_at, booked.arrival, booked.departure, booked.heads,
        eta.eta, eta.eta_at, eta.by, eta.remote, step.step, step.step_at,
        room.room, room.room_at,
    )  # fmt: skip


FEATURE = Feature(
    name="stay",
    letter="h",
    slice=Stays,
    on={HotelBooking: _booking, HotelArrival: _arrival, HotelCheckin: _step, HotelCheckout: _step},
    values=_values,
    merge=_merge,
    ordered="of two statements with the same millisecond the later heard wins; beyond four stays, what was "
    "forgotten of one does not come back",
)
