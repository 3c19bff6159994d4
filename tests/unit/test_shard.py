"""The lane of a shard over a store and a log in memory: twice, late, refused, lost, away."""

import asyncio
import copy
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from itertools import count
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from agents.effects import Effects
from agents.plan import Context, Plan, plan
from feature_store import record as records
from feature_store.features.attention import past
from feature_store.memory_store import AT_ONCE, DUE_AT_ONCE, MemoryStore
from feature_store.store import Fence, Links, PartKey, StoreAway, Timer, Write
from schemas.alerts import AlertChange, decode_inbox
from schemas.codec import encode
from schemas.messages import KeyChange
from schemas.private import read
from schemas.times import iso, utc
from streams import gaps, isolate, outbox, shard, topics
from streams.gaps import Record
from streams.inbound import check, restated
from streams.intake import publish_sealed
from streams.keys import Keys
from streams.metrics import Metrics
from streams.pace import FEWEST, FIRST, Pace
from streams.produce import KafkaAway, Message
from streams.restoring import RESTORING
from streams.shard import CATCHES_UP, REFUSALS, Line, Shard, UnknownEpoch
from streams.telling import reason_class
from streams.topics import partition_of
from streams.transport import Slice
from streams.write_keys import WriteKey
from tests import builders as a
from tests.alerts import an_alert
from tests.fakes import MASTER, FakeDenials, FakeRing

CLIENT = a.part_of(card="c")
SHARD = partition_of(CLIENT[1].encode(), a.SHARDS)
OUTCOMES = ("applied", "skipped", "duplicate", "dead", "erased", "rekeyed")


class Store(MemoryStore):
    """A store that notes its writes, and in which `refuses`, `away` and `meanwhile` happen."""

    def __init__(self) -> None:
        super().__init__(lambda key: partition_of(key, a.SHARDS))
        self.done: list[str] = []
        self.peeked: list[PartKey] = []
        self.refuses, self.away, self.asked, self.looks = 0, 0, 0, 0
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def read(self, *asked: Any) -> Any:
        self.looks += 1
        if self.away:
            self.away -= 1
            raise StoreAway("away")
        return await super().read(*asked)

    async def peek(self, parts: Sequence[PartKey]) -> dict[PartKey, bytes | None]:
        self.peeked += parts
        return await super().peek(parts)

    async def outbox(self, shard: int) -> list[bytes]:
        self.asked += 1
        return await super().outbox(shard)

    async def apply(self, shard: int, write: Write) -> bool:
        assert shard == SHARD
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            await happens()
        self.done.append("written")
        if self.refuses:
            self.refuses -= 1
            return False
        return await super().apply(shard, write)

    def remembered(self) -> Callable[[], None]:
        """Brings back what stands now: all that is written until then is lost."""
        held = copy.deepcopy({k: v for k, v in vars(self).items() if k.startswith("_") and not callable(v)})
        return lambda: vars(self).update(copy.deepcopy(held))


