"""The store in Redis, one server or a cluster: one read and one script per slice.

Commands of Redis 6.2. Every key of a script shares the shard's hash tag. redis-py resends commands by
itself; that is harmless here because every write compares the fence first.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from feature_store import keys
from feature_store.redis_timers import SET_AND_DROP, RedisTimers
from feature_store.scripts import Scripts, told
from feature_store.store import Links, PartKey, Timer, View, Write, encode_fence, membership

TTL = 400 * 86_400
"""Seconds a part outlives its last touch."""
DUE_AT_ONCE = 500
AT_ONCE = 500

_APPLY = f"""{SET_AND_DROP}
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
local ttl, parts, waits, tallies = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local members, outbox, told = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local held, changed = timers(KEYS[2]), {{}}
for i = 1, parts do redis.call('SET', KEYS[7 + i], ARGV[9 + i], 'EX', ttl) end
for i = 8 + parts, #KEYS do redis.call('DEL', KEYS[i]) end
local at = 9 + parts
local till = at + 2 * waits
for i = till + 2 * tallies + 2 * members + outbox + 1, #ARGV do
  if held.drop(ARGV[i]) == 1 then changed[#changed + 1] = ARGV[i] end
end
for i = at + 1, till, 2 do
  held.set(ARGV[i + 1], ARGV[i])
  changed[#changed + 1] = ARGV[i + 1]
end
held.keep()
for i = 8, #KEYS do changed[#changed + 1] = KEYS[i] end
for i = 1, #changed, 4000 do
  redis.call('SADD', KEYS[4], unpack(changed, i, math.min(i + 3999, #changed)))
end
for i = till + 1, till + 2 * tallies, 2 do
  local counts = string.find(ARGV[i], '^[^|]*|[uv]|') and KEYS[7] or KEYS[3]
  if redis.call('HINCRBY', counts, ARGV[i], ARGV[i + 1]) == 0 then redis.call('HDEL', counts, ARGV[i]) end
end
till = till + 2 * tallies
for i = till + 1, till + 2 * members, 2 do
  if ARGV[i + 1] == '0' then redis.call('HDEL', KEYS[5], ARGV[i])
  else redis.call('HSET', KEYS[5], ARGV[i], ARGV[i + 1]) end
end
till = till + 2 * members
if told > 0 then redis.call('LTRIM', KEYS[6], told, -1) end
for i = till + 1, till + outbox do redis.call('RPUSH', KEYS[6], ARGV[i]) end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""
"""What is written is named among the changes of the shard: `feature_store.changes` hands them on."""
_LINK = """
local old, version = redis.call('GET', KEYS[1]), tonumber(ARGV[1])
local known = old and cmsgpack.unpack(old)[1] or tonumber(redis.call('HGET', KEYS[2], ARGV[2]))
if known and known >= version then return 0 end
if ARGV[3] == '' then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
else
  redis.call('HDEL', KEYS[2], ARGV[2])
  redis.call('SET', KEYS[1], ARGV[3])
end
return 1
"""
"""A part that is linked with none is kept as its version alone, beside others: most described parts are."""
_links = msgspec.msgpack.Decoder(Links)
T = TypeVar("T")


class RedisStore:
    """Implements `Store`. `redis` is a `redis.asyncio.Redis` or `RedisCluster` that returns bytes."""

    def __init__(self, redis: Any, partition_of: Callable[[bytes], int]) -> None:
        self._redis = redis
        self._partition_of = partition_of
        self._scripts = Scripts(redis)
        self._timers = RedisTimers(redis, self._scripts)

    async def read(
        self,
        shard: int,
        parts: Sequence[PartKey],
        linked: Sequence[PartKey] = (),
        due_by: float | None = None,
    ) -> View:
        names = [keys.fence(shard)]
        names += [keys.part(maison, shard, oid) for maison, oid in parts]
        names += [keys.links(maison, shard, oid) for maison, oid in linked]
        got = await told(self._redis.mget(names))
        links = got[1 + len(parts) :]
        return View(
            got[0] or b"",
            dict(zip(parts, got[1 : 1 + len(parts)], strict=True)),
            {p: _others(value) for p, value in zip(linked, links, strict=True)},
            await self._timers.due(shard, due_by, DUE_AT_ONCE) if due_by is not None else (),
        )

    async def peek(self, parts: Sequence[PartKey]) -> dict[PartKey, bytes | None]:
        return await self._by_shard(parts, keys.part)

    async def links(self, parts: Sequence[PartKey]) -> dict[PartKey, tuple[str, ...]]:
        found = await self._by_shard(parts, keys.links)
        return {p: _others(value) for p, value in found.items()}

    async def _by_shard(
        self, parts: Sequence[PartKey], name: Callable[[str, int, str], str]
    ) -> dict[PartKey, bytes | None]:
        shards: dict[int, list[PartKey]] = {}
        for part in parts:
            shards.setdefault(self._partition_of(part[1].encode()), []).append(part)
        got = await asyncio.gather(
            *(
                told(self._redis.mget([name(maison, shard, oid) for maison, oid in group]))
                for shard, group in shards.items()
            )
        )
        return {
            part: value
            for group, values in zip(shards.values(), got, strict=True)
            for part, value in zip(group, values, strict=True)
        }

    async def apply(self, shard: int, write: Write) -> bool:
        names = [keys.fence(shard), keys.due(shard), keys.tally(shard), keys.changed(shard)]
        names += [keys.members(shard), keys.outbox(shard), keys.chosen(shard)]
        names += [keys.part(maison, shard, oid) for maison, oid in (*write.parts, *write.gone)]
        args: list[Any] = [write.seen, encode_fence(write.fence), TTL]
        args += (len(write.parts), len(write.timers), len(write.tallies))
        args += (len(write.members), len(write.outbox), write.told)
        args += write.parts.values()
        for timer in write.timers:
            args += (timer.due, timer.member)
        for counted in (*write.tallies.items(), *write.members.items()):
            args += counted
        args += write.outbox
        args += write.dropped
        return bool(await self._scripts.run(_APPLY, names, args))

    async def link(self, links: Mapping[PartKey, Links]) -> None:
        await asyncio.gather(*(self._link(part, new) for part, new in links.items()))

    async def _link(self, part: PartKey, new: Links) -> None:
        maison, oid = part
        shard = self._partition_of(oid.encode())
        names = [keys.links(maison, shard, oid), keys.alone(maison, shard, oid)]
        stored = msgspec.msgpack.encode(new) if new.parts else b""
        await self._scripts.run(_LINK, names, [new.version, oid[1:], stored])

    async def timers(self, shard: int) -> int:
        return await self._timers.waiting(shard)

    async def marked(self, shard: int, most: int) -> list[Timer]:
        return await self._timers.marked(shard, most)

    async def tallies(self, shard: int) -> dict[str, int]:
        return await self._counts(keys.tally(shard))

    async def chosen(self, shard: int) -> dict[str, int]:
        return await self._counts(keys.chosen(shard))

    async def _counts(self, key: str) -> dict[str, int]:
        found = await told(self._redis.hgetall(key))
        return {name.decode(): int(count) for name, count in found.items()}

    async def outbox(self, shard: int) -> list[bytes]:
        return list(await told(self._redis.lrange(keys.outbox(shard), 0, AT_ONCE - 1)))

    async def members(self, shard: int, maison: str, segment: str, most: int) -> dict[str, int]:
        begins = membership(maison, segment, "")
        found: dict[str, int] = {}
        cursor = 0
        while len(found) < most:
            cursor, some = await told(
                self._redis.hscan(keys.members(shard), cursor, match=f"{begins}*", count=AT_ONCE)
            )
            found |= {name.decode().removeprefix(begins): int(at) for name, at in some.items()}
            if not cursor:
                break
        return found


def _others(value: bytes | None) -> tuple[str, ...]:
    return _links.decode(value).parts if value else ()
