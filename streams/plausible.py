"""What an event of a sound form can't mean: a place its house does not have, a time that has not come."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec.inspect import StructType, type_info

from schemas.events import EVENTS
from schemas.maison import Maison
from streams.inbound import Refused
from streams.quarantine import takes_away

HOURS = 48
"""How far ahead of our clock an event may be dated: a device that is a day off, wherever it stands."""
PRESENCE = "staff.presence"
_AHEAD = timedelta(hours=HOURS)


def _at_a_site(type_: str) -> bool:
    info = type_info(EVENTS[type_].__annotations__["data"])
    return isinstance(info, StructType) and any(f.name == "site" and f.required for f in info.fields)


SITED = frozenset(type_ for type_ in EVENTS if _at_a_site(type_))
"""Types that happen at a site. An order may name one, and counts wherever it was paid."""


class Plausible:
    """Asked of every event that was checked. Cheap: the places of each house are gathered once."""

    def __init__(self, maisons: Mapping[str, Maison]) -> None:
        self._sites = {id: frozenset(s.id for s in maison.sites) for id, maison in maisons.items()}
        self._places = {id: frozenset(maison.places) for id, maison in maisons.items()}

    def check(self, event: Mapping[str, Any], maison: str, now: datetime) -> None:
        """Raises `Refused` 400 where the event names no site of the house, or lies too far ahead of `now`.

        A time that is past is never refused, however long: what a house brings along is old. Nor is what an
        event is about: an arrival, an appointment, an expiry lie ahead. What only takes away is taken
        whatever its date, and read as of now: a client's refusal is not lost to a wrong clock.
        """
        stated = event.get("time")
        if stated is not None and msgspec.convert(stated, datetime) > now + _AHEAD and not takes_away(event):
            raise Refused(400, "time", f"lies more than {HOURS} hours ahead: is the sender's clock right?")
        if (type_ := event["type"]) in SITED:
            known = (self._places if type_ == PRESENCE else self._sites).get(maison)
            if known is not None and event["data"]["site"] not in known:
                raise Refused(400, "data.site", "is no site of this maison: its file lists them, [[sites]]")
