"""An explanation as a person reads it: a value, and under it the events that set or changed it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from agents.explain import Told
from feature_store import record as records
from feature_store.compare import ORDERED
from schemas.wording import many
from streams.dead_letters import printable
from streams.explaining import PartExplained

DECIDED = frozenset({"attention"})
"""Features that decisions write, which are no events."""


def text_of(maison: str, parts: Sequence[PartExplained]) -> Iterator[str]:
    """The lines."""
    yield f"client {parts[0].oid} of {maison}: {len(parts)} part{'s' * (len(parts) > 1)}"
    for part in parts:
        yield ""
        yield from _part(part)


def _part(part: PartExplained) -> Iterator[str]:
    since = f", the first of {_stamp(part.since)}" if part.since is not None else ""
    yield f"part {part.oid}: {many(part.events, 'event')}{since}{_aside(part)}"
    for name, told in part.made.items():
        yield f"  {name} = {_shown(name, part)}"
        yield from _causes(told)
    yield from _verdict(part)


def _aside(part: PartExplained) -> str:
    said = [(part.twice, "sent twice"), (part.unreadable, "sealed with a key that is gone")]
    return "".join(f", {n:,} {what}" for n, what in said if n)


def _causes(told: Told) -> Iterator[str]:
    for event in told.events:
        where = f"{event.topic}[{event.partition}]@{event.offset}"
        yield printable(f"    {event.time}  {event.type}  {event.source}  {event.id}  {where}")
    if earlier := told.count - len(told.events):
        yield f"    and {earlier:,} before"


def _shown(name: str, part: PartExplained) -> str:
    if records.BY_NAME[name.partition(".")[0]].personal:
        return "(not shown)"
    if name not in part.values:
        return "nothing any more"
    return printable(str(part.values[name]))


def _verdict(part: PartExplained) -> Iterator[str]:
    if not part.differs:
        yield "  equal to the record in the store"
        return
    for name in part.differs:
        yield f"  {name}: the record says otherwise, {_why(name, part)}"


def _why(name: str, part: PartExplained) -> str:
    if name in DECIDED:
        return "for it holds what was proposed too, which no event says"
    if part.cut:
        return f"for events before the log's beginning count too ({', '.join(part.cut)} were cut)"
    if name in ORDERED:
        return f"as it may: {records.BY_NAME[name].ordered}"
    return "and nothing explains it: see `prevenance rebuild --verify`"


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
