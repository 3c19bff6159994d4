"""The links of a maison as stated: one hash, a field per part with the parts it is stated to be one with.

One writer per maison; `apply` is a compare-and-set on the head.
"""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from feature_store import keys
from feature_store.scripts import Scripts, told

_APPLY = """
if (redis.call('HGET', KEYS[1], 'head') or '') ~= ARGV[1] then return 0 end
for i = 3, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('HSET', KEYS[1], 'head', ARGV[2])
return 1
"""


class GraphHead(msgspec.Struct, frozen=True, array_like=True):
    """How far the graph has come in `identity.links`: the last applied offset."""

    epoch: str
    offset: int = -1


class Graph:
    """Stated links of every maison, in one Redis or cluster."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)

    async def head(self, maison: str, epoch: str) -> tuple[bytes, GraphHead]:
        """The head as stored, and decoded; a graph never written begins in this epoch."""
        raw = await told(self._redis.hget(keys.graph(maison), "head"))
        return (raw, msgspec.msgpack.decode(raw, type=GraphHead)) if raw else (b"", GraphHead(epoch))

    async def edges(self, maison: str, parts: Collection[str]) -> dict[str, set[str]]:
        """The stated neighbours of each of these parts."""
        names = list(parts)
        got = await told(self._redis.hmget(keys.graph(maison), [f"e:{p}" for p in names]))
        return {p: set(msgspec.msgpack.decode(v)) for p, v in zip(names, got, strict=True) if v}

    async def apply(
        self, maison: str, seen: bytes, head: GraphHead, edges: Mapping[str, Collection[str]]
    ) -> bool:
        """True if applied; False if the head is not `seen` any more."""
        args: list[Any] = [seen, msgspec.msgpack.encode(head)]
        for part, others in edges.items():
            args += (f"e:{part}", msgspec.msgpack.encode(list(others)))
        return bool(await self._scripts.run(_APPLY, [keys.graph(maison)], args))
