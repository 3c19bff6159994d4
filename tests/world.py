"""Two houses on one line, in memory: what gateway, workers and deliver do, by their own functions.

`send` is the gateway, `settle` lets every lane read on until nothing is left, `until` lets time pass. All
that was ever produced stands in `messages`, what is stored in `stored`. The log outlives workers: `restart`
drops what they knew. What people see and say is in `tests/screens.py`.
"""

import logging
from collections.abc import Iterable, Sequence
from copy import deepcopy
from random import Random
from typing import Any, NamedTuple

import msgspec
from prometheus_client import CollectorRegistry, generate_latest

from agents.plan import context
from feature_store.memory_graph import MemoryGraph
from feature_store.memory_store import MemoryStore
from feature_store.store import NEVER
from schemas.alerts import inbox_of
from schemas.audit import Viewed
from schemas.codec import encode
from schemas.sealing import master_of
from schemas.silence import Silence
from schemas.times import utc
from streams import topics
from streams.clients import read_client
from streams.consent_gate import GUARDED, ConsentGate
from streams.consents import Consents
from streams.delivering import Delivering
from streams.identifying import Identifying
from streams.inbound import check, restated
from streams.intake import publish_sealed
from streams.keys import Keys, Opener
from streams.metrics import Metrics
from streams.outages import Outages
from streams.produce import Message
from streams.shard import told_in
from streams.taking_back import TakingBack
from streams.topics import partition_of
from streams.transport import Slice
from streams.withholding import Withholding
from streams.write_keys import WriteKey
from tests import builders as a
from tests.builders import Raw
from tests.fakes import FakeDenials, FakeInboxes, FakeProducer, FakeRing, FakeSwitch
from tests.shards import Shards

SHARDS = 4
MASTER = master_of(b"a secret for tests")
HOUSES = {"lumiere": a.LUMIERE, "orfevre": a.lumiere(id="orfevre", name="Orfèvre")}
PLACES = [inbox_of(id, place) for id, maison in HOUSES.items() for place in maison.places]


class Copy(NamedTuple):
    """What Redis has of both houses at one moment, with the seals that lanes leave in it."""

    store: MemoryStore
    graph: MemoryGraph
    inboxes: FakeInboxes
    denials: FakeDenials
    read: dict[tuple[str, int], int]