class World:
    """A log, a store, and whatever lanes of one shard tell. `first`: the oldest offset that a topic has."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.store, self.denials = a.NOON, Store(), FakeDenials()
        self.metrics, self.pace = Metrics(CollectorRegistry()), Pace()
        self.records: dict[str, list[Record]] = {}
        self.committed: dict[str, int] = {}
        self.first: dict[str, int] = {}
        self.read: list[tuple[str, int, int]] = []
        self.sent: list[Message] = []
        self.away = False
        self.restored: list[tuple[int, float]] = []
        self.filled: Callable[[], Awaitable[object]] | None = None
        self.ring, self.on_their_way = FakeRing(), list[Message]()
        self.ctx: Context = a.context({"lumiere": a.LUMIERE}, a.PEPPER, {})
        monkeypatch.setattr(gaps, "committed", self._committed)
        monkeypatch.setattr(gaps, "ends", self._ends)
        monkeypatch.setattr(gaps, "read_between", self._read_between)

    def lane(self, epoch: str = "log") -> Shard:
        line = Line(
            store=self.store, producer=self, context=lambda: self.ctx, brokers="kafka",
            group="personalise", epoch=epoch, metrics=self.metrics, clock=lambda: self.now,
            keys=lambda: Keys(self.ring, MASTER), caught_up=self._caught_up, restore=self._restore,
            denials=self.denials, pace=self.pace,
        )  # type: ignore[arg-type]  # fmt: skip
        return Shard(SHARD, line)

    def slice(self, topic: str, *events: Any) -> Slice:
        """Events come in, one after the other."""
        known = self.records.setdefault(topic, [])
        fresh = []
        for event in events:
            made = a.raw(event)
            fresh.append(Record(len(known), made.key, made.value, round(event.time.timestamp() * 1000)))
            known.append(fresh[-1])
        return Slice(topic, SHARD, fresh)

    def visits(self, *at: float) -> Slice:
        return self.slice(topics.CHECKINS, *(a.checkin(a.NOON + n, card="c") for n in at))

    async def send(self, messages: Sequence[Message]) -> None:
        assert messages
        if self.away:
            raise KafkaAway("Kafka is away.")
        self.store.done.append("sent")
        self.sent += messages

    def told(self, topic: str) -> list[Message]:
        return [message for message in self.sent if message.topic == topic]

    async def fence(self) -> Fence | None:
        return (await self.store.read(SHARD, ())).fence

    async def counted(self) -> int:
        """Visits of the client, as their record has them."""
        record = records.decode((await self.store.peek([CLIENT]))[CLIENT])
        return int(records.slice_of(record, "facts").visits)

    def number(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"prevenance_{name}", labels) or 0.0

    def _committed(self, brokers: str, group: str, asked: Iterable[str], shard: int) -> dict[str, int]:
        assert (brokers, group, shard, set(asked)) == ("kafka", "personalise", SHARD, set(topics.TIERS))
        return self.committed

    async def _ends(self, brokers: str, asked: Iterable[str], shard: int) -> dict[str, tuple[int, int]]:
        assert (brokers, shard) == ("kafka", SHARD)
        return {topic: (self.first.get(topic, 0), len(self.records.get(topic, ()))) for topic in asked}

    async def _read_between(
        self, brokers: str, topic: str, shard: int, start: int, end: int
    ) -> AsyncIterator[list[Record]]:
        assert (brokers, shard) == ("kafka", SHARD)
        self.read.append((topic, start, end))
        if found := self.records[topic][max(start, self.first.get(topic, 0)) : end]:
            yield found

    async def _caught_up(self) -> None:
        self.store.done.append("caught up")
        while self.on_their_way:
            self.ring.take(self.on_their_way.pop())

    async def _restore(self, shard: int, now: float) -> int | None:
        self.restored.append((shard, now))
        self.store.done.append("restored")
        if self.filled is not None:
            await self.filled()
        return None


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


async def test_a_slice_counts_once_however_often_it_comes(world: World) -> None:
    lane, slice = world.lane(), world.visits(0, 1)
    for _ in range(3):
        await lane.serve(slice)
    assert (await world.counted(), await world.fence()) == (2, Fence("log", 1, {topics.CHECKINS: 1}))
    both = Slice(topics.CHECKINS, SHARD, [slice.records[1], *world.visits(2).records])
    await world.lane().serve(both)
    assert (await world.counted(), await world.fence()) == (3, Fence("log", 2, {topics.CHECKINS: 2}))
    assert world.number("events_total", topic=topics.CHECKINS, outcome="applied") == 3
    assert world.number("events_total", topic=topics.CHECKINS, outcome="skipped") == 5
    assert world.number("slices_total") == 2


async def test_each_stage_of_a_slice_is_measured_for_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard, "perf_counter", count(7).__next__)
    await world.lane().serve(world.visits(0))
    stages = ("decode", "read", "decide", "produce", "apply")
    assert [world.number("slice_seconds_sum", stage=stage) for stage in stages] == [1] * 5


async def test_the_cpu_that_a_slice_took_says_how_large_the_next_may_be(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard, "thread_time", count(7).__next__)
    await world.lane().serve(world.visits(*range(FIRST // 2)))
    assert (world.pace.size(topics.CHECKINS), world.pace.size(topics.CLICKS)) == (FEWEST, FIRST)


async def test_how_old_events_are_when_their_record_knows_them_is_told_by_topic(world: World) -> None:
    await world.lane().serve(world.visits(-60, -50))
    assert world.number("event_to_alert_seconds_sum", stage="ingest") == 60
    assert world.number("events_late_total", topic=topics.CHECKINS) == 2


async def test_what_was_decided_is_with_kafka_before_the_write_that_knows_of_it(world: World) -> None:
    await world.lane().serve(world.visits(0))
    assert world.store.done == ["caught up", "restored", "sent", "written"]
    assert len(world.told(topics.ALERTS)) == 1


async def test_a_slice_of_which_kafka_refused_a_message_changes_nothing(world: World) -> None:
    lane, slice = world.lane(), world.visits(0)
    world.away = True
    with pytest.raises(KafkaAway):
        await lane.serve(slice)
    assert (await world.fence(), world.sent) == (None, [])
    world.away = False
    await lane.serve(slice)
    assert (await world.counted(), len(world.told(topics.ALERTS))) == (1, 1)


async def test_a_lane_that_finds_another_fence_takes_it_over_and_counts_nothing_twice(world: World) -> None:
    lane, other = world.lane(), world.lane()
    first, second, third = (world.visits(n) for n in range(3))
    await lane.serve(first)
    await other.serve(second)
    await lane.serve(second)
    await lane.serve(third)
    assert (await world.counted(), await world.fence()) == (3, Fence("log", 3, {topics.CHECKINS: 2}))
    world.store.looks = 0
    await lane.serve(world.visits(3))
    assert world.store.looks == 1, "its own fence it knows"


async def test_a_write_that_is_refused_is_computed_again_from_what_stands(world: World) -> None:
    lane, other = world.lane(), world.lane()
    await other.serve(world.visits(0))
    click = world.slice(topics.CLICKS, a.view(card="c", who={"card": "c"}))
    world.store.meanwhile = lambda: other.serve(click)
    await lane.serve(world.visits(1))
    assert await world.counted() == 2
    assert await world.fence() == Fence("log", 3, {topics.CHECKINS: 1, topics.CLICKS: 0})
    assert world.number("apply_refused_total") == 1
    assert world.restored == [(SHARD, a.NOON)], "the shard was empty once, at the beginning"


async def test_a_shard_whose_every_write_is_refused_is_given_up(world: World) -> None:
    world.store.refuses = 99
    with pytest.raises(StoreAway, match=f"shard {SHARD}: 20 writes in a row were refused"):
        await world.lane().serve(world.visits(0))
    assert 99 - world.store.refuses == REFUSALS


async def test_what_a_store_has_lost_is_read_again_and_told_to_nobody(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    lane = world.lane()
    await lane.serve(world.visits(0))
    lost = world.store.remembered()
    await lane.serve(world.visits(1, 2))
    told = len(world.sent)
    lost()
    await lane.serve(world.visits(3))
    assert world.read == [(topics.CHECKINS, 1, 3)]
    assert (await world.counted(), await world.fence()) == (4, Fence("log", 3, {topics.CHECKINS: 3}))
    assert [message.topic for message in world.sent[told:]] == [topics.DECISIONS], "of the last slice alone"
    assert world.number("gap_reread_total") == 1
    assert f"shard {SHARD} reads store.checkins again from 1 to 3" in caplog.messages


async def test_what_a_store_has_lost_is_read_again_while_nothing_comes_in(world: World) -> None:
    lane = world.lane()
    await lane.serve(world.visits(0))
    lost = world.store.remembered()
    await lane.serve(world.visits(1, 2))
    lost()
    await lane.tick(world.now)
    assert (world.read, await world.counted()) == ([(topics.CHECKINS, 1, 3)], 3)


async def test_at_its_first_look_a_lane_reads_what_the_group_has_committed_and_the_store_has_not(
    world: World,
) -> None:
    world.visits(0, 1)
    world.slice(topics.DECLARATIONS, a.consent(card="c"))
    world.slice(topics.CHATS, a.chat(card="c"))
    world.committed = {topics.CHECKINS: 2, topics.DECLARATIONS: 1, topics.CHATS: 1, topics.CLICKS: 0}
    await world.lane().serve(world.visits(2))
    assert world.read[0] == (topics.DECLARATIONS, 0, 1), "what was declared first"
    assert sorted(world.read[1:]) == [(topics.CHATS, 0, 1), (topics.CHECKINS, 0, 2)]
    assert await world.counted() == 3
    assert (len(world.told(topics.DECISIONS)), world.told(topics.LEDGER)) == (1, []), (
        "of the last slice alone"
    )


async def test_what_the_log_has_lost_too_comes_from_the_checkpoint(world: World) -> None:
    world.visits(0, 1, 2)
    world.committed, world.first = {topics.CHECKINS: 3}, {topics.CHECKINS: 1}
    await world.store.apply(SHARD, Write(seen=b"", fence=Fence("log", 4)))

    async def filled() -> None:
        seen = (await world.store.read(SHARD, ())).raw
        record = records.encode(a.record_of(a.checkin(card="c"), a.checkin(card="c")))
        fence = Fence("log", 9, {topics.CHECKINS: 1})
        assert await world.store.apply(SHARD, Write(seen=seen, fence=fence, parts={CLIENT: record}))

    world.filled = filled
    await world.lane().tick(world.now)
    assert world.restored == [(SHARD, a.NOON)]
    assert world.read == [(topics.CHECKINS, 2, 3)]
    assert (await world.counted(), await world.fence()) == (3, Fence("log", 10, {topics.CHECKINS: 2}))


async def test_what_the_log_still_has_is_read_from_the_log_alone(world: World) -> None:
    world.visits(0, 1, 2)
    await world.store.apply(SHARD, Write(seen=b"", fence=Fence("log", 4, {topics.CHECKINS: 0})))
    world.committed, world.first = {topics.CHECKINS: 3}, {topics.CHECKINS: 1}
    await world.lane().tick(world.now)
    assert (world.restored, world.read) == ([], [(topics.CHECKINS, 1, 3)])


@pytest.mark.parametrize("found", ["empty", "half filled"])
async def test_a_shard_that_is_empty_or_was_left_half_filled_is_filled_first(
    world: World, found: str
) -> None:
    if found == "half filled":
        await world.store.apply(SHARD, Write(seen=b"", fence=Fence(RESTORING, 3)))

    async def filled() -> None:
        seen = (await world.store.read(SHARD, ())).raw
        fence = Fence("log", 7, {topics.CHECKINS: 41})
        assert await world.store.apply(SHARD, Write(seen=seen, fence=fence))

    world.filled = filled
    world.visits(*range(42))
    await world.lane().tick(world.now)
    assert world.store.done[-3:] == ["caught up", "restored", "written"], "the keys before what they open"
    assert await world.fence() == Fence("log", 7, {topics.CHECKINS: 41})


async def test_what_was_committed_beyond_the_end_of_a_shortened_log_is_not_waited_for(world: World) -> None:
    """Of a host that lost power Kafka may have lost events, and none of what was committed of them."""
    world.committed = {topics.CHECKINS: 50}
    world.visits(0, 1, 2)
    await world.lane().tick(a.NOON)
    assert (world.read, await world.counted()) == ([(topics.CHECKINS, 0, 3)], 3)


async def test_a_log_that_ends_before_what_was_applied_of_it_is_refused_in_words(world: World) -> None:
    await world.lane().serve(world.visits(0, 1, 2))
    del world.records[topics.CHECKINS][1:]
    fence = await world.fence()
    with pytest.raises(UnknownEpoch, match="Kafka has lost its last writes") as refused:
        await world.lane().serve(world.visits(3))
    assert str(refused.value).startswith(f"store.checkins of partition {SHARD} ends at 2, and the store")
    assert await world.fence() == fence


async def test_the_store_of_another_log_is_refused_in_words(world: World) -> None:
    await world.store.apply(SHARD, Write(seen=b"", fence=Fence("another", 1)))
    with pytest.raises(UnknownEpoch) as refused:
        await world.lane().serve(world.visits(0))
    assert str(refused.value) == (
        f"shard {SHARD} of the store belongs to log another, this one is log: point PREVENANCE_REDIS at the "
        "right store or, where a topic was deleted and made again, start over with `prevenance rebuild "
        "--everything`"
    )
    assert (await world.fence(), world.sent) == (Fence("another", 1), [])


async def test_a_store_that_is_away_for_a_moment_is_asked_again_and_counted(world: World) -> None:
    world.store.away = 2
    await world.lane().serve(world.visits(0))
    assert await world.counted() == 1
    assert world.number("redis_errors_total", operation="personalise") == 2


async def test_timers_that_are_due_are_served_once_and_with_nothing_due_nothing_is_written(
    world: World,
) -> None:
    lane = world.lane()
    await lane.tick(world.now)
    assert await world.fence() is None
    seen = (await world.store.read(SHARD, ())).raw
    due = [Timer(*CLIENT, "cart:s1", a.NOON + 10), Timer(*CLIENT, "cart:s2", a.NOON + 99)]
    await world.store.apply(SHARD, Write(seen=seen, fence=Fence("log", 1), timers=due))
    await lane.tick(a.NOON + 10)
    assert await world.store.timers(SHARD) == 2, "another one has written: its fence is taken over first"
    for _ in range(2):
        await lane.tick(a.NOON + 13)
    assert await world.store.timers(SHARD) == 1
    assert await world.fence() == Fence("log", 2)
    assert world.number("timers_due_total") == 1
    assert world.number("timers_late_seconds_sum") == 3


async def test_what_a_timer_decides_is_told_and_the_other_parts_of_its_client_are_read(world: World) -> None:
    elsewhere = a.part_of(card="d")
    lane = world.lane()
    await lane.serve(world.visits(0))
    await world.store.link({CLIENT: Links(1, (CLIENT[1], elsewhere[1]))})
    told = len(world.told(topics.ALERTS))
    await lane.tick(a.NOON + 86_400)
    assert len(world.told(topics.ALERTS)) > told, "the welcome is over"
    assert world.store.peeked == [elsewhere]


@pytest.mark.parametrize("waits", [0.0, CATCHES_UP])
async def test_what_staff_said_while_nobody_served_them_comes_before_what_was_due_meanwhile(
    world: World, waits: float
) -> None:
    """Else what they follow is over as what nobody answered, and that the client was reached is not known.
    What never comes, as the end of another producer's transaction, is not waited for."""
    await world.lane().serve(world.visits(0))
    said = a.feedback(alerts(world)[0].alert, "accepted", a.NOON + 60)
    accepted, replayed = world.slice(topics.FEEDBACK, said), world.slice(topics.REPLAY, said)
    assert replayed.records
    lane, known = world.lane(), (await world.fence())
    world.now = a.NOON + 3600
    await lane.tick(world.now)
    assert await world.fence() == known
    if not waits:
        await lane.serve(accepted)
    await lane.tick(world.now + waits)
    record = records.decode((await world.store.peek([CLIENT]))[CLIENT])
    [over] = past(records.slice_of(record, "attention"))
    assert (over.end, over.accepted) == ("expired", not waits)


