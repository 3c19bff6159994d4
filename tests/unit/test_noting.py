"""A note over HTTP: who may note of whom, what is sent, and that it is seen by who may know it."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from feature_store import record as records
from feature_store.features.attention import OVER, Proposed, coded, keep, never
from feature_store.memory_inbox import MemoryInboxes
from schemas.codec import decode
from streams.auth import Caller
from streams.clients import Clients, client_routes
from streams.keys import Opener
from streams.lifting import lift_routes
from streams.noting import events_of, note_routes
from streams.produce import KafkaAway
from streams.scales import Scales
from tests import builders as a
from tests.alerts import lumiere
from tests.described import watched
from tests.fakes import FakeKeyring
from tests.unit.test_clients import PART, RECORD, SECRET, Audited, Held, bearer

NOTES = f"{RECORD}/notes"


class Sent:
    """What Kafka was given, which the record then has."""

    away = False

    def __init__(self, store: Held) -> None:
        self.store, self.events = store, list[Any]()

    async def publish(self, event: bytes) -> None:
        if self.away:
            raise KafkaAway("away")
        told: Any = decode(event)
        assert told.data.who.oid == PART[1]
        self.events.append(told)
        records.touch(self.store.client, told, told.time.timestamp(), a.HOUSE)


@pytest.fixture
def sent() -> Sent:
    return Sent(Held())


@pytest.fixture
async def client(sent: Sent) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    store: Any = sent.store
    deps = Clients(
        store=store,
        opener=Opener(FakeKeyring(), bytes(32)),
        scales=Scales(store, 1, lambda: a.NOON),
        inboxes=MemoryInboxes(),
        maisons={"lumiere": lumiere()},
        secret=SECRET,
        pepper=a.PEPPER,
        note=Audited().note,
        now=time.time,
    )
    app = web.Application(client_max_size=2_000)
    client_routes(app, deps)
    note_routes(app, deps, sent.publish)
    lift_routes(app, deps, sent.publish)
    undescribed = watched(app)
    async with TestClient(TestServer(app)) as running:
        yield running
    assert not undescribed, undescribed


async def say(
    client: TestClient[web.Request, web.Application], body: Any, staff: str = "camille", **changes: Any
) -> tuple[int, Any]:
    async with client.post(NOTES, json=body, headers=bearer(staff, **changes)) as answer:
        return answer.status, await answer.json()


async def seen(client: TestClient[web.Request, web.Application], staff: str) -> Any:
    async with client.get(RECORD, headers=bearer(staff)) as answer:
        return await answer.json()


async def test_what_an_advisor_notes_reaches_the_record_typed_where_it_plainly_states(
    client: TestClient[web.Request, web.Application], sent: Sent
) -> None:
    told = "Left-handed, glove 7. Likes gardenias"
    assert await say(client, {"text": told}) == (202, {"fields": ["preferences.likes", "sizes.glove"]})
    note, profile = sent.events
    assert (note.data.text, note.data.by, note.data.tier, note.source) == (told, "camille", None, "/staff")
    assert profile.data.fields.sizes == {"glove": 7}
    ours, theirs = await seen(client, "camille"), await seen(client, "haruka")
    assert ours["features"]["notes"]["2"][0]["text"] == told
    assert ours["profile"]["sizes.glove"] == 7
    assert "notes" not in theirs["features"]
    assert "notes.2" in theirs["masked"]
    assert "gardenias" not in str(theirs)


async def test_what_is_said_to_be_intimate_is_not_stated_for_more_people_to_know(
    client: TestClient[web.Request, web.Application], sent: Sent
) -> None:
    assert await say(client, {"text": "Loves Paul. Ring 52", "tier": 3}) == (202, {"fields": []})
    assert len(sent.events) == 1
    assert "Paul" in str(await seen(client, "camille"))
    assert "Paul" not in str(await seen(client, "helene"))
    assert await say(client, {"text": "ring 53", "tier": 0}) == (202, {"fields": ["sizes.ring"]})


async def test_the_same_words_sent_again_that_day_are_the_same_note_and_another_day_they_are_news() -> None:
    caller = Caller(staff="camille", role="advisor", maison="lumiere", sites=("vendome",), expires=0.0)
    record = records.Record()

    def note(at: float, ring: int) -> None:
        fields = {"sizes": {"ring": ring}}
        for event in events_of(caller, PART[1], f"Ring {ring}", None, fields, at):
            records.touch(record, event, at, a.HOUSE)

    def known() -> tuple[int, Any]:
        values = records.values(record, a.NOON)
        return len(values["notes"]["2"]), values["profile"]["sizes.ring"]

    note(a.NOON - 90_000, 52)
    note(a.NOON - 89_000, 52)
    note(a.NOON - 88_000, 54)
    assert known() == (2, 54)
    note(a.NOON, 52)
    assert known() == (3, 52)


@pytest.mark.parametrize(
    ("staff", "changes", "body", "status"),
    [
        ("camille", {}, {"text": ""}, 400),
        ("camille", {}, {"text": "   "}, 400),
        ("camille", {}, {"text": "é" * 300}, 400),
        ("camille", {}, {"text": "x" * 500}, 400),
        ("camille", {}, {"text": "x", "tier": 4}, 400),
        ("camille", {}, {"text": "x" * 5_000}, 413),
        ("haruka", {}, {"text": "x"}, 403),
        ("noe", {}, {"text": "x"}, 403),
        ("camille", {"role": "team"}, {"text": "x"}, 403),
        ("helene", {}, {"text": "x"}, 202),
    ],
)
async def test_who_does_not_look_after_a_client_notes_nothing(
    client: TestClient[web.Request, web.Application],
    sent: Sent,
    staff: str,
    changes: dict[str, Any],
    body: Any,
    status: int,
) -> None:
    assert (await say(client, body, staff, **changes))[0] == status
    assert bool(sent.events) == (status == 202)


async def test_a_client_nobody_has_and_a_kafka_that_is_away(
    client: TestClient[web.Request, web.Application], sent: Sent
) -> None:
    async with client.post(
        "/v1/clients/AlineMoreau00001/notes", json={"text": "x"}, headers=bearer()
    ) as answer:
        assert answer.status == 404
    sent.away = True
    assert (await say(client, {"text": "x"}))[0] == 503


async def test_what_was_never_to_be_proposed_may_be_again_by_whoever_looks_after_them(
    client: TestClient[web.Request, web.Application], sent: Sent
) -> None:
    over = Proposed(coded("birthday"), "r", "vendome", at=7, until=0, step=OVER, verdict="never")
    keep(records.own(sent.store.client, "attention"), {"a1": over})

    async def asked(staff: str, role: str, action: str = "birthday") -> int:
        body = {"action": action}
        answer = await client.post(f"{RECORD}/again", json=body, headers=bearer(staff, role=role))
        return answer.status

    assert await asked("camille", "platform") == 403
    assert (await asked("camille", "advisor", "lapsing"), sent.events) == (202, [])
    sent.away = True
    assert await asked("camille", "advisor") == 503
    sent.away = False
    assert await asked("camille", "advisor") == 202
    [event] = sent.events
    assert (event.data.verdict, event.data.alert, event.data.staff) == ("again", "birthday", "camille")
    assert not never(records.slice_of(sent.store.client, "attention"), "birthday")
    assert (await asked("camille", "advisor"), len(sent.events)) == (202, 1)
