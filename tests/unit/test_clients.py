"""The client record over HTTP: what each role reads, and every answer as it is described."""

import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from feature_store import record as records
from feature_store.store import PartKey, StoreAway
from streams.auth import COOKIE, PROOF, token_for
from streams.clients import Clients, client_routes
from streams.scales import Scales
from tests.alerts import lumiere
from tests.builders import NOON, PEPPER, part_of, profile, purchase, record_of
from tests.described import watched

SECRET = "a secret of thirty-two bytes, for tests"
PART = part_of(card="card-aline")
LOOKUP = "/v1/clients/lookup"
Client = TestClient[web.Request, web.Application]


class Held:
    """A store that holds one part, or is away."""

    away = False

    async def links(self, parts: Sequence[PartKey]) -> dict[PartKey, tuple[str, ...]]:
        if self.away:
            raise StoreAway("away")
        return dict.fromkeys(parts, ())

    async def peek(self, parts: Sequence[PartKey]) -> dict[PartKey, bytes | None]:
        held = records.encode(
            record_of(profile(NOON - 60, {"name": "Alice"}), profile(fields={"name": "Aline"}), purchase())
        )
        return {part: held if part == PART else None for part in parts}

    async def tallies(self, shard: int) -> dict[str, int]:
        return {"lumiere|r|20777": 30, "lumiere|c|742|742|1": 30, "lumiere|m:EUR|742|130": 30}


@pytest.fixture
def store() -> Held:
    return Held()


@pytest.fixture
async def client(store: Held) -> AsyncIterator[Client]:
    app = web.Application(client_max_size=1000)
    scales: Any = Scales(store, 1, lambda: NOON)  # type: ignore[arg-type]
    deps: Any = {
        "store": store,
        "scales": scales,
        "maisons": {"lumiere": lumiere()},
        "secret": SECRET,
        "now": time.time,
    }
    client_routes(app, Clients(pepper=PEPPER, **deps))
    undescribed = watched(app)
    async with TestClient(TestServer(app)) as running:
        yield running
    assert not undescribed, undescribed


def token(staff: str) -> str:
    person = lumiere().person(staff)
    assert person is not None
    return token_for(person, lumiere(), SECRET, time.time() + 60)


def bearer(staff: str = "camille") -> dict[str, str]:
    return {"Authorization": f"Bearer {token(staff)}"}


async def test_an_advisor_reads_the_record_and_the_platform_team_not_who_it_is(client: Client) -> None:
    async with client.post(LOOKUP, json={"who": {"card": "card-aline"}}, headers=bearer()) as answer:
        seen = await answer.json()
    assert (seen["id"], seen["profile"], seen["masked"]) == (PART[1], {"name": "Aline"}, [])
    assert seen["facts"]["purchases"] == 1
    scored = {measure: seen["features"]["value"][measure] for measure in ("recency", "frequency", "monetary")}
    assert scored == {"recency": 5, "frequency": 3, "monetary": 3}
    async with client.get(f"/v1/clients/{PART[1]}", headers=bearer("noe")) as answer:
        blind = await answer.json()
    assert (blind["profile"], blind["masked"], blind["facts"]) == ({}, ["name"], seen["facts"])
    assert "Aline" not in str(blind)
    name = seen["fields"]["name"]
    assert (name["value"], name["source"], name["kind"]) == ("Aline", "/test", "unknown")
    lost = {"value": "Alice", "since": "2026-11-21T11:59:00.000Z", "because": "said earlier", "lost": []}
    assert name["lost"] == [name | lost]
    assert blind["fields"] == {}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"who": {"card": "card-nobody"}}', 404),
        (b'{"who": {}}', 400),
        (b'{"who": "Aline"}', 400),
        (b"{", 400),
        (b" " * 2000, 413),
    ],
)
async def test_what_finds_nobody_is_told_in_a_sentence(client: Client, body: bytes, status: int) -> None:
    async with client.post(LOOKUP, data=body, headers=bearer()) as answer:
        assert (answer.status, "error" in await answer.json()) == (status, True)


async def test_nobody_reads_it_unasked_nor_from_the_page_of_another_site(client: Client) -> None:
    kept = {"Cookie": f"{COOKIE}={token('camille')}"}
    body = {"who": {"card": "card-aline"}}
    for headers, status in (({}, 401), (kept, 403), (kept | {PROOF: "1"}, 200)):
        async with client.post(LOOKUP, json=body, headers=headers) as answer:
            assert answer.status == status


async def test_a_store_that_is_away_asks_to_come_again(client: Client, store: Held) -> None:
    store.away = True
    async with client.get(f"/v1/clients/{PART[1]}", headers=bearer()) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
