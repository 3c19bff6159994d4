"""Segments over HTTP: their teams and managers see them, nobody else."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from feature_store.memory_store import MemoryStore
from feature_store.store import Fence, StoreAway, Write, encode_fence, membership
from streams.auth import token_for
from streams.scales import Scales
from streams.segment_members import MOST, Enrolment, segment_routes
from tests.builders import LUMIERE, NOON
from tests.described import watched

SECRET = "a secret of thirty-two bytes, for tests"
Client = TestClient[web.Request, web.Application]


class Held(MemoryStore):
    """Two regulars in the first shard and one in the second, or away."""

    away = False

    async def tallies(self, shard: int) -> dict[str, int]:
        if self.away:
            raise StoreAway("away")
        return await super().tallies(shard)

    async def members(self, shard: int, maison: str, segment: str, most: int) -> dict[str, int]:
        if self.away:
            raise StoreAway("away")
        return await super().members(shard, maison, segment, most)


@pytest.fixture
async def store() -> Held:
    held = Held(lambda _: 0)
    for shard, oids in enumerate((["a" * 16, "b" * 16], ["c" * 16])):
        since = {membership("lumiere", "regulars", oid): int(NOON) + n for n, oid in enumerate(oids)}
        tallies = {"lumiere|k|regulars": len(oids), "orfevre|k|regulars": 9}
        await held.apply(shard, Write(seen=b"", fence=Fence("log", 1), members=since, tallies=tallies))
    return held


@pytest.fixture
async def client(store: Held) -> AsyncIterator[Client]:
    app = web.Application()
    now = time.time
    deps: Any = {"maisons": {"lumiere": LUMIERE}, "secret": SECRET, "now": now, "shards": 2}
    segment_routes(app, Enrolment(store=store, scales=Scales(store, 2, now), **deps))
    undescribed = watched(app)
    async with TestClient(TestServer(app)) as running:
        yield running
    assert not undescribed, undescribed


async def get(client: Client, path: str, staff: str) -> tuple[int, dict[str, Any]]:
    person = LUMIERE.person(staff)
    assert person is not None
    bearer = token_for(person, LUMIERE, SECRET, time.time() + 60, time.time())
    async with client.get(path, headers={"Authorization": f"Bearer {bearer}"}) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize("staff", ["camille", "helene"])
async def test_a_member_of_its_team_and_a_manager_see_a_segment(client: Client, staff: str) -> None:
    status, seen = await get(client, "/v1/segments", staff)
    assert status == 200
    [regulars] = [s for s in seen["segments"] if s["id"] == "regulars"]
    assert (regulars["clients"], regulars["team"]) == (3, "client-service")
    status, seen = await get(client, "/v1/segments/regulars", staff)
    assert [m["client"][0] for m in seen["members"]] == ["b", "c", "a"]
    assert (seen["members"][2]["since"], seen["complete"]) == ("2026-11-21T12:00:00.000Z", True)


async def test_who_is_in_no_team_of_it_sees_nothing_of_it(client: Client) -> None:
    assert await get(client, "/v1/segments", "louis") == (200, {"segments": []})
    assert (await get(client, "/v1/segments/regulars", "louis"))[0] == 404
    assert (await get(client, "/v1/segments/regulars", "noe"))[0] == 403
    assert (await client.get("/v1/segments")).status == 401


async def test_of_very_many_members_some_are_named_and_all_are_counted(client: Client, store: Held) -> None:
    since = {membership("lumiere", "regulars", f"{n:016}"): int(NOON) for n in range(500)}
    write = Write(
        seen=encode_fence(Fence("log", 1)),
        fence=Fence("log", 2),
        members=since,
        tallies={"lumiere|k|regulars": 500},
    )
    assert await store.apply(1, write)
    _, seen = await get(client, "/v1/segments/regulars", "helene")
    assert (len(seen["members"]), seen["complete"]) == (MOST, False)
    _, seen = await get(client, "/v1/segments", "helene")
    assert seen["segments"][0]["clients"] == 503


@pytest.mark.parametrize("path", ["/v1/segments", "/v1/segments/regulars"])
async def test_a_store_that_is_away_is_told(client: Client, store: Held, path: str) -> None:
    store.away = True
    assert (await get(client, path, "helene"))[0] == 503
