"""One inbox and the lane that fills it, without Kafka: messages in, what is shown and told out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from agents.card import status_change
from agents.verdict import becomes
from feature_store.inbox import START, Entry, Write
from feature_store.memory_inbox import MemoryInboxes
from feature_store.store import StoreAway
from schemas.alerts import Answer, Given, InboxMessage, to_json
from schemas.codec import decode
from schemas.events.staff import StaffFeedback
from schemas.maison import Maison
from schemas.silence import Silence
from schemas.traces import Trace, trace_of, unpacked
from streams.delivering import Delivering
from streams.metrics import Metrics
from streams.produce import KafkaAway, Message
from streams.topics import DECISIONS, FEEDBACK
from streams.transport import Slice
from tests.alerts import NOW, lumiere

VENDOME = "lumiere/vendome"


def house(an_hour: int = 8, **people: int) -> Maison:
    """Maison Lumière, whose people may be interrupted so often, and these otherwise."""
    made = lumiere()
    staff = [replace(person, interruptions_an_hour=people.get(person.id)) for person in made.staff]
    return replace(made, interruptions_an_hour=an_hour, staff=staff)


class Desk:
    """The inbox of Place Vendôme. Times are seconds since it opened; `takes`: messages Kafka takes before it
    is away.
    """

    def __init__(self, maison: Maison | None = None) -> None:
        self.maison = maison or house()
        self.inboxes = _Inboxes()
        self.silences: list[Silence] = []
        self.sent: list[Message] = []
        self.takes = 1_000_000
        self.metrics = Metrics(CollectorRegistry())
        self._now, self._offset = NOW, 0
        self._records: list[_Record] = []
        self.restart()

    def restart(self) -> None:
        """Another process takes over: nothing is known but what the inbox has."""
        lines: Any = (self.inboxes, _Allowing(), _Switch(self), _Producer(self))
        maisons = {"lumiere": self.maison}
        self._lane = Delivering([VENDOME], *lines, maisons, "log-1", self.metrics, lambda: self._now)

    async def say(self, *messages: InboxMessage, at: float = 0.0) -> None:
        """The topic has a slice of these."""
        self._now = NOW + at
        made = [_Record(self._offset + n, to_json(message), self._now) for n, message in enumerate(messages)]
        self._offset, self._records = self._offset + len(made), made
        await self.again(at)

    async def answer(self, id: str, staff: str, given: Given, at: float) -> None:
        """Somebody answers, as the topic tells it."""
        revision, answer = (await self.entry(id)).seen, Answer(staff=staff, verdict=given)
        await self.say(status_change("lumiere", id, revision, becomes(given), NOW + at, answer=answer), at=at)

    async def again(self, at: float) -> None:
        """The last slice comes (again)."""
        self._now = NOW + at
        await self._lane.serve(Slice("alerts", 0, self._records), _sound())

    async def tick(self, at: float) -> None:
        """The lane looks at what is due."""
        self._now = NOW + at
        await self._lane.tick(self._now)

    async def shown(self) -> list[tuple[str, str]]:
        """All that came to the screens, and how."""
        log = await self.inboxes.log(VENDOME, START, 10_000)
        return [(one.shown.kind, one.shown.alert.id) for one in log]

    async def cards(self) -> list[str]:
        """Of the alerts that came to the screens."""
        return [id for kind, id in await self.shown() if kind == "alert"]

    async def entry(self, id: str) -> Entry:
        """As the inbox has it."""
        return (await self.inboxes.read({VENDOME: [id]}))[VENDOME].held[id].entry

    async def left(self, hearer: str = "vendome-team") -> float | None:
        """What was left of a budget when it was last spent from; None: it is full."""
        bucket = (await self.inboxes.read({VENDOME: ()}))[VENDOME].budgets.get(hearer)
        return None if bucket is None else bucket.left

    def told(self, verdict: str) -> list[StaffFeedback]:
        """What was told back of that verdict."""
        events = [decode(m.value or b"") for m in self.sent if m.topic == FEEDBACK]
        return [e for e in events if isinstance(e, StaffFeedback) and e.data.verdict == verdict]

    def why(self) -> list[Trace]:
        """What was logged for whoever asks."""
        logged = [m.value for m in self.sent if m.topic == DECISIONS]
        return [trace_of(one.body) for value in logged for one in unpacked(value)]


class _Inboxes(MemoryInboxes):
    away = False

    async def apply(self, writes: Mapping[str, Write], now: float) -> set[str]:
        if self.away:
            raise StoreAway("away")
        return await super().apply(writes, now)


class _Record(msgspec.Struct, frozen=True):
    offset: int
    value: bytes
    at: float
    key: bytes = VENDOME.encode()

    @property
    def timestamp(self) -> float:
        return self.at * 1000


class _Allowing:
    async def withdrawn(self, clients: Iterable[Any]) -> dict[Any, frozenset[str]]:
        return {}


class _Switch:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def now(self, maisons: Iterable[str]) -> dict[str, Sequence[Silence]]:
        return dict.fromkeys(maisons, self._desk.silences)


class _Producer:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def send(self, messages: Sequence[Message]) -> None:
        if len(messages) > self._desk.takes:
            raise KafkaAway("away")
        self._desk.takes -= len(messages)
        self._desk.sent += messages


async def _sound() -> None:
    """Nothing is to be made good."""
