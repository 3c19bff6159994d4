"""The queue of what wants repair, and the repair, over HTTP."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from feature_store import record as records
from feature_store.graph import Hold
from feature_store.memory_inbox import MemoryInboxes
from schemas.audit import Viewed
from schemas.codec import decode
from streams.auth import token_for
from streams.clients import AT_ONCE, Clients
from streams.keys import Opener
from streams.quality import MOST, quality_routes
from streams.scales import Scales
from tests import builders as a
from tests.builders import LUMIERE, SHARDS
from tests.described import watched
from tests.fakes import FakeKeyring

SECRET = "a secret of thirty-two bytes, for tests"
Client = TestClient[web.Request, web.Application]


class House:
    """Records kept by a line, what the audit has, what was published, what is held."""

    def __init__(self) -> None:
        self.line = a.Line()
        self.views: list[Viewed] = []
        self.sent: list[Any] = []
        self.pairs: dict[tuple[str, str], Hold] = {}

    async def note(self, viewed: Viewed) -> None:
        self.views.append(viewed)

    async def held(self, maison: str) -> dict[tuple[str, str], Hold]:
        return self.pairs if maison == "lumiere" else {}

    async def publish(self, value: bytes) -> None:
        self.sent.append(decode(value))

    async def know(self, client: str, advisor: str, **fields: Any) -> str:
        stated = {"advisor": advisor, **fields}
        await self.line.tell(a.profile(a.NOON, stated, client_id=client, envelope={"source": "/crm"}))
        return a.part_of(client_id=client)[1]


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def client(house: House) -> AsyncIterator[Client]:
    app = web.Application(client_max_size=1000)
    deps = Clients(
        store=house.line.store,
        opener=Opener(FakeKeyring(), bytes(32)),
        scales=Scales(house.line.store, SHARDS, time.time),
        inboxes=MemoryInboxes(),
        maisons={"lumiere": LUMIERE},
        secret=SECRET,
        pepper=a.PEPPER,
        note=house.note,
        now=time.time,
    )
    quality_routes(app, deps, SHARDS, house.held, house.publish)
    undescribed = watched(app)
    async with TestClient(TestServer(app)) as running:
        yield running
    assert not undescribed, undescribed


def bearer(staff: str) -> dict[str, str]:
    person = LUMIERE.person(staff)
    assert person is not None
    return {"Authorization": f"Bearer {token_for(person, LUMIERE, SECRET, time.time() + 60)}"}


async def queue(client: Client, staff: str) -> dict[str, list[tuple[str, str]]]:
    async with client.get("/v1/quality", headers=bearer(staff)) as answer:
        assert answer.status == 200
        told = (await answer.json())["clients"]
    return {one["id"]: [(wrong["kind"], wrong["field"]) for wrong in one["wrong"]] for one in told}


async def repair(client: Client, staff: str, oid: str, **body: Any) -> tuple[int, dict[str, Any]]:
    async with client.post(f"/v1/clients/{oid}/repair", json=body, headers=bearer(staff)) as answer:
        return answer.status, await answer.json()


async def test_thousands_of_others_are_not_asked_for_one_by_one(
    client: Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(2 * AT_ONCE):
        await house.know(f"theirs-{n}", "haruka", language="12")
    mine = await house.know("mine", "camille", language="12")
    async with client.get("/v1/quality", headers=bearer("haruka")) as answer:
        told = await answer.json()
    assert (len(told["clients"]), told["complete"]) == (MOST, False)
    asked, links = [], house.line.store.links

    async def counted(parts: Any) -> Any:
        asked.append(len(parts))
        return await links(parts)

    monkeypatch.setattr(house.line.store, "links", counted)
    assert await queue(client, "camille") == {mine: [("impossible_language", "language")]}
    assert asked == [AT_ONCE, AT_ONCE, 1]
    async with client.get("/v1/quality", headers=bearer("camille")) as answer:
        assert (await answer.json())["complete"]


async def test_each_sees_what_is_wrong_with_their_own_clients_and_the_audit_sees_them(
    client: Client, house: House
) -> None:
    mine = await house.know("k1", "camille", name="Aline", birth_date="2031-01-01")
    theirs = await house.know("k2", "haruka", language="12")
    await house.know("k3", "camille", language="fr")
    assert await queue(client, "camille") == {mine: [("impossible_birth_date", "birth_date")]}
    assert await queue(client, "haruka") == {theirs: [("impossible_language", "language")]}
    assert await queue(client, "helene") == {mine: [("impossible_birth_date", "birth_date")]}
    assert [(v.staff, v.client, v.via, v.facts) for v in house.views[:2]] == [
        ("camille", mine, "quality", ["birth_date"]),
        ("haruka", theirs, "quality", ["language"]),
    ]
    async with client.get("/v1/quality", headers=bearer("noe")) as answer:
        assert answer.status == 403


async def test_a_repair_is_an_event_that_ends_the_flaw(client: Client, house: House) -> None:
    oid = await house.know("k1", "camille", birth_date="2031-01-01")
    status, told = await repair(client, "camille", oid, fields={"birth_date": "1981-01-01"})
    assert status == 202
    (event,) = house.sent
    assert (event.id, event.source, event.data.who.oid) == (told["event"], "/staff/camille", oid)
    assert event.data.verified == ["birth_date"]
    await house.line.tell(event)
    assert await queue(client, "camille") == {}


async def test_what_a_client_asks_to_have_put_right_whoever_answers_for_their_rights_enters(
    client: Client, house: House
) -> None:
    oid = await house.know("k1", "camille", birth_date="1981-01-10", profession="surgeon")
    right = {"birth_date": "1981-10-01", "profession": "architect"}
    assert (await repair(client, "maud", oid, fields=right))[0] == 202
    await house.line.tell(house.sent[-1])
    profile = records.values(await house.line.client(client_id="k1"), a.NOON)["profile"]
    assert {field: profile[field] for field in right} == right
    assert house.sent[-1].source == "/staff/maud"
    async with client.get("/v1/quality", headers=bearer("maud")) as answer:
        assert answer.status == 403
    assert (await repair(client, "noe", oid, fields=right))[0] == 403


async def test_nobody_repairs_what_is_not_theirs_nor_nothing(client: Client, house: House) -> None:
    oid = await house.know("k1", "camille", birth_date="2031-01-01")
    good = {"fields": {"birth_date": "1981-01-01"}}
    assert (await repair(client, "haruka", oid, **good))[0] == 403
    status, told = await repair(client, "helene", oid, fields={"profession": "surgeon"})
    assert (status, "fields.profession" in told["error"]) == (403, True)
    assert (await repair(client, "camille", "a" * 16, **good))[0] == 404
    assert (await repair(client, "camille", oid))[0] == 400
    status, told = await repair(client, "camille", oid, fields={"birth_date": "yesterday"})
    assert (status, "birth_date" in told["error"]) == (400, True)
    assert house.sent == []


async def test_a_pair_that_is_held_stands_with_both_of_its_clients(client: Client, house: House) -> None:
    one, other = [await house.know(name, "camille", language="fr") for name in ("k1", "k2")]
    house.pairs[one, other] = Hold()
    assert await queue(client, "camille") == {one: [("duplicate", other)], other: [("duplicate", one)]}


async def test_a_mark_whose_client_is_right_by_now_is_not_shown(client: Client, house: House) -> None:
    card, guest = a.part_of(card="c1")[1], a.part_of(guest_id="g1")[1]
    crm, pms = {"source": "/crm"}, {"source": "/pms"}
    await house.line.tell(
        a.profile(a.NOON, {"language": "fr", "advisor": "camille"}, card="c1", envelope=crm),
        a.profile(a.NOON, {"language": "it"}, guest_id="g1", envelope=pms),
        a.link(a.NOON, card="c1", with_={"guest_id": "g1"}),
        a.profile(a.NOON + 1, {"language": "fr"}, card="c1", envelope=crm),
    )
    assert await queue(client, "camille") == {card: [("contradiction", "language")]}
    assert (await repair(client, "camille", guest, fields={"language": "it"}))[0] == 202
    await house.line.tell(*house.sent)
    assert [m.oid for shard in range(SHARDS) for m in await house.line.store.marked(shard, 9)] == [card]
    assert await queue(client, "camille") == {}
