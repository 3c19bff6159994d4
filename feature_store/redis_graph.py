"""The graph of links in Redis, one server or a cluster: all of a maison under one tag, one script to write.

A part and what was said of it is a field of one hash. Keys lie in many small hashes, which Redis packs: a
field each would cost more than what it holds.
"""

from collections.abc import Collection
from typing import Any

import msgspec

from feature_store import keys
from feature_store.graph import Change, GraphHead, Held, Hold, Node, Pair, name_of, pair_of
from feature_store.scripts import Scripts, told

_APPLY = """
if (redis.call('HGET', KEYS[1], 'head') or '') ~= ARGV[1] then return 0 end
for i = 3, #ARGV, 3 do
  local key = KEYS[tonumber(ARGV[i])]
  if ARGV[i + 2] == '' then redis.call('HDEL', key, ARGV[i + 1])
  else redis.call('HSET', key, ARGV[i + 1], ARGV[i + 2]) end
end
redis.call('HSET', KEYS[1], 'head', ARGV[2])
return 1
"""
_node = msgspec.msgpack.Decoder(Node)
_hold = msgspec.msgpack.Decoder(Hold)
_verdict = msgspec.msgpack.Decoder(tuple[float, str, bool])
_members = msgspec.msgpack.Decoder(tuple[str, ...])
_encode = msgspec.msgpack.Encoder().encode


class RedisGraph:
    """Implements `Graph`."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)

    async def head(self, maison: str, epoch: str) -> tuple[bytes, GraphHead]:
        raw = await told(self._redis.hget(keys.graph(maison), "head"))
        return (raw, msgspec.msgpack.decode(raw, type=GraphHead)) if raw else (b"", GraphHead(epoch))

    async def nodes(self, maison: str, parts: Collection[str]) -> dict[str, Node]:
        if not parts:
            return {}
        got = await told(self._redis.hmget(keys.graph(maison), [f"e:{p}" for p in parts]))
        return {p: _node.decode(v) if v else Node() for p, v in zip(parts, got, strict=True)}

    async def blocks(self, maison: str, keys_: Collection[str]) -> dict[str, tuple[str, ...]]:
        if not keys_:
            return {}
        async with self._redis.pipeline(transaction=False) as pipe:
            for key in keys_:
                pipe.hget(keys.block(maison, key), key)
            got = await told(pipe.execute())
        return {key: _members.decode(value) for key, value in zip(keys_, got, strict=True) if value}

    async def held(self, maison: str) -> Held:
        got = await told(self._redis.hgetall(keys.held(maison)))
        kept: dict[bytes, dict[Pair, bytes]] = {b"h": {}, b"a": {}, b"v": {}}
        for field, value in got.items():
            kept[field[:1]][pair_of(field[2:].decode())] = value
        return Held(
            holds={pair: _hold.decode(value) for pair, value in kept[b"h"].items()},
            asked={pair: value.decode() for pair, value in kept[b"a"].items()},
            verdicts={pair: _verdict.decode(value) for pair, value in kept[b"v"].items()},
        )

    async def apply(self, maison: str, seen: bytes, head: GraphHead, change: Change) -> bool:
        names = {keys.graph(maison): 1, keys.held(maison): 2}
        args: list[Any] = [seen, _encode(head)]
        for part, node in change.nodes.items():
            args += (1, f"e:{part}", _encode(node))
        for pair, hold in change.holds.items():
            args += (2, f"h:{name_of(pair)}", b"" if hold is None else _encode(hold))
        for pair, levels in change.asked.items():
            args += (2, f"a:{name_of(pair)}", levels or b"")
        for pair, verdict in change.verdicts.items():
            args += (2, f"v:{name_of(pair)}", _encode(verdict))
        for key, members in change.blocks.items():
            name = keys.block(maison, key)
            at = names.setdefault(name, len(names) + 1)
            args += (at, key, _encode(members) if members else b"")
        return bool(await self._scripts.run(_APPLY, list(names), args))
