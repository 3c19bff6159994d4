"""A shard whose store is empty, or has lost what the log no longer has, is filled from its checkpoint.

While it is filled its fence is closed: whoever is killed meanwhile leaves a shard that is filled again from
the beginning, and no lane writes to it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping

import msgspec

from feature_store import record as records
from feature_store.changes import Changes
from feature_store.denials import Denial, Denials, denials_in
from feature_store.redis_sweep import part_keys
from feature_store.store import Fence, PartKey, StoreAway, Write, encode_fence, membership, timer_of
from feature_store.tally import cells_of, moved
from streams import headway
from streams.rebuilding import Rebuilt, Source, rebuilt

RESTORING = "being-restored"
"""The epoch of a shard that is being filled: no log has it, so nothing is applied there."""
PIECE = 500
AT_ONCE = 2
"""Shards of one process that are filled at a time: each is held in memory meanwhile."""

log = logging.getLogger(__name__)


class Restoring:
    """Fills shards, a few at a time."""

    def __init__(self, source: Source, changes: Changes) -> None:
        self._source, self._changes, self._denials = source, changes, Denials(changes.redis)
        self._room = asyncio.Semaphore(AT_ONCE)

    async def restore(self, shard: int, now: float, lossy: bool = False) -> int | None:
        """Fills a shard; how many records that were, None where its checkpoint has no more than its store.

        `lossy`: a record of an older version is made by the log, which may not have all of it; else refused.
        Raises `KafkaAway`, `StoreAway`, `Unopened`, `NewerRecord`.
        """
        async with self._room, rebuilt(shard, self._source) as made:
            view = await self._source.store.read(shard, ())
            closed = view.fence is not None and view.fence.epoch == RESTORING
            if not closed and not _is_further(made.offsets, view.fence.offsets if view.fence else {}):
                return None
            if made.older and not lossy:
                raise records.NewerRecord(
                    f"the checkpoint of shard {shard} has {len(made.older):,} records of an older version: "
                    "`prevenance rebuild --yes` makes these by the log, as far back as it goes"
                )
            log.warning("shard %d is filled from its checkpoint: %d records", shard, len(made.parts))
            await self._fill(made, view.raw, now)
            return len(made.parts)

    async def _fill(self, made: Rebuilt, seen: bytes, now: float) -> None:
        shard = made.shard
        seen = await self._write(shard, Write(seen=seen, fence=_closed(seen)))
        await self._changes.forget(shard)
        async for known in part_keys(self._changes.redis, shard):
            seen = await self._write(shard, Write(seen=seen, fence=_closed(seen), gone=known))
        await self._changes.forget(shard)
        lives = {part: left for part in made.parts if (left := made.lives(part, now)) > 0}
        parts = list(lives)
        for start in range(0, len(parts), PIECE):
            piece = {part: made.parts[part] for part in parts[start : start + PIECE]}
            await self._denials.deny(refused_in(piece, now))
            counted = tallies_of(piece)
            write = Write(
                seen=seen, fence=_closed(seen), parts=piece, tallies=counted, members=members_of(piece, now)
            )
            seen = await self._write(shard, write)
            await self._changes.age(shard, {part: lives[part] for part in piece})
        timers = [timer_of(member, due) for of in made.timers.values() for member, due in of.items()]
        fence = Fence(self._source.epoch, _closed(seen).version, made.offsets)
        await self._write(shard, Write(seen=seen, fence=fence, timers=timers))

    async def _write(self, shard: int, write: Write) -> bytes:
        if not await self._source.store.apply(shard, write):
            raise StoreAway(f"shard {shard} is filled by another one at the same time")
        headway.made()
        return encode_fence(write.fence)


def _closed(seen: bytes) -> Fence:
    """What follows a fence while the shard is filled."""
    version = msgspec.msgpack.decode(seen, type=Fence).version if seen else 0
    return Fence(RESTORING, version + 1)


def _is_further(offsets: Mapping[str, int], known: Mapping[str, int]) -> bool:
    return any(last > known.get(topic, -1) for topic, last in offsets.items())


def tallies_of(parts: Mapping[PartKey, bytes]) -> Counter[str]:
    """What these records add to the tallies of their shard."""
    tallies: Counter[str] = Counter()
    for (maison, _), value in parts.items():
        tallies.update(moved(maison, (), cells_of(records.decode(value))))
    return tallies


def refused_in(parts: Mapping[PartKey, bytes], now: float) -> list[Denial]:
    """What these clients have limited or refused: where alerts are delivered the markers alone say it."""
    said = {part: records.slice_of(records.decode(value), "consent") for part, value in parts.items()}
    return [denial for part, one in said.items() for denial in denials_in(part, one, now)]


def members_of(parts: Mapping[PartKey, bytes], now: float) -> dict[str, int]:
    """The segments that these records are in; since when is lost, so from now."""
    return {
        membership(maison, segment, oid): int(now)
        for (maison, oid), value in parts.items()
        for segment in records.slice_of(records.decode(value), "segments").held
    }
