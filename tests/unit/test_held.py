"""Pairs that wait for a person's word over HTTP: who may see and judge which, and what they are shown."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from feature_store import record as records
from feature_store.graph import DECLARED, JUDGED, Change, Edge, Graph, GraphHead, Hold, Node, Pair
from feature_store.memory_graph import MemoryGraph
from feature_store.store import PartKey
from schemas.codec import decode
from schemas.who import OPAQUE
from streams.auth import token_for
from streams.clients import Clients
from streams.held import Identity, held_routes
from streams.keys import Opener
from streams.produce import KafkaAway
from tests import builders as a
from tests.alerts import lumiere
from tests.described import watched
from tests.fakes import FakeKeyring

SECRET = "a secret of thirty-two bytes, for tests"
ONE, OTHER = (a.part_of(client_id=number)[1] for number in ("k1", "k2"))
CARD = a.part_of(card="c1")[1]
PAIR: Pair = (min(ONE, OTHER), max(ONE, OTHER))
NAME = ".".join(PAIR)
HELD = "/v1/identity/held"
HOLD = Hold(("email",), ("client_id",), "=~.....")
Client = TestClient[web.Request, web.Application]


class Store:
    """Two clients, the first of two parts and assigned to camille."""

    links_of: dict[str, tuple[str, ...]] = {ONE: (CARD,), CARD: (ONE,)}  # noqa: RUF012

    async def links(self, parts: Sequence[PartKey]) -> dict[PartKey, tuple[str, ...]]:
        return {part: self.links_of.get(part[1], ()) for part in parts}

    async def peek(self, parts: Sequence[PartKey]) -> dict[PartKey, bytes | None]:
        known = records.encode(a.record_of(a.profile(fields={"name": "Aline Moreau", "advisor": "camille"})))
        return {part: known if part[1] == ONE else None for part in parts}


class Desk:
    """A running desk; `events` are the answers it published."""

    def __init__(self) -> None:
        self.graph: Graph = MemoryGraph()
        self.events: list[Any] = []
        self.kafka_away = False

    async def publish(self, event: bytes) -> None:
        if self.kafka_away:
            raise KafkaAway("away")
        self.events.append(decode(event))


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    nodes = {ONE: Node("client_id"), OTHER: Node("client_id"), CARD: Node("card")}
    await desk.graph.apply("lumiere", b"", GraphHead("log", 0), Change(nodes=nodes, holds={PAIR: HOLD}))
    return desk


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[Client]:
    app = web.Application(client_max_size=1000)
    unused: Any = {"scales": None, "inboxes": None, "note": None}
    store: Any = Store()
    deps = Clients(
        store=store, opener=Opener(FakeKeyring(), bytes(32)), maisons={"lumiere": lumiere()}, secret=SECRET,
        pepper=a.PEPPER, now=lambda: a.NOON, **unused,
    )  # fmt: skip
    held_routes(app, Identity(clients=deps, graph=desk.graph, publish=desk.publish))
    undescribed = watched(app)
    async with TestClient(TestServer(app)) as running:
        yield running
    assert not undescribed, undescribed


def bearer(role: str = "manager", staff: str = "camille") -> dict[str, str]:
    person = lumiere().person(staff)
    assert person is not None
    given: Any = msgspec.structs.replace(person, role=role)
    return {"Authorization": f"Bearer {token_for(given, lumiere(), SECRET, a.NOON + 60)}"}


async def held(client: Client, **who: str) -> Any:
    async with client.get(HELD, headers=bearer(**who)) as answer:
        assert answer.status == 200
        return await answer.json()


async def judge(client: Client, verdict: str = "same", pair: str = NAME, **who: str) -> tuple[int, Any]:
    body = {"verdict": verdict, "reason": "met both"}
    async with client.post(f"{HELD}/{pair}", json=body, headers=bearer(**who)) as answer:
        return answer.status, await answer.json()


async def test_a_manager_sees_how_a_pair_compares_and_nothing_that_stands_in_it(client: Client) -> None:
    found = await held(client)
    assert found["complete"]
    [pair] = found["held"]
    assert pair["pair"] == NAME
    assert {one["id"]: one["parts"] for one in pair["clients"]} == {ONE: 2, OTHER: 1}
    assert (pair["shared"], pair["numbers"]) == (["email"], ["client_id"])
    assert (pair["fields"]["name"], pair["fields"]["born"], pair["fields"]["work"]) == (
        "equal",
        "close",
        "absent",
    )
    assert "Aline" not in str(found)
    assert all(one["alias"].startswith("Client ") for one in pair["clients"])


@pytest.mark.parametrize(
    ("role", "staff", "seen"),
    [
        ("manager", "helene", 1),
        ("privacy", "helene", 1),
        ("advisor", "camille", 1),
        ("advisor", "haruka", 0),
        ("concierge", "haruka", 0),
    ],
)
async def test_others_see_pairs_of_clients_assigned_to_them(
    client: Client, desk: Desk, role: str, staff: str, seen: int
) -> None:
    person = {"role": role, "staff": staff}
    assert len((await held(client, **person))["held"]) == seen
    status, _ = await judge(client, **person)
    assert status == (200 if seen else 403)
    assert len(desk.events) == seen


@pytest.mark.parametrize("role", ["platform", "team"])
async def test_machines_and_tablets_judge_nobody(client: Client, role: str) -> None:
    async with client.get(HELD, headers=bearer(role)) as answer:
        assert answer.status == 403
    async with client.get(HELD) as answer:
        assert answer.status == 401


async def test_an_answer_is_an_event_of_a_person(client: Client, desk: Desk) -> None:
    assert await judge(client, "different") == (200, {"pair": NAME, "verdict": "different"})
    [event] = desk.events
    assert a.tags([event]) == ["client.unlink"]
    assert (event.source, event.data.with_.oid, event.data.compared) == ("/staff/camille", PAIR[1], "=~.....")
    await judge(client, "same")
    assert a.tags(desk.events) == ["client.unlink", "client.link"]


async def test_what_is_not_held_is_not_judged_but_one_client_may_be_parted(
    client: Client, desk: Desk
) -> None:
    both = ".".join(sorted((ONE, CARD)))
    assert (await judge(client, "same", both))[0] == 404
    assert (await judge(client, "different", both))[0] == 200
    assert (await judge(client, "different", ".".join((ONE, ONE))))[0] == 404
    assert (await judge(client, "same", "A" * 16 + "." + "B" * 16))[0] == 404
    assert len(desk.events) == 1


async def test_what_was_answered_is_not_shown_again(client: Client, desk: Desk) -> None:
    edge = Edge(JUDGED, 0.0, True, 0)
    nodes = {
        ONE: Node("client_id"),
        CARD: Node("card", {OTHER: edge}),
        OTHER: Node("client_id", {CARD: edge}),
    }
    seen, _ = await desk.graph.head("lumiere", "log")
    await desk.graph.apply("lumiere", seen, GraphHead("log", 1), Change(nodes=nodes))
    assert (await held(client))["held"] == []


@pytest.mark.parametrize("pair", ["q" * 33, f"a.{'q' * 31}", f".{'q' * 32}", f"{'q' * 16}-{'q' * 16}"])
async def test_what_names_no_pair_is_not_found(
    client: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch, pair: str
) -> None:
    async def nodes(maison: str, parts: Sequence[str]) -> dict[str, Node]:
        assert all(OPAQUE.fullmatch(part) for part in parts), "Redis is asked by the bytes of an id"
        return dict.fromkeys(parts, Node())

    monkeypatch.setattr(desk.graph, "nodes", nodes)
    async with client.post(
        f"{HELD}/{pair}", json={"verdict": "same", "reason": "met both"}, headers=bearer()
    ) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("compared", ["=~.....", None])
@pytest.mark.parametrize(("parted", "other"), [(True, "same"), (False, "different")])
async def test_a_second_word_of_a_person_is_taken_where_nothing_is_held_any_more(
    client: Client, desk: Desk, parted: bool, other: str, compared: str | None
) -> None:
    judged = Node("client_id", {PAIR[1]: Edge(JUDGED, 0.0, parted, 0)})
    verdicts = {PAIR: (0.0, compared, not parted)} if compared else {}
    change = Change(nodes={PAIR[0]: judged}, holds={PAIR: None}, verdicts=verdicts)
    seen, _ = await desk.graph.head("lumiere", "log")
    await desk.graph.apply("lumiere", seen, GraphHead("log", 1), change)
    assert (await held(client))["held"] == []
    assert (await judge(client, other))[0] == 200
    assert desk.events[0].data.compared == compared, "what was learned of the first word is unlearned"


async def test_what_only_systems_say_is_no_word_to_take_back(client: Client, desk: Desk) -> None:
    told = Node("client_id", {PAIR[1]: Edge(DECLARED, 0.0, True, 0)})
    seen, _ = await desk.graph.head("lumiere", "log")
    change = Change(nodes={PAIR[0]: told}, holds={PAIR: None})
    await desk.graph.apply("lumiere", seen, GraphHead("log", 1), change)
    assert (await judge(client, "same"))[0] == 404


async def test_what_kafka_does_not_have_is_not_settled(client: Client, desk: Desk) -> None:
    desk.kafka_away = True
    assert (await judge(client))[0] == 503


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"verdict":"maybe","reason":"x"}', b'{"verdict":"same","reason":""}']
)
async def test_what_is_no_answer_is_refused(client: Client, body: bytes) -> None:
    async with client.post(f"{HELD}/{NAME}", data=body, headers=bearer()) as answer:
        assert answer.status == 400
