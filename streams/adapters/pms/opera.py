"""OPERA Cloud's business events, as its integration platform hands them out.

https://github.com/oracle/hospitality-api-docs (property, `getBusinessEvents`)

| business event | event |
| --- | --- |
| a reservation is new, changed, cancelled, taken up again; its guest does not come | `hotel.booking` |
| CHECK IN, CHECK OUT, or a status that becomes CHECKED IN, CHECKED OUT | `hotel.checkin`, `hotel.checkout` |
| REVERSE CHECK IN, REVERSE CHECK OUT, or a status that goes back so | `hotel.booking`, `in_house` |
| it is another guest's now | beside what it is, `hotel.booking` of the guest who had it: cancelled |
| a profile with first and last name | `client.profile`: name, country |

An e-mail address or a telephone number of a profile may be an agency's: neither makes two guests one. Times
have no zone there: they are read by the clock of the hotel.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from schemas.maison import Maison
from streams.body import MAX_BATCH
from streams.inbound import Refused
from streams.wire import read, site_of

STAYS = {"CHECKED IN": "hotel.checkin", "CHECKED OUT": "hotel.checkout"}
ACTIONS = {
    "CHECK IN": "CHECKED IN",
    "CHECK OUT": "CHECKED OUT",
    "CANCEL": "CANCELLED",
    "NO SHOW": "NO SHOW",
    "DELETE RESERVATION": "CANCELLED",
}
"""What says by its name what a reservation has become."""
AGAIN = (
    *("ROLLBACK CANCEL", "REACTIVATE NO SHOW", "REACTIVATE WAITLIST", "REVERSE CHECK IN"),
    *("REVERSE CHECK OUT", "JOIN GUEST", "SEPARATE GUEST FROM SHARE"),
)
"""What else states a reservation anew, without its name."""
OVER = ("CANCELLED", "CANCELED", "NO SHOW")
NOT_YET = ("WAITLIST", "WAITLISTED", "PROSPECT")
"""Nobody has a room by these."""
LONGEST_COUNT = 3


class _Header(msgspec.Struct, rename="camel"):
    action_type: str
    primary_key: str | int
    hotel_id: str
    created_date_time: str


class _Detail(msgspec.Struct, rename="camel"):
    data_element: str
    new_value: str | None = None
    old_value: str | None = None


class _Event(msgspec.Struct):
    header: _Header
    details: list[_Detail] = []


class _Id(msgspec.Struct):
    id: str | int


class _One(msgspec.Struct, rename="camel"):
    business_event: _Event
    business_event_id: _Id


def events_of(body: Any, house: Maison | None, now: datetime) -> list[tuple[int, Any]]:
    """What the business events in a call become, each with the place of its own: events, or a `Refused`.

    Raises `Refused`: 400 for what holds no business events, 413 for too many.
    """
    said = body.get("businessEventData", [body]) if isinstance(body, dict) else body
    if not isinstance(said, list):
        raise Refused(400, "businessEventData", "is a list of business events")
    if len(said) > MAX_BATCH:
        raise Refused(413, None, f"{len(said)} business events: at most {MAX_BATCH}")
    return [(place, event) for place, one in enumerate(said) for event in _told(one, house, now)]


def _told(said: Any, house: Maison | None, now: datetime) -> Iterator[Any]:
    id_ = None
    try:
        one = read(said, _One)
        id_ = str(one.business_event_id.id)
        yield from _events(one.business_event, id_, house, now)
    except Refused as refused:
        refused.id = id_
        yield refused


def _events(event: _Event, id_: str, house: Maison | None, received: datetime) -> Iterator[dict[str, Any]]:
    header, now = event.header, {d.data_element: d.new_value for d in event.details if d.new_value}
    site = site_of(house, header.hotel_id, "header.hotelId")
    named, action = None, _word(header.action_type)
    if action.endswith("RESERVATION") or action in ACTIONS or action in AGAIN:
        named = _stay(event, now, site.id)
    elif action.endswith("PROFILE") and now.get("FIRST NAME") and now.get("NAME"):
        named = "client.profile", _profile(header, now)
    if named is None:
        return
    type_, data = named
    at, just_before = _times(header.created_date_time, site.timezone, received)
    booking = {"specversion": "1.0", "type": "hotel.booking", "source": f"/pms/opera/{header.hotel_id}"}
    yield {**booking, "type": type_, "id": id_, "time": at, "data": data}
    before = "" if type_ == "client.profile" else _old(event, "GUEST NAME ID")
    if before in ("", data["who"]["guest_id"]):
        return
    if type_ != "hotel.booking":  # who comes in another's place has no dates yet
        yield {**booking, "id": f"{id_}:taken", "time": at, "data": _booking(now, "changed", data)}
    left = _booking(now, "cancelled", {**data, "who": {"guest_id": before}})
    # A second before: where two profiles became one, the stay is read of both, and goes on.
    yield {**booking, "id": f"{id_}:left", "time": just_before, "data": left}


def _stay(event: _Event, now: Mapping[str, str], site: str) -> tuple[str, dict[str, Any]] | None:
    action, before = _word(event.header.action_type), _word(_old(event, "RESERVATION STATUS"))
    status = ACTIONS.get(action) or _word(_needed(now, "RESERVATION STATUS"))
    waited = action == "REACTIVATE WAITLIST" or before in NOT_YET
    if status in NOT_YET and (waited or not before or action.startswith("NEW ")):
        return None
    number, leg = _needed(now, "CONFIRMATION NO"), now.get("CONFIRMATION LEG NO", "1")
    data: dict[str, Any] = {
        "who": {"guest_id": _needed(now, "GUEST NAME ID")},
        "site": site,
        "booking_id": number if leg == "1" else f"{number}-{leg}",
    }
    if room := now.get("ROOM"):
        data["room"] = room
    if status in STAYS and (action in ACTIONS or _became(before, status)):
        return STAYS[status], data
    booked = action.startswith("NEW ") or waited
    become = "cancelled" if status in (*OVER, *NOT_YET) else "booked" if booked else "changed"
    if action == "REVERSE CHECK IN" or (before == "CHECKED IN" and status not in STAYS):
        data["in_house"] = False
    elif action == "REVERSE CHECK OUT" or (before, status) == ("CHECKED OUT", "CHECKED IN"):
        data["in_house"] = True
    if not room and _old(event, "ROOM"):
        data["room"] = ""
    return "hotel.booking", _booking(now, become, data)


def _booking(now: Mapping[str, str], status: str, stay: Mapping[str, Any]) -> dict[str, Any]:
    kept = {"room_type": "ROOM TYPE", "market": "MARKET CODE"}
    return {
        **stay,
        "status": status,
        "arrival": _needed(now, "ARRIVAL DATE"),
        "departure": _needed(now, "DEPARTURE DATE"),
        "adults": _count("ADULTS", _needed(now, "ADULTS")),
        "children": _count("CHILDREN", now.get("CHILDREN", "0")),
        **{field: now[name] for field, name in kept.items() if name in now},
    }


def _word(stated: str) -> str:
    """An action or a status, however it is written: `Checked_In` is CHECKED IN."""
    return " ".join(stated.upper().replace("_", " ").split())


def _old(event: _Event, name: str) -> str:
    """What it was before; empty where that is not said."""
    return next((d.old_value for d in event.details if d.data_element == name), None) or ""


def _became(before: str, status: str) -> bool:
    """Whether it has this status since now: a later change states it again, and may leave out the old one.

    A departure that is taken back is no second check-in.
    """
    return before not in ("", status, "CHECKED OUT")


def _profile(header: _Header, now: Mapping[str, str]) -> dict[str, Any]:
    fields = {"name": f"{now['FIRST NAME']} {now['NAME']}"}
    if len(country := now.get("COUNTRY", "")) == len("GB"):
        fields["country"] = country.upper()
    return {"who": {"guest_id": str(header.primary_key)}, "fields": fields}


def _needed(now: Mapping[str, str], name: str) -> str:
    if not (value := now.get(name)):
        raise Refused(400, name, "is required")
    return value


def _count(name: str, stated: str) -> int:
    if not (stated.isdecimal() and len(stated) <= LONGEST_COUNT):
        raise Refused(400, name, "is no number of people")
    return int(stated)


def _times(stated: str, timezone: str, received: datetime) -> tuple[str, str]:
    """When it happened, and a second before. Of an hour that a clock has twice the later, once it came."""
    try:
        at = datetime.fromisoformat(stated)
        at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(timezone))
        at, again = at.astimezone(UTC), at.replace(fold=1).astimezone(UTC)
        at = again if at < again <= received else at
        both = (at.isoformat(), (at - timedelta(seconds=1)).isoformat())
    except (ValueError, OverflowError):
        raise Refused(400, "header.createdDateTime", "is no time") from None
    return both[0].replace("+00:00", "Z"), both[1].replace("+00:00", "Z")
