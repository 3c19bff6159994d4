"""A lane that reads again what its store has lost: links, inboxes, what models learned.

After each slice the lane's seal is written beside its effects. A store that comes back without its last
writes (a failover, a restart without its file) comes back with an older seal: what lies between is served
again, in order, before anything is written. The lane within skips by its own fences what had survived.
On a cluster this sees a loss of the node that holds the seal.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from feature_store.seals import Seal, Seals
from feature_store.store import StoreAway
from streams import gaps
from streams.epochs import UnknownEpoch, another
from streams.metrics import Metrics
from streams.patience import patiently
from streams.transport import Slice

LOOK = 5.0
"""Seconds between two looks at the seal while nothing comes in."""

log = logging.getLogger(__name__)


class Inner(Protocol):
    """The lane within. It may be given any slice again, and raises `StoreAway`."""

    async def serve(self, slice: Slice, sound: Awaitable[object]) -> None:
        """Returns when the effects of the slice stand. It may read before `sound` is done, and then writes
        only where nothing has changed since; it awaits `sound` before its first effect.
        """
        ...

    async def tick(self, now: float) -> None:
        """Called now and then."""
        ...


class Sealed:
    """One partition's lane around `lane`."""

    def __init__(
        self,
        lane: Inner,
        seals: Seals,
        *,
        name: str,
        topic: str,
        partition: int,
        brokers: str,
        epoch: str,
        metrics: Metrics,
    ) -> None:
        self._lane, self._seals = lane, seals
        self._name, self._topic, self._partition = name, topic, partition
        self._brokers, self._epoch, self._metrics = brokers, epoch, metrics
        self._end: int | None = None  # the next offset to be served; None before the first look
        self._looked = 0.0
        self._failed: Callable[[], None] = metrics.redis_errors_total.labels(name).inc

    async def serve(self, slice: Slice) -> None:
        """Serves what was lost, then the slice; as one, again and again while the store is away."""
        await patiently(partial(self._serve, slice), self._failed)

    async def tick(self, now: float) -> None:
        """Looks for a loss while nothing comes in."""
        if 0 <= now - self._looked < LOOK:  # a clock that is set back stops no look
            return
        self._looked = now
        if self._end is None:
            seal = await patiently(self._sound, self._failed)
            applied = {self._topic: seal.offset} if seal.offset >= 0 else {}
            known = await gaps.going_on(self._brokers, self._name, [self._topic], self._partition, applied)
            self._end, _ = known[self._topic]
        await patiently(partial(self._make_good, self._end), self._failed)
        await patiently(partial(self._lane.tick, now), self._failed)

    async def _serve(self, slice: Slice) -> None:
        sound = asyncio.ensure_future(self._make_good(slice.records[0].offset))
        try:
            await self._lane.serve(slice, sound)
            stands = await sound
        finally:
            sound.cancel()
        await self._seal(slice.records[-1].offset, stands)

    async def _sound(self) -> Seal:
        """The seal that stands. Raises `UnknownEpoch`."""
        seal = await self._seals.read(self._name, self._partition, self._epoch)
        if seal.epoch != self._epoch:
            what = f"{self._name} of partition {self._partition}"
            raise UnknownEpoch(another(what, seal.epoch, self._epoch))
        return seal

    async def _make_good(self, until: int) -> Seal:
        """Serves again what the store has lost before this offset; the seal that stands then."""
        seal = await self._sound()
        start = seal.offset + 1
        if start >= until:
            return seal
        log.warning("%s reads %s again from %d to %d", self._name, self._topic, start, until)
        self._metrics.gap_reread_total.inc()
        pieces = gaps.read_between(self._brokers, self._topic, self._partition, start, until)
        async for records in pieces:
            again = Slice(self._topic, self._partition, records)
            await self._lane.serve(again, _already())
            seal = await self._seal(records[-1].offset, seal)
        return await self._seal(until - 1, seal)

    async def _seal(self, last: int, stands: Seal) -> Seal:
        """Written only where what it was read after still stands: what was lost meanwhile is served again."""
        seal = Seal(self._epoch, last)
        if not await self._seals.write(self._name, self._partition, seal, stands):
            raise StoreAway(f"{self._name}: the store has lost what was written a moment ago")
        self._end = max(self._end or 0, last + 1)
        return seal


async def _already() -> None:
    """What lies before is being made good in order."""
