"""The links of a maison as stated: what was said of each part and of others, and what is held for a person.

One writer per maison; `apply` is a compare-and-set on the head.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Protocol

import msgspec

from schemas.who import RANK

TOGETHER, DECLARED, JUDGED = 0, 1, 2
"""How a pair was stated: identifiers stood together, a system said so in so many words, a person judged."""

KEPT = 96
"""Pairs kept of one part: those with the strongest identifiers, and of one kind those first by id."""
CROWD = 64
"""Stronger identifiers that may stand with one; with more it is everybody's, and nobody's."""

NUMBERS = ("client_id", "loyalty_id", "guest_id")
"""What the house gives to one person: two of a kind are two people unless they are declared one."""

_LEVEL = {kind: level for level, kind in enumerate(RANK)}


LAYOUT = 4
"""How the graph is kept, told with its head, so that one kept otherwise is never misread."""


class GraphHead(msgspec.Struct, frozen=True, array_like=True):
    """How far the graph has come in `identity.links`: the last applied offset."""

    epoch: str
    offset: int = -1
    layout: int = LAYOUT


class Edge(msgspec.Struct, frozen=True, array_like=True, order=True):
    """The word that stands on a pair: the greatest of all that was said, whatever came first.

    A judgement outranks a declaration, that what stood together; then the later word; then the withdrawal.
    `level`: how strong the identifier at the other end is.
    """

    word: int
    at: float
    parted: bool
    level: int


class Node(msgspec.Struct, array_like=True):
    """A part in the graph: the kind of its identifier ("" where it was never told), and its pairs.

    `alike`: parts it is surely alike with, and how their fields compared. `told`: what was said of the
    person, sealed.
    """

    kind: str = ""
    edges: dict[str, Edge] = {}
    alike: dict[str, str] = {}
    told: bytes = b""


def level_of(kind: str) -> int:
    """How strong an identifier is, 0 the strongest; a kind that was never told is the weakest.

    >>> level_of("client_id"), level_of("") > level_of("session")
    (0, True)
    """
    return _LEVEL.get(kind, len(RANK))


def kind_of(level: int) -> str:
    """The kind of identifier of that level.

    >>> kind_of(0), kind_of(level_of(""))
    ('client_id', '')
    """
    return RANK[level] if level < len(RANK) else ""


def crowded(node: Node) -> bool:
    """Whether so many stronger identifiers stand with one that it says nothing of anybody."""
    if len(node.edges) <= CROWD or node.kind in NUMBERS:
        return False
    return sum(edge.level < level_of(node.kind) for edge in node.edges.values()) > CROWD


def beyond(node: Node) -> set[str]:
    """The parts to be read with one: nothing is beyond a crowd but who is alike."""
    return node.alike.keys() | (set() if crowded(node) else node.edges.keys())


class Hold(msgspec.Struct, frozen=True, array_like=True):
    """Why two clients are shown to a person: what they share, and what speaks against their being one.

    `shared`: kinds of the identifiers that stand with both; `numbers`: kinds of number each has its own of;
    `levels`: how their fields compare, one letter each, where they are alike.
    """

    shared: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    levels: str = ""


Pair = tuple[str, str]
"""The strongest part of either client, in the order of their ids."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What one statement or more change. A value of None: no longer.

    `holds`: pairs that stand in each other's way; `asked`: pairs that may be one, and how they compare;
    `verdicts`: how pairs compared that a person judged; `blocks`: the parts that share a key.
    """

    nodes: Mapping[str, Node] = {}
    holds: Mapping[Pair, Hold | None] = {}
    asked: Mapping[Pair, str | None] = {}
    verdicts: Mapping[Pair, tuple[float, str, bool]] = {}
    blocks: Mapping[str, tuple[str, ...]] = {}


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a person's word, and what was answered."""

    holds: Mapping[Pair, Hold]
    asked: Mapping[Pair, str]
    verdicts: Mapping[Pair, tuple[float, str, bool]]


class Graph(Protocol):
    """The links of every maison; one suite proves the promises below on every implementation.

    `apply` changes everything or nothing, and only if the head is still what `head` gave. Errors of the
    infrastructure raise `StoreAway`.
    """

    async def head(self, maison: str, epoch: str) -> tuple[bytes, GraphHead]:
        """The head as stored, and decoded; a graph never written begins in this epoch.

        Raises `OtherLayout`.
        """
        ...

    async def nodes(self, maison: str, parts: Collection[str]) -> dict[str, Node]:
        """These parts; one of which nothing was said is an empty node."""
        ...

    async def blocks(self, maison: str, keys: Collection[str]) -> dict[str, tuple[str, ...]]:
        """The parts that share each of these keys; a key that nobody has is absent."""
        ...

    async def held(self, maison: str) -> Held:
        """All that waits for a person's word, and what was answered."""
        ...

    async def apply(self, maison: str, seen: bytes, head: GraphHead, change: Change) -> bool:
        """True if applied; False if the head is not `seen` any more."""
        ...


Read = Callable[[Collection[str]], Awaitable[Mapping[str, Node]]]
"""Gives parts of one maison."""


async def region(read: Read, parts: Iterable[str]) -> dict[str, Node]:
    """These parts, and those they stand with, and so on to the end: all that can be one with them.

    One read for each step from part to part; nothing is beyond a crowded one.
    """
    found: dict[str, Node] = {}
    ahead = set(parts)
    while ahead:
        nodes = await read(sorted(ahead))
        found |= nodes
        ahead = {o for node in nodes.values() for o in beyond(node)} - found.keys()
    return found


def name_of(pair: Pair) -> str:
    """A pair in a URL: nothing personal stands in it."""
    return ".".join(pair)


def pair_of(name: str) -> Pair:
    """The pair a name stands for."""
    one, _, other = name.partition(".")
    return one, other