async def test_a_timer_reads_what_is_personal_with_the_key_that_opens_it(world: World) -> None:
    who: dict[str, Any] = {"advisor": "camille", "language": "fr", "birth_date": "1980-11-25"}
    said = [a.consent(a.NOON, "one_to_one", "all", card="c"), a.profile(a.NOON, who, card="c")]
    lane = world.lane()
    await lane.serve(world.slice(topics.DECLARATIONS, *said))
    told = len(world.told(topics.ALERTS))
    for day in range(1, 6):
        world.now = a.NOON + day * 86_400
        await lane.tick(world.now)
    actions = [change.alert.action for change in alerts(world)[told:] if isinstance(change, AlertChange)]
    assert actions == ["birthday"]


async def test_timers_of_a_shard_that_was_just_filled_are_late_since_then_at_most(world: World) -> None:
    async def filled() -> None:
        seen = (await world.store.read(SHARD, ())).raw
        old = [Timer(*CLIENT, "cart:s1", a.NOON - 500)]
        assert await world.store.apply(SHARD, Write(seen=seen, fence=Fence("log", 7), timers=old))

    world.filled = filled
    await world.lane().tick(a.NOON + 3)
    assert world.number("timers_late_seconds_sum") == 3


async def test_timers_of_a_shard_that_was_not_filled_are_late_since_they_were_due(world: World) -> None:
    due = [Timer(*CLIENT, "cart:s1", a.NOON - 500)]
    await world.store.apply(SHARD, Write(seen=b"", fence=Fence("log", 1), timers=due))
    await world.lane().tick(world.now)
    assert world.number("timers_late_seconds_sum") == 500


