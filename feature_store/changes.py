"""What has changed in each shard and is still to be published, kept in Redis by the writes themselves.

`RedisStore.apply` names whatever it writes in the shard's set of changes. A checkpoint takes the whole set
aside, with the fence of that moment, publishes every piece of it, and ends. Whoever is killed in between
leaves the rest to the next owner; what changes meanwhile is the next checkpoint's.

One publisher per shard: `own` makes its caller the one. A piece that an earlier owner has published late is
named again among the changes, so that the newest record of a part is never an old one for long.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from feature_store import keys
from feature_store.redis_timers import RedisTimers
from feature_store.scripts import Scripts, told
from feature_store.store import PartKey

_OWN = """
redis.call('HSET', KEYS[1], 'owner', ARGV[1])
if redis.call('HGET', KEYS[1], 'log') == ARGV[2] then return 1 end
return 0
"""
_BEGIN = """
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return false end
local since = redis.call('HGET', KEYS[1], 'since')
if since then return since end
local fence = redis.call('GET', KEYS[4]) or ''
local changed = redis.call('EXISTS', KEYS[2]) == 1
if fence == '' or (not changed and fence == redis.call('HGET', KEYS[1], 'marked')) then return '' end
if changed then redis.call('RENAME', KEYS[2], KEYS[3]) end
redis.call('HSET', KEYS[1], 'since', fence)
return fence
"""
_DONE = """
if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then
  redis.call('SREM', KEYS[3], unpack(ARGV, 2))
  return 1
end
redis.call('SADD', KEYS[2], unpack(ARGV, 2))
return 0
"""
_END = """
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] or redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'marked', ARGV[2])
redis.call('HDEL', KEYS[1], 'since')
return 1
"""
PIECE = 500
"""Names that are added at once."""


class Changes:
    """The changes of every shard, in one Redis or cluster. Raises `StoreAway`."""

    def __init__(self, redis: Any) -> None:
        self.redis = redis
        self._scripts = Scripts(redis)
        self._timers = RedisTimers(redis, self._scripts)

    async def own(self, shard: int, owner: str, log: str) -> bool:
        """Makes `owner` the publisher; whether all of the shard was once named for this `log`."""
        return bool(await self._scripts.run(_OWN, [keys.checkpoint(shard)], [owner, log]))

    async def name(self, shard: int, names: Iterable[str]) -> None:
        """Names records and timers as changed, whether they are or not."""
        left = list(names)
        for start in range(0, len(left), PIECE):
            await told(self.redis.sadd(keys.changed(shard), *left[start : start + PIECE]))

    async def named_all(self, shard: int, log: str) -> None:
        """All of the shard has been named: from now on its writes are enough for this log."""
        await told(self.redis.hset(keys.checkpoint(shard), "log", log))

    async def begin(self, shard: int, owner: str) -> bytes | None:
        """The fence as of which the next mark holds, of the checkpoint under way or a new one.

        Empty when nothing has changed since the last; None when another one publishes this shard.
        """
        names = [keys.checkpoint(shard), keys.changed(shard), keys.publishing(shard), keys.fence(shard)]
        fence: bytes | None = await self._scripts.run(_BEGIN, names, [owner])
        return fence

    async def piece(self, shard: int, count: int) -> list[str]:
        """Some names of the checkpoint under way; empty when all of it is published."""
        got = await told(self.redis.srandmember(keys.publishing(shard), count))
        return [name.decode() for name in got]

    async def done(self, shard: int, owner: str, names: Sequence[str]) -> bool:
        """A piece has been published; False when another one publishes this shard by now."""
        where = [keys.checkpoint(shard), keys.changed(shard), keys.publishing(shard)]
        return bool(await self._scripts.run(_DONE, where, [owner, *names]))

    async def end(self, shard: int, owner: str, fence: bytes) -> bool:
        """The mark of `fence` has been published."""
        where = [keys.checkpoint(shard), keys.publishing(shard)]
        return bool(await self._scripts.run(_END, where, [owner, fence]))

    async def forget(self, shard: int) -> None:
        """The shard is made again, its timers, tallies and members too; its next owner names all of it."""
        for name in (
            keys.checkpoint,
            keys.publishing,
            keys.changed,
            keys.tally,
            keys.chosen,
            keys.members,
        ):
            await told(self.redis.delete(name(shard)))
        await self._timers.forget(shard)

    async def timers(self, shard: int, members: Sequence[str]) -> dict[str, float | None]:
        """When each of these timers is due; None for one that waits no more."""
        return await self._timers.when(shard, members)

    async def age(self, shard: int, parts: Mapping[PartKey, int]) -> None:
        """These parts have so many seconds left to live. Only while nobody else writes to the shard."""
        await told(
            asyncio.gather(*(self.redis.expire(stored_name(shard, p), left) for p, left in parts.items()))
        )

    async def all_timers(self, shard: int) -> dict[str, float]:
        """Every timer that waits in a shard."""
        return await self._timers.all(shard)


def stored_name(shard: int, part: PartKey) -> str:
    """How a record is named among the changes."""
    return keys.part(part[0], shard, part[1])


def part_named(name: str) -> PartKey | None:
    """The part a name among the changes stands for, None where it is a timer.

    >>> part_named("lumiere{3}qjGJ8m2C0b1xYz_A"), part_named("lumiere|qjGJ8m2C0b1xYz_A|cart:x")
    (('lumiere', 'qjGJ8m2C0b1xYz_A'), None)
    """
    if "|" in name:
        return None
    maison, _, rest = name.partition("{")
    return maison, rest.partition("}")[2]
