"""Everything that stands in Redis, found by SCAN: for tools that list it or start over, never for a lane."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from redis.exceptions import RedisError

from feature_store import keys
from feature_store.redis_timers import RedisTimers
from feature_store.scripts import Scripts, told
from feature_store.store import Fence, PartKey, StoreAway, encode_fence

PIECE = 500
CLEARED = "being-cleared"
"""The epoch of a shard whose records are being deleted: no log has it, so nothing is applied there."""

_FENCE = re.compile(r"fence\{(\d+)\}")
_PART = re.compile(r"(?P<maison>[^{}]+)\{\d+\}(?P<oid>[A-Za-z0-9_-]{16})")
_OTHERS = re.compile(
    r"[^{}]+\{\d+\}([A-Za-z0-9_-]{16}:l|[A-Za-z0-9_-]:a)"
    r"|[^{}]+\{[^{}]+\}(graph|held|[bn][A-Za-z0-9_-]{2}|model|:deny|withdrawals|ring)"
    r"|seal\{[^{}]+\}|\{[^{}]+\}:inbox(:\w+)?"
)
_OF_SHARDS = (
    keys.tally, keys.chosen, keys.members, keys.outbox, keys.changed, keys.publishing, keys.checkpoint,
)  # fmt: skip


async def part_keys(redis: Any, shard: int | None = None) -> AsyncIterator[list[PartKey]]:
    """The keys of all parts, or of those of a shard, in pieces, each key once. Raises `StoreAway`."""
    seen: set[PartKey] = set()  # SCAN may name a key twice
    async for names in _scan(redis, "*" if shard is None else f"*{{{shard}}}*"):
        fresh = {(m["maison"], m["oid"]) for name in names if (m := _PART.fullmatch(name))} - seen
        seen |= fresh
        yield sorted(fresh)


async def clear_records(redis: Any, shards: Sequence[int]) -> int:
    """Deletes all that shards hold, then their fences; how many records there were.

    Of these shards, and of others that stand here: a log of more partitions may have filled the store.

    What they were still to tell goes too: another log decided it, or this one will again. The fences are
    closed first: whoever still serves a shard finds a log that isn't its own, and ends without a write.
    Stopped half way, the shards stay closed until this is run again. Raises `StoreAway`.
    """
    closed, shards = encode_fence(Fence(CLEARED)), sorted({*shards, *await _fenced(redis)})
    for shard in shards:
        await told(redis.set(keys.fence(shard), closed))
    count = await _delete(redis, _PART)
    timers = RedisTimers(redis, Scripts(redis))
    for shard in shards:
        await timers.forget(shard)
        for name in _OF_SHARDS:
            await told(redis.delete(name(shard)))
    for shard in shards:
        await told(redis.delete(keys.fence(shard)))
    return count


async def clear_the_rest(redis: Any) -> int:
    """Deletes links, models, inboxes with what was rung of them, and seals; how many keys there were.

    Raises `StoreAway`.
    """
    return await _delete(redis, _OTHERS)


async def _fenced(redis: Any) -> set[int]:
    return {
        int(m[1])
        async for names in _scan(redis, "fence{*}")
        for name in names
        if (m := _FENCE.fullmatch(name))
    }


async def _delete(redis: Any, kind: re.Pattern[str]) -> int:
    count = 0
    async for names in _scan(redis):
        for name in names:  # one by one: a cluster deletes no two slots at once
            if kind.fullmatch(name):
                count += await told(redis.delete(name))
    return count


async def _scan(redis: Any, match: str = "*") -> AsyncIterator[list[str]]:
    names: list[str] = []
    try:
        async for name in redis.scan_iter(match, count=PIECE):
            with suppress(UnicodeDecodeError):  # what is no text is none of ours
                names.append(name.decode())
            if len(names) == PIECE:
                yield names
                names = []
    except (RedisError, OSError) as error:
        raise StoreAway(f"Redis did not answer: {type(error).__name__}") from error
    yield names
