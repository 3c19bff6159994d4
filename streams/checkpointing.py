"""Checkpoints: what changed in the records of each shard is published, sealed, every so often.

It runs beside the lanes and reads with their fence, so each record goes out with the offsets as of which it
is true. Killed anywhere, the next owner of the shard goes on with what Redis still names as changed.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping, Sequence

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from feature_store.changes import Changes, part_named, stored_name
from feature_store.checkpoint import NONCE, Kept, Mark, Waiting, mark_name, part_name, sealed
from feature_store.redis_sweep import part_keys
from feature_store.store import Fence, Store, StoreAway
from streams import topics
from streams.metrics import Metrics
from streams.produce import KafkaAway, Message, Producer

PIECE = 200
"""Records published at once."""
REFUSED = 5.0
"""Seconds until a shard whose piece was refused has its turn again."""
PAUSE = 0.1
"""Seconds between two pieces: a worker publishes two thousand records a second at most."""

log = logging.getLogger(__name__)


def _message(name: str, value: bytes | None, shard: int) -> Message:
    return Message(topic=topics.CHECKPOINT, key=name.encode(), value=value, partition=shard)


class Checkpointing:
    """Publishes the changes of the shards that this worker owns.

    `epoch`: of the inbound log; `log`: of the checkpoint topic. `every`: seconds between two checkpoints of a
    shard, and the time a new owner waits before its first: what an earlier one had under way has arrived by
    then, or never will.
    """

    def __init__(
        self,
        store: Store,
        changes: Changes,
        producer: Producer,
        cipher: AESGCM,
        *,
        epoch: str,
        log: str,
        every: float,
        metrics: Metrics,
        clock: Callable[[], float],
    ) -> None:
        self._store, self._changes, self._producer, self._cipher = store, changes, producer, cipher
        self._epoch, self._log, self._every = epoch, log, every
        self._metrics, self._clock = metrics, clock
        self._owner = os.urandom(8).hex()
        self._next: dict[int, float] = {}
        """When the turn of each owned shard is: to be taken over, then for its next checkpoint."""
        self._taken: set[int] = set()
        self._marked: dict[int, float] = {}
        self._seen: dict[int, Mapping[str, int]] = {}
        """How far each shard was when it was last looked at."""

    async def run(self, shards: Callable[[], Sequence[int]]) -> None:
        """Publishes for ever; what Redis or Kafka refuse is tried again later.

        `shards`: those that this worker owns and whose store it has made good, or what an older store holds
        would stand for what the log may not have any more.
        """
        while True:
            await asyncio.sleep(min(PAUSE, self._every))
            try:
                await self.step(shards())
            except StoreAway:
                self._metrics.redis_errors_total.labels("checkpoint").inc()
            except KafkaAway as error:
                self._metrics.kafka_errors_total.labels("checkpoint").inc()
                log.warning("no checkpoint could be published: %s", error)
            except Exception as error:  # alerts go on; the age of the checkpoints tells
                log.error("no checkpoint could be made: %s", type(error).__name__)

    async def step(self, shards: Sequence[int]) -> None:
        """Takes the first shard whose turn it is over, or publishes a piece of it."""
        now = self._clock()
        for shard in self._next.keys() - set(shards):
            self._leave(shard)
        for shard in shards:
            self._next.setdefault(shard, now)
            self._marked.setdefault(shard, now)
        # A clock that is set back puts off no checkpoint by more than one interval.
        self._next = {shard: min(at, now + self._every) for shard, at in self._next.items()}
        self._marked = {shard: min(at, now) for shard, at in self._marked.items()}
        waits = [now - at for at in self._marked.values()]
        self._metrics.checkpoint_age_seconds.set(max(waits, default=0.0))
        due = min(self._next, key=self._next.__getitem__, default=None)
        if due is not None and self._next[due] <= now:
            try:
                await (self._publish(due) if due in self._taken else self._take_over(due))
            except Exception:
                self._next[due] = now + REFUSED  # what is refused may be of this shard alone
                raise

    async def _take_over(self, shard: int) -> None:
        if not await self._changes.own(shard, self._owner, self._log):
            await self._name_all(shard)
        self._taken.add(shard)
        self._rest(shard)

    def _leave(self, shard: int) -> None:
        del self._next[shard], self._marked[shard]
        self._taken.discard(shard)

    async def _name_all(self, shard: int) -> None:
        """What is older than this topic is published once, as if it had changed."""
        async for parts in part_keys(self._changes.redis, shard):
            await self._changes.name(shard, [stored_name(shard, part) for part in parts])
        await self._changes.name(shard, await self._changes.all_timers(shard))
        await self._changes.named_all(shard, self._log)

    async def _publish(self, shard: int) -> None:
        if not self._is_sound(shard, (await self._store.read(shard, ())).fence):
            self._rest(shard)
            return
        since = await self._changes.begin(shard, self._owner)
        if since is None:
            self._leave(shard)
            return
        names = await self._changes.piece(shard, PIECE) if since else []
        if names:
            await self._publish_piece(shard, names)
        elif since:
            await self._publish_mark(shard, since)
        if not names:
            self._rest(shard)

    def _rest(self, shard: int) -> None:
        now = self._clock()
        self._next[shard], self._marked[shard] = now + self._every, now

    def _is_sound(self, shard: int, fence: Fence | None) -> bool:
        """Whether what the store holds is of this log, and no older than it was."""
        if fence is None or fence.epoch != self._epoch:
            return False
        if any(last > fence.offsets.get(topic, -1) for topic, last in self._seen.get(shard, {}).items()):
            return False
        self._seen[shard] = fence.offsets
        return True

    async def _publish_piece(self, shard: int, names: Sequence[str]) -> None:
        parts = {part: name for name in names if (part := part_named(name)) is not None}
        view = await self._store.read(shard, list(parts))
        if view.fence is None or not self._is_sound(shard, view.fence):
            return
        kept = {
            part_name(part): Kept(self._epoch, view.fence.offsets, value) if value is not None else None
            for part, value in view.parts.items()
        }
        members = [name for name in names if part_named(name) is None]
        timers = await self._changes.timers(shard, members)
        waiting = {m: Waiting(self._epoch, due) if due is not None else None for m, due in timers.items()}
        await self._producer.send(
            [self._sealed(name, what, shard) for name, what in {**kept, **waiting}.items()]
        )
        await self._changes.done(shard, self._owner, names)

    async def _publish_mark(self, shard: int, since: bytes) -> None:
        fence = msgspec.msgpack.decode(since, type=Fence)
        if fence.epoch == self._epoch:  # else it was begun while the shard was being made again
            mark = Mark(self._epoch, fence.offsets)
            await self._producer.send([self._sealed(mark_name(shard), mark, shard)])
        await self._changes.end(shard, self._owner, since)

    def _sealed(self, name: str, what: Kept | Waiting | Mark | None, shard: int) -> Message:
        value = sealed(self._cipher, name, what, os.urandom(NONCE)) if what is not None else None
        return _message(name, value, shard)
