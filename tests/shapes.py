"""The shape of every message as it was last written down, and what of a shape may not change.

`python -m tests.shapes` writes today's down, and the layout of records, once nothing is broken.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from streams.schemas_command import KINDS
from tests import layout
from tests.samples import GOLDEN

WRITTEN = GOLDEN / "shapes.json"
WORDS = frozenset({"title", "description", "discriminator"})
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
SAME = ("type", "$ref", "pattern", "format", "contentEncoding", "default")

Schema = dict[str, Any]


def written() -> dict[str, Schema]:
    """The shapes that were written down, by name."""
    said: dict[str, Schema] = json.loads(WRITTEN.read_text())
    return said


def today() -> dict[str, Schema]:
    """The shapes of the code: of each message, and of all that these refer to."""
    return shapes_of(KINDS)


def shapes_of(kinds: Mapping[str, type]) -> dict[str, Schema]:
    """Schemas without what is only said of them; one refers to another by name."""
    refs, schemas = msgspec.json.schema_components([*kinds.values()], ref_template="{name}")
    named = {ref["$ref"]: name for ref, name in zip(refs, kinds, strict=True)}
    made = {named.get(name, name): _without_words(schema) for name, schema in schemas.items()}
    shapes: dict[str, Schema] = json.loads(json.dumps(made))
    return shapes


def _without_words(schema: Schema) -> Schema:
    made = {name: value for name, value in schema.items() if name not in WORDS}
    if "properties" in made:
        made["properties"] = {name: _without_words(one) for name, one in made["properties"].items()}
    for inner in ("items", "additionalProperties"):
        if isinstance(made.get(inner), dict):
            made[inner] = _without_words(made[inner])
    if "anyOf" in made:
        made["anyOf"] = [_without_words(one) for one in made["anyOf"]]
    return made


def breaks(old: Schema, new: Schema, at: str) -> Iterator[str]:
    """What keeps a reader of `new` from reading what was written as `old`, or one of `old` from `new`."""
    if "anyOf" in old or "anyOf" in new:
        yield from _of_choices(old.get("anyOf", [old]), new.get("anyOf", [new]), at)
        if old.get("default") != new.get("default"):
            yield f"{at}: another default"
        return
    yield from (f"{at}: another {word}" for word in SAME if old.get(word) != new.get(word))
    if gone := [value for value in old.get("enum", ()) if value not in new.get("enum", [value])]:
        yield f"{at}: no more {', '.join(map(str, gone))}"
    if "enum" in new and "enum" not in old:
        yield f"{at}: only some values now"
    yield from (f"{at}: {w} is higher" for w in LOWER if w in new and new[w] > old.get(w, float("-inf")))
    yield from (f"{at}: {w} is lower" for w in UPPER if w in new and new[w] < old.get(w, float("inf")))
    yield from _of_objects(old, new, at)
    for inner in ("items", "additionalProperties"):
        if isinstance(old.get(inner), dict) and isinstance(new.get(inner), dict):
            yield from breaks(old[inner], new[inner], f"{at}[]")


def _of_choices(old: list[Schema], new: list[Schema], at: str) -> Iterator[str]:
    for one in old:
        if not any(not [*breaks(one, other, at)] for other in new):
            yield f"{at}: what was {_named(one)} has no place any more"


def _named(schema: Schema) -> str:
    return str(schema.get("$ref") or schema.get("type") or "a choice")


def _of_objects(old: Schema, new: Schema, at: str) -> Iterator[str]:
    before, now = old.get("properties", {}), new.get("properties", {})
    for name, field in before.items():
        if name not in now:
            yield f"{at}.{name}: gone"
        else:
            yield from breaks(field, now[name], f"{at}.{name}")
    required, once = set(new.get("required", ())), set(old.get("required", ()))
    yield from (f"{at}.{name}: required now" for name in sorted(required - once))
    yield from (f"{at}.{name}: required no more" for name in sorted((once - required) & set(now)))


def broken() -> list[str]:
    """Every break since the shapes were written down."""
    now = today()
    return [
        said
        for name, shape in written().items()
        for said in (breaks(shape, now[name], name) if name in now else [f"{name}: gone"])
    ]


def _text(shapes: dict[str, Schema]) -> str:
    """JSON with a line for each field, so that a change is seen."""
    lines = []
    for name, shape in sorted(shapes.items()):
        fields = [
            f"   {json.dumps(f)}: {json.dumps(s, sort_keys=True)}" for f, s in shape["properties"].items()
        ]
        required = json.dumps(shape["required"])
        lines.append(
            f' {json.dumps(name)}: {{"type": "object", "required": {required}, "properties": {{\n'
            + ",\n".join(fields)
            + "}}"
        )
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    if found := [*broken(), *layout.broken()]:
        sys.exit("\n".join(["not written down, for this breaks what was there:", *found]))
    WRITTEN.write_text(_text(today()))
    layout.WRITTEN.write_text(layout.text())
