"""Stays: what is booked, who is on the way and when, who is in the house.

A booking for tonight and a taxi due at 18:40 give one stay with its `eta`; a cancelled one has no `eta`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from feature_store.days import DAY, EPOCH
from feature_store.feature import Feature, House, short
from schemas.events.hotel import (
    ArrivalData,
    BookingData,
    HotelArrival,
    HotelBooking,
    HotelCheckin,
    HotelCheckout,
    StayData,
)

KEPT = 4
"""Stays kept per part that are not over: who is here, who comes next, and what was heard of last."""
OVER = 1
"""How many are kept beside them that are: left, or cancelled. The one heard of longest ago goes first."""
HERE, LEFT = 1, 2
_STEP, _CANCELLED, _REMOTE = 3, 4, 8
_MINUTES = 4
_FLAGS = (1 << _MINUTES) - 1
MINUTE = 60
TEXT = 40
"""Characters kept of what says how somebody comes, or which room it is."""
OVERSTAYS = 3 * DAY
"""Seconds after the day of departure begins, UTC, for which who has not checked out may still be there."""
_BEFORE = date(1999, 12, 31).toordinal()


class Stay(msgspec.Struct, array_like=True):
    """Times in Unix seconds; `arrival`: days, the first of 2000 is 1; `heads`: adults * 100 + children.

    `state`: the step (`HERE`, `LEFT`), flags for what was cancelled and who checked in remotely, and from its
    fifth bit on the minute of the first check-in heard of. `room_at` is 0 if the room was named with that
    step.
    """

    site: str
    state: int = 0
    booked_at: int = 0
    arrival: int = 0
    nights: int = 0
    heads: int = 0
    eta: int = 0
    eta_at: int = 0
    by: str = ""
    step_at: int = 0
    room: str = ""
    room_at: int = 0

    @property
    def step(self) -> int:
        """0 expected, `HERE` or `LEFT`."""
        return self.state & _STEP

    @property
    def cancelled(self) -> bool:
        """Whether the booking was."""
        return bool(self.state & _CANCELLED)

    @property
    def remote(self) -> bool:
        """Whether the guest has checked in remotely."""
        return bool(self.state & _REMOTE)

    @property
    def came(self) -> int:
        """When the guest checked in first, Unix seconds to the minute; 0 where that is not known."""
        return (self.state >> _MINUTES) * MINUTE

    @property
    def late(self) -> int | None:
        """Seconds from the hour announced last to the check-in, below zero for early; None: not known."""
        return self.came - self.eta if self.came and 0 < self.eta_at < self.came + MINUTE else None

    @property
    def party(self) -> tuple[int, int] | None:
        """Adults and children, as the booking has them; None where none is known."""
        return divmod(self.heads, 100) if self.heads else None

    def mark(self, bits: int, value: int) -> None:
        """Sets these bits of the state."""
        self.state = self.state & ~bits | value


class Stays(msgspec.Struct, array_like=True):
    stays: dict[str, Stay] = {}


def stay_of(slice: Stays, booking: str) -> Stay | None:
    """What is known of a booking."""
    return slice.stays.get(short(booking))


def lodges(stay: Stay, now: float) -> bool:
    """Whether a guest is in the house at `now`, Unix seconds.

    Not days after they were to leave: a check-out that no system told of keeps nobody there for ever.
    """
    if stay.step != HERE or stay.cancelled:
        return False
    return not stay.arrival or now < max(_leaves(stay), stay.step_at) + OVERSTAYS


def _leaves(stay: Stay) -> int:
    return _starts(stay.arrival + stay.nights)


def _starts(day: int) -> int:
    return (day + _BEFORE - EPOCH) * DAY


def _stay(slice: Stays, data: BookingData | ArrivalData | StayData) -> Stay:
    stay = stay_of(slice, data.booking_id)
    if stay is None:
        stay = slice.stays[short(data.booking_id)] = Stay(short(data.site))
    return stay


def _heard(stay: Stay) -> int:
    return max(stay.booked_at, stay.eta_at, stay.step_at)


def _bound(stays: dict[str, Stay], most: int, spared: Stay | None = None) -> None:
    if len(stays) <= most:
        return
    now = max(map(_heard, stays.values()))
    for booking in sorted(stays, key=lambda b: (stays[b] is spared, _weight(stays[b], now), b))[:-most]:
        del stays[booking]


def _weight(stay: Stay, now: int) -> tuple[bool, int, int]:
    """Whom nobody can still expect goes first, then who comes last."""
    if stay.step == HERE:
        return lodges(stay, now), 0, _heard(stay)
    comes, leaves = (_starts(stay.arrival), _leaves(stay)) if stay.arrival else (stay.eta, stay.eta)
    expected = now < leaves + DAY
    return expected, -comes if expected else comes, _heard(stay)


def _forget(slice: Stays, heard: Stay) -> None:
    """Never the one that was just heard of: rules are about to ask for it."""
    slice.stays = _kept(slice.stays, heard)


def _kept(stays: dict[str, Stay], heard: Stay | None = None) -> dict[str, Stay]:
    over = {b: stay for b, stay in stays.items() if stay.cancelled or stay.step == LEFT}
    live = {b: stay for b, stay in stays.items() if b not in over}
    _bound(live, KEPT, heard)
    _bound(over, OVER, heard)
    return {b: stay for b, stay in stays.items() if b in live or b in over}


def _booking(slice: Stays, event: HotelBooking, at: float, house: House) -> None:
    data, at = event.data, int(at)
    stay = _stay(slice, data)
    if at >= stay.booked_at:
        stay.site, stay.booked_at = short(data.site), at
        stay.mark(_CANCELLED, _CANCELLED * (data.status == "cancelled"))
        stay.arrival, stay.nights = _count(data.arrival), (data.departure - data.arrival).days
        stay.heads = data.adults * 100 + data.children
    if data.in_house is not None:
        _stand(stay, HERE * data.in_house, at)
    _name(stay, data.room, at)
    _forget(slice, stay)


def _arrival(slice: Stays, event: HotelArrival, at: float, house: House) -> None:
    data, at = event.data, int(at)
    stay = _stay(slice, data)
    if at >= stay.eta_at:
        stay.eta, stay.eta_at, stay.by = int(data.eta.timestamp()), at, (data.by or "")[:TEXT]
        stay.mark(_REMOTE, _REMOTE * bool(data.checked_in_remotely))
    _name(stay, data.room, at)
    _forget(slice, stay)


def _step(slice: Stays, event: HotelCheckin | HotelCheckout, at: float, house: House) -> None:
    data, at, step = event.data, int(at), LEFT if isinstance(event, HotelCheckout) else HERE
    stay = _stay(slice, data)
    if step == HERE and at > 0:
        _came(stay, at)
    _stand(stay, step, at)
    _name(stay, data.room, at)
    _forget(slice, stay)


def _stand(stay: Stay, step: int, at: int) -> None:
    """What was told last holds: a check-in that was an error is taken back, and so is a check-out."""
    named_at = _room_at(stay)
    stay.step_at, step = max((stay.step_at, stay.step), (at, step))
    stay.mark(_STEP, step)
    stay.room_at = named_at
    if not step:
        stay.state &= _FLAGS  # nobody came


def _name(stay: Stay, room: str | None, at: int) -> None:
    """Whoever names the room last is believed, or says that there is none any more."""
    named_at = _room_at(stay)
    if room is not None and at >= named_at:
        stay.room, named_at = room[:TEXT], at
    stay.room_at = _named(stay.room, named_at, stay.step_at)


def _named(room: str, named_at: int, step_at: int) -> int:
    return 0 if room and named_at == step_at else named_at


def _came(stay: Stay, at: int) -> None:
    stay.state = stay.state & _FLAGS | min(stay.came or at, at) // MINUTE << _MINUTES


def _room_at(stay: Stay) -> int:
    return stay.room_at or (stay.step_at if stay.room else 0)


def _count(day: date) -> int:
    return day.toordinal() - _BEFORE


def _values(slice: Stays, now: float) -> dict[str, Any]:
    return {
        booking: {
            "site": stay.site,
            "status": "cancelled" if stay.cancelled else ("expected", "here", "left")[stay.step],
            "arrival": _day(stay.arrival),
            "departure": _day(stay.arrival and stay.arrival + stay.nights),
            "adults": stay.party and stay.party[0],
            "children": stay.party and stay.party[1],
            "eta": stay.eta if stay.eta and not stay.cancelled else None,
            "by": stay.by or None,
            "checked_in_remotely": stay.remote,
            "room": stay.room or None,
        }
        for booking, stay in slice.stays.items()
    }


def _day(count: int) -> str | None:
    return date.fromordinal(count + _BEFORE).isoformat() if count else None


def _merge(slices: Sequence[Stays]) -> Stays:
    merged = Stays({})
    for slice in slices:
        for booking, stay in slice.stays.items():
            merged.stays[booking] = _join(merged.stays[booking], stay) if booking in merged.stays else stay
    merged.stays = _kept(merged.stays)
    return merged


def _join(a: Stay, b: Stay) -> Stay:
    booked, eta, step, room = (
        max((a, b), key=lambda s: (s.booked_at, s.cancelled)),
        max((a, b), key=lambda s: (s.eta_at, s.eta)),
        max((a, b), key=lambda s: (s.step_at, s.step)),
        max((a, b), key=lambda s: (_room_at(s), s.room)),
    )
    state = booked.state & _CANCELLED | eta.state & _REMOTE | step.state & _STEP
    named_at = _room_at(room)
    joined = Stay(
        booked.site, state, booked.booked_at, booked.arrival, booked.nights, booked.heads,
        eta.eta, eta.eta_at, eta.by, step.step_at, room.room, _named(room.room, named_at, step.step_at),
    )  # fmt: skip
    for came in filter(None, (a.came, b.came)) if joined.step else ():
        _came(joined, came)
    return joined


FEATURE = Feature(
    name="stay",
    letter="h",
    slice=Stays,
    on={HotelBooking: _booking, HotelArrival: _arrival, HotelCheckin: _step, HotelCheckout: _step},
    values=_values,
    merge=_merge,
    ordered="of two statements of one second the later heard wins; beyond four stays, or one that is over, "
    "what was forgotten does not come back",
)
