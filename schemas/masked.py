"""An event for whoever operates: what travels in the clear, if it is what it should be; else its shape.

An event that could not be read may hold a name where a type should be, so a value is shown only if its field
is of the contract, is not personal (`schemas/personal.py`), and the value is of the field's type. Pure.
"""

import re
from typing import Any

import msgspec
import orjson

from schemas.envelope import Event
from schemas.events import EVENTS
from schemas.personal import PEOPLE, SEALED, travels
from schemas.who import RANK, stands

DEEPEST, MOST = 6, 50
"""Levels of a shape, and entries of one object or array, that are shown."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_ENVELOPE = {field.encode_name: field.type for field in msgspec.structs.fields(Event)}


def masked(value: bytes | None) -> Any:
    """What may be shown of these bytes, as JSON values; whatever bytes they are.

    >>> masked(b'{"type": "store.checkin", "data": {"site": "vendome", "method": "Aline"}}')
    {'type': 'store.checkin', 'data': {'site': 'vendome', 'method': '(text, 5)'}}
    """
    try:
        event = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return f"({len(value or b'')} bytes that are not JSON)"
    if not isinstance(event, dict):
        return shape(event)
    shown = {_name(name): _of_envelope(name, said) for name, said in event.items() if name != "data"}
    if (data := event.get("data")) is not None:
        said = event.get("type")
        type_ = said if isinstance(said, str) and said in EVENTS else None
        shown["data"] = _data(data, type_) if isinstance(data, dict) else shape(data)
    return shown


def _of_envelope(name: str, said: Any) -> Any:
    if name in ("type", "of"):
        return said if isinstance(said, str) and (said in EVENTS or said == SEALED) else shape(said)
    return _checked(said, _ENVELOPE[name]) if name in _ENVELOPE else shape(said)


def _data(data: dict[str, Any], type_: str | None) -> dict[str, Any]:
    of = msgspec.structs.fields(EVENTS[type_].__annotations__["data"]) if type_ else ()
    types = {field.encode_name: field.type for field in of}
    shown = {}
    for field, said in data.items():
        if field in PEOPLE and isinstance(said, dict):
            shown[field] = {_name(kind): _identifier(kind, one) for kind, one in said.items()}
        elif type_ and field in types and travels(type_, field) == "clear":
            shown[field] = _checked(said, types[field])
        else:
            shown[_name(field)] = shape(said)
    return shown


def _identifier(kind: str, said: Any) -> Any:
    return said if isinstance(said, str) and kind in RANK and stands(said) else shape(said)


def _checked(said: Any, type_: Any) -> Any:
    """A value of its field's type, without what nobody knows in it; else its shape."""
    try:
        return msgspec.to_builtins(msgspec.convert(said, type_))
    except msgspec.ValidationError:
        return shape(said)


def shape(said: Any, depth: int = DEEPEST) -> Any:
    """What a value is like, and nothing of what it says.

    >>> shape({"name": "Aline", "visits": [1, 2]})
    {'name': '(text, 5)', 'visits': ['(number)', '(number)']}
    """
    match said:
        case None:
            return None
        case bool():
            return "(yes or no)"
        case str():
            return f"(text, {len(said)})"
        case int() | float():
            return "(number)"
        case _ if depth == 0:
            return "(more)"
        case list():
            return [shape(one, depth - 1) for one in said[:MOST]]
    return {_name(name): shape(one, depth - 1) for name, one in list(said.items())[:MOST]}


def _name(name: str) -> str:
    """The name of a field; one that is no word may itself be an address or a number."""
    return name if _NAME.fullmatch(name) else f"(name, {len(name)})"
