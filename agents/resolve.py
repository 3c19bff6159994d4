"""Which parts are one client: a pure function of all that was stated, whatever came first.

Identifiers are taken kind by kind, the strongest first (the rank of `schemas/who.py`), and each joins the
clients of the stronger ones it stands with. One that stands with two clients who may not be one (each has
a client number of its own; a person said they are two) joins neither: an e-mail of a family, an assistant's
telephone, a number that was given to somebody else. Last come those who are surely alike. Who is not joined
is held for a person to judge.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple

from agents.matching.weights import bits
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


Against = Callable[[str, str], bool]
"""Whether what is said of two parts speaks against their being one."""


def nothing_against(one: str, other: str) -> bool:
    """Nothing speaks against anybody."""
    return False


def resolve(nodes: Mapping[str, Node], against: Against = nothing_against) -> Resolved:
    """Makes clients of parts. `nodes` holds every part that is reached from any of them."""
    run = _Resolving(nodes)
    run.judged()
    for level in sorted({level_of(node.kind) for node in nodes.values()}):
        run.join(level)
    run.alike(against)
    return run.result()


class _Resolving:
    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes
        self._level = {part: level_of(node.kind) for part, node in nodes.items()}
        self._root = {part: part for part in nodes}
        self._members = {part: {part} for part in nodes}
        self._refused: list[tuple[str, set[str]]] = []
        self._unsure: list[tuple[str, str]] = []
        self._full: set[str] = set()
        self._linked: dict[str, list[tuple[str, Edge]]] = {part: [] for part in nodes}
        self._apart: dict[str, set[str]] = {}
        self._read({part for part, node in nodes.items() if crowded(node)})

    def _read(self, crowds: set[str]) -> None:
        """Whom each part was stated to be one with, and whom not, where both have kept it."""
        nodes = self._nodes
        for part, node in nodes.items():
            for other, edge in node.edges.items():
                if other not in nodes or part not in nodes[other].edges:
                    continue
                if edge.parted:
                    self._apart.setdefault(part, set()).add(other)
                elif part not in crowds and other not in crowds:
                    self._linked[part].append((other, edge))

    def judged(self) -> None:
        """Joins what a person judged one, and numbers that a system declared one."""
        wants: Wants = {p: {o for o, e in self._linked[p] if self._forced(p, o, e)} for p in self._nodes}
        for group in self._groups(wants):
            if not self._clash({self._root[p] for p in group}, level=0):
                self._unite({p: wants[p] for p in group})

    def join(self, level: int) -> None:
        """Lets the identifiers of one strength join the clients of the stronger ones."""
        wants: Wants = {}
        for part in self._nodes:
            if self._level[part] == level:
                near = {o for o, _ in self._linked[part] if self._level[o] <= level}
                wants[part] = {o for o in near if not self._parted(self._root[part], self._root[o])}
        for group in self._groups(wants):
            ours = {p: wants[p] for p in group if p in wants}
            if self._clash({self._root[p] for p in group}, level):
                self._unite(self._reduced(ours, level))
            else:
                self._unite(ours)

    def alike(self, against: Against) -> None:
        """Joins those who are surely alike, the most alike first.

        Not where one of them is alike with two who may not be one, nor where any two parts of the clients
        that would be one speak against it.
        """
        wants = {p: {o for o in node.alike if o in self._nodes} for p, node in self._nodes.items()}
        for group in self._groups(wants):
            pairs = {(p, o) if p < o else (o, p) for p in group for o in wants[p]}
            clash = self._clash({self._root[p] for p in group}, len(RANK))
            for one, other in sorted(pairs, key=lambda pair: (-bits(self._levels(pair)), pair)):
                into, root = self._root[one], self._root[other]
                if into == root:
                    continue
                members = product(self._members[into], self._members[root])
                if clash or any(against(a, b) for a, b in members):
                    self._unsure.append((one, other))
                else:
                    self._merge(one, other)

    def _levels(self, pair: Pair) -> str:
        return self._nodes[pair[0]].alike[pair[1]]

    def result(self) -> Resolved:
        clients = {root: frozenset(members) for root, members in self._members.items()}
        return Resolved(
            clients={part: clients[root] for part, root in self._root.items()},
            holds=self._holds(),
            full=sorted(self._full),
        )

    def _forced(self, part: str, other: str, edge: Edge) -> bool:
        numbers = self._nodes[part].kind in NUMBERS and self._nodes[other].kind in NUMBERS
        return edge.word == JUDGED or (edge.word == DECLARED and numbers)

    def _parted(self, root: str, other: str) -> bool:
        """Whether something of one client was said to be another than something of the other."""
        if root == other or not self._apart:
            return False
        return not self._members[other].isdisjoint(self._apart_of(root))

    def _apart_of(self, root: str) -> set[str]:
        """All that was said to be somebody else than this client."""
        return (
            {o for part in self._members[root] for o in self._apart.get(part, ())} if self._apart else set()
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
        return any(self._root[o] in roots and self._root[o] != r for r in roots for o in self._apart_of(r))

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
            self._merge(one, other)

    def _merge(self, one: str, other: str) -> None:
        into, root = self._root[one], self._root[other]
        if into == root:
            return
        if len(self._members[into]) + len(self._members[root]) > MOST:
            self._full |= {one, other}
            return
        if len(self._members[into]) < len(self._members[root]):
            into, root = root, into
        moved = self._members.pop(root)
        self._members[into] |= moved
        self._root |= dict.fromkeys(moved, into)

    def _holds(self) -> dict[Pair, Hold]:
        found: dict[Pair, Hold] = {}
        for part, others in self._refused:
            own = self._root[part]
            concerned = {self._root[o] for o in others} | ({own} if len(self._members[own]) > 1 else set())
            for pair in combinations(sorted(concerned, key=self._head)[:SHOWN], 2):
                self._hold(found, *pair, shared=self._nodes[part].kind)
        for one, other in self._unsure:
            self._hold(found, self._root[one], self._root[other], levels=self._levels((one, other)))
        return found

    def _hold(
        self, found: dict[Pair, Hold], root: str, other: str, shared: str = "", levels: str = ""
    ) -> None:
        """Every reason to hold a pair stands in it."""
        if root == other or self._parted(root, other):
            return
        first, second = sorted((self._head(root)[1], self._head(other)[1]))
        known = found.get((first, second), Hold())
        numbers = self._numbers(root, len(RANK)) & self._numbers(other, len(RANK))
        found[first, second] = Hold(
            shared=tuple(sorted({*known.shared, shared} - {""})),
            numbers=tuple(sorted(numbers)),
            levels=known.levels or levels,
        )

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
