"""Faust fed by whole polls: one message is a slice of a poll of one partition.

A stock agent costs two tasks and some ninety microseconds a record before it does anything. Here a
message holds up to `slice_size` records, so that cost is paid once a slice. What Faust would count per
record (offsets, back-pressure) is therefore kept here, see `streams.in_flight`.

An agent reads `stream.noack().events()` and calls `event.ack()` once the effects of the slice are durable;
nothing else acks. `event.value` is a `Slice`. Slices of one shard come strictly in order.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from itertools import count
from math import inf
from time import monotonic
from typing import Any, NamedTuple, Protocol

import msgspec
from aiokafka.consumer.fetcher import Fetcher as RecordFetcher
from aiokafka.errors import ConsumerStoppedError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from mode import get_logger

from agents.plan import Raw
from streams.fetching import fetch_lean, note_answers
from streams.in_flight import InFlight, Progress
from streams.pace import Sizes, steady

IDLE_WAIT = 0.5
"""Seconds a poll and the broker wait for a first record: what comes wakes both, so less only burns CPU."""
SLICES_PER_POLL = 4
"""More would keep the first slice of a poll waiting while the last is unpacked."""

OVERTAKEN = 20
"""Slices of its shard that may overtake a partition: then it is served once, as if it were most urgent. Else
urgent records that come one by one, each a slice, would hold back all others for as long as they come."""

Hook = Callable[[frozenset[TP]], None]

log = get_logger(__name__)


class Record(Raw, Protocol):
    """A record as aiokafka parsed it; its topic and partition are those of its slice."""

    @property
    def timestamp(self) -> int: ...


class Slice(NamedTuple):
    """Consecutive records of one partition, in offset order, never empty: the `value` of an event."""

    topic: str
    partition: int
    records: Sequence[Record]


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """What to read and how much of it at a time.

    `slice_size` is the most records a slice of a topic may have; it is asked in the consumer's thread.
    `tiers` lists topics in order of urgency: a record of an earlier tier overtakes all fetched records of
    later ones (`OVERTAKEN` slices at most, then they have a turn), so it waits for the slices its shard
    already holds and no more. `in_flight` counts slices per shard (partition number, over all topics),
    `in_flight_overall` those of all shards: enough to work on one while others wait for I/O. The first tier
    is free of the second bound.

    A revocation or a stop gives agents `patience` seconds to finish the slices they hold, then those are
    given up unacked. The hooks are told of every new assignment and of every end of one; they must be quick,
    and `on_revoked` is to cancel whatever still works on those partitions.
    """

    tiers: Sequence[Sequence[str]]
    slice_size: Sizes = steady
    in_flight: int = 2
    in_flight_overall: int = 4
    patience: float = 5.0
    on_assigned: Hook = lambda _: None
    on_revoked: Hook = lambda _: None
    on_gone: Callable[[TP, int], None] = lambda *_: None
    """Told of an offset that was to be read next and is not there: it is read on where the log begins."""

    @property
    def topics(self) -> list[str]:
        """All topics, the most urgent first."""
        return [topic for tier in self.tiers for topic in tier]


class Room(NamedTuple):
    """How many more slices each shard may hold, and all together of the later tiers; what was counted later
    has a higher `number`."""

    number: int
    shards: dict[int, int]
    spare: int


Taken = list[tuple[TP, list[Any]]]


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread in which aiokafka lives: it fetches, unpacks and sends heartbeats."""

    consumer: "Consumer"

    def __post_init__(self) -> None:
        super().__post_init__()
        feed = self.consumer.transport.feed
        self._size = feed.slice_size
        self._tier = {topic: rank for rank, tier in enumerate(feed.tiers) for topic in tier}
        self._served: dict[TP, int] = {}
        self._overtaken: Counter[TP] = Counter()
        self._turn = count(1)
        self._room = Room(0, {}, 0)
        self._room_made = asyncio.Event()
        self._unanswered: dict[int | None, float] = {}
        """By the monotonic clock, when the first of the latest questions to a broker failed; None: to any."""

    async def on_start(self) -> None:
        await super().on_start()
        consumer = self._ensure_consumer()
        note_answers(consumer._client, self._note_answer)
        fetch_lean(consumer._fetcher, IDLE_WAIT, self._note_gone)

    def _note_gone(self, topic: str, partition: int, offset: int) -> None:
        told = self.consumer.transport.feed.on_gone
        self.consumer.loop.call_soon_threadsafe(told, TP(topic, partition), offset)

    def _note_answer(self, node: int, answered: bool) -> None:
        for whom in (node, None):
            if answered:
                self._unanswered.pop(whom, None)
            else:  # from a failure on: a process that stood still was not refused
                self._unanswered.setdefault(whom, monotonic())

    def unanswered(self, held: frozenset[TP]) -> tuple[float, str]:
        """For how many seconds who is asked for these partitions gives no answer, and who that is."""
        if not self._unanswered:
            return 0.0, ""
        cluster = self._ensure_consumer()._client.cluster
        asked = {cluster.leader_for_partition(tp) for tp in held} | {None}
        for moved in self._unanswered.keys() - asked:  # what it failed at counts no more when it leads again
            self._unanswered.pop(moved, None)
        since, whom = min(((self._unanswered.get(n, inf), n) for n in asked), key=lambda one: one[0])
        broker = None if whom is None else cluster.broker_metadata(whom)
        who = "Kafka" if broker is None else f"the broker {broker.host}:{broker.port}"
        return max(0.0, monotonic() - since), who

    def room_made(self, room: Room) -> None:
        """Have the poll that waits look again."""
        self.thread_loop.call_soon_threadsafe(self._make_room, room)

    async def poll(self, room: Room, generation: int) -> Taken:
        """Up to `SLICES_PER_POLL` slices for which there is room, the most urgent first.

        Nothing after `IDLE_WAIT` seconds, or of another `generation` of the assignment: nobody would take it,
        and the next poll starts behind it.
        """
        polled = asyncio.run_coroutine_threadsafe(self._poll(room, generation), self.thread_loop)
        taken: Taken = await asyncio.wrap_future(polled)
        return taken

    def _make_room(self, room: Room) -> None:
        if room.number > self._room.number:  # else: this poll began before room was made, and runs only now
            self._room = room
            self._room_made.set()

    async def _poll(self, room: Room, generation: int) -> Taken:
        self._make_room(room)
        consumer = self._ensure_consumer()
        fetcher = consumer._fetcher
        if consumer._closed or fetcher._closed:
            raise ConsumerStoppedError
        consumer._coordinator.check_errors()
        with fetcher._subscriptions.fetch_context():
            taken = await self._take(fetcher, generation)
            if not taken:
                await self._wait(fetcher)
                taken = await self._take(fetcher, generation)
        return taken

    async def _wait(self, fetcher: RecordFetcher) -> None:
        fetched = fetcher._create_fetch_waiter()
        room_made = asyncio.ensure_future(self._room_made.wait())
        await asyncio.wait([fetched, room_made], timeout=IDLE_WAIT, return_when=asyncio.FIRST_COMPLETED)
        room_made.cancel()
        if not fetched.cancel():
            fetched.result()

    async def _take(self, fetcher: RecordFetcher, generation: int) -> Taken:
        # Never waits: what is returned belongs to the assignment that stood when it was asked for.
        self._room_made.clear()
        _, rooms, spare = self._room
        taken: Taken = []
        while len(taken) < SLICES_PER_POLL and self.consumer.flow_active:
            if fetcher._subscriptions.reassignment_in_progress or self.consumer.generation != generation:
                break
            waiting = [tp for tp in fetcher._records if rooms.get(tp.partition)]
            ready = waiting if spare > 0 else [tp for tp in waiting if not self._rank(tp)]
            if not ready:
                break
            tp = min(ready, key=self._urgency)
            records = await fetcher.fetched_records((tp,), timeout=0, max_records=self._size(tp.topic))
            if tp in records:
                rooms[tp.partition] -= 1
                spare -= 1
                self._note_turn(tp, waiting)
                taken.append((TP(tp.topic, tp.partition), records[tp]))
        return taken

    def _note_turn(self, served: TP, waiting: list[TP]) -> None:
        self._served[served] = next(self._turn)
        self._overtaken[served] = 0
        tier = self._tier[served.topic]
        for tp in waiting:
            if tp.partition == served.partition and self._tier[tp.topic] > tier:
                self._overtaken[tp] += 1

    def _rank(self, tp: TP) -> int:
        return 0 if self._overtaken[tp] >= OVERTAKEN else self._tier[tp.topic]

    def _urgency(self, tp: TP) -> tuple[int, int]:
        return self._rank(tp), self._served.get(tp, 0)


