"""The agent that keeps links: stated links and their withdrawals -> the parts of each client. Pure.

What was said of a pair is kept as one word, the greatest of all (`Edge`), so what stands depends on what
was said and not on what came first. What is written next to each part is the list of the other parts of
its client, as of the last statement that concerned them.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec

from agents.matching.weights import sure
from agents.resolve import Against, Resolved, nothing_against, resolve
from feature_store.graph import DECLARED, JUDGED, KEPT, TOGETHER, Change, Edge, Node, Pair, level_of
from feature_store.store import Links, PartKey
from schemas.messages import LinkChange

STAFF = "/staff/"
"""How the sources of what a person of the house says begin."""

Nodes = dict[str, Node]
"""Part -> what was said of it."""
NOTHING: Mapping[Pair, str | None] = MappingProxyType({})


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """What to write: the graph's change, and the other parts of the clients of parts.

    `full`: parts that found their client full, `MOST` parts, and stayed apart. `parted`: parts whose client
    has lost one, whatever was said; `joined`: those whose client has gained some, and which.
    """

    change: Change
    links: Mapping[PartKey, Links]
    full: Sequence[str]
    parted: frozenset[PartKey]
    joined: Mapping[PartKey, list[str]]


def identify(
    changes: Sequence[tuple[int, LinkChange]],
    nodes: Nodes,
    pairs: Mapping[Pair, str | None] = NOTHING,
    then: Against = nothing_against,
    now: Against = nothing_against,
) -> Linked:
    """Applies (offset, change) pairs of one maison to `nodes`, which is changed in place.

    `nodes` holds every part that is reached from those named and from those in `pairs`: what was told of
    persons makes these compare otherwise than before. `then`, `now`: who spoke and speaks against whom.
    O(parts reached).
    """
    for _, change in changes:
        for part in change.parts:
            nodes.setdefault(part, Node())
    before = resolve(nodes, then)
    verdicts: dict[Pair, tuple[float, str, bool]] = {}
    said: set[str] = set()
    for _, change in changes:
        said |= _say(nodes, change)
        verdicts |= _verdict(nodes, change)
    said |= _liken(nodes, pairs)
    after = resolve(nodes, now)
    return Linked(
        change=Change(
            nodes={part: nodes[part] for part in sorted(said)},
            holds={
                pair: after.holds.get(pair)
                for pair in sorted(before.holds.keys() | after.holds.keys())
                if before.holds.get(pair) != after.holds.get(pair)
            },
            asked={
                pair: None if levels is None or sure(levels) else levels for pair, levels in pairs.items()
            },
            verdicts=verdicts,
        ),
        links=_links(changes, nodes, before, after),
        full=[part for part in after.full if part not in before.full],
        parted=frozenset(
            (changes[0][1].maison, part)
            for part, client in before.clients.items()
            if not client <= after.clients[part]
        ),
        joined={
            (changes[0][1].maison, part): sorted(gained)
            for part, client in after.clients.items()
            if (gained := client - before.clients[part])
        },
    )


def _say(nodes: Nodes, change: LinkChange) -> set[str]:
    """Takes in one statement; the parts of which something new is known."""
    for part, kind in zip(change.parts, change.kinds, strict=False):
        nodes[part].kind = kind or nodes[part].kind
    first, *rest = change.parts
    for other in rest:
        if other != first:
            _keep(nodes, first, other, change)
            _keep(nodes, other, first, change)
    return set(change.parts)


def _verdict(nodes: Nodes, change: LinkChange) -> dict[Pair, tuple[float, str, bool]]:
    """What is learned of a person's word, where it stands."""
    if not _judged(change) or not change.compared:
        return {}
    first, second = sorted(change.parts[:2])
    edge = nodes[first].edges.get(second)
    if edge is None or (edge.at, edge.parted) != (change.at, not change.linked):
        return {}
    return {(first, second): (change.at, change.compared, change.linked)}


def _liken(nodes: Nodes, pairs: Mapping[Pair, str | None]) -> set[str]:
    """Takes in how pairs compare now; the parts of which something new is known."""
    fresh: set[str] = set()
    for (one, other), levels in pairs.items():
        for part, to in ((one, other), (other, one)):
            known = nodes[part].alike.pop(to, None)
            if levels is not None and sure(levels):
                nodes[part].alike[to] = levels
            if known != nodes[part].alike.get(to):
                fresh.add(part)
    return fresh


def _judged(change: LinkChange) -> bool:
    return change.source.startswith(STAFF) and (change.declared or not change.linked)


def _word(change: LinkChange) -> int:
    if _judged(change):
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
