"""What of an event is personal, and how it travels: identifiers as opaque ids, words sealed. Pure.

A field says itself that it is personal, `Meta(extra=PERSONAL)`, or that it names a thread and is replaced
by an opaque id, `Meta(extra=OPAQUE)`. Of `client.*` events, and of types nobody knows, everything is; so is
what holds a field within it that says so, and what stands beside the fields of the contract, at any depth.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from functools import cache
from typing import Annotated, Any, cast

import msgspec
import orjson
from msgspec import Meta
from msgspec.inspect import (
    BoolType,
    CollectionType,
    DateTimeType,
    DateType,
    FloatType,
    IntType,
    LiteralType,
    Metadata,
    NoneType,
    StrType,
    StructType,
    Type,
    UnionType,
    type_info,
)

from schemas.envelope import Data, Event, Text
from schemas.events import EVENTS
from schemas.sealing import Key, Lost
from schemas.who import OID, RANK, Who, Whom

PEOPLE = ("who", "with", "for", "referred")
"""Fields of `data` that name somebody."""
ENVELOPE = frozenset(Event.__struct_fields__) | {"type", "data"}
PLAIN = (BoolType, DateTimeType, DateType, FloatType, IntType, LiteralType, NoneType, StrType)
"""Types of values that may travel in the clear; the keys of a mapping are anybody's words."""
SEALED = "sealed"
"""The type under which an event travels whose data is sealed whole; `of` is its own."""
BESIDE = "~"
"""Where in what is personal the attributes stand that are not of the contract."""


class SealedData(Data, frozen=True, kw_only=True, rename={"with_": "with", "for_": "for"}):
    who: Whom
    sealed: Annotated[str, Meta(description="everything else of `data`, sealed with the key of `who`")]
    with_: Who | None = None
    for_: Who | None = None
    referred: Who | None = None


class Sealed(Event, frozen=True, kw_only=True, tag=SEALED):
    """An event whose data nobody reads without the client's key."""

    of: Annotated[Text, Meta(description="the type it has once it is opened")]
    data: SealedData


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """An event without what is personal, and that: to be sealed with the key of whom it is about.

    `named`: each identifier that stood in it, as (oid, kind, value).
    """

    clear: dict[str, Any]
    personal: dict[str, Any]
    named: list[tuple[str, str, str]]


def split(event: dict[str, Any], opaque: Callable[[str, str], str]) -> Split:
    """Takes apart an event that was checked. `opaque(kind, value)` is the opaque id of an identifier.

    What is not of the contract is personal: nobody knows what it says.
    """
    type_ = event["type"]
    clear = {name: value for name, value in event.items() if name in ENVELOPE}
    beside = {name: value for name, value in event.items() if name not in ENVELOPE}
    named: list[tuple[str, str, str]] = []
    data: dict[str, Any] = {}
    personal: dict[str, Any] = {}
    for field, value in event["data"].items():
        if field in PEOPLE and isinstance(value, dict):
            data[field] = dict(_people(value, opaque, named))
            if strange := {kind: v for kind, v in value.items() if kind not in data[field]}:
                personal[field] = strange
        elif (how := travels(type_, field)) == "clear":
            data[field] = value
            if (fields := _fields(type_)[field]) and (known := _known(value, fields)) != value:
                data[field], personal[field] = known, value
        elif how == "session":
            data[field] = OID + opaque("session", value)
        elif value is not None:
            personal[_beyond(field)] = value
            if how == "opaque":
                data[field] = opaque(field, value)
    if beside:
        personal[BESIDE] = beside
    if travels_whole(type_) and type_ in EVENTS:
        clear["type"], clear["of"] = SEALED, type_
    clear["data"] = data
    return Split(clear=clear, personal=personal, named=named)


def _beyond(field: str) -> str:
    """A field of the data that is called as `BESIDE` is goes by another name.

    By that one, whoever sends it would write what only the gateway writes.
    """
    return field + BESIDE if field and not field.strip(BESIDE) else field


def _people(
    who: dict[str, Any], opaque: Callable[[str, str], str], named: list[tuple[str, str, str]]
) -> Iterator[tuple[str, str]]:
    for kind, value in who.items():
        if kind == "oid" and isinstance(value, str):
            yield kind, value
        elif kind in RANK and isinstance(value, str):
            oid = opaque(kind, value)
            named.append((oid, kind, value))
            yield kind, OID + oid