async def test_timers_beyond_those_of_one_look_are_late_since_they_were_due(world: World) -> None:
    due = [Timer(*CLIENT, f"cart:{n}", a.NOON + 1) for n in range(DUE_AT_ONCE + 1)]
    due.append(Timer(*CLIENT, "cart:next", a.NOON + 6))
    await world.store.apply(SHARD, Write(seen=b"", fence=Fence("log", 1), timers=due))
    lane, late = world.lane(), []
    for seconds in (0, 2, 5, 6):
        await lane.tick(a.NOON + seconds)
        late.append(world.number("timers_late_seconds_sum"))
    assert late == [0, DUE_AT_ONCE, DUE_AT_ONCE + 4, DUE_AT_ONCE + 4]


async def test_a_shard_into_which_another_one_writes_while_timers_are_looked_at_is_taken_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane, other, looked = world.lane(), world.lane(), world.store.read
    await lane.serve(world.visits(0))
    visit = world.visits(1)

    async def read(*asked: Any) -> Any:
        found = await looked(*asked)
        if len(asked) == 4 and found.due:  # what is due; the parts it concerns are read after that
            monkeypatch.setattr(world.store, "read", looked)
            await other.serve(visit)
        return found

    monkeypatch.setattr(world.store, "read", read)
    told = len(world.told(topics.ALERTS))
    await lane.tick(a.NOON + 86_400)
    assert len(world.told(topics.ALERTS)) == told, "nothing is served from what stands no more"
    world.store.looks = 0
    await lane.serve(world.visits(2))
    assert (world.store.looks, await world.counted()) == (1, 3)


