"""The lane of one shard: read, compute, produce, apply; then the slice is acknowledged.

Decisions are pure (`agents.personalise`); here their effects are performed in the only safe order.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from time import perf_counter, thread_time
from typing import TypeVar

import msgspec

from agents.effects import Effects
from agents.plan import Context, Keyring, Plan, Raw, closed, plan
from agents.registry import WAKES
from feature_store.denials import Denials
from feature_store.redis_store import DUE_AT_ONCE
from feature_store.store import Fence, PartKey, Store, StoreAway, Timer, View, Write, encode_fence
from schemas.events.client import ClientErase
from streams import gaps, isolate, outbox, topics
from streams.epochs import UnknownEpoch, another
from streams.keys import Fresh, Keys
from streams.metrics import Metrics
from streams.pace import Pace
from streams.patience import patiently
from streams.produce import Message, Producer
from streams.restoring import RESTORING
from streams.telling import aside, messages_of, reason_class, tell_broken
from streams.transport import Record, Slice

REFUSALS = 20
"""Refused writes of one slice after which something is wrong that reading again does not mend."""

CATCHES_UP = 60.0
"""Seconds that timers wait for what stood in the log when a lane began. What is most urgent is read first;
and where a topic ends in what is no record, nothing tells that its end is reached."""

SOON = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
"""Seconds between looks for a key that was told a moment before: the lane that keeps it is on its way."""

ERASING = frozenset({topics.DECLARATIONS, topics.REPLAY})
"""Topics that may tell of an erasure."""

log = logging.getLogger(__name__)
T = TypeVar("T")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What the lanes of one worker share. `context` gives the newest context; `clock` Unix seconds."""

    store: Store
    producer: Producer
    context: Callable[[], Context]
    brokers: str
    group: str
    epoch: str
    metrics: Metrics
    clock: Callable[[], float]
    keys: Callable[[], Keys]
    caught_up: Callable[[], Awaitable[None]]
    """Returns when the keyring has all that `client.keys` holds now. Raises `StoreAway`."""
    restore: Callable[[int, float], Awaitable[int | None]]
    """Fills a shard from its checkpoint where that has more than the store; given the time."""
    denials: Denials
    pace: Pace


