"""A shard made again in memory: from a checkpoint under way, and the log after it, each event once."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec
import pytest

from feature_store import record as records
from feature_store.checkpoint import Kept, Mark, Waiting, cipher_of, mark_name, part_name, sealed
from feature_store.memory_store import MemoryStore
from feature_store.redis_store import TTL
from feature_store.store import PartKey, Timer
from schemas.sealing import master_of
from streams import rebuilding, topics
from streams.gaps import Record
from streams.keys import Keys
from streams.rebuilding import Rebuilt, Source, rebuilt
from streams.tail import Logged
from tests import builders as a

EPOCH = "log-1"
CIPHER = cipher_of(b"a secret")
SHARD = topics.partition_of(a.part_of(card="c")[1].encode(), a.SHARDS)


class Log:
    """A shard's checkpoint and its log, in memory, in place of Kafka's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.checkpoint: list[Record] = []
        self.events: dict[str, list[Logged]] = {topic: [] for topic in topics.TIERS}
        self.destroyed: set[PartKey] = set()
        log = self

        class Tail:
            cut: Mapping[str, int] = {}

            def __init__(self, brokers: str, shard: int, start: Mapping[str, int]) -> None:
                self.start = dict(start)

            async def begin(self) -> None: ...
            async def close(self) -> None: ...

            async def until(self, ends: Mapping[str, int]) -> AsyncIterator[list[Logged]]:
                for topic, end in ends.items():
                    if piece := log.events[topic][self.start[topic] : end]:
                        self.start[topic] = end
                        yield piece

        async def newest(brokers: str, shard: int) -> AsyncIterator[Record]:
            for record in log.checkpoint:
                yield record

        monkeypatch.setattr(rebuilding, "Tail", Tail)
        monkeypatch.setattr(rebuilding, "newest", newest)

    def tell(self, topic: str, *events: Any) -> None:
        for event in events:
            made, at = a.raw(event), event.time.timestamp()
            self.events[topic].append(
                Logged(topic, len(self.events[topic]), made.key, made.value, round(at * 1000))
            )

    def keep(self, name: str, what: Kept | Waiting | Mark | None, at: float = a.NOON) -> None:
        value = sealed(CIPHER, name, what, b"n" * 12) if what is not None else None
        self.checkpoint.append(Record(len(self.checkpoint), name.encode(), value, round(at * 1000)))

    async def salts(self, parts: Any) -> dict[PartKey, list[bytes] | None]:
        return {part: [] if part in self.destroyed else [b"s" * 16] for part in parts}

    @property
    def source(self) -> Source:
        async def caught_up() -> None: ...

        context = a.context({"lumiere": a.LUMIERE}, a.PEPPER, {})
        return Source(
            brokers="",
            epoch=EPOCH,
            cipher=CIPHER,
            store=MemoryStore(lambda key: topics.partition_of(key, a.SHARDS)),
            context=lambda: context,
            keys=lambda: Keys(self, master_of(b"a master secret")),
            caught_up=caught_up,
        )


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    return Log(monkeypatch)


CLIENT = a.part_of(card="c")


def kept(*events: Any, epoch: str = EPOCH, **offsets: int) -> Kept:
    return Kept(epoch, {_topic(t): last for t, last in offsets.items()}, records.encode(a.record_of(*events)))


def marked(epoch: str = EPOCH, **offsets: int) -> Mark:
    return Mark(epoch, {_topic(t): last for t, last in offsets.items()})


def _topic(word: str) -> str:
    return {"checkins": topics.CHECKINS, "clicks": topics.CLICKS}[word]


def visits(made: Rebuilt, part: PartKey = CLIENT) -> int:
    return int(records.slice_of(records.decode(made.parts[part]), "facts").visits)


async def test_a_part_published_after_the_mark_is_not_given_its_events_twice(log: Log) -> None:
    """The checkpoint was interrupted: the mark is of two events, the part of three. `c2` is not published."""
    both = [a.checkin(a.NOON + n, card=card) for n, card in enumerate(("c", "c", "c", "c"))]
    log.tell(topics.CHECKINS, *both)
    log.keep(mark_name(SHARD), marked(checkins=1))
    # the ring is emptied, so that only the offsets tell
    record = a.record_of(*both[:3])
    record.z = b""
    log.keep(part_name(CLIENT), Kept(EPOCH, {topics.CHECKINS: 2}, records.encode(record)))
    async with rebuilt(SHARD, log.source) as made:
        assert (visits(made), made.offsets) == (3, {topics.CHECKINS: 2})
        await made.advance({topics.CHECKINS: 3})
        assert visits(made) == 4


async def test_the_log_is_read_from_the_mark_on_and_no_further_than_asked(log: Log) -> None:
    log.tell(topics.CHECKINS, *(a.checkin(a.NOON + n, card="c") for n in range(6)))
    record = a.record_of(*(a.checkin(a.NOON + n, card="c") for n in range(2)))
    log.keep(part_name(CLIENT), Kept(EPOCH, {topics.CHECKINS: 1}, records.encode(record)))
    log.keep(mark_name(SHARD), marked(checkins=1))
    async with rebuilt(SHARD, log.source) as made:
        assert visits(made) == 2
        await made.advance({topics.CHECKINS: 4})
        assert visits(made) == 5
        await made.advance({topics.CHECKINS: 4})
        assert visits(made) == 5


