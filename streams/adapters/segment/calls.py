"""A request's calls, and the event each becomes."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec

from streams.adapters.segment.orders import called_off, lines_of, tells_amounts
from streams.adapters.segment.people import alias_data, profile_data, session_of, who_of
from streams.body import MAX_BATCH
from streams.inbound import Refused
from streams.money import decimal_of
from streams.wire import MILLISECONDS

KINDS = ("track", "page", "screen", "identify", "group", "alias")

TRACKED = {
    "product viewed": "web.view",
    "product added": "web.cart",
    "product removed": "web.cart",
    "product added to wishlist": "web.wish",
    "product removed from wishlist": "web.wish",
    "products searched": "web.search",
    "checkout started": "web.checkout",
    "order completed": "store.purchase",
    "order updated": "store.purchase",
    "order refunded": "store.return",
    "order cancelled": "store.return",
}
"""Segment's names of e-commerce events, in small letters -> type."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call with what its batch says of it: parts of the wire format, unchecked."""

    kind: str | None
    message: dict[str, Any]
    context: dict[str, Any]
    sent_at: datetime | None

    @property
    def id(self) -> str | None:
        """`messageId`, or None."""
        return _word(self.message.get("messageId"))


def calls_of(body: Any, kind: str | None) -> list[Call | Refused]:
    """The calls of a body: one of `kind`, or with None a batch. Raises `Refused` when it is neither."""
    if not isinstance(body, dict):
        raise Refused(400, None, "the body is a JSON object")
    if kind is not None:
        return [_call(body, kind, {}, None)]
    batch = body.get("batch")
    if not isinstance(batch, list):
        raise Refused(400, "batch", "is required: an array of calls")
    if len(batch) > MAX_BATCH:
        raise Refused(413, "batch", f"{len(batch)} calls: at most {MAX_BATCH}")
    context = body.get("context")
    return [
        _call(one, None, context if isinstance(context, dict) else {}, body.get("sentAt")) for one in batch
    ]


def _call(message: Any, kind: str | None, context: dict[str, Any], sent_at: Any) -> Call | Refused:
    if not isinstance(message, dict):
        return Refused(400, None, "a call is a JSON object")
    own = message.get("context")
    return Call(
        kind=kind or _text(message.get("type")),
        message=message,
        context={**context, **own} if isinstance(own, dict) else context,
        sent_at=_instant(sent_at) or _instant(message.get("sentAt")),
    )


def event_of(call: Call, now: datetime, currency: str | None) -> dict[str, Any]:
    """The event a call becomes; `currency` is that of an order which states none. Raises `Refused`."""
    at = _time(call, now)
    type_, data = _meaning(call, at, currency)
    library = call.context.get("library")
    name = _text(library.get("name")) if isinstance(library, dict) else None
    event = {
        "specversion": "1.0",
        "type": type_,
        "source": f"/segment/{(name or 'unknown')[:200]}",
        "id": call.id or str(uuid4()),
        "time": at.isoformat().replace("+00:00", "Z"),
        "data": data,
    }
    if (proof := call.context.get("proof")) is not None:
        event["proof"] = proof
    return event


def _meaning(call: Call, at: datetime, currency: str | None) -> tuple[str, dict[str, Any]]:
    if call.kind not in KINDS:
        raise Refused(400, "type", f"is required: one of {', '.join(KINDS)}")
    who = who_of(call.message, call.context, at)
    if not who:
        raise Refused(400, "userId", "or anonymousId is required")
    match call.kind:
        case "identify":
            return "client.profile", profile_data(who, call.message, call.context)
        case "alias":
            return "client.link", alias_data(who, call.message, at)
        case "group":
            return "segment.group", _kept(who, call.message, "groupId", "traits")
        case "track":
            return _tracked(call, who, at, currency)
    return "web.view", _click(call, who, at)


def _tracked(
    call: Call, who: dict[str, str], at: datetime, currency: str | None
) -> tuple[str, dict[str, Any]]:
    name = _text(call.message.get("event"))
    if name is None:
        raise Refused(400, "event", "is required: the name of what was tracked")
    type_ = TRACKED.get(name.strip().casefold())
    if type_ is None:
        return "segment.track", _kept(who, call.message, "event", "properties")
    if type_.startswith("web."):
        taken = {"quantity": 0} if "removed" in name.casefold() else {}
        return type_, _click(call, who, at) | taken
    properties = _properties(call)
    changed = "updated" in name.casefold()
    if changed and not tells_amounts(properties):
        return "segment.track", _kept(who, call.message, "event", "properties")
    order = next((t for k in ("order_id", "orderId") if (t := _word(properties.get(k)))), None)
    if order is None:
        raise Refused(400, "properties.order_id", "is required")
    lines = called_off if "cancelled" in name.casefold() else lines_of
    data = {
        "who": who,
        "channel": "web",
        "order_id": order,
        "lines": lines(properties, currency),
        "properties": properties,
    }
    return type_, {**data, "changed": True} if changed else data


def _click(call: Call, who: dict[str, str], at: datetime) -> dict[str, Any]:
    properties = _properties(call)
    page = call.context.get("page")
    page = page if isinstance(page, dict) else {}
    data: dict[str, Any] = {"who": who, "session": session_of(call.message, call.context, at)}
    url = _text(properties.get("url")) or _text(page.get("url"))
    query = _text(properties.get("query"))
    language = _text(call.context.get("locale"))
    stated = {
        "url": url[:2048] if url else None,
        "sku": _word(properties.get("sku")) or _word(properties.get("product_id")),
        "category": _text(properties.get("category")) or _text(call.message.get("category")),
        "query": query[:512] if query else None,
        "quantity": _quantity(properties.get("quantity")),
        "language": language if language and 2 <= len(language) <= 35 else None,
        "name": _text(call.message.get("name")),
    }
    data.update({field: value for field, value in stated.items() if value is not None})
    if properties:
        data["properties"] = properties
    return data


def _kept(who: dict[str, str], message: dict[str, Any], *fields: str) -> dict[str, Any]:
    return {"who": who, **{f: message[f] for f in fields if message.get(f) is not None}}


def _properties(call: Call) -> dict[str, Any]:
    properties = call.message.get("properties")
    return properties if isinstance(properties, dict) else {}


def _time(call: Call, now: datetime) -> datetime:
    """When it happened by our clock: as long before its receipt as it happened before it was sent.

    A call with both times was put right where it was received before: a history that is sent again, or a
    client's own time. https://segment.com/docs/connections/spec/common/#timestamps
    """
    original, stated = (_instant(call.message.get(name)) for name in ("originalTimestamp", "timestamp"))
    if original is not None and stated is not None:
        return stated
    said = original or stated
    if said is None:
        return now
    if call.sent_at is None:
        return said
    try:
        return now - max(call.sent_at - said, timedelta(0))
    except OverflowError:  # a date nobody has set, 0001-01-01, by a clock that is fast
        return said


def _instant(value: Any) -> datetime | None:
    """ISO 8601, as SDKs write it; or Unix time, as programs without one do."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > MILLISECONDS else value, UTC)
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _word(value: Any) -> str | None:
    """An id: shops write them as numbers too."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)


def _quantity(value: Any) -> int | None:
    number = decimal_of(value)
    return int(number) if number is not None and number >= 1 and number == int(number) else None
