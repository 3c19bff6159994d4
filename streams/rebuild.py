"""Records made again beside the live ones, compared with them, and put in their place where they differ.

Workers go on meanwhile. A shard is made again in memory, from its checkpoint and the log; then, piece by
piece, its records are read with their fence, what was made is advanced to that very fence, and the two are
compared. What differs is written under the same fence: if a worker has written since, the write is refused,
and the piece is read and compared again.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import msgspec

from agents.plan import context
from feature_store.changes import Changes
from feature_store.checkpoint import cipher_of
from feature_store.compare import Report, compared, readable
from feature_store.keyring import Keyring
from feature_store.redis_sweep import part_keys
from feature_store.seals import Seals
from feature_store.store import Fence, PartKey, Timer, View, Write, timer_of
from schemas.wording import many
from streams import gaps, topic_admin, topics
from streams.epochs import another
from streams.keeping import caught_up
from streams.keys import Keys
from streams.logs import say
from streams.rebuilding import Rebuilt, Source, rebuilt
from streams.restoring import RESTORING, Restoring, members_of, tallies_of
from streams.serve import servers
from streams.settings import Settings
from streams.starting_over import RebuildError

PIECE = 200
"""Records compared, and written where they differ, at once."""
BREATH = 0.1
"""Seconds a shard's worker has for itself after a write of ours, which makes it compute its slice again."""
SOON = 60.0
"""Seconds within which a timer may be served while it is looked for: it is not missed."""
REFUSALS = 100
"""Writes in a row that a busy worker may be ahead of us with before we ask to come back later."""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """`repair`: write what differs. `log_only`: do without checkpoints, for features that were mended."""

    repair: bool = False
    log_only: bool = False


async def rebuild(settings: Settings, ask: Made) -> int:
    """Compares, and repairs if asked to; a line per shard on stderr. 0 if the store is, or now is, right.

    Raises `RebuildError`, `TopicError`, `KafkaAway`, `StoreAway`, `Unopened`, `NewerRecord`.
    """
    async with _desk(settings, ask) as desk:
        wrong = [shard for shard in range(desk.shards) if not await desk.see(shard)]
    if not wrong:
        say(f"{desk.shards} shards are right")
        return 0
    told = f"{len(wrong)} of {desk.shards} shards"
    if ask.repair:
        say(f"{told} could not be made right: run it again, or see what is said above")
    else:
        say(f"{told} differ; nothing was written: `prevenance rebuild --yes` mends them")
    return 1


@asynccontextmanager
async def _desk(settings: Settings, ask: Made) -> AsyncIterator["_Desk"]:
    async with AsyncExitStack() as stack:
        made = servers(settings, stack)
        shards = await asyncio.to_thread(topic_admin.shards_of, made.brokers)
        given = context(made.maisons, made.pepper, {})
        keys_epoch = await asyncio.to_thread(topic_admin.epoch_of, made.brokers, [topics.KEYS])
        source = Source(
            brokers=made.brokers,
            epoch=await asyncio.to_thread(topic_admin.epoch_of, made.brokers, topics.TIERS),
            cipher=None if ask.log_only else cipher_of(made.master),
            store=made.store(shards),
            context=lambda: given,
            keys=partial(Keys, Keyring(made.redis), made.master),
            caught_up=partial(caught_up, made.brokers, Seals(made.redis), keys_epoch),
        )
        yield _Desk(source, Changes(made.redis), ask, shards)