async def test_what_stands_in_the_outbox_is_sent_until_a_write_says_so(world: World) -> None:
    kept = [msgspec.msgpack.encode((topics.SEGMENTS, b"lumiere/team", b"%d" % n)) for n in range(AT_ONCE + 1)]
    before = Fence("log", 1, {topics.CHECKINS: 5})
    await world.store.apply(SHARD, Write(seen=b"", fence=before, outbox=kept))
    world.visits(*range(6))
    world.away = True
    with pytest.raises(KafkaAway):
        await world.lane().tick(world.now)
    assert await world.fence() == before
    world.away, world.store.asked = False, 0
    lane = world.lane()
    await lane.tick(world.now)
    sent = [(m.topic, m.key, m.value) for m in world.sent]
    assert sent == [(topics.SEGMENTS, b"lumiere/team", b"%d" % n) for n in range(AT_ONCE + 1)]
    assert await world.store.outbox(SHARD) == []
    assert await world.fence() == Fence("log", 3, {topics.CHECKINS: 5})
    asked = world.store.asked
    await lane.tick(world.now)
    assert world.store.asked == asked, "until a write leaves something, there is nothing to ask for"


async def test_what_another_one_may_have_told_is_looked_at_again_at_the_next_tick(world: World) -> None:
    kept = [msgspec.msgpack.encode((topics.SEGMENTS, b"lumiere/team", b"{}"))]
    await world.store.apply(SHARD, Write(seen=b"", fence=Fence("log", 1), outbox=kept))
    lane, other = world.lane(), world.lane()
    world.store.meanwhile = lambda: other.tick(world.now)
    await lane.tick(world.now)
    assert (len(world.sent), await world.fence()) == (2, Fence("log", 2)), "sent twice, taken out once"
    await lane.tick(world.now)
    assert (len(world.sent), await world.fence()) == (2, Fence("log", 2))


SEGMENTED = a.lumiere(
    segments=[
        {"id": id, "name": id, "purpose": "service", "team": "client-service", "when": when}
        for id, when in {
            "buyers": {"field": "facts.purchases", "op": ">=", "value": 1},
            "silent": {"field": "recency.purchase_days", "op": ">=", "value": 100},
        }.items()
    ]
)


async def test_who_enters_a_segment_is_told_after_the_write_by_an_event_as_by_a_timer(world: World) -> None:
    world.ctx = a.context({"lumiere": SEGMENTED}, a.PEPPER, {})
    lane = world.lane()
    await lane.serve(world.slice(topics.PURCHASES, a.purchase(card="c")))
    assert (len(await world.store.outbox(SHARD)), world.told(topics.SEGMENTS)) == (1, [])
    await lane.tick(world.now)
    assert (await world.store.outbox(SHARD), len(world.told(topics.SEGMENTS))) == ([], 1)
    world.now += 101 * 86_400
    await lane.tick(world.now)
    assert (len(await world.store.outbox(SHARD)), len(world.told(topics.SEGMENTS))) == (1, 1)
    await lane.tick(world.now)
    assert (await world.store.outbox(SHARD), len(world.told(topics.SEGMENTS))) == ([], 2)


