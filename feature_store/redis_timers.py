"""The timers of a shard in Redis: many small sorted sets, and one that says when the first of each is due.

Redis packs a sorted set of up to 128 short members into one piece of memory, at half the bytes of a large
one. A member's bucket follows from its hash. There are as many buckets as leave twenty timers to each: with
every twenty more one bucket is parted in two (linear hashing), so no timer that is set moves many others.
Buckets are not joined again; one that is empty takes nothing.

All keys of a shard begin with that of the index, and share its hash tag: a script that is given the index may
touch them. Timers of a store that kept them all in one set are moved by whoever first comes to the shard.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from feature_store import keys
from feature_store.scripts import Scripts, told
from feature_store.store import NEVER, Timer, timer_of

AVERAGE = 20
"""Timers of a bucket. One that is still to be parted has up to twice as many."""
BUCKETS_AT_ONCE = 100

SET_AND_DROP = f"""
local function timers(index)
  local size = redis.call('HMGET', index .. ':size', 'buckets', 'waiting')
  local buckets, waiting, half = tonumber(size[1] or 1), tonumber(size[2] or 0), 1
  local marks = redis.call('EXISTS', index .. ':marks') == 1
  while 2 * half <= buckets do half = 2 * half end

  local function bucket(member)
    local at = tonumber(string.sub(redis.sha1hex(member), 1, 8), 16) % (2 * half)
    if at >= buckets then at = at - half end
    return index .. ':' .. at
  end

  local function part()
    local from, to = index .. ':' .. buckets - half, index .. ':' .. buckets
    buckets = buckets + 1
    if buckets == 2 * half then half = buckets end
    local held, parted = redis.call('ZREVRANGE', from, 0, -1, 'WITHSCORES'), {{[from] = {{}}, [to] = {{}}}}
    for i = 1, #held, 2 do
      local half = parted[bucket(held[i])]
      half[#half + 1], half[#half + 2] = held[i + 1], held[i]
    end
    redis.call('DEL', from)
    for key, half in pairs(parted) do
      if #half > 0 then
        redis.call('ZADD', key, unpack(half))
        redis.call('ZADD', index, 'LT', half[#half - 1], key)
      end
    end
  end

  local function set(member, due)
    if tonumber(due) >= {NEVER} then
      marks = true
      return redis.call('ZADD', index .. ':marks', due, member)
    end
    local key = bucket(member)
    waiting = waiting + redis.call('ZADD', key, due, member)
    redis.call('ZADD', index, 'LT', due, key)
    if waiting > {AVERAGE} * buckets then part() end
  end

  local function drop(member)
    if redis.call('ZREM', bucket(member), member) == 1 then
      waiting = waiting - 1
      return 1
    end
    return marks and redis.call('ZREM', index .. ':marks', member) or 0
  end

  local function keep() redis.call('HSET', index .. ':size', 'buckets', buckets, 'waiting', waiting) end

  if not size[1] and redis.call('EXISTS', index) == 1 then
    local held = redis.call('ZRANGE', index, 0, -1, 'WITHSCORES')
    redis.call('DEL', index)
    for i = 1, #held, 2 do set(held[i], held[i + 1]) end
    keep()
  end
  return {{set = set, drop = drop, keep = keep, bucket = bucket, waiting = waiting, buckets = buckets}}
end
"""
"""Lua. `timers(index)` gives what changes the timers of a shard; after the last change comes `keep`."""

_DUE = f"""{SET_AND_DROP}
timers(KEYS[1])
local most, found, due, moved = tonumber(ARGV[2]), {{}}, {{}}
repeat
  found, moved = {{}}, 0
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, most)) do
    local held = redis.call('ZRANGEBYSCORE', key, '-inf', ARGV[1], 'WITHSCORES')
    for i = 1, #held, 2 do found[#found + 1] = {{tonumber(held[i + 1]), held[i], held[i + 1]}} end
    local first = held[2] or redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]
    if first then moved = moved + redis.call('ZADD', KEYS[1], 'GT', 'CH', first, key)
    else moved = moved + redis.call('ZREM', KEYS[1], key) end
  end