class _Desk:
    """What one run works with."""

    def __init__(self, source: Source, changes: Changes, ask: Made, shards: int) -> None:
        self._source, self._changes, self._ask, self.shards = source, changes, ask, shards

    async def see(self, shard: int) -> bool:
        """Whether a shard is right, after repair where that was asked for."""
        began = time.monotonic()
        view = await self._source.store.read(shard, ())
        if view.fence is None or view.fence.epoch == RESTORING:
            return await self._see_empty(shard, view)
        if view.fence.epoch != self._source.epoch:
            raise RebuildError(another(f"shard {shard} of the store", view.fence.epoch, self._source.epoch))
        async with rebuilt(shard, self._source) as made:
            report = Report()
            await self._compare_all(made, report)
            self._tell_cut(made)
        say(f"shard {shard}: {report.line()}, {time.monotonic() - began:.1f} s")
        return report.wrong == (report.written if self._ask.repair else 0)

    async def _see_empty(self, shard: int, view: View) -> bool:
        if view.fence is None and await self._untouched(shard):
            say(f"shard {shard}: nothing has come yet")
            return True
        if not self._ask.repair:
            say(f"shard {shard}: the store is empty; a worker fills it at its start, or --yes does")
            return False
        if self._ask.log_only:  # opened again as empty, so that a worker does not look for a checkpoint
            closed = Fence(RESTORING, _next(view).version)
            if not await self._source.store.apply(shard, Write(seen=view.raw, fence=closed)):
                return False
        filled = await Restoring(self._source, self._changes).restore(shard, time.time(), lossy=True)
        say(f"shard {shard}: {filled or 0:,} parts written; a worker applies the rest of the log")
        return True

    async def _untouched(self, shard: int) -> bool:
        """Whether no event was ever written to a shard. Raises `KafkaAway`."""
        log = await gaps.ends(self._source.brokers, topics.TIERS, shard)
        return not any(end for _, end in log.values())

    async def _compare_all(self, made: Rebuilt, report: Report) -> None:
        """Piece by piece: what either has, until nothing new has come meanwhile."""
        seen: set[PartKey] = set()
        await self._piece(made, (), report)
        async for known in part_keys(self._changes.redis, made.shard):
            for start in range(0, len(known), PIECE):
                await self._piece(made, known[start : start + PIECE], report)
            seen.update(known)
        while rest := [part for part in made.parts if part not in seen]:
            for start in range(0, len(rest), PIECE):
                await self._piece(made, rest[start : start + PIECE], report)
            seen.update(rest)

    async def _piece(self, made: Rebuilt, parts: Sequence[PartKey], report: Report) -> None:
        for _ in range(REFUSALS):
            view = await self._source.store.read(made.shard, parts)
            await self._advance(made, view)
            now = time.time()
            right = {
                part: made.parts[part] for part in parts if part in made.parts and made.lives(part, now) > 0
            }
            await made.keys.look_up(parts)
            opening = {part: made.keys.known.get(part) for part in parts}
            found, wrong = compared(view.parts, right, now, opening, extra=not self._ask.log_only)
            lost = await self._lost(made, view, wrong, now + SOON)
            found.timers = len(lost)
            if not (wrong or lost) or not self._ask.repair:
                break
            if await self._mend(made.shard, view, right, wrong, lost):
                found.written = len(wrong) + len(lost)
                await asyncio.sleep(BREATH)
                break
        else:
            raise RebuildError(f"shard {made.shard} is too busy to be written to now: try again later")
        report.add(found)

    async def _lost(self, made: Rebuilt, view: View, wrong: Sequence[PartKey], later: float) -> list[Timer]:
        """Timers that should wait and do not, of parts that are as they were made, or are to be written.

        What a lane decided another time has other timers; those of such a part are left alone.
        """
        parts = [p for p, value in view.parts.items() if p in wrong or value == made.parts.get(p)]
        wanted = {m: due for p in parts for m, due in made.timers.get(p, {}).items() if due > later}
        live = await self._changes.timers(made.shard, list(wanted))
        lost = [timer_of(m, due) for m, due in wanted.items() if live[m] is None]
        if not lost:
            return []
        again = await self._source.store.read(made.shard, list(view.parts))
        return [t for t in lost if again.parts[t.maison, t.oid] == view.parts[t.maison, t.oid]]

    async def _advance(self, made: Rebuilt, view: View) -> None:
        if view.fence is None or view.fence.epoch != self._source.epoch:
            raise RebuildError(f"shard {made.shard} of the store was emptied meanwhile: run it again")
        await made.advance(view.fence.offsets)

    async def _mend(
        self,
        shard: int,
        view: View,
        right: Mapping[PartKey, bytes],
        wrong: Sequence[PartKey],
        lost: Sequence[Timer],
    ) -> bool:
        put = {part: right[part] for part in wrong if part in right}
        was = {part: value for part in wrong if (value := view.parts[part]) is not None and readable(value)}
        tallies = tallies_of(put)
        tallies.subtract(tallies_of(was))
        left, entered = members_of(was, 0.0), members_of(put, time.time())
        write = Write(
            seen=view.raw,
            fence=_next(view),
            parts=put,
            gone=[part for part in wrong if part not in right],
            timers=lost,
            members={name: entered.get(name, 0) for name in entered.keys() ^ left.keys()},
            tallies={name: n for name, n in tallies.items() if n},
        )
        return await self._source.store.apply(shard, write)

    def _tell_cut(self, made: Rebuilt) -> None:
        if made.older:
            say(
                f"shard {made.shard}: made by the log alone, since its checkpoint is of an older version: "
                f"{many(len(made.older), 'record')}"
            )
        for topic, low in made.cut.items():
            since = "what its checkpoint holds" if made.marked and not made.older else "its first event"
            say(f"shard {made.shard}: the log of {topic} begins at {low}, after {since}: the rest is lost")


def _next(view: View) -> Fence:
    """The same offsets, another version: whoever has computed from what it replaces is refused."""
    fence = view.fence or Fence("")
    return Fence(fence.epoch, fence.version + 1, fence.offsets)
