"""Which parts are one client: a pure function of all that was stated, whatever came first.

Identifiers are taken kind by kind, the strongest first (the rank of `schemas/who.py`), and each joins the
clients of the stronger ones it stands with. One that stands with two clients who may not be one (each has
a client number of its own; a person said they are two) joins neither: an e-mail of a family, an assistant's
telephone, a number that was given to somebody else. The two are held for a person to judge.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from feature_store.graph import DECLARED, JUDGED, NUMBERS, Edge, Hold, Node, Pair, crowded, level_of
from schemas.who import RANK

MOST = 64
"""Parts one client may have; what was stated later stays apart: more likely an error than a person."""
SHOWN = 5
"""Clients around one identifier that are shown in pairs; more is a mailbox of many, and no question."""

Wants = dict[str, set[str]]
"""A part -> the parts it would join."""


class Resolved(NamedTuple):
    """The client of every part, the pairs to be judged, and the parts that found their client full."""

    clients: Mapping[str, frozenset[str]]
    holds: Mapping[Pair, Hold]
    full: Sequence[str]


def resolve(nodes: Mapping[str, Node]) -> Resolved:
    """Makes clients of parts. `nodes` holds every part that is reached from any of them."""
    run = _Resolving(nodes)
    run.judged()
    for level in sorted({level_of(node.kind) for node in nodes.values()}):
        run.join(level)
    return run.result()


class _Resolving:
    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes
        self._level = {part: level_of(node.kind) for part, node in nodes.items()}
        self._root = {part: part for part in nodes}
        self._members = {part: {part} for part in nodes}
        self._refused: list[tuple[str, set[str]]] = []
        self._full: set[str] = set()
        self._crowded = {part for part, node in nodes.items() if crowded(node)}

    def judged(self) -> None:
        """Joins what a person judged one, and numbers that a system declared one."""
        wants: Wants = {p: {o for o, e in self._linked(p) if self._forced(p, o, e)} for p in self._nodes}
        for group in self._groups(wants):
            if not self._clash({self._root[p] for p in group}, level=0):
                self._unite({p: wants[p] for p in group})

    def join(self, level: int) -> None:
        """Lets the identifiers of one strength join the clients of the stronger ones."""
        wants: Wants = {}
        for part in self._nodes:
            if self._level[part] == level:
                near = {o for o, _ in self._linked(part) if self._level[o] <= level}
                wants[part] = {o for o in near if not self._parted(self._root[part], self._root[o])}
        for group in self._groups(wants):
            ours = {p: wants[p] for p in group if p in wants}
            if self._clash({self._root[p] for p in group}, level):
                self._unite(self._reduced(ours, level))
            else:
                self._unite(ours)

    def result(self) -> Resolved:
        clients = {root: frozenset(members) for root, members in self._members.items()}
        return Resolved(
            clients={part: clients[root] for part, root in self._root.items()},
            holds=self._holds(),
            full=sorted(self._full),
        )

    def _linked(self, part: str) -> Iterable[tuple[str, Edge]]:
        """The parts stated to be one with this one."""
        if part in self._crowded:
            return ()
        pairs = self._pairs(part)
        return [(o, edge) for o, edge in pairs if not edge.parted and o not in self._crowded]

    def _pairs(self, part: str) -> list[tuple[str, Edge]]:
        """What was said of this part and another, where both have kept it."""
        nodes = self._nodes
        return [(o, e) for o, e in nodes[part].edges.items() if o in nodes and part in nodes[o].edges]

    def _forced(self, part: str, other: str, edge: Edge) -> bool:
        numbers = self._nodes[part].kind in NUMBERS and self._nodes[other].kind in NUMBERS
        return edge.word == JUDGED or (edge.word == DECLARED and numbers)

    def _parted(self, root: str, other: str) -> bool:
        """Whether something of one client was said to be another than something of the other."""
        fewer, more = sorted((root, other), key=lambda r: len(self._members[r]))
        return root != other and any(
            edge.parted and to in self._members[more]
            for part in self._members[fewer]
            for to, edge in self._pairs(part)
        )

    def _groups(self, wants: Wants) -> list[set[str]]:
        """Parts that would become one client if every wish were granted."""
        near: dict[str, set[str]] = {}
        for part, others in wants.items():
            for other in others:
                near.setdefault(self._root[part], set()).add(self._root[other])
                near.setdefault(self._root[other], set()).add(self._root[part])
        groups, seen = [], set[str]()
        for start in near:
            if start not in seen:
                group = _reached(start, near)
                seen |= group
                groups.append({p for root in group for p in self._members[root]})
        return groups

    def _clash(self, roots: set[str], level: int) -> bool:
        """Whether these may not all be one client: two have a number of one kind, or a person parted them."""
        seen: set[str] = set()
        for root in roots:
            numbers = self._numbers(root, level)
            if numbers & seen:
                return True
            seen |= numbers
        return any(
            edge.parted and self._root[to] in roots and self._root[to] != root
            for root in roots
            for part in self._members[root]
            for to, edge in self._pairs(part)
        )

    def _numbers(self, root: str, level: int) -> set[str]:
        kinds = {self._nodes[p].kind for p in self._members[root] if self._level[p] < level}
        return kinds.intersection(NUMBERS)

    def _reduced(self, wants: Wants, level: int) -> Wants:
        """What is left of wishes that clash: a part keeps the one client with a number it stands with."""
        left = {part: self._certain(others, level) for part, others in wants.items()}
        for group in self._groups(left):
            if self._clash({self._root[p] for p in group}, level):
                left |= {part: set() for part in group if part in left}
        for part, others in wants.items():
            if others - left[part]:
                self._refused.append((part, others))
        return left

    def _certain(self, others: set[str], level: int) -> set[str]:
        stronger = {o for o in others if self._level[o] < level}
        roots = {self._root[o] for o in stronger}
        numbered = {root for root in roots if self._numbers(root, level)}
        kept = numbered or roots
        return {o for o in stronger if self._root[o] in kept} if len(kept) == 1 else set()

    def _unite(self, wants: Wants) -> None:
        """Grants wishes, those stated first first, as long as there is room."""
        pairs = {tuple(sorted((p, o))) for p, others in wants.items() for o in others}
        for one, other in sorted(pairs, key=lambda pair: (self._nodes[pair[0]].edges[pair[1]].at, pair)):
            into, root = self._root[one], self._root[other]
            if into == root:
                continue
            if len(self._members[into]) + len(self._members[root]) > MOST:
                self._full |= {one, other}
                continue
            if len(self._members[into]) < len(self._members[root]):
                into, root = root, into
            moved = self._members.pop(root)
            self._members[into] |= moved
            self._root |= dict.fromkeys(moved, into)

    def _holds(self) -> dict[Pair, Hold]:
        found: dict[Pair, tuple[set[str], set[str]]] = {}
        for part, others in self._refused:
            own = self._root[part]
            concerned = {self._root[o] for o in others} | ({own} if len(self._members[own]) > 1 else set())
            roots = sorted(concerned, key=self._head)[:SHOWN]
            for one, other in combinations(roots, 2):
                if self._parted(one, other):
                    continue
                first, second = sorted((self._head(one)[1], self._head(other)[1]))
                shared, numbers = found.setdefault((first, second), (set(), set()))
                shared.add(self._nodes[part].kind)
                numbers |= self._numbers(one, len(RANK)) & self._numbers(other, len(RANK))
        return {pair: Hold(tuple(sorted(s)), tuple(sorted(n))) for pair, (s, n) in found.items()}

    def _head(self, root: str) -> tuple[int, str]:
        """The strongest part of a client."""
        return min((self._level[part], part) for part in self._members[root])


def _reached(start: str, near: Mapping[str, set[str]]) -> set[str]:
    found, ahead = {start}, [start]
    while ahead:
        fresh = near[ahead.pop()] - found
        found |= fresh
        ahead += fresh
    return found