async def test_who_enters_a_segment_by_what_is_read_again_was_told_then(world: World) -> None:
    world.ctx = a.context({"lumiere": SEGMENTED}, a.PEPPER, {})
    world.slice(topics.PURCHASES, a.purchase(card="c"))
    world.committed = {topics.PURCHASES: 1}
    await world.lane().tick(world.now)
    assert await world.store.members(SHARD, "lumiere", "buyers", 9) == {CLIENT[1]: int(a.NOON)}
    assert (await world.store.outbox(SHARD), world.told(topics.SEGMENTS)) == ([], [])


@pytest.mark.parametrize("met", ["by a tick", "by a slice"])
async def test_who_enters_a_segment_is_told_once_where_the_store_loses_the_write_before_it_was(
    world: World, met: str
) -> None:
    """Its lane knows that it owes a word; of what it had told before, the log is read again in silence."""
    world.ctx = a.context({"lumiere": SEGMENTED}, a.PEPPER, {})
    lane, fall_back = world.lane(), world.store.remembered()
    await lane.serve(world.slice(topics.PURCHASES, a.purchase(card="c")))
    fall_back()
    if met == "by a slice":
        await lane.serve(world.visits(0))
    for _ in range(3):
        await lane.tick(world.now)
    assert await world.store.members(SHARD, "lumiere", "buyers", 9) == {CLIENT[1]: int(a.NOON)}
    assert (await world.store.outbox(SHARD), len(world.told(topics.SEGMENTS))) == ([], 1)
    fall_back()
    for _ in range(3):
        await lane.tick(world.now)
    assert await world.store.members(SHARD, "lumiere", "buyers", 9) == {CLIENT[1]: int(a.NOON)}
    assert (await world.store.outbox(SHARD), len(world.told(topics.SEGMENTS))) == ([], 1)


async def test_a_part_gets_one_key_told_before_what_it_seals(world: World) -> None:
    lane = world.lane()
    for n in range(2):
        await lane.serve(world.slice(topics.DECLARATIONS, a.note(a.NOON + n, card="c")))
    keys = world.told(topics.KEYS)
    assert [msgspec.json.decode(m.value or b"", type=KeyChange).oid for m in keys] == [CLIENT[1]]
    assert world.sent[0] is keys[0]


async def test_a_key_whose_record_was_refused_is_drawn_again(world: World) -> None:
    lane, note = world.lane(), world.slice(topics.DECLARATIONS, a.note(card="c"))
    world.store.refuses = 1
    await lane.serve(note)
    assert len(world.told(topics.KEYS)) == 2, "only a key that was settled is known"


async def said(world: World, *events: Any) -> Slice:
    """The events as the gateway seals them; the keys are on their way to the keyring."""
    sent: list[Message] = []

    async def publish(messages: Sequence[Message]) -> None:
        sent.extend(messages)

    taken = [
        check(msgspec.json.decode(encode(e)), WriteKey(maison="lumiere"), utc(a.NOON), a.PEPPER)
        for e in events
    ]
    await publish_sealed(taken, Keys(FakeRing(), MASTER), publish)
    world.on_their_way = [m for m in sent if m.topic == topics.KEYS]
    words = [m for m in sent if m.topic != topics.KEYS]
    return Slice(topics.DECLARATIONS, SHARD, [Record(n, m.key, m.value, 0) for n, m in enumerate(words)])


async def test_words_whose_key_is_in_the_keyring_are_opened_without_waiting_for_it_and_planned_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lane, slice = world.lane(), await said(world, a.profile(card="c"))
    planned: list[Any] = []
    monkeypatch.setattr(shard, "plan", lambda *asked: planned.append(asked) or plan(*asked))
    await lane.tick(world.now)
    for message in world.on_their_way:
        world.ring.take(message)
    world.store.done.clear()
    async with asyncio.timeout(0.9):  # the first look for a key follows at once
        await lane.serve(slice)
    assert (world.told(topics.DEAD_LETTERS), await world.fence()) == ([], Fence("log", 1, {slice.topic: 0}))
    assert ("caught up" in world.store.done, len(planned)) == (False, 1)


async def test_words_whose_key_is_still_on_its_way_wait_for_it_and_are_set_aside_only_then(
    world: World,
) -> None:
    lane, slice = world.lane(), await said(world, a.profile(card="c"))
    keys, world.on_their_way = world.on_their_way, []
    await lane.tick(world.now)
    world.on_their_way = keys
    await lane.serve(slice)
    assert (world.told(topics.DEAD_LETTERS), world.on_their_way) == ([], [])
    never = await said(world, a.profile(card="c"), a.profile(card="c"))
    world.on_their_way.clear()
    world.store.done.clear()
    await lane.serve(Slice(never.topic, SHARD, never.records[1:]))
    [dead] = world.told(topics.DEAD_LETTERS)
    assert (dead.value, world.store.done.count("caught up")) == (never.records[1].value, 1)


