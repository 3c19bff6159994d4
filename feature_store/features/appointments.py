"""What was promised: visits and invitations, proposed, accepted, kept or missed.

A visit proposed in one message and accepted in another is one appointment with `status == "accepted"`: what
one channel promised, every channel knows.
"""

from collections.abc import Mapping, Sequence
from typing import Any, get_args
from zlib import crc32

import msgspec

from feature_store.feature import Feature, House, short
from schemas.events.client import AppointmentData, ClientAppointment

KEPT = 3
"""Appointments kept; the one spoken of longest ago goes first."""
STATUSES: tuple[str, ...] = get_args(
    get_args(AppointmentData.__annotations__["status"])[0]
)  # annotated: the literal comes first
"""Stored by position: new ones go last."""
PROPOSED, ACCEPTED = STATUSES.index("proposed"), STATUSES.index("accepted")
ATTENDED, MISSED = STATUSES.index("attended"), STATUSES.index("missed")
_EVENT = 16
DAY = 86_400.0


class Appointment(msgspec.Struct, array_like=True, frozen=True, order=True, gc=False):
    """As last spoken of, at `said`; times in Unix seconds. `state`: the status, and a flag for an event."""

    said: int
    at: int
    site: str
    state: int
    staff: str = ""

    @property
    def step(self) -> int:
        """Its status, by position in `STATUSES`."""
        return self.state % _EVENT

    @property
    def event(self) -> bool:
        """An invitation among others, not a visit."""
        return self.state >= _EVENT


class Appointments(msgspec.Struct, array_like=True):
    """By the checksum of its id: only equality matters."""

    kept: dict[int, Appointment] = {}


def mark(appointment: str) -> int:
    """An appointment's id as the slice has it."""
    return crc32(appointment.encode())


def promised(slice: Appointments, now: float, event: bool = False) -> list[Appointment]:
    """Visits (or, with `event`, invitations) to come that are accepted, or proposed and not answered yet."""
    return sorted(
        (
            one
            for one in slice.kept.values()
            if one.step in (PROPOSED, ACCEPTED) and one.at > now - DAY / 4 and one.event == event
        ),
        key=lambda one: one.at,
    )


def _appointment(slice: Appointments, event: ClientAppointment, at: float, house: House) -> None:
    data = event.data
    state = STATUSES.index(data.status) + _EVENT * (data.kind == "event")
    begins, staff = int(data.at.timestamp()), short(data.staff or "")
    _keep(slice.kept, {mark(data.appointment): Appointment(int(at), begins, short(data.site), state, staff)})


def _keep(kept: dict[int, Appointment], more: Mapping[int, Appointment]) -> None:
    for id, one in more.items():
        kept[id] = max(kept.get(id, one), one)
    while len(kept) > KEPT:
        del kept[min(kept, key=lambda id: (kept[id].said, id))]


def _values(slice: Appointments, now: float) -> dict[str, Any]:
    said = sorted(slice.kept.values(), reverse=True)
    return {
        "known": [
            {
                "at": one.at,
                "site": one.site,
                "kind": "event" if one.event else "visit",
                "status": STATUSES[one.step],
                "staff": one.staff or None,
            }
            for one in said
        ]
    }


def _merge(slices: Sequence[Appointments]) -> Appointments:
    merged = Appointments()
    for slice in slices:
        _keep(merged.kept, slice.kept)
    return merged


FEATURE = Feature(
    name="appointments",
    letter="R",
    slice=Appointments,
    on={ClientAppointment: _appointment},
    values=_values,
    merge=_merge,
)
