"""Slices over a real broker: order, room, offsets, rebalances, kills."""

import asyncio
import logging
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.fetch import FetchRequest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from faust.types import TP
from prometheus_client import CollectorRegistry

from streams import lanes
from streams.embedded import EmbeddedKafka
from streams.faust_app import SliceApp, make_app
from streams.lanes import Group
from streams.metrics import Metrics
from streams.pace import steady
from streams.transport import ConsumerThread, Feed, Slice
from tests.brokers.kafka import Kafka
from tests.waiting import wait_until

Unique = Callable[[str], str]
PARTITIONS = 4


class Broker:
    """Topics and records of one test."""

    def __init__(self, kafka: Kafka | EmbeddedKafka, unique: Unique) -> None:
        self.kafka = kafka
        self.bootstrap = kafka.bootstrap
        self.group = unique("group")
        self._unique = unique
        self._producer = Producer({"bootstrap.servers": kafka.bootstrap, "linger.ms": 5})

    def topics(self, *names: str) -> list[str]:
        topics = [self._unique(name) for name in names]
        if self.kafka.real:
            new = [NewTopic(topic, PARTITIONS, 1) for topic in topics]
            with AdminClient({"bootstrap.servers": self.bootstrap}) as admin:
                for made in admin.create_topics(new).values():
                    made.result(timeout=10)
        return topics

    def write(self, topic: str, values: list[str], partition: int | None = None) -> None:
        for number, value in enumerate(values):
            to = number % PARTITIONS if partition is None else partition
            self._producer.produce(topic, value.encode(), partition=to)
        assert self._producer.flush(10) == 0

    def app(self, feed: Feed) -> SliceApp:
        return make_app(self.group, brokers=self.bootstrap, feed=feed, session_timeout=3.0)


@pytest.fixture
def broker(kafka: Kafka | EmbeddedKafka, unique: Unique) -> Broker:
    return Broker(kafka, unique)


@asynccontextmanager
async def reading(app: SliceApp, handle: Callable[[Any], Any]) -> AsyncIterator[SliceApp]:
    """Run `app` with an agent that awaits `handle(event)` for each event; acking is up to it."""

    @app.agent(app.topic(*app.transport.feed.topics))
    async def agent(stream: Any) -> None:
        async for event in stream.noack().events():
            await handle(event)

    await app.start()
    try:
        yield app
    finally:
        await app.stop()


def values(event: Any) -> list[str]:
    return [record.value.decode() for record in event.value.records]


async def test_after_a_clean_stop_nothing_is_read_twice_and_nothing_is_skipped(broker: Broker) -> None:
    (topic,) = broker.topics("clicks")
    seen: list[str] = []

    async def note(event: Any) -> None:
        seen.extend(values(event))
        event.ack()

    broker.write(topic, [f"a{n}" for n in range(3000)])
    async with reading(broker.app(Feed(tiers=[[topic]], slice_size=lambda _: 100)), note):
        await wait_until(lambda: len(seen) >= 1000, what="a part is read")
    broker.write(topic, [f"b{n}" for n in range(1000)])
    async with reading(broker.app(Feed(tiers=[[topic]])), note):
        await wait_until(lambda: len(seen) >= 4000, what="the rest is read")
    assert Counter(seen) == Counter([f"a{n}" for n in range(3000)] + [f"b{n}" for n in range(1000)])