async def test_what_is_replayed_reaches_nobody_and_is_no_age_of_the_line(world: World) -> None:
    lane = world.lane()
    await lane.serve(world.slice(topics.REPLAY, a.checkin(a.NOON - 60, card="c")))
    assert (await world.counted(), world.told(topics.ALERTS)) == (1, [])
    assert world.number("event_to_alert_seconds_count", stage="ingest") == 0
    await lane.serve(world.visits(0))
    assert len(world.told(topics.ALERTS)) == 1
    assert world.number("event_to_alert_seconds_count", stage="ingest") == 1


async def test_the_other_parts_of_a_client_who_comes_in_are_read_with_theirs(world: World) -> None:
    elsewhere = a.part_of(card="d")
    await world.store.link({CLIENT: Links(1, (CLIENT[1], elsewhere[1]))})
    await world.lane().serve(world.slice(topics.CLICKS, a.view(card="c", who={"card": "c"})))
    assert world.store.peeked == []
    await world.lane().serve(world.visits(0))
    assert world.store.peeked == [elsewhere]
    assert (len(world.told(topics.ALERTS)), world.told(topics.DEAD_LETTERS)) == (1, [])
    await world.lane().serve(world.slice(topics.REPLAY, a.checkin(card="c")))
    assert world.store.peeked == [elsewhere], "what is replayed asks for nobody"


async def test_an_event_that_can_not_be_applied_is_set_aside_and_its_neighbour_counts(world: World) -> None:
    other = next(
        part
        for n in count()
        if partition_of((part := a.part_of(card=f"o{n}"))[1].encode(), a.SHARDS) == SHARD
    )
    await world.store.apply(SHARD, Write(seen=b"", fence=Fence("log", 1), parts={other: b"\xc1 no record"}))
    visit = a.event("store.checkin", site="vendome", method="nfc", oid=other[1])
    await world.lane().serve(world.slice(topics.CHECKINS, visit, a.checkin(card="c")))
    [dead] = world.told(topics.DEAD_LETTERS)
    assert (dead.key, await world.counted()) == (other[1].encode(), 1)


async def test_what_became_of_events_is_counted_by_topic(world: World) -> None:
    def counted(topic: str) -> dict[str, float]:
        found = {of: world.number("events_total", topic=topic, outcome=of) for of in OUTCOMES}
        return {of: number for of, number in found.items() if number}

    lane, visit = world.lane(), a.checkin(card="c")
    twice = world.slice(topics.CHECKINS, visit, visit)
    strayed = Record(2, b"another's", a.raw(a.checkin(card="c")).value, round(a.NOON * 1000))
    await lane.serve(Slice(topics.CHECKINS, SHARD, [*twice.records, strayed]))
    assert counted(topics.CHECKINS) == {"applied": 1, "duplicate": 1, "rekeyed": 1}
    await lane.serve(world.slice(topics.DECLARATIONS, a.event("client.erase", a.NOON + 1, card="c")))
    await lane.serve(world.slice(topics.CLICKS, a.view(card="c", who={"card": "c"})))
    assert counted(topics.CLICKS) == {"erased": 1}


async def test_words_of_somebody_whose_key_is_destroyed_are_counted_as_theirs_and_nothing_else(
    world: World,
) -> None:
    lane, slice = world.lane(), await said(world, a.profile(card="c"))
    world.on_their_way.clear()
    world.ring.kept[CLIENT] = []
    await lane.serve(slice)
    assert [world.number("events_total", topic=slice.topic, outcome=of) for of in OUTCOMES] == [
        float(of == "erased") for of in OUTCOMES
    ]


async def test_who_is_erased_loses_the_keys_that_their_lane_knows(world: World) -> None:
    lane = world.lane()
    await lane.serve(world.slice(topics.DECLARATIONS, a.note(card="c")))
    await lane.serve(world.slice(topics.DECLARATIONS, a.event("client.erase", a.NOON + 1, card="c")))
    for message in world.told(topics.KEYS):
        world.ring.take(message)
    assert world.ring.kept[CLIENT] == []


async def test_an_erasure_destroys_also_a_salt_that_the_gateway_drew_while_the_lane_drew_its_own(
    world: World,
) -> None:
    lane, _ = world.lane(), await said(world, a.profile(card="c"))
    drawn, world.on_their_way = world.on_their_way, []
    await lane.serve(world.slice(topics.CHECKINS, a.checkin(card="c")))
    log = [*drawn, *world.told(topics.KEYS)]
    for message in drawn:  # its own is still on its way
        world.ring.take(message)
    await lane.serve(world.slice(topics.DECLARATIONS, a.event("client.erase", a.NOON + 1, card="c")))
    gone = {message.key for message in world.told(topics.KEYS) if message.value is None}
    assert gone == {message.key for message in log}
    assert len(gone) == 2


