"""What a client is given who asks what is held of them: all of it, and nothing that is another's to tell."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from feature_store import record as records
from feature_store.memory_inbox import MemoryInboxes
from feature_store.store import PartKey
from schemas.audit import Viewed
from schemas.codec import encode
from schemas.events import topic_of
from schemas.maison import Person
from streams import export, topics
from streams.auditing import Asked, Found, viewed
from streams.auth import Caller, token_for
from streams.clients import Clients
from streams.keys import Opener
from streams.scales import Scales
from tests import builders as a
from tests.alerts import lumiere
from tests.described import watched
from tests.fakes import FakeRing

SECRET = "a secret of thirty-two bytes, for tests"
CARD, NUMBER = a.part_of(card="k-1"), a.part_of(client_id="c-1")
RING = "ring-solitaire"
EVENTS = [
    a.purchase(a.NOON - 60, card="k-1"),
    a.event("record.surprise", a.NOON - 30, who={"oid": CARD[1]}, skus=[RING]),
]
LOOKED = Caller(staff="helene", role="manager", maison="lumiere", sites=(), expires=a.NOON)
VIEWS = [
    viewed(LOOKED, a.NOON - 90, NUMBER[1], [NUMBER[1]], "manager", "record", facts=["name"]),
    viewed(LOOKED, a.NOON - 80, CARD[1], [CARD[1]], "manager", "record", facts=["name"]),
    viewed(LOOKED, a.NOON - 70, "q" * 16, ["q" * 16], "manager", "record", facts=["name"]),
]
Client = TestClient[web.Request, web.Application]


class Held:
    """A store that holds one client of two parts, one of whom was bought a gift."""

    def __init__(self) -> None:
        self.kept = {
            CARD: records.encode(a.record_of(*EVENTS)),
            NUMBER: records.encode(a.record_of(a.checkin(client_id="c-1"))),
        }

    async def links(self, parts: Sequence[PartKey]) -> dict[PartKey, tuple[str, ...]]:
        return {p: (NUMBER[1] if p == CARD else CARD[1],) if p in self.kept else () for p in parts}

    async def peek(self, parts: Sequence[PartKey]) -> dict[PartKey, bytes | None]:
        return {part: self.kept.get(part) for part in parts}

    async def tallies(self, shard: int) -> dict[str, int]:
        return {}


class Message:
    """A record of Kafka, as the client library gives it."""

    def __init__(self, value: bytes) -> None:
        self._value, self._key = value, CARD[1].encode()

    def key(self) -> bytes:
        return self._key

    def value(self) -> bytes:
        return self._value


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Client]:
    def logged(brokers: str, topic: str, ranges: Any) -> Iterator[Message]:
        events = (encode(one) for one in EVENTS if topic_of(one.__struct_config__.tag) == topic)
        return map(Message, [b"a stranger's"] if topic == topics.KEYS else events)

    async def look(asked: Asked) -> Found:
        return Found(views=[one for one in VIEWS if asked.fits(one)], letters=[], complete=True)

    async def note(view: Viewed) -> None:
        pass

    async def ledger(maison: str, parts: Any) -> list[Any]:
        return []

    monkeypatch.setattr(export, "ends_of", lambda brokers, topic: {0: (0, 1)})
    monkeypatch.setattr(export, "stored", logged)
    monkeypatch.setattr(export, "set_aside", lambda brokers: ())
    ring = FakeRing()
    ring.kept = {CARD: [bytes(16)], NUMBER: [bytes(16)]}
    store: Any = Held()
    deps = Clients(
        store=store,
        opener=Opener(ring, bytes(32)),
        scales=Scales(store, 1, lambda: a.NOON),
        inboxes=MemoryInboxes(),
        maisons={"lumiere": lumiere()},
        secret=SECRET,
        pepper=a.PEPPER,
        note=note,
        now=lambda: a.NOON,
    )
    app = web.Application()
    export.export_routes(app, deps, "", ledger, look)
    undescribed = watched(app)
    async with TestClient(TestServer(app)) as client:
        yield client
    assert not undescribed, undescribed


async def exported(client: Client) -> str:
    maud = Person(id="maud", name="Maud", role="privacy", sites=[], languages=["fr"])
    token = token_for(maud, lumiere(), SECRET, a.NOON + 60)
    path = f"/v1/clients/{CARD[1]}/export"
    async with client.get(path, headers={"Authorization": f"Bearer {token}"}) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_whoever_looked_at_any_part_is_told_also_before_the_parts_were_linked(client: Client) -> None:
    told = json.loads(await exported(client))
    assert len(told["parts"]) == 2
    assert [one["at"] for one in told["recipients"]] == [one.at for one in VIEWS[:2]]


async def test_what_a_stranger_wrote_among_the_keys_keeps_no_client_from_their_export(client: Client) -> None:
    assert json.loads(await exported(client))["identifiers"] == []


async def test_a_gift_that_somebody_bought_for_the_client_is_not_told(client: Client) -> None:
    told = await exported(client)
    assert (RING in told, "awaited" in told) == (False, False)
    assert [one["type"] for one in json.loads(told)["events"]] == ["store.purchase"]
