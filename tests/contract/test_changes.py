"""What has changed is named until it is published: on Redis and on a cluster, whoever is killed."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from feature_store import keys
from feature_store.changes import Changes, stored_name
from feature_store.checkpoint import Kept, Mark, Waiting, cipher_of, mark_name, opened, part_name, part_of
from feature_store.redis_store import RedisStore
from feature_store.store import NEVER, Fence, PartKey, StoreAway, Timer, Write
from streams.checkpointing import REFUSED, Checkpointing
from streams.metrics import Metrics
from streams.produce import KafkaAway, Message
from tests.contract.test_store import shard_of

CIPHER = cipher_of(b"a secret")
EPOCH = "log-1"
EVERY = 60.0


def parts_in(shard: int, count: int = 1) -> list[PartKey]:
    """Parts whose records live in a shard, named as oids are."""
    names = (f"client-{n:09}" for n in range(100_000))
    found = (("lumiere", oid) for oid in names if shard_of(oid.encode()) == shard)
    return [next(found) for _ in range(count)]


class Topic:
    """A compacted topic in memory: the newest value of each key. `away`: how many sends it refuses; `lost`:
    a partition without a leader."""

    def __init__(self) -> None:
        self.values: dict[str, bytes | None] = {}
        self.away = 0
        self.lost: int | None = None

    async def send(self, messages: Sequence[Message]) -> None:
        if self.away:
            self.away -= 1
            raise KafkaAway("Kafka is away.")
        if self.lost in {message.partition for message in messages}:
            raise KafkaAway("Kafka did not store it.")
        for message in messages:
            assert message.key is not None
            self.values[message.key.decode()] = message.value

    def kept(self, part: PartKey) -> Kept | None:
        value = self.values.get(part_name(part))
        return opened(CIPHER, part_name(part), value, Kept) if value else None

    def mark(self, shard: int = 3) -> Mark | None:
        value = self.values.get(mark_name(shard))
        return opened(CIPHER, mark_name(shard), value, Mark) if value else None

    def due(self, member: str) -> float | None:
        value = self.values.get(member)
        return opened(CIPHER, member, value, Waiting).due if value else None


class Owner:
    """A worker's checkpoints over a store, with a clock of its own."""

    def __init__(self, redis: Any, topic: Topic, log: str = "topic-1") -> None:
        self.now, self.metrics = 1_000.0, Metrics(CollectorRegistry())
        self.store, self.changes = RedisStore(redis, shard_of), Changes(redis)
        self.checkpoints = Checkpointing(
            self.store,
            self.changes,
            topic,  # type: ignore[arg-type]
            CIPHER,
            epoch=EPOCH,
            log=log,
            every=EVERY,
            metrics=self.metrics,
            clock=lambda: self.now,
        )

    @property
    def age(self) -> float | None:
        """Of its checkpoints, as dashboards hear of it."""
        return self.metrics.registry.get_sample_value("prevenance_checkpoint_age_seconds")

    async def pieces(self, count: int, shards: Sequence[int] = (3,)) -> None:
        for _ in range(count):
            await self.checkpoints.step(shards)

    async def checkpoint(self) -> None:
        """A whole one."""
        await self.pieces(1)  # takes the shard over where it has not yet
        self.now += EVERY
        await self.pieces(4)


async def write(
    store: RedisStore,
    version: int,
    parts: dict[PartKey, bytes],
    timers: Sequence[Timer] = (),
    *gone: str,
    shard: int = 3,
) -> None:
    seen = (await store.read(shard, ())).raw
    fence = Fence(EPOCH, version, {"web.clicks": version * 10})
    assert await store.apply(shard, Write(seen=seen, fence=fence, parts=parts, timers=timers, dropped=gone))


