"""Two houses on one line, in memory: what gateway, workers, deliver and console do, by their own functions.

`send` is the gateway, `settle` lets every lane read on until nothing is left. All that was ever produced
stands in `messages`, what is stored in `stored`. The log outlives workers: `restart` drops what they knew.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from random import Random
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry, generate_latest

from agents.circles import alias_of
from agents.deliver import deliver, unpack
from agents.discretion import shown_to
from agents.effects import Effects
from agents.personalise import personalise
from agents.plan import Context, Keyring, context, plan
from agents.registry import WAKES
from feature_store.memory_graph import MemoryGraph
from feature_store.memory_inbox import MemoryInboxes
from feature_store.memory_store import MemoryStore
from feature_store.store import Fence, PartKey, View, Write
from schemas.alerts import Alert
from schemas.audit import Viewed
from schemas.codec import encode
from schemas.messages import KeyChange
from schemas.sealing import NAME, master_of
from schemas.times import utc
from streams import outbox, topics
from streams.auth import Caller, inboxes_of, may_see
from streams.clients import Clients, read_client, view_of
from streams.identifying import Identifying
from streams.inbound import check, restated
from streams.intake import publish_sealed
from streams.keys import Keys, Opener
from streams.metrics import Metrics
from streams.privately import Privately
from streams.produce import Message
from streams.scales import Scales
from streams.telling import aside, messages_of
from streams.topics import partition_of
from streams.transport import Slice
from streams.write_keys import WriteKey
from tests import builders as a
from tests.builders import Raw

SHARDS = 4
MASTER = master_of(b"a secret for tests")
HOUSES = {"lumiere": a.LUMIERE, "orfevre": a.lumiere(id="orfevre", name="Orfèvre")}


class Ring:
    """Salts of every part, as the lane of `client.keys` keeps them."""

    def __init__(self) -> None:
        self.kept: dict[PartKey, list[bytes]] = {}

    async def salts(self, parts: Collection[PartKey]) -> dict[PartKey, list[bytes] | None]:
        return {part: list(self.kept[part]) if part in self.kept else None for part in parts}

    def take(self, message: Message) -> None:
        if message.value is None:
            maison, oid, name = (message.key or b"").decode().split("/")
            known = self.kept.setdefault((maison, oid), [])
            known[:] = [salt for salt in known if salt[:NAME].hex() != name]
            return
        change = msgspec.json.decode(message.value, type=KeyChange)
        known = self.kept.setdefault((change.maison, change.oid), [])
        known[:] = [*known, change.salt] if change.salt else []


class World:
    """Everything of both houses. `now` is the clock; `drawn` decides how lanes cut the log into slices."""

    def __init__(self, seed: int = 0) -> None:
        self.now, self.drawn = a.NOON, Random(seed)
        self.log: dict[tuple[str, int], list[Raw]] = {}
        self.messages: list[Message] = []
        self.registry, self.written = CollectorRegistry(), Written()
        self.views: list[Viewed] = []
        self.ring, self.inboxes = Ring(), MemoryInboxes()
        self.empty()

    async def lose(self) -> None:
        """Nothing is stored any more, but salts and inboxes: all is read again from the log.

        As a lane does it: what clients declared first, and nothing is told that was told before.
        """
        self.empty()
        self.again = True
        self.read = {place: len(lane) for place, lane in self.log.items() if place[0] == topics.ALERTS}
        await self.settle()
        self.again = False

    def empty(self) -> None:
        """Lanes begin at the beginning."""
        self.again = False
        self.store = MemoryStore(lambda key: partition_of(key, SHARDS))
        self.graph = MemoryGraph()
        self.read: dict[tuple[str, int], int] = {}
        self.restart()

    def restart(self) -> None:
        """Gateway and workers are new: nothing is known but what is stored."""
        self.seals, self.worker = (Keys(self.ring, MASTER, self.drawn.randbytes) for _ in range(2))
        self.ctx: Context = context(HOUSES, a.PEPPER, {})
        self.identifying = Identifying(
            self.store, self.graph, Opener(self.ring, MASTER), _Producer(self), epoch="log",  # type: ignore[arg-type]
            metrics=Metrics(CollectorRegistry()), pepper=a.PEPPER, maisons=HOUSES,
        )  # fmt: skip

    async def send(self, *events: Any) -> None:
        """Events, as senders and the console send them, come in."""
        for event in events:
            raw = msgspec.json.decode(encode(event))
            taken = (
                restated(encode(event), None, a.PEPPER)
                if event.source.startswith("/staff/")
                else check(raw, WriteKey(maison=event.maison), utc(self.now), a.PEPPER)
            )
            await publish_sealed([taken], self.seals, self.publish)

    async def publish(self, messages: Sequence[Message]) -> None:
        """Kafka has these."""
        for message in messages:
            self.messages.append(message)
            if message.topic == topics.KEYS:
                self.ring.take(message)
            shards = SHARDS if message.topic in topics.TIERS else 1
            lane = self.log.setdefault((message.topic, partition_of(message.key or b"", shards)), [])
            lane.append(Raw(len(lane), message.key, message.value))

    async def settle(self, dying: int = 0) -> None:
        """Every lane reads on until nothing is left; the first `dying` slices die before they apply."""
        left, first = dying, topics.DECLARATIONS if self.again else ""
        while pending := [place for place, lane in self.log.items() if self.read.get(place, 0) < len(lane)]:
            place = self.drawn.choice(sorted(p for p in pending if p[0] == first) or sorted(pending))
            start = self.read.get(place, 0)
            raws = self.log[place][start : start + self.drawn.choice((1, 3, 50))]
            if place[0] in topics.TIERS:
                if not await self._serve(*place, raws, dies=left > 0):
                    left -= 1
                    self.restart()
                    continue
            elif place[0] == topics.LINKS:
                await self.identifying.serve(Slice(*place, raws), _nothing())  # type: ignore[arg-type]
            elif place[0] == topics.ALERTS:
                await self._deliver(raws)
            self.read[place] = start + len(raws)
            if place[0] in topics.TIERS:
                await self._ring_timers(place[1])

    async def _serve(self, topic: str, shard: int, raws: Sequence[Raw], dies: bool = False) -> bool:
        """What `streams.shard` does with a slice; False where it died between produce and apply."""
        fence = await self._fence(shard)
        raws = [raw for raw in raws if raw.offset > fence.offsets.get(topic, -1)]
        if not raws:
            return True
        planned = plan(raws, self.now, WAKES.keys(), self.ctx, self.worker.known)
        if planned.locked:
            self.worker.forget(planned.locked)
            await self.worker.look_up(planned.locked)
            planned = plan(raws, self.now, WAKES.keys(), self.ctx, self.worker.known)
        view = await self.store.read(shard, planned.parts, planned.waking)
        others = await self._others(view)
        effects = await self._personalised(
            planned.keyed, view, others, lambda keys: personalise(
                planned.touches, (), view, others, self.now, self.ctx, keys=keys
            ), dies, {topic: raws[-1].offset}, shard, aside(planned, topic, shard),
        )  # fmt: skip
        if effects is not None:
            self.worker.forget((*effects.erased, *planned.erased))
        return effects is not None

    async def _ring_timers(self, shard: int) -> None:
        while due := (await self.store.read(shard, (), (), self.now)).due:
            parts = list({(t.maison, t.oid): None for t in due})
            view = await self.store.read(shard, parts, parts)
            others = await self._others(view)
            await self._personalised(
                parts, view, others,
                lambda keys: personalise((), due, view, others, self.now, self.ctx, keys=keys),  # noqa: B023
                False, {}, shard, (),
            )  # fmt: skip

    async def _personalised(
        self, keyed: Sequence[PartKey], view: View, others: Any, compute: Callable[[Keyring], Effects],
        dies: bool, offsets: dict[str, int], shard: int, further: Sequence[Message],
    ) -> Effects | None:  # fmt: skip
        await self.worker.look_up([*keyed, *others])
        fresh = self.worker.draw(dict.fromkeys(keyed))
        known = {part: self.worker.known.get(part) for part in (*keyed, *others)}
        effects = compute(known | fresh.keys)
        told = [] if self.again else [*messages_of(effects, self.worker.known), *further]
        await self.publish([*fresh.messages, *told])
        if dies:
            return None
        fence = await self._fence(shard)
        write = effects.write(
            view.raw,
            Fence("log", fence.version + 1, fence.offsets | offsets),
            [] if self.again else outbox.entries(effects, self.now),
        )
        assert await self.store.apply(shard, write)
        assert not await self.store.apply(shard, write), "a zombie's write"
        self.worker.settle(fresh)
        if told := await self.store.outbox(shard):
            await self.publish([outbox.message(entry) for entry in told])
            seen, fence = (await self.store.read(shard, ())).raw, await self._fence(shard)
            after = Fence("log", fence.version + 1, fence.offsets)
            assert await self.store.apply(shard, Write(seen=seen, fence=after, told=len(told)))
        return effects

    async def _fence(self, shard: int) -> Fence:
        return (await self.store.read(shard, ())).fence or Fence("log")

    async def _others(self, view: View) -> dict[PartKey, bytes | None]:
        wanted = {(part[0], oid) for part, others in view.links.items() for oid in others}
        return await self.store.peek(sorted(wanted - view.parts.keys()))

    async def _deliver(self, raws: Iterable[Raw]) -> None:
        slice = unpack(raws, HOUSES)
        views = await self.inboxes.read(slice.wanted)
        writes = deliver(slice, views, HOUSES, self.now, "log").writes
        assert not await self.inboxes.apply(writes, self.now)

    async def clients(self, maison: str, parts: Iterable[str]) -> dict[str, frozenset[str]]:
        """The parts of the client that each of these parts is."""
        links = await self.store.links([(maison, part) for part in parts])
        return {part: frozenset((part, *others)) for (_, part), others in links.items()}

    async def client(self, maison: str, part: str) -> Any:
        """A client's record as all their parts say it, opened; None where nobody is known."""
        found = await read_client(self.store, Opener(self.ring, MASTER), maison, part)
        return None if found is None else found[1]

    async def answer(self, caller: Caller, part: str) -> bytes:
        """All that somebody can get to read of a client, and of the alerts that are theirs."""
        deps = Clients(
            store=self.store, opener=Opener(self.ring, MASTER), inboxes=self.inboxes, maisons=HOUSES,
            scales=Scales(self.store, SHARDS, lambda: self.now), pepper=a.PEPPER, note=self._note, secret="",
            now=lambda: self.now,
        )  # fmt: skip
        found = await read_client(self.store, deps.opener, caller.maison, part)
        told = [msgspec.json.encode(await self._alerts(caller))]
        if found is not None:
            told.append(msgspec.json.encode(await view_of(caller, part, *found, {}, "record", deps)))
        return b"".join(told)

    async def _alerts(self, caller: Caller) -> list[Alert]:
        if not caller.reads_alerts:
            return []
        maison = HOUSES[caller.maison]
        views = await self.inboxes.read_open(inboxes_of(caller, maison))
        mine = [held.entry.alert for view in views.values() for held in view.held.values()]
        opened = await Privately(Opener(self.ring, MASTER)).opened(
            [alert for alert in mine if may_see(caller, maison, alert.for_)]
        )
        return [
            shown_to(caller, alert, maison.tiers, alias_of(caller, maison.id, alert.client.id, a.PEPPER))
            for alert in opened
        ]

    async def _note(self, viewed: Viewed) -> None:
        self.views.append(viewed)

    def stored(self) -> bytes:
        """Everything that was ever produced, and all that lies in stores, audit, logs and metrics."""
        sent = [part for m in self.messages for part in (m.key, m.value, repr(m.headers).encode()) if part]
        held = [repr(vars(of)).encode() for of in (self.store, self.graph, self.inboxes, self.ring)]
        told = [msgspec.json.encode(self.views), self.written.text, generate_latest(self.registry)]
        return b"\n".join([*sent, *held, *told])


class Written(logging.Handler):
    """Every line that was logged, and what went into it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = b""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f"{record.getMessage()} {record.args}\n".encode()


class _Producer:
    """Implements what lanes ask of `streams.produce.Producer`."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def send(self, messages: Sequence[Message]) -> None:
        await self._world.publish(messages)


async def _nothing() -> None:
    """Nothing is to be made good."""


def callers(now: float) -> list[Caller]:
    """Everybody of both houses, and a shared tablet."""
    found = [
        Caller(staff=p.id, role=p.role, maison=id, sites=tuple(p.sites), expires=now + 1e6, issued=now)
        for id, maison in HOUSES.items()
        for p in maison.staff
    ]
    tablet = Caller(staff="ginza-team", role="team", maison="lumiere", sites=("ginza",), expires=now + 1e6)
    return [*found, tablet]
