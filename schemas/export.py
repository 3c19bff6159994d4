"""JSON Schema (2020-12) of what is read from a topic, made from the structs that read it."""

from collections.abc import Iterable
from inspect import cleandoc
from typing import Any

import msgspec

from schemas.events import EVENTS
from schemas.personal import Sealed, travels_whole, ways_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
COMPONENT = "#/components/schemas/{name}"
"""Where a document that holds many schemas holds each."""
_SEALED = {
    "type": "string",
    "description": "everything personal of `data`, sealed with the key of `who`; absent: there was nothing",
}


def schema_of(kind: type) -> dict[str, Any]:
    """The schema of a struct, whole in itself.

    >>> from schemas.alerts import PresenceChange
    >>> schema_of(PresenceChange)["required"]
    ['type', 'maison', 'staff', 'site', 'status', 'at']
    """
    (root,), defs = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    held = {name: _said(one) for name, one in defs.items()}
    own = held.pop(root["$ref"].rpartition("/")[2])
    whole = {"$schema": DIALECT, "$id": f"urn:prevenance:{name_of(kind)}", **own}
    return {**whole, "$defs": held} if held else whole


def name_of(kind: type) -> str:
    """The type of an event, the name of any other struct."""
    tag = str(kind.__struct_config__.tag) if kind in EVENTS.values() else ""  # type: ignore[attr-defined]
    return tag or kind.__name__


def travelling(kinds: Iterable[type]) -> dict[str, Any]:
    """Schema by struct name of messages as they stand in Kafka, and of all that these refer to.

    There an event's identifiers are opaque, and what of it is personal is sealed, in one field.
    """
    kinds = [*kinds]
    _, schemas = msgspec.json.schema_components([*kinds, Sealed], ref_template=COMPONENT)
    made = {name: _said(one) for name, one in schemas.items()}
    sealed = made.pop("Sealed")
    for type_, kind in EVENTS.items():
        if kind in kinds:
            event = made[kind.__name__]
            data = made[event["properties"]["data"]["$ref"].rpartition("/")[2]]
            whole = travels_whole(type_)
            made[kind.__name__] = _whole(sealed, event, type_) if whole else _in_part(event, data, type_)
    return made


def _whole(sealed: dict[str, Any], event: dict[str, Any], type_: str) -> dict[str, Any]:
    """The schema of an event whose data is sealed whole."""
    of = {**sealed["properties"]["of"], "enum": [type_]}
    named = {name: event[name] for name in ("title", "description")}
    return {**sealed, **named, "properties": {**sealed["properties"], "of": of}}


def _in_part(event: dict[str, Any], data: dict[str, Any], type_: str) -> dict[str, Any]:
    """The schema of an event without the fields that are sealed."""
    ways = ways_of(type_)
    fields = {name: field for name, field in data["properties"].items() if ways[name] != "personal"}
    fields["sealed"] = _SEALED
    required = [name for name in data["required"] if name in fields]
    clear = {**data, "properties": fields, "required": required}
    return {**event, "properties": {**event["properties"], "data": clear}}


def _said(schema: Any) -> Any:
    """A schema with docstrings that have no margin, and without `discriminator`, which is OpenAPI's."""
    if isinstance(schema, list):
        return [_said(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _said(one) for name, one in schema.items() if name != "discriminator"}
    if isinstance(made.get("description"), str):
        made["description"] = cleandoc(made["description"])
    return made
