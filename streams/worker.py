"""The worker: the agents named, each a consumer group of its own, in one process and one loop."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from functools import partial

import msgspec

from agents.plan import Context, context
from agents.registry import TAUGHT
from feature_store.changes import Changes
from feature_store.checkpoint import cipher_of
from feature_store.denials import Denials
from feature_store.keyring import Keyring
from feature_store.learning import Learning
from feature_store.redis_graph import RedisGraph
from feature_store.redis_inbox import RedisInboxes
from feature_store.seals import Seals
from feature_store.store import Store, StoreAway
from schemas.alerts import inbox_of
from streams import topic_admin, topics
from streams.checkpointing import Checkpointing
from streams.companions import Companions
from streams.consents import Consents
from streams.delivering import Delivering
from streams.epochs import UnknownEpoch, changed, partitions, within
from streams.identifying import Identifying
from streams.keeping import LANE, Keeping, caught_up
from streams.keys import OF_A_SHARD, Keys, Opener
from streams.lanes import Group, Lane
from streams.learning import Teaching
from streams.outages import Outages
from streams.pace import Pace, Sizes, steady
from streams.parts import Parts
from streams.patience import patiently
from streams.produce import Producer
from streams.rebuilding import Source
from streams.restoring import Restoring
from streams.scales import Scales
from streams.sealed import Inner, Sealed
from streams.shard import Line, Shard
from streams.snapshots import Published, Snapshots, last_published
from streams.spanning import Spanned

URGENCY = [
    [t for t, tier in topics.TIERS.items() if tier == rank] for rank in sorted({*topics.TIERS.values()})
]
"""The inbound topics in tiers, the most urgent first."""
OF_OFFSETS = {
    "keys": (topics.KEYS,),
    "personalise": (*topics.TIERS, topics.CHECKPOINT),
    "identify": (topics.LINKS,),
    "deliver": (topics.ALERTS,),
    "learn": (topics.EXAMPLES,),
}
"""By agent, the topics of which it has offsets in the store."""
AGENTS = tuple(OF_OFFSETS)
DELIVERY = 60.0
"""Seconds Kafka may be away before a flush fails and the process leaves."""
LINGER = 0.05
"""Milliseconds a message waits for company; librdkafka makes a whole one of it. Without, it sends the first
of a slice alone and wakes for each of the others: 6 % of all CPU, and half of Kafka's."""
LOOK = 5.0
"""Seconds between two looks at timers, inboxes and lag."""
ANEW = 10.0
"""Seconds between two looks at which logs the topics are that are read: Kafka tells no reader of it."""
STUCK = 90.0
"""Seconds without progress after which a worker is no longer healthy."""

log = logging.getLogger(__name__)


