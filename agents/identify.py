"""The agent that keeps links: stated links and their withdrawals -> the parts of each client. Pure.

A maison's graph has one edge per pair stated, so dropping a pair un-merges exactly. What is written
next to each part is the list of the other parts of its component, as of the statement's offset.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from feature_store.store import Links, PartKey
from schemas.messages import LinkChange

MOST = 64
"""Parts one client may have; a link beyond it is held, for it is more likely an error than a person."""

Edges = dict[str, set[str]]
"""Part -> parts it is stated to be one with."""


class Held(NamedTuple):
    """A link that was not made, and why."""

    change: LinkChange
    reason: str


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """What to write: edges of the parts that changed, and the other parts of every part concerned."""

    edges: Mapping[str, tuple[str, ...]]
    links: Mapping[PartKey, Links]
    held: Sequence[Held]


def identify(changes: Iterable[tuple[int, LinkChange]], edges: Edges) -> Linked:
    """Applies (offset, change) pairs of one maison, in order, to `edges`, which is changed in place.

    `edges` holds every part of the components concerned. O(parts of those components).
    """
    touched: dict[str, None] = {}
    links: dict[PartKey, Links] = {}
    held: list[Held] = []
    for offset, change in changes:
        before = _component(edges, change.parts)
        if change.linked and len(before) > MOST:
            held.append(Held(change, f"a client would have {len(before)} parts, at most {MOST}"))
            continue
        first, *rest = change.parts
        for part in rest:
            _connect(edges, first, part) if change.linked else _separate(edges, first, part)
        touched.update(dict.fromkeys(change.parts))
        for part in before:
            others = tuple(sorted(_component(edges, (part,)) - {part}))
            links[(change.maison, part)] = Links(offset, others)
    return Linked(edges={p: tuple(sorted(edges.get(p, ()))) for p in touched}, links=links, held=held)


def _connect(edges: Edges, a: str, b: str) -> None:
    edges.setdefault(a, set()).add(b)
    edges.setdefault(b, set()).add(a)


def _separate(edges: Edges, a: str, b: str) -> None:
    edges.get(a, set()).discard(b)
    edges.get(b, set()).discard(a)


def _component(edges: Edges, parts: Iterable[str]) -> set[str]:
    found, ahead = set(parts), list(parts)
    while ahead:
        for other in edges.get(ahead.pop(), ()):
            if other not in found:
                found.add(other)
                ahead.append(other)
    return found
