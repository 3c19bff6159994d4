"""Whom a call is about, what it says of them, and in which visit."""

import re
from datetime import date, datetime
from typing import Any

from schemas.events.client import GROUPS
from schemas.who import nobody
from streams.inbound import Refused
from streams.unfold import nested

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PASSED_ON = ("gender", "timezone", "profession", "sizes", "preferences", "residences")
"""Traits that mean what the field of the profile of that name means."""


def session_of(message: dict[str, Any], context: dict[str, Any], at: datetime) -> str:
    """The visit a call belongs to.

    `context.sessionId` where the page sets a text. RudderStack's own is a number, which two visitors may
    share, so the device stands before it. Segment has none: it is the device and the day (UTC).
    """
    stated = context.get("sessionId")
    if isinstance(stated, str) and stated:
        return stated
    owner = _identifier(message.get("anonymousId"), "anonymousId") or _identifier(
        message.get("userId"), "userId"
    )
    return f"{owner}-{stated}" if isinstance(stated, int) else f"{owner}-{at:%Y-%m-%d}"


def who_of(message: dict[str, Any], context: dict[str, Any], at: datetime) -> dict[str, str]:
    """Identifiers of a call. A server that knows only the client is in no visit of a browser."""
    who = {}
    if client := _identifier(message.get("userId"), "userId"):
        who["client_id"] = client
    if device := _identifier(message.get("anonymousId"), "anonymousId"):
        who["device_id"] = device
    stated = context.get("sessionId")
    if device or (isinstance(stated, str) and stated):
        who["session"] = session_of(message, context, at)
    return who


def profile_data(who: dict[str, str], message: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """`data` of a `client.profile`: e-mail and telephone are identifiers, some traits are fields of the
    profile, all others are kept as they are. RudderStack repeats traits in the context.
    """
    traits = {**_object(context.get("traits")), **_object(message.get("traits"))}
    for kind in ("email", "phone"):
        value = traits.get(kind)
        if isinstance(value, str) and value.strip():
            who = {**who, kind: traits.pop(kind).strip()}
    data: dict[str, Any] = {"who": who, "fields": _fields(traits)}
    if traits:
        data["traits"] = traits
    return data


def _fields(traits: dict[str, Any]) -> dict[str, Any]:
    """What a stated profile can hold; a trait of another shape stays a trait and refuses nothing.

    Raises `Refused` where one is stated twice, once by its path, and not alike: it may be an allergy.
    """
    traits = {name: value for name, value in traits.items() if name not in GROUPS or _fits(name, value)}
    traits = nested(traits, "traits")
    parts = (traits.get("firstName"), traits.get("lastName"))
    name = traits.get("name") or " ".join(p for p in parts if isinstance(p, str) and p)
    language = traits.get("language") or traits.get("locale")
    fields: dict[str, Any] = {}
    if isinstance(name, str) and 0 < len(name) <= 256:
        fields["name"] = name
    if isinstance(language, str) and 2 <= len(language) <= 35:
        fields["language"] = language
    if born := _day(traits.get("birthday") or traits.get("birth_date")):
        fields["birth_date"] = born
    for field in _PASSED_ON:
        if _fits(field, traits.get(field)):
            fields[field] = traits[field]
    return fields


def _fits(field: str, value: Any) -> bool:
    if field in GROUPS:
        return isinstance(value, dict) and len(value) <= 50
    if field == "residences":
        return isinstance(value, list) and len(value) <= 20 and all(_fits("", one) for one in value)
    return isinstance(value, str) and 0 < len(value) <= 256


def _day(value: Any) -> str | None:
    try:
        return date.fromisoformat(value[:10]).isoformat() if isinstance(value, str) else None
    except ValueError:
        return None


def alias_data(who: dict[str, str], message: dict[str, Any], at: datetime) -> dict[str, Any]:
    """`data` of a `client.link`. What looks like an anonymous id is a device and its visit of that day
    (a device alone links nothing: it is shared); anything else is a client.
    """
    previous = _identifier(message.get("previousId"), "previousId")
    if previous is None or "client_id" not in who:
        missing = "previousId" if previous is None else "userId"
        raise Refused(400, missing, "is required")
    if previous == message.get("anonymousId") or _UUID.fullmatch(previous):
        other = {"device_id": previous, "session": f"{previous}-{at:%Y-%m-%d}"}
    else:
        other = {"client_id": previous}
    return {"who": who, "with": other, "evidence": "alias call"}


def _identifier(value: Any, field: str) -> str | None:
    """A page that knows nobody yet says so in many ways: `""`, 0, `undefined`."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Refused(400, field, "is a text")
    return None if nobody("client_id", value) else value.strip() or None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
