"""Segments of a maison's clients, as its file declares them, and what is told when a client comes or goes."""

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from schemas.events.client import Purpose

Op = Literal["=", "!=", "<", "<=", ">", ">=", "in", "has", "known"]
DEEPEST = 4
"""Levels of `all` and `any` within one another."""
MOST = 32
"""Segments of one maison, and conditions of one segment."""


class When(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition on one value of the record, or several: `all` of them, or `any`. Never code.

    all: conditions that hold together. any: conditions of which one holds.
    field: a feature and a value of it, `recency.purchase_days`, `facts.spend.EUR`, `profile.language`.
    op: how it is compared: `in` a list, `has` of what the record holds as a list or by name, `known` true or
    false. value: with what.
    """

    all: list["When"] | None = None
    any: list["When"] | None = None
    field: Annotated[str, Meta(pattern=r"^[a-z]+\.[^|]+$", max_length=128)] | None = None
    op: Op | None = None
    value: str | int | float | bool | list[str | int | float] | None = None

    def leaves(self) -> Iterator["When"]:
        """Every condition on one value."""
        if self.field is not None:
            yield self
        for one in (*(self.all or ()), *(self.any or ())):
            yield from one.leaves()

    def __str__(self) -> str:
        return f"{self.field} {self.op} {self.value}"


class Segment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Clients of whom `when` holds; `team` hears who comes and goes.

    id: as its messages name it. name: as people read it. team: id of who hears. when: the condition.
    purpose: what the client must allow to be in it; a segment is a profile unless its file says otherwise.
    also: further purposes it does not go without. shows: what its team is told to show, besides who it is,
    with what to say and to avoid (`agents/audience.py`).
    important: whoever is in it is announced to the manager of the place they are in; never by what they
    spent.
    """

    id: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,30}$")]
    name: str
    team: str
    when: When
    purpose: Purpose = "profiling"
    also: list[Purpose] = []
    shows: Literal["destinations"] | None = None
    important: bool = False


class SegmentChange(msgspec.Struct, frozen=True, kw_only=True):
    """`personalise` -> `segments`, keyed by `maison/team`: a client entered a segment or left it.

    Never with the client's own values.
    """

    id: Annotated[str, Meta(description="the same where the same change is told again")]
    maison: Annotated[str, Meta(description="id of the house")]
    team: Annotated[str, Meta(description="id of the team that hears of it")]
    segment: Annotated[str, Meta(description="id of the segment in the maison file")]
    client: Annotated[str, Meta(description="opaque id of the record")]
    change: Annotated[Literal["entered", "left"], Meta(description="whether the client came or went")]
    at: Annotated[str, Meta(description="when, ISO 8601 UTC")]
    why: Annotated[list[str], Meta(description="the conditions that hold, or the one that does not")]
    shows: Annotated[
        list[str], Meta(description="what to show, best first, by the ids of the maison file")
    ] = []
    say: Annotated[
        dict[str, str],
        Meta(description="what to say, by language; the team's own records say which is the client's"),
    ] = {}
    avoid: Annotated[list[str], Meta(description="what to avoid")] = []
    until: Annotated[
        str | None, Meta(description="until when, ISO 8601 UTC, where nothing is heard meanwhile")
    ] = None
    success: Annotated[str | None, Meta(description="what would count as success")] = None


def wrongly_declared(segments: list[Segment], teams: set[str]) -> Iterator[str]:
    """All that is wrong with a file's segments, in words."""
    if len(segments) > MOST:
        yield f"{len(segments)} segments: at most {MOST}"
    ids = [segment.id for segment in segments]
    yield from (f"segment {id!r} is declared twice" for id in sorted({id for id in ids if ids.count(id) > 1}))
    for segment in segments:
        if segment.team not in teams:
            known = ", ".join(sorted(teams))
            yield f"segment {segment.id} goes to an unknown team {segment.team!r}: write one of {known}"
        if segment.important and any(_spent(leaf.field or "") for leaf in segment.when.leaves()):
            yield f"segment {segment.id}: nobody is important by what they spent"
        yield from (f"segment {segment.id}: {wrong}" for wrong in _wrong(segment.when, 1))
        if len([*segment.when.leaves()]) > MOST:
            yield f"segment {segment.id} has more than {MOST} conditions"


def _spent(field: str) -> bool:
    return field.startswith(("value.", "monetary.", "frequency.", "facts.spend", "facts.purchases"))


def _wrong(when: When, depth: int) -> Iterator[str]:
    inner: list[When] = when.all or when.any or []
    if sum(form is not None for form in (when.all, when.any, when.field)) != 1:
        yield "write exactly one of all, any, field"
    elif depth > DEEPEST:
        yield f"conditions lie more than {DEEPEST} deep"
    elif when.field is not None:
        wrong = _wrongly_compared(when)
        yield from () if wrong is None else (wrong,)
    elif not inner:
        yield "all and any hold at least one condition"
    for one in inner if depth <= DEEPEST else ():
        yield from _wrong(one, depth + 1)


def _wrongly_compared(when: When) -> str | None:
    value = when.value
    if when.op in ("<", "<=", ">", ">=") and (isinstance(value, bool) or not isinstance(value, int | float)):
        return f"{when.field} {when.op} is compared with a number"
    if when.op == "in" and not isinstance(value, list):
        return f"{when.field} in is compared with a list"
    if when.op == "known" and not isinstance(value, bool):
        return f"{when.field} known is true or false"
    if when.op is None or value is None or (isinstance(value, list) and when.op != "in"):
        return f"{when.field} needs an op and a value that go together"
    return None
