"""How records are kept, as it was last written down: by position, so that what is new goes last.

A field, or a word, put between others would be read in the place of another: a refusal of one channel as one
of the next. `python -m tests.shapes` writes today's down, once nothing is broken.
"""

import json
from collections.abc import Iterator
from typing import Any, get_type_hints

from msgspec.inspect import CollectionType, DictType, NamedTupleType, StructType, Type, UnionType, type_info

from agents.matching import traits
from feature_store import record as records
from feature_store import statement
from feature_store.features import (
    appointments,
    attention,
    cases,
    consent,
    entourage,
    habits,
    mood,
    profile,
    served,
)
from schemas import envelope
from schemas.events import client
from tests.samples import GOLDEN

WRITTEN = GOLDEN / "layout.json"
WORDS: dict[str, tuple[str, ...]] = {
    "schemas.envelope.CHANNELS": envelope.CHANNELS,
    "schemas.events.client.PURPOSES": client.PURPOSES,
    "feature_store.statement.KINDS": statement.KINDS,
    "feature_store.features.appointments.STATUSES": appointments.STATUSES,
    "feature_store.features.attention.CODED": attention.CODED,
    "feature_store.features.attention.WAYS": attention.WAYS,
    "feature_store.features.cases.KINDS": cases.KINDS,
    "feature_store.features.consent.STATES": consent.STATES,
    "feature_store.features.entourage.KINDS": entourage.KINDS,
    "feature_store.features.habits.KINDS": habits.KINDS,
    "feature_store.features.mood.BY": mood.BY,
    "feature_store.features.mood.SIGNALS": mood.SIGNALS,
    "feature_store.features.profile.CODED": profile.CODED,
    "feature_store.features.served.SERVICES": served.SERVICES,
    "agents.matching.traits.FIELDS": traits.FIELDS,
}
"""Words that stand in records as their position."""

MAY = ", or absent"
"""How the line of a field ends that has a default: what was kept before there was one goes without."""
FIXED = ", of fixed length"
"""How a named tuple is told: an older version reads no longer one."""
Layout = dict[str, Any]


def written() -> Layout:
    """The layout that was written down."""
    said: Layout = json.loads(WRITTEN.read_text())
    return said


def today() -> Layout:
    """The layout of the code: the letter of each feature, the fields of all that is kept in order, words."""
    kept = {kind.cls: kind for feature in records.FEATURES for kind in _ordered(type_info(feature.slice))}
    fields = {_named(kind): [*_fields(kind)] for kind in kept.values()}
    return {
        "version": records.VERSION,
        "letters": {feature.letter: feature.name for feature in sorted(records.FEATURES, key=_letter)},
        "fields": dict(sorted(fields.items())),
        "words": {name: [*words] for name, words in sorted(WORDS.items())},
    }


def _letter(feature: Any) -> str:
    return str(feature.letter)


def _named(kind: StructType | NamedTupleType) -> str:
    fixed = FIXED if isinstance(kind, NamedTupleType) else ""
    return f"{kind.cls.__module__}.{kind.cls.__name__}{fixed}"


def _fields(kind: StructType | NamedTupleType) -> Iterator[str]:
    types = get_type_hints(kind.cls)
    for field in kind.fields:
        yield f"{field.name}: {_said(types[field.name])}{MAY}"[: -len(MAY) if field.required else None]


def _said(kind: Any) -> str:
    return kind.__name__ if isinstance(kind, type) and not hasattr(kind, "__args__") else str(kind)


def _ordered(kind: Type) -> Iterator[StructType | NamedTupleType]:
    """The structs and named tuples that a value of this type holds: their fields are kept by position."""
    if isinstance(kind, StructType | NamedTupleType):
        yield kind
    match kind:
        case StructType() | NamedTupleType():
            within = [field.type for field in kind.fields]
        case CollectionType():
            within = [kind.item_type]
        case DictType():
            within = [kind.value_type]
        case UnionType():
            within = [*kind.types]
        case _:
            within = []
    for one in within:
        yield from _ordered(one)


def breaks(old: Layout, new: Layout) -> Iterator[str]:
    """What of records kept by `old` is read as something else by `new`. A new version is told apart."""
    if old["version"] != new["version"]:
        return
    for letter, name in old["letters"].items():
        if new["letters"].get(letter, name) != name:
            yield f"the letter {letter} was that of {name}"
    for what in ("fields", "words"):
        for name, before in old[what].items():
            now = new[what].get(name, before)
            if now[: len(before)] != before:
                yield f"{name}: what is new goes last, nothing goes or is renamed: else raise the version"
            elif name.endswith(FIXED) and now != before:
                yield f"{name}: nothing is added, or the version is raised: make it a struct"
            elif what == "fields" and not all(field.endswith(MAY) for field in now[len(before) :]):
                yield f"{name}: what is new has a default: it is not in what was kept before"


def broken() -> list[str]:
    """Every break since the layout was written down."""
    return [*breaks(written(), today())]


def text() -> str:
    """Today's, as it is written down."""
    return json.dumps(today(), indent=1, ensure_ascii=False) + "\n"
