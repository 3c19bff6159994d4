"""Whoever left sees nothing more: at the next request, and on the page that is open."""

import asyncio
import math
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from redis.asyncio import Redis as Client

from feature_store import keys
from feature_store.standings import Standings
from schemas.standing import Standing
from streams import logs
from streams.auth import PROOF, Caller, token_for
from streams.ending import beside
from streams.outages import Outages
from streams.staff import BLIND, LET_GO, Doorkeeper
from tests import alerts
from tests.brokers.redis import Redis
from tests.people import LUMIERE, SECRET, House, a_house
from tests.waiting import wait_until

PATIENCE = 8.0


def gone(staff: str = "camille", left: bool = True) -> Standing:
    return Standing(maison="lumiere", staff=staff, at=time.time(), left=left, to="matteo")


@pytest.fixture
async def house(redis_url: str) -> AsyncIterator[House]:
    async with a_house(redis_url) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def say(redis_url: str, *standings: Standing) -> None:
    async with Client.from_url(redis_url) as client:
        await Standings(client).write("lumiere", standings)


async def status(http: aiohttp.ClientSession, house: House, token: str, path: str = "/v1/alerts") -> int:
    async with http.get(f"{house.url}{path}", headers={"Authorization": f"Bearer {token}"}) as response:
        return response.status


async def test_the_token_of_somebody_who_left_dies_at_once_and_nobody_elses(
    house: House, http: aiohttp.ClientSession, redis_url: str
) -> None:
    hers, his = house.token("camille"), house.token("matteo")
    assert await status(http, house, hers) == 200
    await say(redis_url, gone())
    for path in ("/v1/alerts", "/v1/me", "/v1/alerts/stream"):
        assert await status(http, house, hers, path) == 401
    assert await status(http, house, his) == 200
    assert await status(http, house, house.token("camille")) == 401  # nor one that is issued afterwards
    body, proof = {"token": hers}, {PROOF: "1"}
    async with http.post(f"{house.url}/v1/session", json=body, headers=proof) as response:
        assert response.status == 401


async def test_who_changes_role_or_site_signs_in_again_and_goes_on(
    house: House, http: aiohttp.ClientSession, redis_url: str
) -> None:
    before = house.token("camille")
    person = LUMIERE.person("camille")
    assert person is not None
    undated = token_for(person, LUMIERE, SECRET, time.time() + 600)
    assert await status(http, house, undated) == 200
    await say(redis_url, gone(left=False))
    assert await status(http, house, before) == 401
    assert await status(http, house, undated) == 401  # it cannot show that it is newer
    assert await status(http, house, house.token("camille")) == 200


async def ends(response: aiohttp.ClientResponse) -> float:
    """Seconds until the stream was ended by the other side."""
    began = time.monotonic()
    async with asyncio.timeout(PATIENCE):
        while await response.content.readline():
            pass
    return time.monotonic() - began


async def test_the_page_that_is_open_is_cut_and_others_stay(
    house: House, http: aiohttp.ClientSession, redis_url: str
) -> None:
    url = f"{house.url}/v1/alerts/stream"
    async with (
        http.get(url, headers=house.bearer("camille")) as hers,
        http.get(url, headers=house.bearer("matteo")) as his,
    ):
        assert (hers.status, his.status) == (200, 200)
        await say(redis_url, gone())
        assert await ends(hers) < PATIENCE
        assert not his.content.at_eof()


async def test_a_store_that_was_emptied_is_told_again_what_the_log_says(
    house: House, http: aiohttp.ClientSession, redis_url: str
) -> None:
    house.standings.append(gone())
    async with Client.from_url(redis_url) as client:
        await client.flushall()
        assert await status(http, house, house.token("camille")) == 401
        assert set(await client.hgetall(keys.standings("lumiere"))) == {b"", b"camille"}
        await client.hdel(keys.standings("lumiere"), "camille")  # a failover that lost the last write
        assert await status(http, house, house.token("camille")) == 401
    assert await status(http, house, house.token("matteo")) == 200


async def test_while_the_store_is_away_nobody_is_let_in_open_pages_end_and_the_log_stays_short(
    http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    with Redis() as server:
        async with a_house(server.url) as house:
            token = house.token("matteo")
            await house.say(alerts.a_change("a1", now=time.time()))
            async with http.get(
                f"{house.url}/v1/alerts/stream", headers={"Authorization": f"Bearer {token}"}
            ) as stream:
                while not (await stream.content.readline()).startswith(b"data"):
                    pass
                server.kill()
                assert await ends(stream) < PATIENCE
            for path in ("/v1/me", "/v1/alerts", "/v1/alerts/stream"):
                assert await status(http, house, token, path) == 503
            assert len(caplog.messages) == 1
            assert "StoreAway: Redis did not answer: ConnectionError" in logs.Sentence().format(
                caplog.records[0]
            )
            server.start()
            await wait_until(lambda: len(caplog.messages) > 1, what="the end of the outage")
            assert caplog.messages[1] == "all can be kept up with again"


async def test_a_page_whose_look_comes_late_is_told_nothing_and_stays_a_while(redis_url: str) -> None:
    camille = Caller(staff="camille", role="advisor", maison="lumiere", sites=("vendome",), expires=math.inf)
    clock = 0.0
    async with Client.from_url(redis_url) as client:
        seen = {"lumiere": LUMIERE}
        doorkeeper = Doorkeeper(Standings(client), lambda _: [], seen, lambda: clock, Outages())
        async with beside("doorkeeper", doorkeeper.watch):
            await wait_until(lambda: doorkeeper.stays(camille), what="a first look")
        clock = BLIND + LET_GO - 0.1
        told = asyncio.create_task(doorkeeper.stands(camille))
        await asyncio.wait([told], timeout=0)
        assert (told.done(), doorkeeper.stays(camille)) == (False, True)
        async with beside("doorkeeper", doorkeeper.watch):
            assert await told
        clock = 2 * (BLIND + LET_GO)
        assert (doorkeeper.stays(camille), await doorkeeper.stands(camille)) == (False, False)


async def test_a_look_that_fails_again_and_again_lets_nobody_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.ending.REST", 0.0)
    camille = Caller(staff="camille", role="advisor", maison="lumiere", sites=("vendome",), expires=math.inf)
    broken, clock = Broken(), 0.0
    doorkeeper = Doorkeeper(broken, lambda _: [], {"lumiere": LUMIERE}, lambda: clock, Outages())
    async with beside("doorkeeper", doorkeeper.watch):
        await wait_until(lambda: broken.asked > 2, what="that it looks again")
        assert doorkeeper.stays(camille)
        clock, before = BLIND + LET_GO, broken.asked
        await wait_until(lambda: broken.asked > before + 1, what="that it looks again")
        assert not doorkeeper.stays(camille)


class Broken(Standings):
    """What it has of anybody nobody can read."""

    def __init__(self) -> None:
        self.asked = 0

    async def read_all(self, maison: str) -> dict[str, Standing] | None:
        self.asked += 1
        raise ValueError(maison)


async def test_what_is_older_never_undoes_what_is_newer(redis_url: str) -> None:
    new, old = gone(), Standing(maison="lumiere", staff="camille", at=time.time() - 60)
    await say(redis_url, new)
    await say(redis_url, old)
    async with Client.from_url(redis_url) as client:
        assert await Standings(client).read("lumiere", "camille") == (False, new)