async def test_a_checkpoint_holds_each_part_with_the_offsets_as_of_which_it_is_true(redis: Any) -> None:
    topic = Topic()
    owner = Owner(redis, topic)
    one, other = parts_in(3, 2)
    cart = Timer(*one, "cart:s1", 5_000.0)
    await write(owner.store, 1, {one: b"1", other: b"1"}, [cart])
    await owner.checkpoint()
    assert topic.kept(one) == Kept(EPOCH, {"web.clicks": 10}, b"1")
    assert topic.due(cart.member) == 5_000.0
    assert topic.mark() == Mark(EPOCH, {"web.clicks": 10})

    await write(owner.store, 2, {one: b"2"}, (), cart.member)
    await owner.checkpoint()
    assert topic.kept(one) == Kept(EPOCH, {"web.clicks": 20}, b"2")
    assert topic.kept(other) == Kept(EPOCH, {"web.clicks": 10}, b"1")  # not published again
    assert topic.due(cart.member) is None
    assert topic.mark() == Mark(EPOCH, {"web.clicks": 20})


async def test_a_mark_never_holds_more_than_what_was_published_before_it(redis: Any) -> None:
    topic = Topic()
    owner = Owner(redis, topic)
    [one] = parts_in(3)
    await write(owner.store, 1, {one: b"1"})
    await owner.pieces(1)
    owner.now += EVERY
    await owner.pieces(1)  # the piece, and not the mark yet
    await write(owner.store, 2, {one: b"2"})
    assert topic.mark() is None
    await owner.pieces(1)
    assert topic.mark() == Mark(EPOCH, {"web.clicks": 10})
    await owner.checkpoint()
    assert topic.mark() == Mark(EPOCH, {"web.clicks": 20})
    assert topic.kept(one) == Kept(EPOCH, {"web.clicks": 20}, b"2")


async def test_killed_in_the_middle_twice_the_next_owner_publishes_the_rest(redis: Any) -> None:
    topic = Topic()
    many = parts_in(3, 450)
    first = Owner(redis, topic)
    await write(first.store, 1, dict.fromkeys(many, b"1"))
    await first.pieces(1)
    first.now += EVERY
    await first.pieces(1)
    assert 0 < len(topic.values) < 450
    second = Owner(redis, topic)
    await second.pieces(1)
    second.now += EVERY
    topic.away = 1  # sent or not, nobody knows: the second one leaves here
    with pytest.raises(KafkaAway):
        await second.pieces(1)
    third = Owner(redis, topic)
    await write(third.store, 2, {many[0]: b"2"})
    await third.checkpoint()
    assert {p for p in many if topic.kept(p) is None} == set()
    await third.checkpoint()
    assert topic.kept(many[0]) == Kept(EPOCH, {"web.clicks": 20}, b"2")
    assert topic.mark() == Mark(EPOCH, {"web.clicks": 20})


async def test_what_an_owner_of_before_publishes_late_is_published_again(redis: Any) -> None:
    topic = Topic()
    zombie, owner = Owner(redis, topic), Owner(redis, topic)
    [one] = parts_in(3)
    await write(owner.store, 1, {one: b"1"})
    await zombie.pieces(1)
    zombie.now += EVERY
    late: list[Message] = []

    class Slow:
        async def send(self, messages: Sequence[Message]) -> None:
            await write(owner.store, 2, {one: b"2"})
            await owner.checkpoint()  # the rest of the zombie's
            await owner.checkpoint()
            assert topic.mark() == Mark(EPOCH, {"web.clicks": 20})
            await topic.send(messages)  # the older one comes last
            late.extend(messages)

    zombie.checkpoints._producer = Slow()  # type: ignore[assignment]
    await zombie.pieces(1)
    assert late
    kept = topic.kept(one)
    assert kept is not None
    assert kept.record == b"1"
    await owner.checkpoint()
    assert topic.kept(one) == Kept(EPOCH, {"web.clicks": 20}, b"2")


async def test_a_new_owner_waits_until_nothing_of_the_one_before_can_arrive(redis: Any) -> None:
    topic = Topic()
    owner = Owner(redis, topic)
    await write(owner.store, 1, {parts_in(3)[0]: b"1"})
    await owner.pieces(1)
    owner.now += EVERY - 1
    await owner.pieces(3)
    assert topic.values == {}