async def test_a_poll_that_outlives_its_assignment_takes_nothing_of_the_next(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    (topic,) = broker.topics("clicks")
    seen: list[str] = []

    async def note(event: Any) -> None:
        seen.extend(values(event))
        event.ack()

    async def through_the_rebalance(thread: ConsumerThread, fetcher: Any) -> None:
        await asyncio.wait([fetcher._create_fetch_waiter()], timeout=10)

    monkeypatch.setattr(ConsumerThread, "_wait", through_the_rebalance)
    first, second = (broker.app(Feed(tiers=[[topic]])) for _ in range(2))
    async with reading(first, note):
        broker.write(topic, [f"a{n}" for n in range(100)])
        await wait_until(lambda: len(seen) == 100, what="the first part is read")
        async with reading(second, note):
            await wait_until(
                lambda: all(app.consumer.ready and app.consumer.assigned for app in (first, second)),
                what="the partitions are shared",
            )
            broker.write(topic, [f"b{n}" for n in range(400)])
            await wait_until(lambda: len(seen) >= 500, what="the second part is read")
    assert Counter(seen) == Counter([f"a{n}" for n in range(100)] + [f"b{n}" for n in range(400)])


async def test_a_fetch_is_answered_with_what_is_new_and_names_nothing_else(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not broker.kafka.real:
        pytest.skip("the mock cluster keeps no fetch sessions")
    topics = broker.topics("checkins", "clicks")
    seen: list[str] = []
    named: list[int] = []
    send = AIOKafkaClient.send

    async def noted(self: AIOKafkaClient, node_id: int, request: Any, **options: Any) -> Any:
        answer = await send(self, node_id, request, **options)
        if isinstance(request, FetchRequest):
            named.append(sum(len(partitions) for _, partitions in answer.topics))
        return answer

    async def note(event: Any) -> None:
        seen.extend(values(event))
        event.ack()

    monkeypatch.setattr(AIOKafkaClient, "send", noted)
    async with reading(broker.app(Feed(tiers=[topics])), note):
        broker.write(topics[0], ["a"], partition=0)
        await wait_until(lambda: seen == ["a"], what="the first record")
        await wait_until(lambda: 0 in named, what="a fetch with no news")
        named.clear()
        broker.write(topics[1], ["b"], partition=2)
        await wait_until(lambda: seen == ["a", "b"], what="the second record")
    assert max(named) == 1


async def test_records_of_a_shard_come_in_order_in_slices_of_one_partition(broker: Broker) -> None:
    topics = broker.topics("checkins", "clicks")
    most = dict(zip(topics, (30, 70), strict=True))
    for topic in topics:
        broker.write(topic, [str(n) for n in range(1200)])
    offsets: dict[tuple[str, int], list[int]] = {}

    async def note(event: Any) -> None:
        given = event.value
        assert 0 < len(given.records) <= most[given.topic]
        offsets.setdefault((given.topic, given.partition), []).extend(r.offset for r in given.records)
        event.ack()

    async with reading(broker.app(Feed(tiers=[topics], slice_size=most.__getitem__)), note):
        await wait_until(lambda: sum(map(len, offsets.values())) == 2400, what="all is read")
    assert len(offsets) == 2 * PARTITIONS
    assert all(of_one == list(range(300)) for of_one in offsets.values())


async def test_the_urgent_tier_is_read_to_its_end_before_anything_else(broker: Broker) -> None:
    flood, urgent, middle = broker.topics("clicks", "checkins", "purchases")
    for topic in (flood, middle, urgent):
        broker.write(topic, ["x"] * 200, partition=0)
    slices: list[str] = []

    async def note(event: Any) -> None:
        slices.append(event.value.topic)
        event.ack()

    feed = Feed(tiers=[[urgent], [middle], [flood]], slice_size=lambda _: 20)
    async with reading(broker.app(feed), note):
        await wait_until(lambda: len(slices) == 30, what="all is read")
    assert slices == [urgent] * 10 + [middle] * 10 + [flood] * 10


async def test_urgent_records_that_never_end_leave_a_turn_to_all_others(broker: Broker) -> None:
    flood, urgent, middle = broker.topics("clicks", "checkins", "purchases")
    broker.write(urgent, ["x"] * 200, partition=0)
    for topic in (flood, middle):
        broker.write(topic, ["x"] * 6, partition=0)
    slices: list[str] = []

    async def note(event: Any) -> None:
        slices.append(event.value.topic)
        event.ack()

    async with reading(broker.app(Feed(tiers=[[urgent], [middle], [flood]], slice_size=lambda _: 2)), note):
        await wait_until(lambda: len(slices) == 106, what="all is read")
    assert set(slices[:20]) == {urgent}
    assert Counter(slices[:80]) == {urgent: 74, middle: 3, flood: 3}


async def test_topics_of_one_tier_take_turns(broker: Broker) -> None:
    topics = broker.topics("clicks", "touches")
    for topic in topics:
        broker.write(topic, ["x"] * 200, partition=0)
    slices: list[str] = []

    async def note(event: Any) -> None:
        slices.append(event.value.topic)
        event.ack()

    async with reading(broker.app(Feed(tiers=[topics], slice_size=lambda _: 20)), note):
        await wait_until(lambda: len(slices) == 20, what="all is read")
    assert all(set(slices[n : n + 2]) == set(topics) for n in range(0, 20, 2))


async def test_an_urgent_record_overtakes_a_flood(broker: Broker) -> None:
    urgent, flood = broker.topics("checkins", "clicks")
    broker.write(flood, ["click"] * 4000, partition=0)
    slices: list[str] = []

    async def slowly(event: Any) -> None:
        await asyncio.sleep(0.02)
        slices.append(event.value.topic)
        event.ack()

    async with reading(broker.app(Feed(tiers=[[urgent], [flood]], slice_size=lambda _: 50)), slowly):
        await wait_until(lambda: len(slices) >= 5, what="the flood is being read")
        await asyncio.to_thread(broker.write, urgent, ["guest at the door"], 0)
        written_at = len(slices)
        await wait_until(lambda: urgent in slices, what="the urgent record is read")
        assert slices.index(urgent) - written_at <= 4
        await wait_until(lambda: len(slices) == 81, what="the flood is read")


async def test_a_poll_that_waits_for_room_takes_what_there_is_room_for_once_it_is_made(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    (topic,) = broker.topics("clicks")
    broker.write(topic, [str(n) for n in range(2000)], partition=0)
    polls, slices = list[Any](), list[list[str]]()
    poll = ConsumerThread.poll

    async def counted(thread: ConsumerThread, *asked: Any) -> Any:
        polls.append(asked)
        return await poll(thread, *asked)

    async def slowly(event: Any) -> None:
        await asyncio.sleep(0.01)
        slices.append(values(event))
        event.ack()

    monkeypatch.setattr(ConsumerThread, "poll", counted)
    async with reading(broker.app(Feed(tiers=[[topic]], slice_size=lambda _: 20)), slowly):
        await wait_until(lambda: bool(slices), what="the first slice is read")
        polls.clear()
        await wait_until(lambda: len(slices) == 100, what="all is read")
        assert len(polls) < 130, "one poll a slice; the other shards have room all the time"
    assert [value for slice in slices for value in slice] == [str(n) for n in range(2000)]


async def test_a_shard_that_stands_still_does_not_stop_the_others(broker: Broker) -> None:
    (topic,) = broker.topics("clicks")
    broker.write(topic, [str(n) for n in range(2000)])
    held: list[Any] = []
    done: list[str] = []
    released = False

    async def hold_shard_0(event: Any) -> None:
        if event.value.partition == 0 and not released:
            held.append(event)
            return
        done.extend(values(event))
        event.ack()

    async with reading(
        broker.app(Feed(tiers=[[topic]], slice_size=lambda _: 20, in_flight=2)), hold_shard_0
    ) as app:
        await wait_until(lambda: len(done) == 1500, what="the other shards are read")
        assert len(held) == 2
        assert app.consumer.progress()[TP(topic, 0)].lag == 500
        released = True
        for event in held:
            done.extend(values(event))
            event.ack()
        await wait_until(lambda: len(done) == 2000, what="the shard moves on")
        assert all(progress.lag == 0 for progress in app.consumer.progress().values())


async def test_what_an_agent_does_not_finish_in_time_is_given_up_and_read_again(broker: Broker) -> None:
    (topic,) = broker.topics("clicks")
    broker.write(topic, [str(n) for n in range(100)], partition=1)
    held: list[Any] = []
    gone: list[frozenset[TP]] = []

    async def hold(event: Any) -> None:
        held.append(event)

    feed = Feed(tiers=[[topic]], slice_size=lambda _: 60, patience=0.2, on_revoked=gone.append)
    async with reading(broker.app(feed), hold):
        await wait_until(lambda: len(held) == 2, what="both slices are held")
        held[1].ack()
    assert gone == [frozenset(TP(topic, n) for n in range(PARTITIONS))]
    assert held[0].ack() is False

    again: list[str] = []

    async def note(event: Any) -> None:
        again.extend(values(event))
        event.ack()

    async with reading(broker.app(Feed(tiers=[[topic]])), note):
        await wait_until(lambda: len(again) >= 100, what="all is read again")
    assert again == [str(n) for n in range(100)]


async def test_an_exception_that_leaves_an_agent_ends_the_app_and_acks_nothing(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    (topic,) = broker.topics("clicks")
    broker.write(topic, ["x"])

    async def fail(event: Any) -> None:
        raise RuntimeError("the store is gone")

    async with reading(broker.app(Feed(tiers=[[topic]], patience=0.2)), fail) as app:
        assert "the store is gone" in repr(await asyncio.wait_for(app.failure(), 10))
    again: list[str] = []

    async def note(event: Any) -> None:
        again.extend(values(event))
        event.ack()

    async with reading(broker.app(Feed(tiers=[[topic]])), note):
        await wait_until(lambda: again == ["x"], what="it is read again")


async def test_two_groups_live_in_one_loop_and_stop_without_a_word(
    broker: Broker, unique: Unique, caplog: pytest.LogCaptureFixture
) -> None:
    (topic,) = broker.topics("clicks")
    broker.write(topic, [str(n) for n in range(400)])
    seen: dict[str, int] = {}

    def note(group: str) -> Callable[[Any], Any]:
        async def handle(event: Any) -> None:
            seen[group] = seen.get(group, 0) + len(event.value.records)
            event.ack()

        return handle

    with caplog.at_level(logging.WARNING):
        one = make_app(unique("one"), brokers=broker.bootstrap, feed=Feed(tiers=[[topic]]))
        two = make_app(unique("two"), brokers=broker.bootstrap, feed=Feed(tiers=[[topic]]))
        async with reading(one, note("one")), reading(two, note("two")):
            await wait_until(lambda: seen == {"one": 400, "two": 400}, what="both have read all")
            assert one.consumer.ready
            assert two.consumer.ready
            stopping = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - stopping < 3.0
    words = [r.getMessage() for r in caplog.records if "CoordinatorNotAvailable" not in r.getMessage()]
    assert words == []


class Workers:
    """Worker processes of one group, and what they wrote down."""

    def __init__(self, broker: Broker, topics: list[str], folder: Path) -> None:
        self._command = [
            sys.executable,
            "-m",
            "tests.integration.slice_worker",
            broker.bootstrap,
            broker.group,
        ]
        self._topics = topics
        self._folder = folder
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, name: str) -> subprocess.Popen[bytes]:
        worker = subprocess.Popen([*self._command, str(self._folder / name), *self._topics])
        self._running.append(worker)
        return worker

    def lines(self, name: str, word: str) -> list[str]:
        path = self._folder / name
        text = path.read_text() if path.exists() else ""
        return [line.removeprefix(word).strip() for line in text.splitlines() if line.startswith(word)]

    def seen(self) -> Counter[str]:
        return Counter(value for path in self._folder.iterdir() for value in self.lines(path.name, "seen"))

    def end(self) -> None:
        for worker in self._running:
            worker.kill()
            worker.wait()


@pytest.fixture
def workers(broker: Broker, tmp_path: Path) -> Iterator[Callable[[list[str]], Workers]]:
    made: list[Workers] = []

    def make(topics: list[str]) -> Workers:
        made.append(Workers(broker, topics, tmp_path))
        return made[-1]

    yield make
    for group in made:
        group.end()


async def test_a_worker_killed_in_the_middle_loses_nothing(
    broker: Broker, workers: Callable[[list[str]], Workers]
) -> None:
    topics = broker.topics("checkins", "clicks")
    expected = [f"{topic}/{n}" for topic in topics for n in range(4000)]
    for topic in topics:
        broker.write(topic, [f"{topic}/{n}" for n in range(4000)])
    group = workers(topics)
    first = group.start("first")
    await wait_until(lambda: len(group.seen()) >= 2500, 20, "a part is read")
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert len(group.seen()) < len(expected)
    group.start("second")
    await wait_until(lambda: len(group.seen()) == len(expected), 30, "all is read")
    assert set(group.seen()) == set(expected)


async def test_a_worker_that_joins_and_one_that_leaves_lose_and_repeat_nothing(
    broker: Broker, workers: Callable[[list[str]], Workers]
) -> None:
    topics = broker.topics("checkins", "clicks")
    group = workers(topics)
    written: list[str] = []
    enough = asyncio.Event()

    async def write() -> None:
        while not enough.is_set():
            for topic in topics:
                batch = [f"{topic}/{n}" for n in range(len(written), len(written) + 100)]
                await asyncio.to_thread(broker.write, topic, batch)
                written.extend(batch)
            await asyncio.sleep(0.1)

    first = group.start("first")
    await wait_until(lambda: group.lines("first", "assigned checkins"), 20, "the first worker has partitions")
    writing = asyncio.create_task(write())
    group.start("second")
    await wait_until(lambda: group.lines("second", "assigned checkins"), 20, "the second has partitions")
    await wait_until(lambda: len(group.lines("first", "assigned checkins")) == 2, 20, "the first has fewer")
    for share in (group.lines(name, "assigned")[-1].split() for name in ("first", "second")):
        shards = [{tp.split(":")[1] for tp in share if tp.startswith(topic)} for topic in topics]
        assert shards[0] == shards[1], "a shard has one owner, over all topics"
        assert len(shards[0]) == PARTITIONS / 2
    first.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(first.wait, 10) == 0
    assert group.lines("first", "stopped")
    enough.set()
    await writing
    await wait_until(lambda: len(group.seen()) == len(written), 30, "all is read")
    assert set(group.seen()) == set(written)
    if broker.kafka.real:  # the mock cluster refuses the commit of a member that a rebalance waits for
        assert set(group.seen().values()) == {1}


class Idle:
    """A lane to which nothing comes."""

    async def serve(self, slice: Slice) -> None:
        raise AssertionError

    async def tick(self, now: float) -> None:
        pass


class Reading(Idle):
    """A lane that notes what it is given."""

    def __init__(self, read: list[int]) -> None:
        self._read = read

    async def serve(self, slice: Slice) -> None:
        self._read += [record.offset for record in slice.records]


async def test_what_kafka_removed_before_a_group_had_read_it_is_counted_and_told(
    real_kafka: Kafka, unique: Unique, caplog: pytest.LogCaptureFixture
) -> None:
    """It read on where the log begins, and records lacked what was removed: nothing and nobody said so."""
    broker = Broker(real_kafka, unique)
    [topic] = broker.topics("t")
    metrics, read = Metrics(CollectorRegistry()), list[int]()

    def group() -> Group:
        return Group(
            broker.group,
            [[topic]],
            lambda _: Reading(read),
            brokers=broker.bootstrap,
            metrics=metrics,
            clock=time.time,
            slice_size=steady,
        )

    for offsets in (range(5), range(12, 15)):
        broker.write(topic, [f"{n}" for n in range(len(read), offsets[-1] + 1)], partition=1)
        if read:
            with AdminClient({"bootstrap.servers": broker.bootstrap}) as admin:
                for removed in admin.delete_records([TopicPartition(topic, 1, offsets[0])]).values():
                    removed.result(timeout=10)
        ours = group()
        await ours.start()
        try:
            await wait_until(lambda: offsets[-1] in read, 20, f"{offsets} are read")  # noqa: B023
            if offsets[0]:
                await wait_until(lambda: "unread" in caplog.text, what="it is told")
        finally:
            await ours.stop()
    assert read == [*range(5), *range(12, 15)]
    assert f"{topic} of partition 1 begins at 12, and was to be read on from 5: Kafka removed 7 messages" in (
        caplog.text
    )
    assert metrics.registry.get_sample_value("prevenance_removed_unread_total", {"topic": topic}) == 7


async def test_a_group_that_kafka_answers_no_more_is_not_ready_and_ends(
    mortal_kafka: Kafka, unique: Unique, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has nothing to write met no error of its own: for good it was ready, and had no lag."""
    monkeypatch.setattr(lanes, "PATIENCE", 2.0)
    broker = Broker(mortal_kafka, unique)
    group = Group(
        broker.group,
        [broker.topics("t")],
        lambda _: Idle(),
        brokers=broker.bootstrap,
        metrics=Metrics(CollectorRegistry()),
        clock=time.time,
        slice_size=steady,
        session_timeout=1.0,
    )

    async def ready() -> bool:
        return await group.ready() is None

    async def unanswered() -> bool:
        return "has had no answer of " in (await group.ready() or "")

    await group.start()
    try:
        await wait_until(ready, 20, "partitions")
        await asyncio.to_thread(mortal_kafka.kill)
        await wait_until(unanswered, 20, "it says what is missing")
        await asyncio.to_thread(mortal_kafka.start)
        await wait_until(ready, 30, "Kafka answers again")
        group.observe()
        await asyncio.to_thread(mortal_kafka.kill)
        ended = asyncio.create_task(group.failure())

        def given_up() -> bool:
            group.observe()
            return ended.done()

        await wait_until(given_up, 20, "it ends")
        who = ("Kafka", f"the broker {broker.bootstrap}")  # it is both: the first that failed is named
        assert str(ended.result()) in [f"{one} has not answered for 2 s" for one in who]
    finally:
        await asyncio.to_thread(mortal_kafka.start)
        await group.stop()
