"""A shard made again in memory: from its checkpoint, then by the log from there on, by the lanes' own code.

Nothing is told and nothing is written. What was decided is decided again as of when Kafka was given the
event, so that timers and open proposals come back as well.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agents.plan import Context, Keyring, Plan, closed, plan
from agents.registry import WAKES
from feature_store.checkpoint import Kept, Mark, Waiting, mark_name, opened, part_of
from feature_store.record import VERSION, version_of
from feature_store.redis_store import TTL
from feature_store.store import PartKey, Store, StoreAway, View, timer_of
from streams import gaps, isolate, topics
from streams.epochs import UnknownEpoch, another, resized
from streams.keys import Keys
from streams.tail import Logged, Tail


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What shards are made again from. `cipher` None: by the log alone, without checkpoints.

    `store` is asked for links and for parts of other shards, as they are now.
    """

    brokers: str
    epoch: str
    cipher: AESGCM | None
    store: Store
    context: Callable[[], Context]
    keys: Callable[[], Keys]
    caught_up: Callable[[], Awaitable[None]]
    """Returns when the keyring has all that `client.keys` holds now. Raises `StoreAway`."""


class Rebuilt:
    """One shard as of `offsets`, the last applied per topic.

    `kept`: when each part last changed, Unix seconds. `timers`: of each part, by member, when they are due.
    `marked`: whether a checkpoint was found. `older`: parts of which it has a record by an older version,
    which nobody reads: they are made by the log alone, as far back as it goes.
    """

    def __init__(self, shard: int, source: Source) -> None:
        self.shard = shard
        self.parts: dict[PartKey, bytes] = {}
        self.kept: dict[PartKey, float] = {}
        self.timers: dict[PartKey, dict[str, float]] = defaultdict(dict)
        self.offsets: dict[str, int] = {}
        self.marked = False
        self.older: set[PartKey] = set()
        self._only: tuple[Mapping[str, int], set[str]] = {}, set()
        """Up to where the log is read for these oids alone: all else the checkpoint knows."""
        self.keys = source.keys()
        self._source = source
        self._ahead: dict[str, dict[PartKey, Mapping[str, int]]] = defaultdict(dict)
        """By oid: parts that the checkpoint holds as of later offsets than its mark."""
        self._tail: Tail | None = None

    @property
    def cut(self) -> Mapping[str, int]:
        """Topics whose log begins after what the checkpoint holds, and where it begins."""
        return self._tail.cut if self._tail else {}

    async def _begin(self) -> None:
        if self._source.cipher is not None:
            await self._from_checkpoint(self._source.cipher)
        whole: dict[str, int] = dict(self.offsets)
        for parts in self._ahead.values():
            for offsets in parts.values():
                _raise(whole, offsets)
        if self.older:
            self._only = self.offsets, {oid for _, oid in self.older}
            self.offsets = {}
        await self.advance(whole)

    async def _from_checkpoint(self, cipher: AESGCM) -> None:
        held: dict[PartKey, Mapping[str, int]] = {}
        name, ours = mark_name(self.shard), self._source.epoch
        async for record in newest(self._source.brokers, self.shard):
            key = (record.key or b"").decode()
            part = part_of(key)
            if record.value is None:
                self._forget(key, part, held)
            elif part is not None:
                kept = opened(cipher, key, record.value, Kept)
                if kept.epoch != ours:
                    continue
                self._forget(key, part, held)
                if version_of(kept.record) < VERSION:
                    self.older.add(part)
                else:
                    self.parts[part], self.kept[part] = kept.record, record.timestamp / 1000
                    held[part] = kept.offsets
            elif key == name:
                mark = opened(cipher, key, record.value, Mark)
                if resized(mark.epoch, ours):
                    raise UnknownEpoch(another(f"the checkpoint of shard {self.shard}", mark.epoch, ours))
                if mark.epoch == ours:
                    self.offsets, self.marked = dict(mark.offsets), True
            elif not key.startswith("mark|"):
                waiting = opened(cipher, key, record.value, Waiting)
                if waiting.epoch == ours:
                    self._wait(key, waiting.due)
        for part, offsets in held.items():
            if any(last > self.offsets.get(topic, -1) for topic, last in offsets.items()):
                self._ahead[part[1]][part] = offsets

    def _forget(self, key: str, part: PartKey | None, held: dict[PartKey, Mapping[str, int]]) -> None:
        if part is None:
            self._wait(key, None)
        else:
            self.older.discard(part)
            for known in (self.parts, self.kept, held):
                known.pop(part, None)

    async def advance(self, offsets: Mapping[str, int]) -> None:
        """Applies the log up to and with these offsets. Raises `KafkaAway`, `NewerRecord`."""
        if not any(last > self.offsets.get(topic, -1) for topic, last in offsets.items()):
            return
        tail = self._tail or await self._follow()
        async for piece in tail.until({topic: last + 1 for topic, last in offsets.items()}):
            for silent in (False, True):
                records = [r for r in piece if (r.topic == topics.REPLAY) is silent]
                if records := [r for r in records if not self._is_known(r)]:
                    await self._apply(records, silent)
        _raise(self.offsets, offsets)

    async def _follow(self) -> Tail:
        start = {topic: self.offsets.get(topic, -1) + 1 for topic in topics.TIERS}
        self._tail = Tail(self._source.brokers, self.shard, start)
        await self._tail.begin()
        return self._tail

    def _is_known(self, record: Logged) -> bool:
        """Whether the checkpoint of the record's part was made after it."""
        oid = (record.key or b"").decode(errors="replace")
        marked, only = self._only
        if record.offset <= marked.get(record.topic, -1) and oid not in only:
            return True
        parts = self._ahead.get(oid)
        if not parts:
            return False
        alone = plan([record], record.timestamp / 1000, frozenset(), self._source.context())
        named = [*alone.parts, *alone.locked]
        return any(record.offset <= parts.get(part, {}).get(record.topic, -1) for part in named)

    async def _apply(self, records: Sequence[Logged], silent: bool) -> None:
        now, ctx, store = records[-1].timestamp / 1000, self._source.context(), self._source.store
        planned = await self._planned(records, now, ctx)
        links = await store.links(planned.waking) if planned.waking else {}
        view = View(b"", {part: self.parts.get(part) for part in planned.parts}, links)
        others = await self._others(view)
        keys = await self._keys_of([*planned.keyed, *others], planned.keyed)
        planned, effects = isolate.applied(planned, records, view, others, now, ctx, silent, keys)
        self.parts |= effects.parts
        self.kept |= dict.fromkeys(effects.parts, now)
        for member in effects.dropped:
            self._wait(member, None)
        for member, timer in effects.timers.items():
            self._wait(member, timer.due)

    async def _planned(self, records: Sequence[Logged], now: float, ctx: Context) -> Plan:
        await self.keys.look_up(closed(records, ctx))
        planned = plan(records, now, WAKES.keys(), ctx, self.keys.known)
        for wait in (False, True):
            if not planned.locked:
                break
            if wait:
                await self._source.caught_up()
            self.keys.forget(planned.locked)
            await self.keys.look_up(planned.locked)
            planned = plan(records, now, WAKES.keys(), ctx, self.keys.known)
        return planned

    async def _keys_of(self, parts: Sequence[PartKey], needed: Sequence[PartKey]) -> Keyring:
        """Keys of parts; those that are needed were stored before the lane applied what needs them."""
        await self.keys.look_up(parts)
        if any(part not in self.keys.known for part in needed):
            await self._source.caught_up()
            await self.keys.look_up(parts)
        if any(part not in self.keys.known for part in needed):
            raise StoreAway("the keys of some clients are missing: does a worker run the agent `keys`?")
        return {part: self.keys.known[part] for part in parts if part in self.keys.known}

    def _wait(self, member: str, due: float | None) -> None:
        if member.startswith("mark|"):
            return
        timer = timer_of(member, 0.0)
        of_part = self.timers[timer.maison, timer.oid]
        if due is None:
            of_part.pop(member, None)
        else:
            of_part[member] = due

    async def _others(self, view: View) -> Mapping[PartKey, bytes | None]:
        wanted = {(part[0], oid) for part, others in view.links.items() for oid in others} - view.parts.keys()
        here = {part: self.parts[part] for part in wanted & self.parts.keys()}
        return {**await self._source.store.peek(list(wanted - here.keys())), **here} if wanted else {}

    def lives(self, part: PartKey, now: float) -> int:
        """Seconds this part has left to live; below 1: it has outlived its last touch long enough."""
        return int(self.kept[part] + TTL - now)

    async def close(self) -> None:
        """Lets Kafka go."""
        if self._tail:
            await self._tail.close()


@asynccontextmanager
async def rebuilt(shard: int, source: Source) -> AsyncIterator[Rebuilt]:
    """A shard as its checkpoint and the log make it, to be advanced further.

    Raises `KafkaAway`, `NewerRecord`, `Unopened`, `UnknownEpoch`.
    """
    made = Rebuilt(shard, source)
    try:
        await made._begin()
        yield made
    finally:
        await made.close()


async def newest(brokers: str, shard: int) -> AsyncIterator[gaps.Record]:
    """The checkpoint topic of a shard from its first record to its end as it is now, as it was written."""
    end = (await gaps.ends(brokers, [topics.CHECKPOINT], shard))[topics.CHECKPOINT][1]
    async for records in gaps.read_between(brokers, topics.CHECKPOINT, shard, 0, end):
        for record in records:
            yield record


def _raise(offsets: dict[str, int], to: Mapping[str, int]) -> None:
    for topic, last in to.items():
        offsets[topic] = max(offsets.get(topic, -1), last)