async def test_a_consent_of_before_an_erasure_that_comes_after_it_leaves_no_key(world: World) -> None:
    lane = world.lane()
    await lane.serve(world.slice(topics.DECLARATIONS, a.event("client.erase", a.NOON + 1, card="c")))
    for message in world.told(topics.KEYS):
        world.ring.take(message)
    late = await said(world, a.consent(a.NOON, "service", card="c"))
    before = len(world.told(topics.KEYS))
    again = [record._replace(offset=9) for record in late.records]
    await lane.serve(Slice(topics.DECLARATIONS, SHARD, again))
    assert not world.on_their_way, "the lane has seen the key that was drawn"
    for message in world.told(topics.KEYS)[before:]:
        world.ring.take(message)
    assert world.ring.kept[CLIENT] == []


@pytest.mark.parametrize("age", [0, 60])
async def test_an_alert_says_since_when_its_event_was_known_and_how_long_it_took_is_told(
    world: World, age: int
) -> None:
    await world.lane().serve(world.visits(-age, 0))
    assert world.number("event_to_alert_seconds_sum", stage="decided") == age
    [change] = alerts(world)
    assert change.alert.received == iso(a.NOON - age)


async def test_what_guards_held_back_what_is_odd_and_whom_to_look_at_again_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied = isolate.applied

    def odd(*given: Any) -> tuple[Plan, Effects]:
        planned, effects = applied(*given)
        effects.oddities.update({"crowd": 2})
        effects.vetoes.update({("stale", "birthday"): 3})
        effects.broken += [("birthday", "ZeroDivisionError at birthday.py:1")] * 2
        effects.reviews[CLIENT] = None
        return planned, effects

    monkeypatch.setattr(isolate, "applied", odd)
    await world.lane().serve(world.visits(0))
    assert world.number("oddities_total", kind="crowd") == 2
    assert world.number("guard_blocks_total", guard="stale", action="birthday") == 3
    assert world.number("broken_total", rule="birthday") == 2
    [asked] = await world.store.outbox(SHARD)
    assert outbox.message(asked).value == encode(outbox.review(CLIENT, a.NOON))


async def test_what_can_not_be_read_is_set_aside_and_counted_and_the_rest_goes_on(world: World) -> None:
    slice = world.visits(0, 1)
    broken = Record(2, b"key", b"{", round(a.NOON * 1000))
    await world.lane().serve(Slice(topics.CHECKINS, SHARD, [*slice.records, broken]))
    [dead] = world.told(topics.DEAD_LETTERS)
    assert (dead.value, dict(dead.headers)["partition"]) == (b"{", str(SHARD).encode())
    assert (await world.counted(), await world.fence()) == (2, Fence("log", 1, {topics.CHECKINS: 2}))
    assert world.number("events_total", topic=topics.CHECKINS, outcome="dead") == 1
    why = reason_class(dict(dead.headers)["reason"].decode())
    assert world.number("dead_letters_total", stage="personalise", reason_class=why) == 1


async def test_a_withdrawal_is_in_force_before_it_is_written(world: World) -> None:
    await world.lane().serve(
        world.slice(topics.DECLARATIONS, a.consent(a.NOON, "marketing", "none", card="c"))
    )
    assert CLIENT in world.denials.held


async def test_the_words_that_somebody_edited_are_told_their_inbox_sealed(world: World) -> None:
    lane = world.lane()
    await lane.serve(world.visits(0))
    for message in world.told(topics.KEYS):
        world.ring.take(message)
    alert = alerts(world)[0].alert
    sent: list[Message] = []

    async def publish(messages: Sequence[Message]) -> None:
        sent.extend(messages)

    edited = restated(encode(a.feedback(alert, "edited", text="Bonsoir")), None, a.PEPPER)
    await publish_sealed([edited], Keys(world.ring, MASTER), publish)
    [message] = sent
    assert b"Bonsoir" not in (message.value or b"")
    await lane.serve(Slice(topics.FEEDBACK, SHARD, [Record(0, message.key, message.value, 0)]))
    answer = alerts(world)[-1].answer
    keys = Keys(world.ring, MASTER)
    await keys.look_up([CLIENT])
    assert answer.say != "Bonsoir"
    assert read(answer.say, keys.known[CLIENT]) == "Bonsoir"


def alerts(world: World) -> list[Any]:
    return [decode_inbox(message.value) for message in world.told(topics.ALERTS)]


async def test_what_people_answered_is_read_again_after_what_was_told_them(world: World) -> None:
    lane = world.lane()
    await lane.serve(world.slice(topics.FEEDBACK, a.feedback(an_alert(), "seen")))
    lost = world.store.remembered()
    await lane.serve(world.visits(0))
    await lane.serve(world.slice(topics.FEEDBACK, a.feedback(alerts(world)[0].alert, "never", a.NOON + 1)))
    lost()
    await lane.serve(world.visits(2))
    assert [topic for topic, _, _ in world.read] == [topics.CHECKINS, topics.FEEDBACK]
    record = records.decode((await world.store.peek([CLIENT]))[CLIENT])
    assert [ended.end for ended in past(records.slice_of(record, "attention"))] == ["never"]
