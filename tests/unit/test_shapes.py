"""What was ever written can be read, and what is written now can be read by an older version."""

from typing import Any, Literal

import msgspec
import pytest

from schemas.codec import decode, encode
from schemas.envelope import Data
from schemas.events import EVENTS
from streams.schemas_command import KINDS
from tests import layout, shapes
from tests.samples import EVENT_SAMPLES, MESSAGE_SAMPLES, told_by

SHAPES = shapes.today()


def test_no_message_has_lost_or_changed_anything() -> None:
    assert not shapes.broken(), "docs/stream.md says how a message may change"


def test_what_was_added_is_written_down() -> None:
    assert shapes.written() == shapes.today(), "run .venv/bin/python -m tests.shapes and commit its file"


def test_what_stands_in_records_is_read_as_what_it_was_kept_as() -> None:
    assert not layout.broken()
    assert layout.written() == layout.today(), "run .venv/bin/python -m tests.shapes and commit its files"


KEPT: dict[str, Any] = {
    "version": 6,
    "letters": {"t": "taste"},
    "fields": {"Taste": ["liked: int, or absent"], "Had, of fixed length": ["at: int"]},
    "words": {"CHANNELS": ["sms", "email"]},
}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"letters": {"t": "taste", "u": "more"}, "words": {"CHANNELS": ["sms", "email", "viber"]}}, ""),
        ({"fields": {"Taste": ["liked: int, or absent", "loved: int, or absent"]}}, ""),
        ({"letters": {}, "fields": {}, "words": {}}, ""),
        ({"version": 7, "letters": {"t": "more"}, "words": {"CHANNELS": ["email", "sms"]}}, ""),
        ({"letters": {"t": "more"}}, "the letter t was that of taste"),
        ({"words": {"CHANNELS": ["sms", "viber", "email"]}}, "CHANNELS: what is new goes last"),
        ({"words": {"CHANNELS": ["sms"]}}, "CHANNELS: what is new goes last"),
        (
            {"fields": {"Taste": ["loved: int, or absent", "liked: int, or absent"]}},
            "Taste: what is new goes",
        ),
        ({"fields": {"Taste": ["liked: int, or absent", "loved: int"]}}, "Taste: what is new has a default"),
        (
            {"fields": {"Had, of fixed length": ["at: int", "by: str, or absent"]}},
            "Had, of fixed length: nothing",
        ),
    ],
)
def test_what_would_be_read_as_something_else_is_told(change: dict[str, Any], told: str) -> None:
    assert "; ".join(layout.breaks(KEPT, KEPT | change)).startswith(told)
    assert bool(told) == bool([*layout.breaks(KEPT, KEPT | change)])


def test_every_message_has_a_golden_sample_and_every_sample_is_of_a_message() -> None:
    assert {told_by(name) for name in EVENT_SAMPLES} == set(EVENTS)
    assert {told_by(name) for name in MESSAGE_SAMPLES} == set(KINDS) - set(EVENTS)


@pytest.mark.parametrize("name", EVENT_SAMPLES)
def test_an_event_of_any_version_is_read_with_every_field(name: str) -> None:
    event = decode(EVENT_SAMPLES[name].read_bytes())
    assert isinstance(event, EVENTS[told_by(name)])
    assert decode(encode(event)) == event
    lost(msgspec.json.decode(EVENT_SAMPLES[name].read_bytes()), msgspec.json.decode(encode(event)), name)


@pytest.mark.parametrize("name", MESSAGE_SAMPLES)
def test_a_message_of_any_version_is_read_with_every_field(name: str) -> None:
    kind: Any = KINDS[told_by(name)]
    message = msgspec.json.decode(MESSAGE_SAMPLES[name].read_bytes(), type=kind)
    assert msgspec.json.decode(msgspec.json.encode(message), type=kind) == message
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(message), type=kind) == message
    said = msgspec.json.decode(msgspec.json.encode(message))
    lost(msgspec.json.decode(MESSAGE_SAMPLES[name].read_bytes()), said, name)


