"""The links of a maison as stated: one hash, a field per part with what was said of it and of others.

One writer per maison; `apply` is a compare-and-set on the head. Pairs that wait for a person's word lie
beside the graph and are written with it.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from feature_store import keys
from feature_store.scripts import Scripts, told
from schemas.who import RANK

TOGETHER, DECLARED, JUDGED = 0, 1, 2
"""How a pair was stated: identifiers stood together, a system said so in so many words, a person judged."""

KEPT = 256
"""Pairs kept of one part: those with the strongest identifiers, and of one kind those first by id."""
CROWD = 64
"""Stronger identifiers that may stand with one; with more it is everybody's, and nobody's."""

NUMBERS = ("client_id", "loyalty_id", "guest_id")
"""What the house gives to one person: two of a kind are two people unless they are declared one."""

_LEVEL = {kind: level for level, kind in enumerate(RANK)}

_APPLY = """
if (redis.call('HGET', KEYS[1], 'head') or '') ~= ARGV[1] then return 0 end
local nodes, held = tonumber(ARGV[3]), tonumber(ARGV[4])
local at = 5
for i = 1, nodes do redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1]); at = at + 2 end
for i = 1, held do
  if ARGV[at + 1] == '' then redis.call('HDEL', KEYS[2], ARGV[at])
  else redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1]) end
  at = at + 2
end
redis.call('HSET', KEYS[1], 'head', ARGV[2])
return 1
"""


class GraphHead(msgspec.Struct, frozen=True, array_like=True):
    """How far the graph has come in `identity.links`: the last applied offset."""

    epoch: str
    offset: int = -1


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
    """A part in the graph: the kind of its identifier ("" where it was never told), and its pairs."""

    kind: str = ""
    edges: dict[str, Edge] = {}


def level_of(kind: str) -> int:
    """How strong an identifier is, 0 the strongest; a kind that was never told is the weakest.

    >>> level_of("client_id"), level_of("") > level_of("session")
    (0, True)
    """
    return _LEVEL.get(kind, len(RANK))


def crowded(node: Node) -> bool:
    """Whether so many stronger identifiers stand with one that it says nothing of anybody."""
    if len(node.edges) <= CROWD or node.kind in NUMBERS:
        return False
    return sum(edge.level < level_of(node.kind) for edge in node.edges.values()) > CROWD


class Hold(msgspec.Struct, frozen=True, array_like=True):
    """Why two clients are shown to a person: what they share, and what speaks against their being one.

    `shared`: kinds of the identifiers that stand with both; `numbers`: kinds of number each has its own of.
    """

    shared: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


Pair = tuple[str, str]
"""The strongest part of either client, in the order of their ids."""

_node = msgspec.msgpack.Decoder(Node)
_hold = msgspec.msgpack.Decoder(Hold)


class Graph:
    """Stated links of every maison, in one Redis or cluster."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)

    async def head(self, maison: str, epoch: str) -> tuple[bytes, GraphHead]:
        """The head as stored, and decoded; a graph never written begins in this epoch."""
        raw = await told(self._redis.hget(keys.graph(maison), "head"))
        return (raw, msgspec.msgpack.decode(raw, type=GraphHead)) if raw else (b"", GraphHead(epoch))

    async def region(self, maison: str, parts: Iterable[str]) -> dict[str, Node]:
        """These parts, and those they stand with, and so on to the end: all that can be one with them.

        One read for each step from part to part; nothing is beyond a crowded one.
        """
        found: dict[str, Node] = {}
        ahead = set(parts)
        while ahead:
            nodes = await self._nodes(maison, sorted(ahead))
            found |= nodes
            ahead = {o for n in nodes.values() if not crowded(n) for o in n.edges} - found.keys()
        return found

    async def _nodes(self, maison: str, parts: Collection[str]) -> dict[str, Node]:
        got = await told(self._redis.hmget(keys.graph(maison), [f"e:{p}" for p in parts]))
        return {p: _node.decode(v) if v else Node() for p, v in zip(parts, got, strict=True)}

    async def held(self, maison: str) -> dict[Pair, Hold]:
        """The pairs that wait for a person's word."""
        got = await told(self._redis.hgetall(keys.held(maison)))
        return {pair_of(name.decode()): _hold.decode(value) for name, value in got.items()}

    async def apply(
        self,
        maison: str,
        seen: bytes,
        head: GraphHead,
        nodes: Mapping[str, Node],
        holds: Mapping[Pair, Hold | None],
    ) -> bool:
        """True if applied; False if the head is not `seen` any more. A hold of None is over."""
        args: list[Any] = [seen, msgspec.msgpack.encode(head), len(nodes), len(holds)]
        for part, node in nodes.items():
            args += (f"e:{part}", msgspec.msgpack.encode(node))
        for pair, hold in holds.items():
            args += (name_of(pair), msgspec.msgpack.encode(hold) if hold is not None else b"")
        return bool(await self._scripts.run(_APPLY, [keys.graph(maison), keys.held(maison)], args))


def name_of(pair: Pair) -> str:
    """A pair in a URL: nothing personal stands in it."""
    return ".".join(pair)


def pair_of(name: str) -> Pair:
    """The pair a name stands for."""
    one, _, other = name.partition(".")
    return one, other
