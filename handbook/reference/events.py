"""Every type of event: when it is sent, what it holds, a sample of it."""

from collections.abc import Iterator
from inspect import getdoc
from pathlib import Path

from handbook.page import Page, code, page, table, told
from schemas.events import EVENTS
from streams.docs import fields_of, rows_of
from streams.openapi import schemas

SAMPLES = Path("tests/golden/events")
NESTED = ("Who", "Line", "Fields")
"""Structs within the data of events."""


def _text() -> str:
    return page(
        "Events",
        "Every event is a CloudEvent 1.0: `specversion`, `type`, `source`, `id`, and `time` unless it is "
        "now; the gateway takes `maison` from the write key. `source` and `id` name an event: a resend keeps "
        "both, and counts once. A field with a `?` may be left out. Types and fields that do not stand here "
        "are kept and not read.",
        "`prevenance schemas TYPE` prints the JSON Schema of a type; [the stream](../stream.md) says how an "
        "event may change.",
        *(part for type_ in EVENTS for part in _event(type_)),
        "## What stands within them",
        *(part for name in NESTED for part in (f"### {name}", _table(rows_of(schemas()[name])))),
    )


def _event(type_: str) -> Iterator[str]:
    kind = EVENTS[type_]
    yield f"## {type_}"
    yield f"{told(getdoc(kind))} Travels on `{kind.topic}`."
    yield _table(fields_of(type_))
    yield f'??? example "A sample"\n\n{_indented(code((SAMPLES / f"{type_}.json").read_text(), "json"))}'


def _table(fields: Iterator[tuple[str, str, str]]) -> str:
    return table(["field", "shape", "what"], ((f"`{name}`", shape, says) for name, shape, says in fields))


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.splitlines())


PAGE = Page(name="events", text=_text)