class Consumer(driver.Consumer):
    """Yields slices, keeps to the room of each shard, and commits what is acked without a gap."""

    transport: "Transport"
    _thread: ConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        feed = self.transport.feed
        self._in_flight = InFlight(feed.in_flight, feed.in_flight_overall)
        self._acked_one = asyncio.Event()
        self._counted = count(1)
        self._short_of_room = False
        self._commit_lock = asyncio.Lock()
        self.assigned: frozenset[TP] | None = None
        """Partitions held now; None before the first assignment."""

    def _new_consumer_thread(self) -> ConsumerThread:
        # Its loop is asyncio's own: where a connection was just cut, writing to it raises on uvloop, which
        # aiokafka does not expect.
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self.should_stop or fetcher.should_stop):
                async for _, message in self.getmany():
                    await self.callback(message)
        except (asyncio.CancelledError, ConsumerStoppedError):
            if not self.app.should_stop:
                raise

    async def getmany(self, timeout: float = IDLE_WAIT) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """Yield the slices of one poll; nothing after `timeout` seconds without a record."""
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
            return
        room = self._counted_room()
        if not room.shards:
            self._acked_one.clear()
            await self.wait(self._acked_one, timeout=timeout)
            return
        generation = self.generation
        self._short_of_room = not room.spare or self._in_flight.full
        taken = await self._thread.poll(room, generation)
        for tp, records in taken:
            if not self.flow_active or self.generation != generation:
                return
            message = self._to_message(tp, records)
            first, end = records[0].offset, records[-1].offset + 1
            self._in_flight.take(tp, first, end, message, self.loop.time())
            yield tp, message

    def _counted_room(self) -> Room:
        return Room(next(self._counted), self._in_flight.rooms(), self._in_flight.spare(self.loop.time()))

    def _to_message(self, tp: TP, records: list[Any]) -> ConsumerMessage:
        first = records[0]
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            first.offset,
            first.timestamp / 1000,
            first.timestamp_type,
            headers=None,
            key=None,
            value=Slice(tp.topic, tp.partition, records),
            checksum=None,
            serialized_key_size=0,
            serialized_value_size=0,
            tp=tp,
            generation_id=self.app.consumer_generation_id,
        )

    def ack(self, message: ConsumerMessage) -> bool:
        """Mark a slice as done; False when its partition was given up meanwhile."""
        message.acked = True
        self._unacked_messages.discard(message)
        known = self._in_flight.ack(message.tp, message)
        self._acked_one.set()
        if known and self._short_of_room:
            self._thread.room_made(self._counted_room())
        return known

    def on_buffer_full(self, tp: TP) -> None:
        """Do nothing: room is counted per shard."""

    def on_buffer_drop(self, tp: TP) -> None:
        """Do nothing: room is counted per shard."""

    async def commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:
        """Commit all that is acked without a gap; False if there was nothing, or the group has moved on."""
        async with self._commit_lock:
            offsets = self._in_flight.committable()
            generation = self._in_flight.generation
            if not offsets or not await self._commit(offsets):
                return False
            if self._in_flight.generation == generation:
                self._in_flight.committed(offsets)
            return True

    async def perform_seek(self) -> None:
        """Do nothing: a new assignment starts at the committed offsets by itself."""

    async def verify_all_partitions_active(self) -> None:
        """Do nothing: `progress` shows a partition that stands still."""

    async def wait_empty(self) -> None:
        """Let agents finish the slices they hold, for a while, then commit."""
        deadline = self.loop.time() + self.transport.feed.patience
        while self._unacked_messages and (left := deadline - self.loop.time()) > 0:
            self._acked_one.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._acked_one.wait(), left)
        if self._unacked_messages:
            log.warning("%d slices were not done in time and are given up", len(self._unacked_messages))
            self._unacked_messages.clear()
        await self.commit()

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Let agents finish, commit, and give the partitions up."""
        await super().on_partitions_revoked(revoked)
        self._release()

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Take the partitions over; slices flow once Faust resumes."""
        self._in_flight.reset(assigned)
        self.assigned = frozenset(assigned)
        self.transport.feed.on_assigned(self.assigned)
        await super().on_partitions_assigned(assigned, generation_id)

    async def on_stop(self) -> None:
        """Commit for the last time."""
        await super().on_stop()
        self._release()

    def _release(self) -> None:
        revoked, self.assigned = self.assigned, frozenset()
        self._in_flight.reset(())
        self._acked_one.set()
        if revoked:
            self.transport.feed.on_revoked(revoked)

    @property
    def generation(self) -> int:
        """Counts assignments and ends of one: what was taken in another is not ours to give out."""
        return self._in_flight.generation

    def has_read(self, tp: TP) -> bool:
        """Whether a slice of it was given out since it was assigned."""
        return self._in_flight.has_taken(tp)

    @property
    def ready(self) -> bool:
        """Whether partitions are assigned (perhaps none) and records flow."""
        return self.assigned is not None and self.flow_active and not self.app.rebalancing

    @property
    def unanswered(self) -> tuple[float, str]:
        """For how many seconds no broker, or one that leads partitions held here, has answered; and who."""
        return self._thread.unanswered(self.assigned or frozenset())

    def progress(self) -> dict[TP, Progress]:
        """How far each assigned partition is, without asking the broker; for scrapes, not for every event."""
        subscription = self._thread._ensure_consumer()._subscription.subscription
        assignment = subscription and subscription.assignment
        if assignment is None:
            return {}
        states = {tp: assignment.state_value(tp) for tp in self.assigned or () if tp in assignment.tps}
        return {tp: self._progress(tp, state) for tp, state in states.items()}

    def _progress(self, tp: TP, state: Any) -> Progress:
        position = self._in_flight.position(tp)
        if position is None:
            position = state.position if state.has_valid_position else 0
        return Progress(position, state.highwater)


class Transport(driver.Transport):
    """Faust's aiokafka transport with the consumer above; `feed` says what to read."""

    Consumer = Consumer

    def __init__(self, url: list[Any], app: Any, feed: Feed) -> None:
        super().__init__(url, app)
        self.feed = feed