def travels_whole(type_: str) -> bool:
    """Whether all of its data is sealed. What asks for erasure is read when no key is left to open it."""
    return type_ not in EVENTS or (type_.startswith("client.") and type_ != "client.erase")


def travels(type_: str, field: str) -> str:
    """How a field of the data of a type travels: clear, personal, opaque, session."""
    return "personal" if travels_whole(type_) else ways_of(type_).get(field, "personal")


@cache
def ways_of(type_: str) -> dict[str, str]:
    """Field of a type's data -> how it travels: clear, personal, opaque, session."""
    info = cast(StructType, type_info(EVENTS[type_].__annotations__["data"]))
    ways = {f.encode_name: way_of(f.type) for f in info.fields}
    return ways | ({"session": "session"} if "session" in ways else {})


def way_of(type: Type) -> str:
    """How a value of this type travels: clear, personal, opaque; what holds something personal, whole."""
    match type:
        case Metadata():
            return str((type.extra or {}).get("travels") or way_of(type.type))
        case UnionType():
            ways = {way_of(t) for t in type.types} - {"clear"}
            return ways.pop() if ways else "clear"
        case CollectionType():
            return "clear" if way_of(type.item_type) == "clear" else "personal"
        case StructType():
            return "clear" if all(way_of(f.type) == "clear" for f in type.fields) else "personal"
    return "clear" if isinstance(type, PLAIN) else "personal"


Fields = dict[str, Any]
"""Field -> the fields within it, of a struct or of a list of them; of what holds none, nothing."""


@cache
def _fields(type_: str) -> Fields:
    return _fields_in(type_info(EVENTS[type_].__annotations__["data"]))


def _fields_in(type: Type) -> Fields:
    match type:
        case StructType():
            return {field.encode_name: _fields_in(field.type) for field in type.fields}
        case CollectionType():
            return _fields_in(type.item_type)
        case UnionType():
            return {name: within for one in type.types for name, within in _fields_in(one).items()}
        case Metadata():
            return _fields_in(type.type)
    return {}


def _known(value: Any, fields: Fields) -> Any:
    """A value without what stands in it beside the fields of the contract."""
    if isinstance(value, list):
        return [_known(one, fields) for one in value]
    if isinstance(value, dict):
        return {f: _known(v, fields[f]) if fields[f] else v for f, v in value.items() if f in fields}
    return value


def sealed(parts: Split, key: Key | None) -> bytes:
    """The event as it travels, JSON. Without a key (an erased client's) what is personal is left out."""
    data = parts.clear["data"]
    if "sealed" in data:  # it has travelled before
        return orjson.dumps(parts.clear)
    whole = parts.clear["type"] == SEALED
    if key is not None and (parts.personal or whole):
        data = {**data, "sealed": urlsafe_b64encode(key.seal(orjson.dumps(parts.personal))).decode()}
    elif whole:
        data = {**data, "sealed": ""}
    return orjson.dumps({**parts.clear, "data": data})


def opened(value: bytes, key: Key, threads: bool = True) -> bytes:
    """The event as it was sent, but for identifiers: JSON. Raises `Lost`; what is not sealed stays.

    threads: also what names a thread, which may be a telephone number; else that stays an opaque id.
    """
    event = orjson.loads(value)
    data = event["data"]
    text = data.pop("sealed", None)
    if text is None:
        return value
    try:
        personal = orjson.loads(key.open(urlsafe_b64decode(text)))
    except (binascii.Error, ValueError):
        raise Lost("not what was sealed") from None
    if event["type"] == SEALED:
        event["type"] = event.pop("of")
    if isinstance(beside := personal.pop(BESIDE, None), dict):
        event = {**beside, **event}  # what the gateway wrote stands, whatever was sent beside it
    for name, said in personal.items():
        field = name if name.strip(BESIDE) else name[1:]
        if not threads and travels(event["type"], field) == "opaque":
            continue
        data[field] = {**said, **data[field]} if field in PEOPLE and field in data else said
    return orjson.dumps(event)
