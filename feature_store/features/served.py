"""What was served during a stay: what, of which service, and when.

A verbena tea at breakfast and a laundry bag give two entries. Only the last few days are kept: it is there so
that nothing is offered twice, not to know a guest by their glasses.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from feature_store.feature import CUT, Feature, House, cut, short
from feature_store.services import habit_of
from schemas.events.hotel import HotelService

KEPT = 8
"""Things kept per part, each once per stay; the one served longest ago goes first."""
LASTS = 4 * 86_400
"""Seconds before the last thing served beyond which the others are forgotten."""
LONGEST = 24
"""Bytes of what was served; a longer name is cut, and ends in `CUT`."""
SERVICES = (
    "", "bar", "breakfast", "tea", "lunch", "dinner", "restaurant", "room service", "minibar", "wine",
    "spa", "laundry", "housekeeping", "concierge", "transfer",
)  # fmt: skip
"""Stored by position, the first for any other: new ones go last."""


class Had(NamedTuple):
    """`at` in Unix seconds; `stay` stands for the booking; `service` by position in `SERVICES`; `item`: empty
    where the hotel's system did not say what it was."""

    at: int
    stay: int
    service: int
    item: str


class Served(msgspec.Struct, array_like=True):
    """The oldest first."""

    had: list[Had] = []


def stands_for(booking: str) -> int:
    """What stands for a booking, or its `short` id: only equality matters, and one guest has few."""
    return crc32(short(booking).encode()) & 0xFFFF


def had(slice: Served, booking: str) -> list[Had]:
    """What was served during a stay, the oldest first."""
    stay = stands_for(booking)
    return [one for one in slice.had if one.stay == stay]


def _service(slice: Served, event: HotelService, at: float, house: House) -> None:
    data = event.data
    if data.service is None and data.item is None:
        return
    service = (data.service or "").strip().casefold()
    if habit_of(service) not in (None, "wine"):  # a pillow is a preference, and nothing that is served again
        return
    code = SERVICES.index(service) if service in SERVICES else 0
    item = cut(" ".join((data.item or "").split()), LONGEST, CUT)
    new = Had(int(at), stands_for(data.booking_id), code, item)
    slice.had = _last([*slice.had, new])


def _last(things: Sequence[Had]) -> list[Had]:
    newest: dict[tuple[int, str], Had] = {}
    for one in sorted(things):
        newest[one.stay, one.item.casefold()] = one
    kept = sorted(newest.values())[-KEPT:]
    return [one for one in kept if one.at >= kept[-1].at - LASTS]


def _values(slice: Served, now: float) -> dict[str, Any]:
    things = [
        {"at": one.at, "service": SERVICES[one.service] or None, "item": one.item or None}
        for one in slice.had
    ]
    return {"lately": things} if things else {}


def _merge(slices: Sequence[Served]) -> Served:
    return Served(_last([one for slice in slices for one in slice.had]))


FEATURE = Feature(
    name="served",
    letter="G",
    slice=Served,
    on={HotelService: _service},
    values=_values,
    merge=_merge,
    personal=True,
)