async def test_without_a_checkpoint_the_log_alone_makes_the_shard(log: Log) -> None:
    log.tell(topics.CHECKINS, a.checkin(card="c"))
    log.tell(topics.CLICKS, a.view(card="c", who={"card": "c"}))
    async with rebuilt(SHARD, log.source) as made:
        assert (made.parts, made.marked) == ({}, False)
        await made.advance({topics.CHECKINS: 0, topics.CLICKS: 0})
        assert visits(made) == 1


async def test_what_another_log_left_is_not_taken(log: Log) -> None:
    log.keep(part_name(CLIENT), kept(a.checkin(card="c"), epoch="another", checkins=7))
    log.keep(mark_name(SHARD), marked("another", checkins=7))
    async with rebuilt(SHARD, log.source) as made:
        assert (made.parts, made.offsets) == ({}, {})


async def test_a_tombstone_brings_nobody_back(log: Log) -> None:
    log.keep(part_name(CLIENT), kept(a.checkin(card="c"), checkins=0))
    log.keep(mark_name(SHARD), marked(checkins=0))
    log.keep(part_name(CLIENT), None)
    async with rebuilt(SHARD, log.source) as made:
        assert made.parts == {}


async def test_what_was_last_kept_of_a_part_comes_back_even_where_its_key_was_destroyed(log: Log) -> None:
    """What erasure leaves of a client says that they were erased: it must not be lost."""
    record = records.encode(records.Record())
    log.keep(part_name(CLIENT), Kept(EPOCH, {topics.CHECKINS: 0}, record))
    log.keep(mark_name(SHARD), marked(checkins=0))
    log.destroyed.add(CLIENT)
    async with rebuilt(SHARD, log.source) as made:
        assert made.parts == {CLIENT: record}


async def test_timers_come_back_as_the_checkpoint_last_had_them(log: Log) -> None:
    waits, served = Timer(*CLIENT, "cart:s1", 5.0).member, Timer(*CLIENT, "expire:x", 6.0).member
    log.keep(waits, Waiting(EPOCH, 5.0))
    log.keep(served, Waiting(EPOCH, 6.0))
    log.keep(waits, Waiting(EPOCH, 9.0))
    log.keep(served, None)
    async with rebuilt(SHARD, log.source) as made:
        assert made.timers[CLIENT] == {waits: 9.0}


async def test_a_record_gets_back_what_was_left_of_its_life(log: Log) -> None:
    log.keep(part_name(CLIENT), kept(a.checkin(card="c"), checkins=0), at=a.NOON)
    log.keep(mark_name(SHARD), marked(checkins=0))
    async with rebuilt(SHARD, log.source) as made:
        assert made.lives(CLIENT, a.NOON + 1000) == TTL - 1000
        assert made.lives(CLIENT, a.NOON + TTL) < 1


CARD = next(
    card
    for card in map(str, range(9_999))
    if topics.partition_of(a.part_of(card=card)[1].encode(), a.SHARDS) == SHARD
)
OTHER = a.part_of(card=CARD)
"""Of the same shard."""


async def test_a_record_of_an_older_version_is_made_by_the_log_and_the_others_are_as_they_were_kept(
    log: Log,
) -> None:
    """Nobody reads what an older version kept, and nobody else loses what the log has no more."""
    log.tell(topics.CHECKINS, *(a.checkin(a.NOON + n, card="c") for n in range(3)))
    log.tell(topics.CHECKINS, a.checkin(a.NOON + 3, card=CARD))
    older = msgspec.msgpack.decode(records.encode(a.record_of(a.checkin(card="c"))))
    older |= {"v": records.VERSION - 1}
    log.keep(part_name(CLIENT), Kept(EPOCH, {topics.CHECKINS: 1}, msgspec.msgpack.encode(older)))
    log.keep(part_name(OTHER), kept(*(a.checkin(a.NOON + n, card="x") for n in range(7)), checkins=1))
    log.keep(mark_name(SHARD), marked(checkins=1))
    async with rebuilt(SHARD, log.source) as made:
        assert (made.older, made.offsets) == ({CLIENT}, {topics.CHECKINS: 1})
        assert (visits(made), visits(made, OTHER)) == (2, 7)
        await made.advance({topics.CHECKINS: 3})
        assert (visits(made), visits(made, OTHER)) == (3, 8)


async def test_what_a_later_record_has_replaced_is_not_older(log: Log) -> None:
    older = msgspec.msgpack.encode({"v": records.VERSION - 1})
    log.keep(part_name(CLIENT), Kept(EPOCH, {topics.CHECKINS: 0}, older))
    log.keep(part_name(CLIENT), kept(a.checkin(card="c"), checkins=1))
    log.keep(part_name(OTHER), Kept(EPOCH, {topics.CHECKINS: 0}, older))
    log.keep(part_name(OTHER), None)
    log.keep(mark_name(SHARD), marked(checkins=1))
    async with rebuilt(SHARD, log.source) as made:
        assert (made.older, visits(made)) == (set(), 1)
