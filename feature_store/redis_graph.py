"""The graph of links in Redis, one server or a cluster: all of a maison under one tag, one script to write.

Parts lie many together in strings, each in twelve bytes, the length of what was said of it, and that. Who
shares a key lies in strings too, fifteen bytes each: what tells the key from others there, and the part. A
field each would cost Redis more than it holds.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from feature_store import keys
from feature_store.graph import (
    LAYOUT,
    Change,
    Edge,
    GraphHead,
    Held,
    Hold,
    Node,
    Pair,
    kind_of,
    level_of,
    name_of,
    pair_of,
)
from feature_store.scripts import Scripts, told
from feature_store.store import OtherLayout

_TAIL, _OID, _LENGTH = 3, 12, 3
"""Bytes of a key's end, of a part, and of the length of what was said of it."""
_APPLY = """
local function keep(key, part, said)
  local held, at = redis.call('GET', key) or '', 1
  while at <= #held do
    local a, b, c = string.byte(held, at + 12, at + 14)
    local past = at + 15 + a * 65536 + b * 256 + c
    if string.sub(held, at, at + 11) == part then
      held = string.sub(held, 1, at - 1) .. string.sub(held, past)
      break
    end
    at = past
  end
  redis.call('SET', key, held .. part .. said)
end
local function share(key, tail, members)
  local held, at = redis.call('GET', key) or '', 1
  while true do
    at = string.find(held, tail, at, true)
    if not at then break end
    if at % 15 == 1 then held = string.sub(held, 1, at - 1) .. string.sub(held, at + 15)
    else at = at + 1 end
  end
  for i = 1, #members, 12 do held = held .. tail .. string.sub(members, i, i + 11) end
  if held == '' then redis.call('DEL', key) else redis.call('SET', key, held) end
end
if (redis.call('HGET', KEYS[1], 'head') or '') ~= ARGV[1] then return 0 end
for i = 3, #ARGV, 3 do
  local at = tonumber(ARGV[i])
  local key, field, value = KEYS[at], ARGV[i + 1], ARGV[i + 2]
  if at > 2 and #field == 12 then keep(key, field, value)
  elseif at > 2 then share(key, field, value)
  elseif value == '' then redis.call('HDEL', key, field)
  else redis.call('HSET', key, field, value) end
end
redis.call('HSET', KEYS[1], 'head', ARGV[2])
return 1
"""


class _Kept(msgspec.Struct, array_like=True):
    """A node as it is stored; `kind`: the level of its identifier."""

    kind: int
    edges: dict[str, Edge]
    alike: dict[str, str]
    told: bytes


_kept = msgspec.msgpack.Decoder(_Kept)
_hold = msgspec.msgpack.Decoder(Hold)
_verdict = msgspec.msgpack.Decoder(tuple[float, str, bool])
_encode = msgspec.msgpack.Encoder().encode


class RedisGraph:
    """Implements `Graph`."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)

    async def head(self, maison: str, epoch: str) -> tuple[bytes, GraphHead]:
        raw = await told(self._redis.hget(keys.graph(maison), "head"))
        if not raw:
            return b"", GraphHead(epoch)
        said = msgspec.msgpack.decode(raw)
        if said[2:] != [LAYOUT]:
            raise OtherLayout(
                f"the links of {maison} are kept by another version: stop the workers, make all again from "
                "the log with `prevenance rebuild --everything --yes`, and start them"
            )
        return raw, GraphHead(*said)

    async def nodes(self, maison: str, parts: Collection[str]) -> dict[str, Node]:
        if not parts:
            return {}
        names = list(dict.fromkeys(keys.nodes(maison, part) for part in parts))
        got = await told(self._redis.mget(names))
        said = {part: value for held in got if held for part, value in _parts(held)}
        return {p: _node(said[raw]) if (raw := urlsafe_b64decode(p)) in said else Node() for p in parts}

    async def blocks(self, maison: str, keys_: Collection[str]) -> dict[str, tuple[str, ...]]:
        if not keys_:
            return {}
        pipe = self._redis.pipeline(transaction=False)
        for key in keys_:
            pipe.get(keys.block(maison, key))
        got = await told(pipe.execute())
        held = {key: value for key, value in zip(keys_, got, strict=True) if value}
        found = {key: _members(value, _tail(key)) for key, value in held.items()}
        return {key: members for key, members in found.items() if members}

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
            kept = _encode(_Kept(level_of(node.kind), node.edges, node.alike, node.told))
            at = names.setdefault(keys.nodes(maison, part), len(names) + 1)
            args += (at, urlsafe_b64decode(part), len(kept).to_bytes(_LENGTH) + kept)
        for pair, hold in change.holds.items():
            args += (2, f"h:{name_of(pair)}", b"" if hold is None else _encode(hold))
        for pair, levels in change.asked.items():
            args += (2, f"a:{name_of(pair)}", levels or b"")
        for pair, verdict in change.verdicts.items():
            args += (2, f"v:{name_of(pair)}", _encode(verdict))
        for key, members in change.blocks.items():
            name = keys.block(maison, key)
            at = names.setdefault(name, len(names) + 1)
            args += (at, _tail(key), b"".join(map(urlsafe_b64decode, members)))
        return bool(await self._scripts.run(_APPLY, list(names), args))


def _node(value: bytes) -> Node:
    kept = _kept.decode(value)
    return Node(kind_of(kept.kind), kept.edges, kept.alike, kept.told)


def _parts(held: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts in a string, and what was said of each."""
    at = 0
    while at < len(held):
        said = at + _OID + _LENGTH
        past = said + int.from_bytes(held[at + _OID : said])
        yield held[at : at + _OID], held[said:past]
        at = past


def _tail(key: str) -> bytes:
    """What tells a key from the others in its string."""
    return urlsafe_b64decode(key[2:])


def _members(held: bytes, tail: bytes) -> tuple[str, ...]:
    size = _TAIL + _OID
    entries = (held[at : at + size] for at in range(0, len(held), size))
    return tuple(sorted(urlsafe_b64encode(one[_TAIL:]).decode() for one in entries if one.startswith(tail)))