def lost(before: Any, after: Any, at: str) -> None:
    """Fails where something of `before` is not in `after` as it was."""
    if isinstance(before, dict):
        for name, value in before.items():
            assert name in after, f"{at}.{name} is not read"
            lost(value, after[name], f"{at}.{name}")
    elif isinstance(before, list):
        assert len(before) == len(after), at
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            lost(one, other, f"{at}[{index}]")
    else:
        assert before == after, at


def test_some_sample_shows_each_field_of_each_struct() -> None:
    """What every event carries, or the `data` of each, is shown by one of them."""
    shown: dict[str, set[str]] = {name: set() for name in SHAPES}
    for sample, path in {**EVENT_SAMPLES, **MESSAGE_SAMPLES}.items():
        seen(SHAPES[told_by(sample)], told_by(sample), msgspec.json.decode(path.read_bytes()), shown)
    envelope = set().union(*(shown[type_] for type_ in EVENTS))
    kinds = {kind.__annotations__["data"].__name__ for kind in EVENTS.values()}
    of_all = {field for field in Data.__struct_fields__ if any(field in shown[kind] for kind in kinds)}
    carried = dict.fromkeys(EVENTS, envelope) | dict.fromkeys(kinds, of_all)
    unseen = [
        f"{name}.{field}"
        for name, shape in SHAPES.items()
        for field in shape["properties"]
        if field not in shown[name] | carried.get(name, set())
    ]
    assert not unseen, "add a sample NAME.2.json and change none that is there"


def seen(shape: Any, name: str, told: Any, shown: dict[str, set[str]]) -> None:
    """Notes which fields of which struct a sample has."""
    for one in shape.get("anyOf", ()):
        seen(one, name, told, shown)
    if (ref := shape.get("$ref")) is not None:
        seen(SHAPES[ref], ref, told, shown)
    elif isinstance(told, list) and isinstance(shape.get("items"), dict):
        for each in told:
            seen(shape["items"], name, each, shown)
    elif isinstance(told, dict) and is_tagged(told, fields := shape.get("properties", {})):
        shown[name] |= set(told)
        for field in set(told) & set(fields):
            seen(fields[field], name, told[field], shown)


def is_tagged(told: dict[str, Any], fields: dict[str, Any]) -> bool:
    """Whether it is of this struct, among those that stand in one place."""
    return told.get("type") in fields.get("type", {}).get("enum", [told.get("type")])


class Old(msgspec.Struct):
    kind: Literal["visit", "event"]
    lines: list[int]
    note: str | None = None


class Fine(msgspec.Struct):
    kind: Literal["visit", "event", "call"]
    lines: list[int]
    note: str | int | None = None
    more: str = ""


class NoteRequired(msgspec.Struct):
    kind: Literal["visit", "event"]
    lines: list[int]
    note: str | None


class LinesGone(msgspec.Struct):
    kind: Literal["visit", "event"]
    note: str | None = None


class LinesRetyped(msgspec.Struct):
    kind: Literal["visit", "event"]
    lines: list[str]
    note: str | None = None


class LinesOptional(msgspec.Struct):
    kind: Literal["visit", "event"]
    lines: list[int] = []
    note: str | None = None


class FewerKinds(msgspec.Struct):
    kind: Literal["visit"]
    lines: list[int]
    note: str | None = None


class NoteNeverNull(msgspec.Struct):
    kind: Literal["visit", "event"]
    lines: list[int]
    note: str = ""


def broken(new: type) -> list[str]:
    old, now = (shapes.shapes_of({"m": kind})["m"] for kind in (Old, new))
    return [*shapes.breaks(old, now, "m")]


def test_an_optional_field_a_value_or_a_choice_more_breaks_nothing() -> None:
    assert broken(Fine) == []


@pytest.mark.parametrize(
    ("new", "said"),
    [
        (NoteRequired, "m.note: required now"),
        (LinesGone, "m.lines: gone"),
        (LinesRetyped, "m.lines[]: another type"),
        (LinesOptional, "m.lines: required no more"),
        (FewerKinds, "m.kind: no more event"),
        (NoteNeverNull, "m.note: what was null has no place any more"),
    ],
)
def test_a_break_is_found_and_named(new: type, said: str) -> None:
    assert said in broken(new)
