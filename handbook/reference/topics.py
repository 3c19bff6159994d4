"""Every topic: what it is for, what it carries, how long it is kept."""

from collections.abc import Iterator

from handbook.page import Page, page, table
from schemas.events import EVENTS
from schemas.export import name_of, schema_of
from streams.carried import CARRIED
from streams.docs import rows_of
from streams.topics import TOPICS, Topic


def _text() -> str:
    messages = dict.fromkeys(kind for carried in CARRIED.values() for kind in carried.messages)
    return page(
        "Topics and messages",
        "`prevenance topics` creates and checks them. The inbound ones have the same number of partitions, "
        "fixed at creation. [The stream](../stream.md) says how a message may change.",
        table(["topic", "what for", "key", "carries", "kept"], map(_row, TOPICS)),
        *(part for kind in messages if kind not in EVENTS.values() for part in _message(kind)),
    )


def _row(topic: Topic) -> list[str]:
    carried = CARRIED[topic.name]
    names = [name_of(kind) for kind in carried.messages]
    if len(names) == len(EVENTS):
        said = "every event"
    elif names and names[0] in EVENTS:
        said = ", ".join(f"[`{name}`](events.md#{name.replace('.', '')})" for name in names)
    else:
        said = ", ".join(f"[`{name}`](#{name.lower()})" for name in names)
    return [f"`{topic.name}`", carried.says, carried.key, said or "bytes", _kept(topic)]


def _kept(topic: Topic) -> str:
    if topic.compacted:
        return "the newest of each key" + (f", {topic.forget_days} days" if topic.forget_days else "")
    return "for ever" if topic.keep_days is None else f"{topic.keep_days} days"


def _message(kind: type) -> Iterator[str]:
    schema = schema_of(kind)
    yield f"## {kind.__name__}"
    yield str(schema.get("description", ""))
    yield table(
        ["field", "shape", "what"], ((f"`{name}`", shape, says) for name, shape, says in rows_of(schema))
    )


PAGE = Page(name="topics", text=_text)
