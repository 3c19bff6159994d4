"""Hand-written stand-ins for what is outside the process."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
import orjson

from feature_store.denials import Denial
from feature_store.features.consent import Consent
from feature_store.inbox import Write
from feature_store.memory_inbox import MemoryInboxes
from feature_store.store import PartKey, StoreAway
from schemas.messages import KeyChange
from schemas.personal import PEOPLE, opened
from schemas.sealing import NAME, Key
from schemas.silence import Silence
from schemas.who import OID, oid_of
from streams import topics
from streams.produce import KafkaAway, Message

MASTER = bytes(32)
PEPPER = b"pepper"


class FakeKeyring:
    """A keyring to which no key has come yet."""

    async def salts(self, parts: Collection[PartKey]) -> dict[PartKey, list[bytes] | None]:
        return dict.fromkeys(parts)


class FakeLog:
    """A Kafka that keeps what it is given; while `away` it refuses, until `answers` is set it is slow."""

    def __init__(self, *visits: str) -> None:
        """`visits`: sessions and devices that events name; what they are called is told to nobody."""
        self.messages: list[Message] = []
        """All but keys."""
        self.keys: dict[str, Key] = {}
        self.names = {
            oid_of("lumiere", kind, value, PEPPER): value
            for kind in ("session", "device_id")
            for value in visits
        }
        self.away = False
        self.answers = asyncio.Event()
        self.answers.set()
        self.asked = 0

    async def publish(self, messages: Sequence[Message]) -> None:
        self.asked += 1
        await self.answers.wait()
        if self.away:
            raise KafkaAway("Kafka is away.")
        for message in messages:
            if message.topic == topics.KEYS:
                self._learn(msgspec.json.decode(message.value or b"", type=KeyChange))
            else:
                self.messages.append(message)

    @property
    def sealed(self) -> list[dict[str, Any]]:
        """All events as a reader of the topics would find them."""
        return [orjson.loads(message.value or b"") for message in self.messages]

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events as whoever has every key can read them: as they were sent."""
        return [self._opened(message) for message in self.messages]

    def _learn(self, change: KeyChange) -> None:
        key = self.keys[change.oid] = Key(MASTER, (change.maison, change.oid), [change.salt])
        if change.named is not None:
            self.names[change.oid] = orjson.loads(key.open(change.named))[1]

    def _opened(self, message: Message) -> dict[str, Any]:
        key = dict(message.headers).get("key", message.key)  # in quarantine its own stands in a header
        value, oid = message.value or b"", (key or b"").decode()
        event: dict[str, Any] = orjson.loads(opened(value, self.keys[oid]) if oid in self.keys else value)
        data = event["data"]
        for field in PEOPLE:
            if field in data:
                data[field] = {kind: self._named(value) for kind, value in data[field].items()}
        if "session" in data:
            data["session"] = self._named(data["session"])
        return event

    def _named(self, value: str) -> str:
        return self.names.get(value.removeprefix(OID), value)


class FakeDenials:
    """Deny markers in memory; while `away` it neither takes nor tells any."""

    def __init__(self) -> None:
        self.held: dict[PartKey, dict[int, int]] = {}
        self.away = False

    async def deny(self, denials: Sequence[Denial]) -> None:
        if self.away:
            raise StoreAway("away")
        for denial in denials:
            marks = self.held.setdefault(denial.part, {})
            marks[denial.about] = max(denial.said, marks.get(denial.about, -1))

    async def read(self, parts: Collection[PartKey]) -> dict[PartKey, Consent]:
        if self.away:
            raise StoreAway("away")
        return {part: Consent(given=dict(self.held[part])) for part in parts if part in self.held}

    async def since(self, maison: str, position: str) -> tuple[str, set[str]]:
        return position, {oid for of, oid in self.held if of == maison}


class FakeSwitch:
    """A kill switch that nobody has turned, but for `silenced`, by maison."""

    def __init__(self, silenced: Mapping[str, Sequence[Silence]] | None = None) -> None:
        self._silenced = silenced if silenced is not None else {}

    async def now(self, maisons: Collection[str]) -> dict[str, list[Silence]]:
        return {maison: [*self._silenced.get(maison, ())] for maison in maisons}


class FakeProducer:
    """Hands what it is to send to whoever publishes."""

    def __init__(self, publish: Callable[[Sequence[Message]], Awaitable[None]]) -> None:
        self.send = publish


class FakeRing:
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


class FakeInboxes(MemoryInboxes):
    """Inboxes to which somebody else may write between what one reads and what one writes."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Callable[[], Awaitable[None]]] = []

    async def apply(self, writes: Mapping[str, Write], now: float) -> set[str]:
        while self.meanwhile:
            await self.meanwhile.pop()()
        return await super().apply(writes, now)
