"""OPERA Cloud's business events, as its integration platform hands them out.

https://github.com/oracle/hospitality-api-docs (property, `getBusinessEvents`)

| business event | event |
| --- | --- |
| a reservation is new, changed, cancelled | `hotel.booking` |
| its status becomes CHECKED IN, CHECKED OUT | `hotel.checkin`, `hotel.checkout` |
| a profile with first and last name | `client.profile`: name, country |

An e-mail address or a telephone number of a profile may be an agency's: neither makes two guests one. Times
have no zone there: they are read by the clock of the hotel.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from schemas.maison import Maison
from streams.inbound import Refused
from streams.wire import read, site_of

STAYS = {"CHECKED IN": "hotel.checkin", "CHECKED OUT": "hotel.checkout"}
OVER = ("CANCELLED", "CANCELED", "NO SHOW")


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


def events_of(body: Any, house: Maison | None) -> Sequence[Any]:
    """The events of one business event, or of a list of them; a `Refused` for each that makes none.

    Raises `Refused` 400 for what is neither.
    """
    said = body.get("businessEventData", [body]) if isinstance(body, dict) else body
    if not isinstance(said, list):
        raise Refused(400, "businessEventData", "is a list of business events")
    told = [_told(one, house) for one in said]
    return [one for one in told if one is not None]


def _told(said: Any, house: Maison | None) -> dict[str, Any] | Refused | None:
    try:
        return _event(read(said, _One), house)
    except Refused as refused:
        return refused


def _event(one: _One, house: Maison | None) -> dict[str, Any] | None:
    header, now = one.business_event.header, _values(one.business_event.details)
    site = site_of(house, header.hotel_id, "header.hotelId")
    if "RESERVATION STATUS" in now:
        type_, data = _stay(one.business_event, now, site.id)
    elif header.action_type.endswith("PROFILE") and now.get("FIRST NAME") and now.get("NAME"):
        type_, data = "client.profile", _profile(header, now)
    else:
        return None
    return {
        "specversion": "1.0",
        "type": type_,
        "source": f"/pms/opera/{header.hotel_id}",
        "id": str(one.business_event_id.id),
        "time": _time(header.created_date_time, site.timezone),
        "data": data,
    }


def _values(details: Sequence[_Detail]) -> dict[str, str]:
    return {detail.data_element: detail.new_value for detail in details if detail.new_value}


def _stay(event: _Event, now: Mapping[str, str], site: str) -> tuple[str, dict[str, Any]]:
    status = now["RESERVATION STATUS"]
    before = next((d.old_value for d in event.details if d.data_element == "RESERVATION STATUS"), None)
    number, leg = _needed(now, "CONFIRMATION NO"), now.get("CONFIRMATION LEG NO", "1")
    data: dict[str, Any] = {
        "who": {"guest_id": _needed(now, "GUEST NAME ID")},
        "site": site,
        "booking_id": number if leg == "1" else f"{number}-{leg}",
    }
    if room := now.get("ROOM"):
        data["room"] = room
    if status in STAYS and status != before:
        return STAYS[status], data
    new = event.header.action_type == "NEW RESERVATION"
    data |= {
        "status": "cancelled" if status in OVER else "booked" if new else "changed",
        "arrival": _needed(now, "ARRIVAL DATE"),
        "departure": _needed(now, "DEPARTURE DATE"),
        "adults": _count("ADULTS", _needed(now, "ADULTS")),
        "children": _count("CHILDREN", now.get("CHILDREN", "0")),
    }
    named = {"room_type": "ROOM TYPE", "market": "MARKET CODE"}
    return "hotel.booking", data | {field: now[name] for field, name in named.items() if name in now}


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
    if not stated.isdecimal():
        raise Refused(400, name, "is no number")
    return int(stated)


def _time(stated: str, timezone: str) -> str:
    try:
        at = datetime.fromisoformat(stated.partition(".")[0])
    except ValueError:
        raise Refused(400, "header.createdDateTime", "is no time") from None
    at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(timezone))
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