async def test_a_clock_that_is_set_back_puts_off_no_checkpoint_by_more_than_an_interval(redis: Any) -> None:
    topic = Topic()
    owner = Owner(redis, topic)
    await write(owner.store, 1, {parts_in(3)[0]: b"1"})
    await owner.pieces(1)
    owner.now -= 3_600
    await owner.pieces(1)
    assert owner.age == 0
    owner.now += EVERY
    await owner.pieces(2)
    assert topic.mark() == Mark(EPOCH, {"web.clicks": 10})


async def test_a_store_that_has_come_back_older_is_not_published_before_it_has_caught_up(redis: Any) -> None:
    """What it holds is not what was: published, it would stand for what the log may not have any more."""
    topic = Topic()
    owner = Owner(redis, topic)
    one, other = parts_in(3, 2)
    await write(owner.store, 1, {one: b"1"})
    await owner.pieces(1)
    yesterday = {name: await redis.dump(name) async for name in redis.scan_iter()}
    await write(owner.store, 2, {one: b"2"})
    await owner.checkpoint()
    published = dict(topic.values)
    for name in [name async for name in redis.scan_iter()]:
        await redis.delete(name)
    for name, value in yesterday.items():
        await redis.restore(name, 0, value)
    await owner.checkpoint()
    assert topic.values == published
    await write(owner.store, 2, {one: b"2", other: b"2"})
    await owner.checkpoint()
    assert topic.kept(other) == Kept(EPOCH, {"web.clicks": 20}, b"2")


async def test_what_is_older_than_the_topic_is_published_once(redis: Any) -> None:
    topic = Topic()
    owner = Owner(redis, topic)
    one, other = parts_in(3, 2)
    cart = Timer(*one, "cart:s1", 5_000.0)
    await write(owner.store, 1, {one: b"1", other: b"1"}, [cart])
    await redis.delete(keys.changed(3))
    await owner.checkpoint()
    assert {part_of(name) for name in topic.values} >= {one, other}
    assert topic.due(cart.member) == 5_000.0
    topic.values.clear()
    again = Owner(redis, topic)
    await again.checkpoint()
    assert topic.values == {}
    anew = Owner(redis, topic, log="topic-2")  # somebody has made the topic again
    await anew.checkpoint()
    assert {part_of(name) for name in topic.values} >= {one, other}


async def test_a_shard_whose_partition_takes_nothing_keeps_no_other_from_its_checkpoint(redis: Any) -> None:
    topic = Topic()
    owner, shards = Owner(redis, topic), (3, 4)
    for shard in shards:
        await write(owner.store, 1, {parts_in(shard)[0]: b"1"}, shard=shard)
    await owner.pieces(2, shards)
    topic.lost, owner.now = 3, owner.now + EVERY
    refused = 0
    for _ in range(4):
        owner.now += 0.1
        try:
            await owner.pieces(1, shards)
        except KafkaAway:
            refused += 1
    assert (refused, topic.mark(4), topic.mark(3)) == (1, Mark(EPOCH, {"web.clicks": 10}), None)
    topic.lost, owner.now = None, owner.now + REFUSED
    await owner.pieces(2, shards)
    assert topic.mark(3) == Mark(EPOCH, {"web.clicks": 10}), "it was not given up"


async def test_a_shard_that_is_not_let_be_taken_over_grows_old_and_keeps_no_other_from_its_checkpoint(
    redis: Any,
) -> None:
    topic = Topic()
    owner = Owner(redis, topic)
    [one] = parts_in(3)
    await write(owner.store, 1, {one: b"1"})
    await redis.set(keys.checkpoint(5), b"none of ours")
    for _ in range(4):
        for _ in range(3):
            with suppress(StoreAway):
                await owner.pieces(1, (5, 3))
        owner.now += EVERY
    assert topic.mark(3) == Mark(EPOCH, {"web.clicks": 10})
    assert owner.age == 3 * EVERY


async def test_a_record_that_is_gone_leaves_a_tombstone(redis: Any) -> None:
    topic = Topic()
    owner = Owner(redis, topic)
    [one] = parts_in(3)
    await write(owner.store, 1, {one: b"1"})
    await owner.checkpoint()
    seen = (await owner.store.read(3, ())).raw
    assert await owner.store.apply(3, Write(seen=seen, fence=Fence(EPOCH, 2, {"web.clicks": 20}), gone=[one]))
    await owner.checkpoint()
    assert topic.values[part_name(one)] is None


