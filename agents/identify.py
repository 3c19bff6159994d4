"""The agent that keeps links: stated links and their withdrawals -> the parts of each client. Pure.

What was said of a pair is kept as one word, the greatest of all (`Edge`), so what stands depends on what
was said and not on what came first. What is written next to each part is the list of the other parts of
its client, as of the last statement that concerned them.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from agents.resolve import Resolved, resolve
from feature_store.graph import DECLARED, JUDGED, KEPT, TOGETHER, Edge, Hold, Node, Pair, level_of
from feature_store.store import Links, PartKey
from schemas.messages import LinkChange

STAFF = "staff"
"""The source of what a person judged."""

Nodes = dict[str, Node]
"""Part -> what was said of it."""


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """What to write: what was said of parts, the other parts of their clients, pairs to be judged or done.

    `full`: parts that found their client full, `MOST` parts, and stayed apart.
    """

    nodes: Mapping[str, Node]
    links: Mapping[PartKey, Links]
    holds: Mapping[Pair, Hold | None]
    full: Sequence[str]


def identify(changes: Iterable[tuple[int, LinkChange]], nodes: Nodes) -> Linked:
    """Applies (offset, change) pairs of one maison to `nodes`, which is changed in place.

    `nodes` holds every part that is reached from those named. O(parts reached).
    """
    changes = list(changes)
    for _, change in changes:
        for part in change.parts:
            nodes.setdefault(part, Node())
    before = resolve(nodes)
    said: set[str] = set()
    for _, change in changes:
        said |= _say(nodes, change)
    after = resolve(nodes)
    return Linked(
        nodes={part: nodes[part] for part in sorted(said)},
        links=_links(changes, nodes, before, after),
        holds={
            pair: after.holds.get(pair)
            for pair in sorted(before.holds.keys() | after.holds.keys())
            if before.holds.get(pair) != after.holds.get(pair)
        },
        full=[part for part in after.full if part not in before.full],
    )


def _say(nodes: Nodes, change: LinkChange) -> set[str]:
    """Takes in one statement; the parts of which something new is known."""
    for part, kind in zip(change.parts, change.kinds, strict=False):
        nodes[part].kind = kind
    first, *rest = change.parts
    for other in rest:
        if other != first:
            _keep(nodes, first, other, change)
            _keep(nodes, other, first, change)
    return set(change.parts)


def _word(change: LinkChange) -> int:
    if change.source == STAFF:
        return JUDGED
    return DECLARED if change.declared or not change.linked else TOGETHER


def _keep(nodes: Nodes, part: str, other: str, change: LinkChange) -> None:
    edges = nodes[part].edges
    edge = Edge(_word(change), change.at, not change.linked, level_of(nodes[other].kind))
    edges[other] = max(edges.get(other, edge), edge)
    if len(edges) > KEPT:
        del edges[max(edges, key=lambda o: (edges[o].level, o))]


def _links(
    changes: Sequence[tuple[int, LinkChange]], nodes: Nodes, before: Resolved, after: Resolved
) -> dict[PartKey, Links]:
    """The other parts of every part that was named, or whose client is another one than before."""
    named = {part: offset for offset, change in changes for part in change.parts}
    concerned = {p for part in named for p in (*before.clients[part], *after.clients[part])}
    concerned |= {p for p, client in after.clients.items() if client != before.clients[p]}
    versions = _versions(named, nodes)
    return {
        (change.maison, p): Links(versions.get(p, changes[-1][0]), tuple(sorted(after.clients[p] - {p})))
        for _, change in changes[:1]
        for p in sorted(concerned)
    }


def _versions(named: Mapping[str, int], nodes: Nodes) -> dict[str, int]:
    """For every part, the offset of the last statement among all that it is reached from."""
    versions: dict[str, int] = {}
    for part, offset in sorted(named.items(), key=lambda item: -item[1]):
        ahead = [part]
        while ahead:
            at = ahead.pop()
            if at not in versions:
                versions[at] = offset
                ahead += (o for o in nodes[at].edges if o in nodes)
    return versions
