"""What gateways hear is kept in Redis between them, bounded, and told to managers and to `check`."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from feature_store.rhythm import HOUR, WEEK, Rhythm
from feature_store.rhythms import MOST, OTHER, Rhythms
from feature_store.store import StoreAway
from streams import source_health
from streams.auth import Door, token_for
from streams.check import _sources
from streams.embedded import free_port
from streams.metrics import Metrics
from streams.produce import Message
from streams.source_health import WEB, Heard, keeping, source_routes, write_down
from streams.write_keys import WriteKey
from tests.alerts import lumiere
from tests.described import watched
from tests.doors import bearer, deps, door, event
from tests.people import SECRET
from tests.waiting import wait_until

SERVER = WriteKey(maison="lumiere")
NOW = time.time()


def sent(source: str = "/till", site: str = "ginza", count: int = 1) -> list[dict[str, Any]]:
    return [{"source": source, "data": {"site": site}}] * count


@pytest.fixture
async def rhythms(redis_url: str) -> AsyncIterator[Rhythms]:
    async with Redis.from_url(redis_url) as client:
        yield Rhythms(client)


async def test_a_gateway_that_does_not_reach_redis_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is ready without, and takes all but consents: nobody else would tell."""
    monkeypatch.setattr(source_health, "EVERY", 0.01)
    metrics = Metrics(CollectorRegistry())
    house = {"lumiere": lumiere()}
    metrics.sources_silent.labels("lumiere").set(2)
    async with Redis(port=free_port()) as away:

        async def twice() -> bool:
            return told(metrics) >= 2

        async with asynccontextmanager(keeping)(Heard(), away, house, metrics, time.time):
            await wait_until(twice, 20, "two looks at Redis")
    assert caplog.text.count("cannot be kept up with") == 1
    silent = metrics.registry.get_sample_value("prevenance_sources_silent", {"maison": "lumiere"})
    assert silent is None, "nobody knows"


def told(metrics: Metrics) -> float:
    return metrics.registry.get_sample_value("prevenance_redis_errors_total", {"operation": "gateway"}) or 0.0


async def counted(rhythms: Rhythms) -> dict[str, int]:
    return {source: read.rhythm.count for source, read in (await rhythms.read("lumiere")).items()}


async def test_two_gateways_count_together_and_none_is_lost(rhythms: Rhythms) -> None:
    one, two = Heard(), Heard()
    for _ in range(3):
        one.note(SERVER, sent(count=5), NOW)
        two.note(SERVER, sent(count=7), NOW)
        await write_down(one, rhythms)
        await write_down(two, rhythms)
    assert await counted(rhythms) == {"/till": 36}


class Overtaken(Rhythms):
    """A store in which another gateway writes between this one's read and write, once."""

    other: Heard | None = None

    async def write(self, maison: str, before: Any, after: Any) -> set[str]:
        other, self.other = self.other, None
        if other is not None:
            await write_down(other, self)
        return await super().write(maison, before, after)


async def test_whoever_is_overtaken_writes_the_next_time(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as client:
        rhythms, mine = Overtaken(client), Heard()
        rhythms.other = Heard()
        rhythms.other.note(SERVER, sent(count=7), NOW)
        mine.note(SERVER, sent(count=5), NOW)
        await write_down(mine, rhythms)
        assert await counted(rhythms) == {"/till": 7}
        await write_down(mine, rhythms)
        assert await counted(rhythms) == {"/till": 12}


class Away(Rhythms):
    async def read(self, maison: str) -> Any:
        raise StoreAway("away")


async def test_what_was_heard_while_the_store_was_away_is_written_later(rhythms: Rhythms) -> None:
    mine = Heard()
    mine.note(SERVER, sent(count=5), NOW)
    await write_down(mine, Away(None))
    mine.note(SERVER, sent(count=1), NOW)
    await write_down(mine, rhythms)
    assert await counted(rhythms) == {"/till": 6}


async def test_a_sender_that_invents_names_fills_nothing(rhythms: Rhythms) -> None:
    mine = Heard()
    for i in range(10 * MOST):
        mine.note(SERVER, sent(f"/source-{i}"), NOW)
    page = WriteKey(maison="lumiere", scope="web")
    mine.note(page, [one | {"data": {"site": "call this number"}} for one in sent("/whatever")], NOW)
    assert len(mine.counts) <= 4 * MOST + 1
    assert "call this number" not in {site for _, site in mine.last.values()}
    await write_down(mine, rhythms)
    found = await counted(rhythms)
    assert len(found) <= MOST + 1
    assert sum(found.values()) == 10 * MOST + 1
    assert found[OTHER] > MOST
    assert "/whatever" not in found


async def test_the_gateway_notes_what_kafka_has_and_nothing_that_was_refused() -> None:
    async def publish(messages: Sequence[Message]) -> None:
        return

    given = deps(publish)
    async with door(given) as client:
        for one in (event(), event("store.checkin", data={"who": {"card": "c"}}), event(id="")):
            headers = {**bearer(), "Content-Type": "application/cloudevents+json"}
            async with client.post("/v1/events", json=one, headers=headers):
                pass
        async with client.post("/v1/events", json=event(), headers=headers | bearer("page-key")):
            pass
    assert {named: sum(c.values()) for named, c in given.heard.counts.items()} == {
        ("lumiere", "/web"): 1, ("lumiere", WEB): 1,
    }  # fmt: skip


async def test_managers_and_the_platform_team_see_which_till_is_silent(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        last = time.time() - 2 * HOUR
        till = Rhythm(last, int(last // HOUR), rates=(30.0,) * WEEK)
        await Rhythms(redis).write("lumiere", {}, {"/till": till})
        app = web.Application()
        source_routes(app, Rhythms(redis), Door(maisons={"lumiere": lumiere()}, secret=SECRET, now=time.time))
        undescribed = watched(app)
        async with TestClient(TestServer(app)) as client:
            for staff, status in (("helene", 200), ("noe", 200), ("camille", 403)):
                person = lumiere().person(staff)
                assert person is not None
                token = token_for(person, lumiere(), SECRET, time.time() + 60)
                async with client.get("/v1/sources", headers={"Authorization": f"Bearer {token}"}) as answer:
                    assert answer.status == status
                    told = await answer.json()
                if status == 200:
                    [one] = told["sources"]
                    assert (one["source"], one["silent"]) == ("/till", True)
                    assert one["missed"] == pytest.approx(60, abs=1)
        assert not undescribed, undescribed


async def test_check_names_the_silent_source(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        houses = {"lumiere": lumiere()}
        assert await _sources(redis, houses, time.time()) == []
        last = time.time() - 2 * HOUR
        till = Rhythm(last, int(last // HOUR), rates=(30.0,) * WEEK)
        await Rhythms(redis).write("lumiere", {}, {"/till": till})
        [finding] = await _sources(redis, houses, time.time())
        assert not finding.ok
        assert finding.said.startswith("/till is silent since ")