async def test_an_idle_shard_publishes_nothing(redis: Any) -> None:
    topic = Topic()
    owner = Owner(redis, topic)
    await owner.checkpoint()
    await write(owner.store, 1, {})
    await owner.checkpoint()
    assert topic.mark() == Mark(EPOCH, {"web.clicks": 10})  # events that changed nothing are behind it too
    topic.values.clear()
    await owner.checkpoint()
    assert topic.values == {}


async def test_every_record_and_timer_that_a_write_changes_is_named_however_many(redis: Any) -> None:
    owner = Owner(redis, Topic())
    one, other = parts_in(3, 2)
    many = [Timer(*one, "flawed", NEVER), *(Timer(*one, f"cart:s{n}", 5_000.0) for n in range(4_099))]
    await write(owner.store, 1, {}, many)
    assert await redis.scard(keys.changed(3)) == 4_100
    await redis.delete(keys.changed(3))
    gone = [timer.member for timer in many[:2]]
    await write(
        owner.store, 2, {other: b"2"}, [Timer(*one, "cart:new", 9_000.0)], *gone, "lumiere|nobody|cart"
    )
    named = {name.decode() for name in await redis.smembers(keys.changed(3))}
    assert named == {*gone, Timer(*one, "cart:new", 0.0).member, keys.part("lumiere", 3, other[1])}
    await redis.delete(keys.changed(3))
    await write(owner.store, 3, {}, [], "lumiere|nobody|cart")
    assert await redis.scard(keys.changed(3)) == 0


async def test_a_refused_write_names_nothing(redis: Any) -> None:
    owner = Owner(redis, Topic())
    await write(owner.store, 1, {})
    refused = Write(seen=b"stale", fence=Fence(EPOCH, 9), parts={parts_in(3)[0]: b"x"})
    assert not await owner.store.apply(3, refused)
    assert await redis.scard(keys.changed(3)) == 0


async def test_a_shard_of_another_log_is_left_alone(redis: Any) -> None:
    topic = Topic()
    owner = Owner(redis, topic)
    fence = Fence("being-restored", 1, {})
    assert await owner.store.apply(3, Write(seen=b"", fence=fence, parts={parts_in(3)[0]: b"half"}))
    await owner.checkpoint()
    assert topic.values == {}


async def test_the_newest_fence_is_what_the_state_says(redis: Any) -> None:
    owner = Owner(redis, Topic())
    await write(owner.store, 1, {parts_in(3)[0]: b"1"})
    await owner.checkpoint()
    marked = await redis.hget(keys.checkpoint(3), "marked")
    assert msgspec.msgpack.decode(marked, type=Fence).version == 1


async def test_only_its_publisher_takes_a_checkpoint_on_and_it_ends_when_all_of_it_is_published(
    redis: Any,
) -> None:
    changes, store = Changes(redis), RedisStore(redis, shard_of)
    one, other = parts_in(3, 2)
    names = [stored_name(3, part) for part in (one, other)]
    await write(store, 1, {one: b"1", other: b"1"})
    assert not await changes.own(3, "first", "topic-1")
    assert await changes.begin(3, "second") is None
    since = await changes.begin(3, "first")
    assert since == (await store.read(3, ())).raw
    await write(store, 2, {})
    assert await changes.begin(3, "first") == since
    assert await changes.done(3, "first", names[:1])
    assert (await changes.piece(3, 9), await changes.end(3, "first", since)) == (names[1:], False)

    assert not await changes.own(3, "second", "topic-1")
    assert await changes.begin(3, "second") == since, "what the first has left"
    assert not await changes.done(3, "first", names[1:])
    assert {name.decode() for name in await redis.smembers(keys.changed(3))} == {*names[1:]}
    assert await changes.done(3, "second", names[1:])
    assert (await changes.piece(3, 9), await changes.end(3, "first", since)) == ([], False)
    assert await changes.begin(3, "second") == since
    assert await changes.end(3, "second", since)
    assert await changes.begin(3, "second") == (await store.read(3, ())).raw, "what changed meanwhile"