class Worker:
    """Runs agents. `await start()`, `await stop()`; `await failure()` returns when one can't go on."""

    def __init__(self, parts: Parts, agents: Iterable[str]) -> None:
        self._parts, self._agents = parts, tuple(agents)
        self._groups: list[Group] = []
        self._beside: list[asyncio.Task[None]] = []
        self._producer: Producer
        self._snapshots: Snapshots | None = None
        self._logs: dict[str, str] = {}
        """Which log each of our `OF_OFFSETS` was before any was read."""
        self._of_alerts = 0
        """How many partitions `alerts` has: by them the inboxes are spread."""
        self._scales: Scales
        self._companions: Companions

    async def start(self) -> None:
        """Prepares, and joins."""
        await self.prepare()
        await self.join()

    async def prepare(self) -> None:
        """Reads what it begins with. Raises `TopicError` when topics are missing or differ in partitions, or
        when a group is closed to us.
        """
        parts = self._parts
        shards = await asyncio.to_thread(topic_admin.shards_of, parts.brokers, self._agents)
        read = [topic for agent in self._agents for topic in OF_OFFSETS[agent]]
        self._logs = await asyncio.to_thread(topic_admin.logs_of, parts.brokers, read)
        self._producer = Producer(
            parts.brokers, client_id="prevenance-worker", linger_ms=LINGER, delivery_timeout=DELIVERY
        )
        store = parts.store(shards)
        makers = {
            "keys": self._keep,
            "personalise": self._personalise,
            "identify": self._identify,
            "deliver": self._deliver,
            "learn": self._learn,
        }
        await asyncio.gather(parts.roll.start(), parts.switch.start())
        self._scales = Scales(store, shards, time.time)
        self._companions = Companions(store, shards, time.time)
        if self._ranks:
            await self._first_scales()
        self._groups = [await makers[agent](store) for agent in self._agents]
        self._beside.append(asyncio.create_task(self._observe(store), name="observe"))

    async def join(self) -> None:
        """Joins the groups: from now on `stop()` leaves them, or nobody has their partitions for a while."""
        await asyncio.gather(*(group.start() for group in self._groups))

    @property
    def _ranks(self) -> bool:
        """Whether segments of some maison may ask where a client stands among others."""
        return "personalise" in self._agents and any(m.segments for m in self._parts.maisons.values())

    async def _first_scales(self) -> None:
        """Where the store is away it is waited for, as lanes do that run. Raises `StoreAway`."""
        failed = self._parts.metrics.redis_errors_total.labels("personalise").inc
        await patiently(self._scales.refresh, failed)

    async def stop(self) -> None:
        """Finishes what is under way and leaves."""
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*(group.stop() for group in self._groups))
        if self._snapshots:
            await asyncio.to_thread(self._snapshots.stop)
        await asyncio.gather(self._parts.switch.stop(), self._parts.roll.stop())
        await self._producer.close()

    async def failure(self) -> BaseException:
        """Waits until an agent can't go on, and says why."""
        waiting = [asyncio.ensure_future(group.failure()) for group in self._groups]
        waiting.append(asyncio.ensure_future(self._changed()))
        done, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        return done.pop().result()

    async def _changed(self) -> BaseException:
        """Waits until a topic that is read is another log than it was. Of one that is made again in a moment
        no partition is given to anybody anew, and readers go on at their offsets; of more partitions they
        learn minutes after those who write to them."""
        while True:
            await asyncio.sleep(ANEW)
            # Kafka is away, or one is not made again yet; or we stood still while it answered.
            with suppress(topic_admin.TopicError, TimeoutError):
                now = await asyncio.to_thread(topic_admin.logs_of, self._parts.brokers, self._logs)
                for topic, before in self._logs.items():
                    if now[topic] != before:
                        return UnknownEpoch(changed(topic, before, now[topic]))

    async def ready(self) -> str | None:
        """None when every group has its partitions, else which has not."""
        for group in self._groups:
            if (missing := await group.ready()) is not None:
                return missing
        return None if self._groups else "the worker is starting"

    async def progress(self) -> str | None:
        """None while lanes turn, else which group stands still."""
        now = time.time()
        stuck = [g.name for g in self._groups if g.shards and now - g.progressed > STUCK]
        return f"{', '.join(stuck)} made no progress for {STUCK:.0f} s" if stuck else None

    async def _observe(self, store: Store) -> None:
        """Looks now and then at what only changes in the store. An outage is counted, and told once."""
        outages = Outages()
        while True:
            await asyncio.sleep(LOOK)
            for group in self._groups:
                try:
                    group.observe()
                    with outages.met_by(group.name):
                        await self._look(group, store)
                except Exception as error:  # or nothing would be looked at any more, and all would seem well
                    log.error("%s could not be looked at: %s", group.name, type(error).__name__)

    async def _look(self, group: Group, store: Store) -> None:
        """Raises `StoreAway`."""
        try:
            if group.name == "personalise":
                waiting = [await store.timers(shard) for shard in group.shards]
                self._parts.metrics.timers_waiting.set(sum(waiting))
                if self._ranks:
                    await self._scales.refresh()
                await self._companions.freshen()
            elif group.name == "deliver":
                await self._observe_inboxes(set(group.shards))
        except StoreAway:
            self._parts.metrics.redis_errors_total.labels("observe").inc()
            raise

    async def _observe_inboxes(self, held: set[int]) -> None:
        """What has moved to another worker is told by that one, and no more here: dashboards add them up."""
        ours, metrics = self._inboxes(held), self._parts.metrics
        for inbox in {*self._inboxes(range(self._of_alerts))}.difference(ours):
            metrics.inbox_open.remove(*inbox.split("/", 1))
            metrics.inbox_waiting.remove(*inbox.split("/", 1))
        for inbox, size in (await RedisInboxes(self._parts.redis).sizes(ours)).items():
            metrics.inbox_open.labels(*inbox.split("/", 1)).set(size.open)
            metrics.inbox_waiting.labels(*inbox.split("/", 1)).set(size.waiting)

    def _inboxes(self, held: Collection[int]) -> list[str]:
        """Those whose alerts come on these partitions."""
        every = (inbox_of(m.id, place) for m in self._parts.maisons.values() for place in m.places)
        return [inbox for inbox in every if topics.partition_of(inbox.encode(), self._of_alerts) in held]

    def _group(
        self,
        name: str,
        tiers: Sequence[Sequence[str]],
        lane: Callable[[int], Lane],
        slice_size: Sizes = steady,
    ) -> Group:
        parts, spans = self._parts, self._parts.spans
        return Group(
            name,
            tiers,
            lane if spans is None else lambda shard: Spanned(lane(shard), spans, name),
            brokers=parts.brokers,
            metrics=parts.metrics,
            clock=time.time,
            session_timeout=parts.session_timeout,
            slice_size=slice_size,
        )

    async def _epoch(self, *names: str) -> str:
        return await asyncio.to_thread(topic_admin.epoch_of, self._parts.brokers, names)

    async def _personalise(self, store: Store) -> Group:
        parts = self._parts
        epoch = await self._epoch(topics.EXAMPLES)
        snapshots = Snapshots(parts.brokers, TAUGHT, epoch, parts.metrics, parts.maisons)
        snapshots.start()
        self._snapshots = snapshots
        given = context(parts.maisons, parts.pepper, {})

        def newest() -> Context:
            return msgspec.structs.replace(
                given,
                estimators=snapshots.estimators,
                scales=self._scales.newest,
                together=self._companions.newest,
                silences=parts.switch.said,
            )

        for topic in topics.TIERS:  # a counter that is born late with much shows no increase
            parts.metrics.events_late_total.labels(topic)
            parts.metrics.events_total.labels(topic, "applied")
        epoch, changes, pace = await self._epoch(*topics.TIERS), Changes(parts.redis), Pace()
        cipher, seals = cipher_of(parts.master), Seals(parts.redis)
        keys_there = partial(caught_up, parts.brokers, seals, await self._epoch(topics.KEYS))
        source = Source(
            brokers=parts.brokers,
            epoch=epoch,
            cipher=cipher,
            store=store,
            context=newest,
            keys=self._keys,
            caught_up=keys_there,
        )
        line = Line(
            store=store,
            producer=self._producer,
            context=newest,
            brokers=parts.brokers,
            group="personalise",
            epoch=epoch,
            metrics=parts.metrics,
            clock=time.time,
            keys=self._keys,
            caught_up=keys_there,
            restore=Restoring(source, changes).restore,
            denials=Denials(parts.redis),
            pace=pace,
        )
        lane = within(epoch, lambda shard: Shard(shard, line))
        group = self._group("personalise", URGENCY, lane, pace.size)
        checkpoints = Checkpointing(
            store,
            changes,
            self._producer,
            cipher,
            epoch=epoch,
            log=await self._epoch(topics.CHECKPOINT),
            every=parts.checkpoint_seconds,
            metrics=parts.metrics,
            clock=time.time,
        )
        running = checkpoints.run(lambda: sorted(group.begun))
        self._beside.append(asyncio.create_task(running, name="checkpoints"))
        return group

    def _keys(self) -> Keys:
        return Keys(Keyring(self._parts.redis), self._parts.master, most=OF_A_SHARD)

    async def _keep(self, store: Store) -> Group:
        epoch = await self._epoch(topics.KEYS)
        keyring, metrics = Keyring(self._parts.redis), self._parts.metrics
        return self._sealed(LANE, topics.KEYS, epoch, lambda _: Keeping(keyring, self._producer, metrics))

    async def _identify(self, store: Store) -> Group:
        parts, graph = self._parts, RedisGraph(self._parts.redis)
        opener = Opener(Keyring(parts.redis), parts.master)
        epoch = await self._epoch(topics.LINKS)
        return self._sealed(
            "identify",
            topics.LINKS,
            epoch,
            lambda _: Identifying(
                store,
                graph,
                opener,
                self._producer,
                epoch=epoch,
                metrics=parts.metrics,
                pepper=parts.pepper,
                maisons=parts.maisons,
            ),
        )

    async def _deliver(self, store: Store) -> Group:
        parts, inboxes = self._parts, RedisInboxes(self._parts.redis)
        epoch = await self._epoch(topics.ALERTS)
        consents = Consents(store, Denials(parts.redis), parts.maisons, time.time)
        self._of_alerts = partitions(epoch)
        return self._sealed(
            "deliver",
            topics.ALERTS,
            epoch,
            lambda partition: Delivering(
                self._inboxes([partition]),
                inboxes,
                consents,
                parts.switch,
                self._producer,
                parts.maisons,
                epoch,
                parts.metrics,
                time.time,
            ),
        )

    async def _learn(self, store: Store) -> Group:
        parts, learning = self._parts, Learning(self._parts.redis)
        epoch = await self._epoch(topics.EXAMPLES)
        read = partial(last_published, parts.brokers, {m.name: m for m in TAUGHT}, epoch)
        published = Published(read)
        return self._sealed(
            "learn",
            topics.EXAMPLES,
            epoch,
            lambda _: Teaching(learning, self._producer, TAUGHT, epoch, parts.metrics, published),
        )

    def _sealed(self, name: str, topic: str, epoch: str, lane: Callable[[int], Inner]) -> Group:
        parts, seals = self._parts, Seals(self._parts.redis)

        def sealed(partition: int) -> Lane:
            return Sealed(
                lane(partition),
                seals,
                name=name,
                topic=topic,
                partition=partition,
                brokers=parts.brokers,
                epoch=epoch,
                metrics=parts.metrics,
            )

        return self._group(name, [[topic]], within(epoch, sealed))
