"""One task per shard: slices of all its topics, strictly in order, acknowledged when their effects stand.

No exception leaves a Faust agent, for it would lose events: a lane that fails ends the whole group with
its reason, nothing is acknowledged, and the next owner starts where this one's effects ended.
"""

import asyncio
import logging
import traceback
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from faust.types import TP

from feature_store.store import StoreAway
from schemas.wording import many
from streams import gaps, headway, topic_admin
from streams.epochs import UnknownEpoch, shortened
from streams.faust_app import SliceApp, make_app
from streams.metrics import Metrics
from streams.pace import Sizes
from streams.patience import PATIENCE
from streams.produce import KafkaAway
from streams.transport import Feed, Slice

TICK = 0.25
"""Seconds between two looks at what is due; slices that wait already are served before."""

log = logging.getLogger(__name__)


class Lane(Protocol):
    """What one shard's task does. Every method may be cancelled at any await: effects are fenced."""

    async def serve(self, slice: Slice) -> None:
        """Returns when the effects of the slice stand. May be given a slice again."""
        ...

    async def tick(self, now: float) -> None:
        """Called every `TICK` seconds."""
        ...


class Group:
    """A consumer group with a lane per partition.

    `lane` makes a lane for a partition number. `await start()`, `await stop()`; `await failure()` returns
    when the group can't go on.
    """

    def __init__(
        self,
        name: str,
        tiers: Sequence[Sequence[str]],
        lane: Callable[[int], Lane],
        *,
        brokers: str,
        metrics: Metrics,
        clock: Callable[[], float],
        slice_size: Sizes,
        session_timeout: float = 10.0,
    ) -> None:
        self.name = name
        self._lane, self._metrics, self._clock = lane, metrics, clock
        self._queues: dict[int, asyncio.Queue[Any]] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self.begun: set[int] = set()
        """Those of `shards` whose lane has had its first look, and made good what it found."""
        self._failed: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        self.progressed = clock()
        self._session_timeout = session_timeout
        self._brokers = brokers
        self._looks: set[asyncio.Task[None]] = set()
        feed = Feed(
            tiers=tiers,
            slice_size=slice_size,
            on_assigned=self._on_assigned,
            on_revoked=self._on_revoked,
            on_gone=self._on_gone,
        )
        self.app: SliceApp = make_app(name, brokers=brokers, feed=feed, session_timeout=session_timeout)
        self.app.agent(self.app.topic(*feed.topics), name=name)(self._agent)

    async def start(self) -> None:
        """Joins the group; slices flow when Kafka assigns partitions."""
        await self.app.start()

    async def stop(self) -> None:
        """Finishes what is under way, commits, leaves the group."""
        await self.app.stop()
        await self._drop_lanes(set(self._tasks))

    async def failure(self) -> BaseException:
        """Waits until the group can't go on, and says why."""
        crashed = asyncio.ensure_future(self.app.failure())
        both: list[asyncio.Future[Any]] = [crashed, self._failed]
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if self._failed.done():
            crashed.cancel()
            return self._failed.result()
        reason = crashed.result() or RuntimeError(f"{self.name} has stopped")
        return topic_admin.closed(reason) or reason

    async def _agent(self, stream: Any) -> None:
        async for event in stream.noack().events():
            queue = self._queues.get(event.value.partition)
            if queue is not None:  # else: revoked meanwhile, the next owner reads it
                queue.put_nowait(event)

    def _on_assigned(self, assigned: frozenset[TP]) -> None:
        self._metrics.rebalances_total.inc()
        self._go_on()  # one that had nothing to do until now did not stand still
        for shard in sorted({tp.partition for tp in assigned}):
            self._queues[shard] = asyncio.Queue()
            self._tasks[shard] = asyncio.create_task(self._run(shard), name=f"{self.name}-{shard}")

    def _on_revoked(self, revoked: frozenset[TP]) -> None:
        shards = {tp.partition for tp in revoked}
        for tp in revoked:
            self._metrics.lag.remove(tp.topic, str(tp.partition))
        self.begun -= shards
        for shard in shards:
            self._queues.pop(shard, None)
            if task := self._tasks.pop(shard, None):
                task.cancel()

    def _on_gone(self, tp: TP, offset: int) -> None:
        # As it begins its lane has looked; and once a slice comes, that may be of where the log begins.
        was_read = self.app.consumer.has_read(tp)
        look = asyncio.create_task(self._look_for(tp, offset, was_read), name=f"{self.name}-gone")
        self._looks.add(look)
        look.add_done_callback(self._looks.discard)

    async def _look_for(self, tp: TP, offset: int, was_read: bool) -> None:
        """What was to be read at that offset was removed unread; or nothing is there, where it `was_read` up
        to there."""
        try:
            first, end = (await gaps.ends(self._brokers, [tp.topic], tp.partition))[tp.topic]
        except KafkaAway as away:
            log.warning("where %s of partition %d begins is not known: %s", tp.topic, tp.partition, away)
            return
        if end < offset and was_read:
            self._end_with(UnknownEpoch(shortened(tp.topic, tp.partition, end, offset - 1)))
        if first > offset:
            self._metrics.removed_unread_total.labels(tp.topic).inc(first - offset)
            log.error(
                "%s of partition %d begins at %d, and was to be read on from %d: Kafka removed %s unread. "
                "Records lack them, and nobody was told of them: have their senders send them again",
                *(tp.topic, tp.partition, first, offset, many(first - offset, "message")),
            )

    async def _drop_lanes(self, shards: set[int]) -> None:
        tasks = [self._tasks.pop(shard) for shard in shards]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _go_on(self) -> None:
        self.progressed = self._clock()

    async def _run(self, shard: int) -> None:
        headway.tell(self._go_on)  # filling a shard takes minutes, in which no slice is served
        try:
            lane, queue = self._lane(shard), self._queues[shard]
            loop = asyncio.get_running_loop()
            while self._queues.get(shard) is queue:  # a client that connects may swallow a cancellation
                await lane.tick(self._clock())
                if self._queues.get(shard) is queue:
                    self.begun.add(shard)
                self._go_on()
                loop.call_later(TICK, queue.put_nowait, None)  # one timer a tick, not a time-out a slice
                while (event := await queue.get()) is not None:
                    await lane.serve(event.value)
                    event.ack()
                    self._go_on()
        except asyncio.CancelledError:
            raise
        except (StoreAway, KafkaAway) as away:  # every lane meets it: the first one's word says it all
            self._end_for(away)
        except BaseException as error:
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s of partition %d ends: %s\n%s", self.name, shard, type(error).__name__, where)
            self._end_with(error)

    def _end_for(self, away: Exception) -> None:
        if not self._failed.done():
            log.error("%s ends: %s", self.name, away)
        self._end_with(away)

    def _end_with(self, reason: BaseException) -> None:
        if not self._failed.done():
            self._failed.set_result(reason)

    @property
    def shards(self) -> list[int]:
        """The partition numbers held now."""
        return sorted(self._tasks)

    def observe(self) -> None:
        """Writes the lag of each partition to the metrics; none where Kafka gives no answer, for a partition
        may be another's by now. Ends where it goes on: what keeps us out is mostly read anew at a start."""
        unanswered, who = self.app.consumer.unanswered
        if unanswered > PATIENCE:
            self._end_for(KafkaAway(f"{who} has not answered for {PATIENCE:.0f} s"))
        for tp, progress in self.app.consumer.progress().items():
            if unanswered > self._session_timeout:
                self._metrics.lag.remove(tp.topic, str(tp.partition))
            else:
                self._metrics.lag.labels(tp.topic, str(tp.partition)).set(progress.lag)

    async def ready(self) -> str | None:
        """None when partitions are assigned and slices flow, else what is missing."""
        unanswered, who = self.app.consumer.unanswered
        if unanswered > self._session_timeout:
            return f"{self.name} has had no answer of {who} for {unanswered:.0f} s"
        return None if self.app.consumer.ready else f"{self.name} waits for its partitions"