class Shard:
    """One shard's lane. Only one task drives it."""

    def __init__(self, shard: int, line: Line) -> None:
        self._shard, self._line = shard, line
        self._raw: bytes | None = None  # the fence as this lane knows it; None before the first look
        self._fence = Fence(line.epoch)
        self._keys = line.keys()
        self._rung = float("-inf")  # until when all that was due has been rung
        # Where topics ended when this lane began, as far as it has not come to that.
        self._unread: dict[str, int] = {}
        self._until = float("inf")  # when it no longer waits for that
        self._untold = True  # whoever had this shard before may have left something in its outbox
        self._owes = False  # whether a write of ours did, of which it is not known that it was told

    async def serve(self, slice: Slice) -> None:
        """Applies a slice exactly once, whatever happened to it before."""
        await self._started()
        await self._serve(slice.topic, slice.records)
        if slice.topic != topics.REPLAY:
            sent = slice.records[0].timestamp / 1000
            self._line.metrics.tell_age(slice.topic, len(slice.records), self._line.clock() - sent)

    async def tick(self, now: float) -> None:
        """Tells what earlier writes decided, makes good what a store lost, serves timers that are due.

        Not before what happened while nobody served the shard: a card that was accepted then, or a cart that
        was bought, would be told of as what nobody answered, or as left.
        """
        await self._started()
        await self._tell_outbox()
        view = await self._patiently(lambda: self._line.store.read(self._shard, (), (), now))
        if view.raw != self._raw:
            await self._adopt(view)
            return
        self._owes = self._owes and self._untold  # what was to be told is, and nothing was lost meanwhile
        if self._is_behind(now):
            return
        if not view.due:
            self._rung = now
            return
        parts = list({(t.maison, t.oid): None for t in view.due})
        again = await self._patiently(lambda: self._line.store.read(self._shard, parts, parts))
        if again.raw != self._raw:
            await self._adopt(again)
            return
        others = await self._others(again, parts)
        keys, fresh = await self._keys_for(parts, others)
        effects = isolate.rung(view.due, again, others, now, self._line.context(), keys)
        if await self._perform(
            effects, [*fresh.messages, *messages_of(effects, self._keys.known)], again, {}
        ):
            self._keys.settle(fresh)
            self._rang(view.due, now)
            self._tell_decided(effects)

    async def _started(self) -> None:
        """At the first look: take over the fence, and read again what the store does not know of."""
        if self._raw is not None:
            return
        view = await self._patiently(lambda: self._line.store.read(self._shard, ()))
        await self._adopt(view)
        line, applied = self._line, self._fence.offsets
        log = await gaps.going_on(line.brokers, line.group, topics.TIERS, self._shard, applied)
        await self._make_good({topic: goes_on for topic, (goes_on, _) in log.items()})
        self._unread = {topic: end for topic, (goes_on, end) in log.items() if goes_on < end}
        self._unread.pop(topics.REPLAY, None)  # of long ago, and it wakes nobody
        self._until = line.clock() + CATCHES_UP

    def _is_behind(self, now: float) -> bool:
        """Whether something that stood in the log when this lane began is still to be served."""
        known = self._fence.offsets
        waits = {topic: end for topic, end in self._unread.items() if known.get(topic, -1) + 1 < end}
        self._unread = waits if now < self._until else {}
        return bool(self._unread)

    async def _adopt(self, view: View) -> None:
        """Takes over a fence that this lane did not write; what a store has lost is made good."""
        applied = self._fence.offsets
        await self._take(await self._restored() if _is_empty(view) else view)
        await self._make_good({topic: last + 1 for topic, last in applied.items()})

    async def _take(self, view: View) -> None:
        fence = view.fence or Fence(self._line.epoch)
        if fence.epoch != self._line.epoch:
            raise UnknownEpoch(another(f"shard {self._shard} of the store", fence.epoch, self._line.epoch))
        self._raw, self._fence = view.raw, fence

    async def _restored(self) -> View:
        """The shard after it was filled from its checkpoint, where that has more than the store.

        A store that lost records lost salts too: drawn anew they would not open what the checkpoint has.
        """
        line = self._line
        await self._patiently(line.caught_up)
        await self._patiently(lambda: line.restore(self._shard, line.clock()))
        self._rung = line.clock()  # what it is filled with was rung, or could not be
        return await self._patiently(lambda: line.store.read(self._shard, ()))

    async def _make_good(self, ends: Mapping[str, int]) -> None:
        """Reads again what the store has not applied before these offsets (the next per topic).

        Where the log has lost some of that too, the shard is filled from its checkpoint first.
        """
        if not (missing := self._missing(ends)):
            return
        log = await gaps.ends(self._line.brokers, missing, self._shard)
        if any(start < log[topic][0] for topic, (start, _) in missing.items()):
            await self._take(await self._restored())
            missing = self._missing(ends)
        for topic, (start, end) in sorted(missing.items(), key=lambda one: told_in(one[0])):
            await self._read_again(topic, start, end)

    def _missing(self, ends: Mapping[str, int]) -> dict[str, tuple[int, int]]:
        starts = {topic: self._fence.offsets.get(topic, -1) + 1 for topic in ends}
        return {topic: (starts[topic], end) for topic, end in ends.items() if starts[topic] < end}

    async def _read_again(self, topic: str, start: int, end: int) -> None:
        """Makes the records again and tells nobody: what was told then was flushed before it was applied.

        But for what is told after: of that, all of it where this lane still owed some, under the same ids.
        """
        log.warning("shard %d reads %s again from %d to %d", self._shard, topic, start, end)
        self._line.metrics.gap_reread_total.inc()
        async for records in gaps.read_between(self._line.brokers, topic, self._shard, start, end):
            await self._serve(topic, records, told=True)

    async def _serve(self, topic: str, raws: Sequence[Record], told: bool = False) -> None:
        for _ in range(REFUSALS):
            last = self._fence.offsets.get(topic, -1)
            fresh = raws if raws[0].offset > last else [r for r in raws if r.offset > last]
            self._count(topic, "skipped", len(raws) - len(fresh))
            if not fresh or await self._attempt(topic, fresh, told):
                return
        raise StoreAway(f"shard {self._shard}: {REFUSALS} writes in a row were refused: is it served twice?")

    async def _attempt(self, topic: str, raws: Sequence[Record], told: bool) -> bool:
        line, stage = self._line, self._line.metrics.slice_seconds.labels
        silent = topic == topics.REPLAY
        now, began = line.clock(), perf_counter()
        ctx = line.context()
        if sealed := closed(raws, ctx):
            await self._patiently(lambda: self._keys.look_up(sealed))
        planned = plan(raws, now, WAKES.keys(), ctx, self._keys.known)
        if planned.locked:
            planned = await self._unlocked(planned, raws, now, ctx)
        read = perf_counter()
        view = await self._patiently(lambda: line.store.read(self._shard, planned.parts, planned.waking))
        if view.raw != self._raw:
            await self._adopt(view)
            return False
        others = await self._others(view, planned.waking) if planned.waking and not silent else {}
        if topic in ERASING and (gone := [t.part for t in planned.touches if type(t.event) is ClientErase]):
            await self._patiently(partial(self._keys.complete, gone))
        keys, fresh = await self._keys_for(planned.keyed, others)
        computed, busy = perf_counter(), thread_time()
        planned, effects = isolate.applied(planned, raws, view, others, now, ctx, silent, keys)
        decided, busy = perf_counter(), thread_time() - busy
        stage("decode").observe(read - began)
        stage("read").observe(computed - read)
        stage("decide").observe(decided - computed)
        line.pace.computed(topic, len(raws), busy)
        offsets = {topic: raws[-1].offset}
        since = raws[0].timestamp / 1000
        messages = (
            []
            if told
            else [*messages_of(effects, self._keys.known, since), *aside(planned, topic, self._shard)]
        )
        if not await self._perform(effects, [*fresh.messages, *messages], view, offsets, told):
            return False
        self._keys.settle(fresh)
        self._keys.forget((*effects.erased, *planned.erased))
        self._tell(topic, raws, planned, effects)
        return True

    async def _keys_for(
        self, keyed: Sequence[PartKey], others: Mapping[PartKey, bytes | None]
    ) -> tuple[Keyring, Fresh]:
        """The keys of parts whose personal slices are read or written; those that have none get one."""
        if not keyed:
            return {}, Fresh(keys={}, messages=[])
        await self._patiently(lambda: self._keys.look_up([*keyed, *others]))
        fresh = self._keys.draw(dict.fromkeys(keyed))
        known = {part: self._keys.known.get(part) for part in (*keyed, *others)}
        return known | fresh.keys, fresh

    async def _unlocked(self, planned: Plan, raws: Sequence[Raw], now: float, ctx: Context) -> Plan:
        """Plans again with keys that were not at hand: they were stored before what they sealed."""
        for pause in (0.0, *SOON, None):
            if pause is None:
                await self._patiently(self._line.caught_up)
            else:
                await asyncio.sleep(pause)
            locked = planned.locked
            self._keys.forget(locked)
            await self._patiently(partial(self._keys.look_up, locked))
            planned = plan(raws, now, WAKES.keys(), ctx, self._keys.known)
            if not planned.locked:
                break
        return planned

    async def _tell_outbox(self) -> None:
        """Sends what stands in the outbox, then takes it out; killed in between, it is sent again."""
        while self._untold:
            kept = await self._patiently(lambda: self._line.store.outbox(self._shard))
            if not kept:
                self._untold = False
                return
            await self._line.producer.send([outbox.message(entry) for entry in kept])
            fence = Fence(self._line.epoch, self._fence.version + 1, self._fence.offsets)
            write = Write(seen=self._raw or b"", fence=fence, told=len(kept))
            if not await self._written(write):
                return

    async def _others(self, view: View, waking: Sequence[PartKey]) -> Mapping[PartKey, bytes | None]:
        wanted = {(p[0], oid) for p in waking for oid in view.links[p]} - view.parts.keys()
        if not wanted:
            return {}
        return await self._patiently(lambda: self._line.store.peek(list(wanted)))

    async def _perform(
        self,
        effects: Effects,
        messages: Sequence[Message],
        view: View,
        offsets: Mapping[str, int],
        told_before: bool = False,
    ) -> bool:
        """Produce, flush, apply. A flush that fails leaves the process: nothing was acknowledged."""
        began = perf_counter()
        if effects.denials:
            await self._patiently(lambda: self._line.denials.deny(effects.denials))
        if messages:
            await self._line.producer.send(messages)
        produced = perf_counter()
        fence = Fence(self._line.epoch, self._fence.version + 1, {**self._fence.offsets, **offsets})
        told = [] if told_before and not self._owes else outbox.entries(effects, self._line.clock())
        self._owes = self._owes or bool(told)
        written = await self._written(effects.write(view.raw, fence, told))
        self._untold = self._untold or bool(told)
        stage = self._line.metrics.slice_seconds.labels
        stage("produce").observe(produced - began)
        stage("apply").observe(perf_counter() - produced)
        return written

    async def _written(self, write: Write) -> bool:
        """Applies a write; refused, the lane takes over the fence it finds."""
        if await self._patiently(lambda: self._line.store.apply(self._shard, write)):
            self._raw, self._fence = encode_fence(write.fence), write.fence
            return True
        self._line.metrics.apply_refused_total.inc()
        await self._adopt(await self._patiently(lambda: self._line.store.read(self._shard, ())))
        return False

    async def _patiently(self, call: Callable[[], Awaitable[T]]) -> T:
        return await patiently(call, self._line.metrics.redis_errors_total.labels("personalise").inc)

    def _count(self, topic: str, outcome: str, count: int) -> None:
        if count:
            self._line.metrics.events_total.labels(topic, outcome).inc(count)

    def _rang(self, due: Sequence[Timer], now: float) -> None:
        """What an old event set was due before it could be rung: it is late since the last look at most."""
        self._line.metrics.timers_due_total.inc(len(due))
        for timer in due:
            self._line.metrics.timers_late_seconds.observe(max(0.0, now - max(timer.due, self._rung)))
        if len(due) < DUE_AT_ONCE:
            self._rung = now

    def _tell(self, topic: str, raws: Sequence[Record], planned: Plan, effects: Effects) -> None:
        metrics = self._line.metrics
        duplicates = effects.counts["duplicate"]
        metrics.slices.inc()
        self._count(topic, "applied", len(planned.touches) - duplicates - effects.counts["erased"])
        self._count(topic, "duplicate", duplicates)
        self._count(topic, "dead", len(planned.dead))
        self._count(topic, "erased", len(planned.erased) + effects.counts["erased"])
        self._count(topic, "rekeyed", len(planned.rekeyed))
        for dead in planned.dead:
            metrics.dead_letters_total.labels("personalise", reason_class(dead.reason)).inc()
        self._tell_decided(effects)
        if effects.alerts:
            since = self._line.clock() - raws[0].timestamp / 1000
            metrics.event_to_alert_seconds.labels("decided").observe(max(0.0, since))

    def _tell_decided(self, effects: Effects) -> None:
        metrics = self._line.metrics
        for kind, count in effects.oddities.items():
            metrics.oddities_total.labels(kind).inc(count)
        for (guard, action), count in effects.vetoes.items():
            metrics.guard_blocks_total.labels(guard, action).inc(count)
        tell_broken(metrics, effects.broken)


def _is_empty(view: View) -> bool:
    """Whether nothing was ever written, or the shard was left while it was being filled."""
    return view.fence is None or view.fence.epoch == RESTORING


def told_in(topic: str) -> int:
    """The order in which topics are read again: what clients have declared before what was decided with it,
    and what people answered after what was told them."""
    return {topics.DECLARATIONS: 0, topics.FEEDBACK: 2}.get(topic, 1)