until moved == 0
table.sort(found, function (one, other) return one[1] < other[1] end)
for i = 1, math.min(most, #found) do
  due[2 * i - 1], due[2 * i] = found[i][2], found[i][3]
end
return due
"""
"""The first timers that are due lie in the first buckets that are: no more of these than of those are asked.
A bucket whose first was dropped or moved stands where that was due until its turn comes."""
_WHEN = f"""{SET_AND_DROP}
local bucket, due = timers(KEYS[1]).bucket, {{}}
for i, member in ipairs(ARGV) do
  due[i] = redis.call('ZSCORE', bucket(member), member) or redis.call('ZSCORE', KEYS[1] .. ':marks', member)
end
return due
"""
_SIZE = f"""{SET_AND_DROP}
local held = timers(KEYS[1])
return {{held.waiting, held.buckets}}
"""
_SOME = """
local found = {}
for n = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  for _, one in ipairs(redis.call('ZRANGE', KEYS[1] .. ':' .. n, 0, -1, 'WITHSCORES')) do
    found[#found + 1] = one
  end
end
return found
"""
_FORGET = """
for n = 0, tonumber(redis.call('HGET', KEYS[1] .. ':size', 'buckets') or 1) - 1 do
  redis.call('DEL', KEYS[1] .. ':' .. n)
end
redis.call('DEL', KEYS[1], KEYS[1] .. ':size', KEYS[1] .. ':marks')
"""


class RedisTimers:
    """The timers of every shard, for whoever reads them; `RedisStore.apply` writes. Raises `StoreAway`."""

    def __init__(self, redis: Any, scripts: Scripts) -> None:
        self._redis, self._scripts = redis, scripts

    async def due(self, shard: int, by: float, most: int) -> list[Timer]:
        """The first that are due by then, by their time."""
        found = _paired(await self._scripts.run(_DUE, [keys.due(shard)], [by, most]))
        return [timer_of(member, at) for at, member in sorted((at, member) for member, at in found.items())]

    async def waiting(self, shard: int) -> int:
        """How many there are, but for marks."""
        return int((await self._size(shard))[0])

    async def marked(self, shard: int, most: int) -> list[Timer]:
        """The marks, the one set last first."""
        found = await told(self._redis.zrevrange(keys.marks(shard), 0, most - 1, withscores=True))
        return [timer_of(member.decode(), at) for member, at in found]

    async def when(self, shard: int, members: Sequence[str]) -> dict[str, float | None]:
        """When each of these is due; None for one that waits no more."""
        if not members:
            return {}
        scores = await self._scripts.run(_WHEN, [keys.due(shard)], members)
        return {m: None if s is None else float(s) for m, s in zip(members, scores, strict=True)}

    async def all(self, shard: int) -> dict[str, float]:
        """Every one that waits, marks among them."""
        marks = await told(self._redis.zrange(keys.marks(shard), 0, -1, withscores=True))
        found = {member.decode(): at for member, at in marks}
        _, buckets = await self._size(shard)
        for first in range(0, buckets, BUCKETS_AT_ONCE):
            last = min(buckets, first + BUCKETS_AT_ONCE) - 1
            found |= _paired(await self._scripts.run(_SOME, [keys.due(shard)], [first, last]))
        return found

    async def forget(self, shard: int) -> None:
        """Deletes them all."""
        await self._scripts.run(_FORGET, [keys.due(shard)], [])

    async def _size(self, shard: int) -> tuple[int, int]:
        waiting, buckets = await self._scripts.run(_SIZE, [keys.due(shard)], [])
        return waiting, buckets


def _paired(flat: Sequence[bytes]) -> Mapping[str, float]:
    return {member.decode(): float(at) for member, at in zip(flat[::2], flat[1::2], strict=True)}
