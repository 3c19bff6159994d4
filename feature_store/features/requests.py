"""What a guest asked for when they booked, in their own words: a cot, a late arrival, a table for ten.

It is of that booking alone, and for whoever prepares it to read: nothing is concluded from it. What a change
says of it holds from then on, and one that says nothing leaves it: the system that gives the rooms may not
know what the web shop was asked. A booking that is cancelled asks for nothing any more.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from feature_store.feature import CUT, Feature, House, cut, short
from schemas.events.hotel import HotelBooking

KEPT = 3
"""Bookings kept per part: one with which nothing was asked for goes first, and then the one spoken of longest
ago."""
LONGEST = 160
"""Bytes of the words of a booking; what is longer is cut, and ends in `CUT`."""


class Asked(NamedTuple):
    """`at`: when the booking was last spoken of, Unix seconds; `words`: empty where nothing was asked for."""

    at: int
    booking: str
    words: str


class Requests(msgspec.Struct, array_like=True):
    """The one spoken of longest ago first."""

    kept: list[Asked] = []


def asked_with(slice: Requests, booking: str) -> str:
    """What was asked for with a booking; empty where nothing was."""
    return next((one.words for one in slice.kept if one.booking == short(booking)), "")


def _booking(slice: Requests, event: HotelBooking, at: float, house: House) -> None:
    data = event.data
    asked = [] if data.status == "cancelled" else data.requests
    if asked is None:
        return
    words = cut("; ".join(filter(None, (" ".join(one.split()) for one in asked))), LONGEST, CUT)
    slice.kept = _last([*slice.kept, Asked(int(at), short(data.booking_id), words)])


def _last(several: Iterable[Asked]) -> list[Asked]:
    newest = {one.booking: one for one in sorted(several)}
    return sorted(sorted(newest.values(), key=lambda one: (one.words != "", one))[-KEPT:])


def _values(slice: Requests, now: float) -> dict[str, Any]:
    asked = [{"booking": one.booking, "text": one.words} for one in reversed(slice.kept) if one.words]
    return {"asked": asked} if asked else {}


def _merge(slices: Sequence[Requests]) -> Requests:
    return Requests(_last(one for slice in slices for one in slice.kept))


FEATURE = Feature(
    name="requests",
    letter="N",
    slice=Requests,
    on={HotelBooking: _booking},
    values=_values,
    merge=_merge,
    personal=True,
    ordered="beyond three bookings: that nothing is asked for any more with one of them is forgotten first",
)