class World(Shards):
    """Everything of both houses. `now` is the clock; `drawn` decides how lanes cut the log into slices."""

    def __init__(self, seed: int = 0) -> None:
        self.now, self.drawn = a.NOON, Random(seed)
        self.log: dict[tuple[str, int], list[Raw]] = {}
        self.messages: list[Message] = []
        self.registry, self.written = CollectorRegistry(), Written()
        self.metrics = Metrics(self.registry)
        self.views: list[Viewed] = []
        self.silences: dict[str, list[Silence]] = {maison: [] for maison in HOUSES}
        self.ring, self.inboxes = FakeRing(), FakeInboxes()
        self.empty()

    async def lose(self) -> None:
        """Nothing is stored any more, but salts and inboxes: all is read again from the log.

        As a lane does it: what clients declared first, and nothing is told that was told before.
        """
        self.empty()
        self.read = {place: len(lane) for place, lane in self.log.items() if place[0] == topics.ALERTS}
        await self._make_good()

    def copied(self) -> Copy:
        """What a replica has of all that is stored."""
        return deepcopy(Copy(self.store, self.graph, self.inboxes, self.denials, self.read))

    async def fail_over(self, copy: Copy) -> None:
        """A replica takes over that had come no further: what the store lost is read again, timers ring."""
        self.store, self.graph, self.inboxes, self.denials, self.read = deepcopy(copy)
        self.restart()
        await self._make_good()
        await self.rings()

    async def _make_good(self) -> None:
        self.again = True
        await self.settle()
        self.again = False

    def empty(self) -> None:
        """Lanes begin at the beginning."""
        self.again = False
        self.store = MemoryStore(lambda key: partition_of(key, SHARDS))
        self.graph, self.denials = MemoryGraph(), FakeDenials()
        self.read: dict[tuple[str, int], int] = {}
        self.restart()

    def restart(self) -> None:
        """Gateway, workers and console are new: nothing is known but what is stored."""
        self.seals, self.worker = (Keys(self.ring, MASTER, self.drawn.randbytes) for _ in range(2))
        self.opener = Opener(self.ring, MASTER)
        self.consents = Consents(self.store, self.denials, HOUSES, self.clock)  # type: ignore[arg-type]
        self.gate = ConsentGate(self.consents, a.PEPPER)
        self.ctx = context(HOUSES, a.PEPPER, {})
        self.identifying = Identifying(
            self.store, self.graph, self.opener, FakeProducer(self.publish), epoch="log",  # type: ignore[arg-type]
            metrics=self.metrics, pepper=a.PEPPER, maisons=HOUSES,
        )  # fmt: skip
        outages, switch, producer = Outages(), FakeSwitch(self.silences), FakeProducer(self.publish)
        self.delivering = Delivering(
            PLACES, self.inboxes, self.consents, switch, producer, HOUSES, "log",  # type: ignore[arg-type]
            self.metrics, self.clock,
        )  # fmt: skip
        self.taking_back = TakingBack(self.inboxes, self.store, self.consents, HOUSES, self.clock, outages)
        self.withholding = Withholding(
            self.inboxes, switch, self.tell, HOUSES, self.metrics, self.clock, outages  # type: ignore[arg-type]
        )  # fmt: skip

    def clock(self) -> float:
        """Unix seconds."""
        return self.now

    async def send(self, *events: Any) -> None:
        """Events, as senders and the console send them, come in."""
        for event in events:
            if event.source.startswith("/staff/"):
                taken = restated(encode(event), None, a.PEPPER)
            else:
                raw, key, now = (
                    msgspec.json.decode(encode(event)),
                    WriteKey(maison=event.maison),
                    utc(self.now),
                )
                taken = check(raw, key, now, a.PEPPER)
                if raw["type"] in GUARDED:
                    await self.gate.close(await self.gate.check(raw, key, taken.part, now))
            await publish_sealed([taken], self.seals, self.publish)

    async def tell(self, event: bytes) -> None:
        """The console stores what somebody decided."""
        part = restated(event, None, a.PEPPER).part
        await self.publish([Message(topic=topics.FEEDBACK, key=part[1].encode(), value=event)])

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
        while pending := self._pending():
            place = self.drawn.choice(sorted(self._next(pending)))
            start = self.read.get(place, 0)
            raws = self.log[place][start : start + self.drawn.choice((1, 3, 50))]
            if place[0] in topics.TIERS and not await self.serve(*place, raws, dies=dying > 0):
                dying -= 1
                self.restart()
                continue
            if place[0] == topics.LINKS:
                await self.identifying.serve(Slice(*place, raws), _nothing())  # type: ignore[arg-type]
            elif place[0] == topics.ALERTS:
                for _ in range(self.drawn.choice((1, 1, 2))):  # killed before it said so, it does it again
                    await self.delivering.serve(Slice(*place, raws), _nothing())  # type: ignore[arg-type]
            self.read[place] = start + len(raws)
            if place[0] in topics.TIERS and not self.again:
                await self.rung(place[1], 0)
        if not self.again:
            await self._look()
            if self._pending():
                await self.settle()

    def _next(self, pending: list[tuple[str, int]]) -> list[tuple[str, int]]:
        """Any lane reads on; one that makes a shard good, its topics one after the other."""
        if not self.again:
            return pending
        first = {shard: min(told_in(t) for t, s in pending if s == shard) for _, shard in pending}
        return [(t, s) for t, s in pending if t not in topics.TIERS or told_in(t) == first[s]]

    def _pending(self) -> list[tuple[str, int]]:
        return [place for place, lane in self.log.items() if self.read.get(place, 0) < len(lane)]

    async def _look(self) -> None:
        """What consoles and deliver do now and then."""
        for maison in HOUSES.values():
            await self.taking_back.look(maison)
            await self.withholding.look(maison)
        await self.delivering.tick(self.now)

    async def turn(self, maison: str, silences: Sequence[Silence]) -> None:
        """From now on these are what is silenced in a house."""
        self.silences[maison] = [*silences]
        await self._look()
        await self.settle()

    async def until(self, at: float, dying: int = 0) -> None:
        """Time passes, every timer rings at the second at which it is due; the first `dying` rings die."""
        while (due := await self._next_due()) <= at:
            self.now = max(self.now, due)
            await self.rings(dying)
            dying = 0
        self.now = at

    async def rings(self, dying: int = 0) -> None:
        """All timers that are due ring, and what they say is heard."""
        for shard in range(SHARDS):
            dying = await self.rung(shard, dying)
        await self.settle()

    async def _next_due(self) -> float:
        waiting = [(await self.store.read(shard, (), (), NEVER - 1)).due for shard in range(SHARDS)]
        return min((due[0].due for due in waiting if due), default=NEVER)

    async def clients(self, maison: str, parts: Iterable[str]) -> dict[str, frozenset[str]]:
        """The parts of the client that each of these parts is."""
        links = await self.store.links([(maison, part) for part in parts])
        return {part: frozenset((part, *others)) for (_, part), others in links.items()}

    async def client(self, maison: str, part: str) -> Any:
        """A client's record as all their parts say it, opened; None where nobody is known."""
        found = await read_client(self.store, self.opener, maison, part)
        return None if found is None else found[1]

    async def note(self, viewed: Viewed) -> None:
        self.views.append(viewed)

    def stored(self) -> bytes:
        """Everything that was ever produced, and all that lies in stores, audit, logs and metrics."""
        sent = [part for m in self.messages for part in (m.key, m.value, repr(m.headers).encode()) if part]
        kept = (self.store, self.graph, self.inboxes, self.denials, self.ring)
        held = [repr(vars(of)).encode() for of in kept]
        told = [msgspec.json.encode(self.views), self.written.text, generate_latest(self.registry)]
        return b"\n".join([*sent, *held, *told])


class Written(logging.Handler):
    """Every line that was logged, and what went into it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = b""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f"{record.getMessage()} {record.args}\n".encode()


async def _nothing() -> None:
    """Nothing is to be made good."""
