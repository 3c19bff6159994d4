"""A line in memory: a recording is decided on its own clock, and nothing is written or told anywhere."""

from collections.abc import Mapping
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from agents.effects import Effects
from agents.identify import Nodes, identify
from agents.personalise import personalise
from agents.plan import Context, plan
from agents.registry import WAKES
from feature_store.memory_store import MemoryStore
from feature_store.store import NEVER, Fence, PartKey, Timer
from schemas.alerts import Alert, AlertChange
from schemas.codec import decode
from schemas.key import key_of_event

SHARD = 0


class Raw(NamedTuple):
    """An event as its topic would hold it."""

    offset: int
    key: bytes
    value: bytes


class Rehearsal:
    """What a line with this context decides. `alerts`: the first revision of each, by id.

    Verdicts of the recording count where the same alert is there: an alert's id is its event and its inbox.
    """

    def __init__(self, context: Context) -> None:
        self.alerts: dict[str, Alert] = {}
        self._context = context
        self._store = MemoryStore(lambda key: SHARD)
        self._nodes: Nodes = {}
        self._stated, self._offsets, self._version = count(), count(), 0
        self._now = 0.0
        self._timers: dict[str, Timer] = {}
        self._waiting: list[tuple[float, str]] = []

    async def take(self, value: bytes, at: float) -> None:
        """One event, as it stands in the recording; what is due before it is served first."""
        await self.until(at)
        oid = key_of_event(decode(value), self._context.pepper)
        if oid is None:
            return
        planned = plan(
            [Raw(next(self._offsets), oid.encode(), value)], self._now, WAKES.keys(), self._context
        )
        seen = await self._store.read(SHARD, planned.parts, planned.waking)
        others = await self._others(seen.links, seen.parts)
        effects = personalise(planned.touches, (), seen, others, self._now, self._context)
        await self._perform(seen.raw, effects)

    async def until(self, at: float) -> None:
        """Time passes, timers are served when they are due."""
        while self._waiting and self._waiting[0][0] <= at:
            due, member = heappop(self._waiting)
            timer = self._timers.get(member)
            if timer is None or timer.due != due:  # set anew since, or dropped
                continue
            self._now = max(self._now, due)
            parts = [(timer.maison, timer.oid)]
            seen = await self._store.read(SHARD, parts, parts)
            others = await self._others(seen.links, seen.parts)
            await self._perform(seen.raw, personalise((), [timer], seen, others, self._now, self._context))
        self._now = max(self._now, at)

    async def _others(
        self, links: Mapping[PartKey, tuple[str, ...]], held: Mapping[PartKey, bytes | None]
    ) -> Mapping[PartKey, bytes | None]:
        wanted = {(part[0], other) for part, others in links.items() for other in others} - held.keys()
        return await self._store.peek(list(wanted))

    async def _perform(self, seen: bytes, effects: Effects) -> None:
        for _, change in effects.alerts:
            if isinstance(change, AlertChange) and change.alert.revision == 1:
                self.alerts[change.alert.id] = change.alert
        self._version += 1
        await self._store.apply(SHARD, effects.write(seen, Fence("rehearsal", self._version)))
        for member in effects.dropped:
            self._timers.pop(member, None)
        for member, timer in effects.timers.items():
            if timer.due < NEVER:
                self._timers[member] = timer
                heappush(self._waiting, (timer.due, member))
        for stated in effects.links:
            linked = identify([(next(self._stated), stated)], self._nodes)
            await self._store.link(linked.links)
