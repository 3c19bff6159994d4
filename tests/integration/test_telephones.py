"""Telephones that are rung while they are locked: over real HTTP, a real Redis, and TLS to a push service."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from msgspec.structs import replace
from prometheus_client import generate_latest
from redis.asyncio import Redis as Client

from feature_store import keys
from feature_store.redis_sweep import clear_the_rest
from feature_store.standings import Standings
from feature_store.telephones import MOST, Telephone, telephone_id
from schemas.alerts import Addressee, PresenceChange, StatusChange
from schemas.silence import Silence
from schemas.standing import Standing
from schemas.times import iso
from streams.push_settings import Push
from streams.telephones import seal_of
from streams.webpush import Signer, new_key, topic
from tests import alerts
from tests.brokers.redis import Redis
from tests.browsers import Browser
from tests.people import House, a_house
from tests.push_service import PushService, a_push_service
from tests.waiting import wait_until

TELEPHONES = "/v1/telephones"
CONTACT = "mailto:ops@house.example"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.ringing.LOOK", 0.05)


@pytest.fixture
async def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PushService]:
    async with a_push_service(tmp_path, monkeypatch) as running:
        yield running


@pytest.fixture
def push(service: PushService) -> Push:
    return Push(Signer(new_key(), CONTACT), (service.host,))


@asynccontextmanager
async def a_line(redis_url: str, push: Push, grace: float = 0.0) -> AsyncIterator[House]:
    """A console that rings, of a boutique whose people are on duty."""
    async with a_house(redis_url, push=push, poll=0.2, grace=grace) as running:
        await running.say(*(present(staff, "on") for staff in ("camille", "matteo", "helene")))
        yield running


@pytest.fixture
async def house(redis_url: str, push: Push) -> AsyncIterator[House]:
    async with a_line(redis_url, push) as running:
        yield running


async def asked(
    house: House, staff: str, method: str, path: str, body: Any = None, lasts: float = 600
) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {house.token(staff, lasts)}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.request(method, house.url + path, json=body) as response,
    ):
        return response.status, await response.json()


async def said(house: House, staff: str, body: Any, lasts: float = 600) -> tuple[int, Any]:
    """Of a telephone: it is to be rung."""
    return await asked(house, staff, "POST", TELEPHONES, body, lasts)


async def decides(house: House, staff: str, verdict: str) -> None:
    """Of the alert a1."""
    assert (await asked(house, staff, "POST", f"/v1/alerts/a1/{verdict}"))[0] == 200


async def rung(house: House, staff: str, browser: Browser, lasts: float = 600) -> str:
    """This browser of theirs is rung from now on."""
    status, answer = await said(house, staff, browser.subscription, lasts=lasts)
    assert status == 200, answer
    return str(answer["id"])


def change(id: str = "a1", revision: int = 1, **fields: Any) -> Any:
    return alerts.a_change(id, revision, now=time.time(), **fields)


def present(staff: str, status: Any) -> PresenceChange:
    return PresenceChange(maison="lumiere", staff=staff, site="vendome", status=status, at=time.time())


async def heard(service: PushService, browser: Browser, count: int = 1) -> list[Any]:
    await wait_until(lambda: len(service.of(browser)) >= count, what=f"message {count}")
    return service.of(browser)


async def quiet(house: House, service: PushService, others: Browser, id: str = "last") -> None:
    """All that was to be rung has been: something later has, of somebody else."""
    before = len(service.of(others))
    await house.say(change(id, for_=Addressee(staff="matteo")))
    await heard(service, others, before + 1)


def counted(house: House, outcome: str) -> float:
    name = f'prevenance_pushes_total{{outcome="{outcome}",service="other"}}'
    lines = generate_latest(house.metrics.registry).decode().splitlines()
    return sum(float(line.split()[1]) for line in lines if line.startswith(name))


async def test_what_is_urgent_rings_without_a_word_of_whom_and_is_over_when_somebody_has_it(
    house: House, service: PushService
) -> None:
    hers, his, elsewhere = (service.browser(name) for name in ("hers", "his", "elsewhere"))
    await rung(house, "camille", hers)
    await rung(house, "matteo", his)
    await rung(house, "haruka", elsewhere)
    await house.say(change("slow", urgency=2), change())
    [told] = await heard(service, hers)
    assert (told["house"], told["card"]) == ("Maison Lumière", "a1")
    assert told.keys() == {"house", "card", "until"}
    assert time.time() < told["until"] / 1000 < time.time() + 3600
    [message] = [one for one in service.taken if one.browser is hers]
    assert message.headers["Topic"] == topic("a1")
    assert message.headers["Urgency"] == "high"
    assert 500 < int(message.headers["TTL"]) <= 600, "her token ends before the alert"
    assert message.headers["Content-Encoding"] == "aes128gcm"
    assert message.headers["Authorization"].startswith("vapid t=")
    await heard(service, his)
    await decides(house, "matteo", "claimed")
    for browser in (hers, his):
        assert (await heard(service, browser, 2))[1] == {**told, "over": True}
    assert {one.headers["Topic"] for one in service.taken} == {topic("a1")}
    assert service.of(elsewhere) == []
    await wait_until(lambda: counted(house, "taken") == 4, what="that all are counted")


async def test_news_of_it_rings_nobody_again_and_to_be_passed_on_does(
    house: House, service: PushService
) -> None:
    hers, his, managers = (service.browser(name) for name in ("hers", "his", "managers"))
    for staff, browser in (("camille", hers), ("matteo", his), ("helene", managers)):
        await rung(house, staff, browser)
    await house.say(change())
    await heard(service, hers)
    await house.say(change(revision=2, title="She is at the counter"))
    await quiet(house, service, his)
    assert len(service.of(hers)) == 1
    assert service.of(managers) == []
    passed = StatusChange(
        id="a1", revision=3, maison="lumiere", status="open", escalated=1, at=iso(time.time())
    )
    await house.say(passed)
    assert len(await heard(service, hers, 2)) == 2
    assert [one["card"] for one in await heard(service, managers)] == ["a1"]


@pytest.mark.parametrize("status", ["busy", "off"])
async def test_who_is_off_duty_or_with_a_client_is_left_alone_until_they_are_there(
    house: House, service: PushService, status: str
) -> None:
    hers, his = service.browser("hers"), service.browser("his")
    await rung(house, "camille", hers)
    await rung(house, "matteo", his)
    await house.say(present("camille", status))
    await house.say(change())
    await heard(service, his)
    await quiet(house, service, his)
    assert service.of(hers) == []
    await house.say(present("camille", "on"))
    await house.say(change("a2"))
    assert "a2" in [one["card"] for one in await heard(service, hers)]


async def test_what_somebody_leaves_to_their_team_rings_those_who_were_not_rung_for_it(
    house: House, service: PushService
) -> None:
    hers, his = service.browser("hers"), service.browser("his")
    await rung(house, "camille", hers)
    await rung(house, "matteo", his)
    await house.say(change(assigned="camille"))
    await heard(service, hers)
    await quiet(house, service, his)
    assert [one["card"] for one in service.of(his)] == ["last"]
    await house.say(present("camille", "off"))
    assert [one["card"] for one in await heard(service, his, 2)] == ["last", "a1"]
    await quiet(house, service, his, "later")
    assert [one["card"] for one in service.of(hers)] == ["a1"]


async def test_who_has_it_before_their_eyes_is_not_rung(
    redis_url: str, push: Push, service: PushService
) -> None:
    async with a_line(redis_url, push, grace=1.0) as house:
        hers, his = service.browser("hers"), service.browser("his")
        await rung(house, "camille", hers)
        await rung(house, "matteo", his)
        await house.say(change())
        await decides(house, "camille", "seen")
        await heard(service, his)
        await quiet(house, service, his)
        assert service.of(hers) == []


async def test_what_is_taken_at_once_rings_nobody(redis_url: str, push: Push, service: PushService) -> None:
    async with a_line(redis_url, push, grace=1.0) as house:
        his = service.browser("his")
        await rung(house, "matteo", his)
        await house.say(change())
        await decides(house, "camille", "claimed")
        await quiet(house, service, his)
        assert [one["card"] for one in service.of(his)] == ["last"]


async def test_what_is_silenced_rings_nobody(house: House, service: PushService) -> None:
    hers, his = service.browser("hers"), service.browser("his")
    await rung(house, "camille", hers)
    await rung(house, "matteo", his)
    silence = Silence(maison="lumiere", action="boutique.welcome", at=time.time(), by="ines", why="a fault")
    await house.turn(silence)
    await house.say(change(), late=True)
    await house.say(change("other", action="hotel_arrival", for_=Addressee(staff="matteo")))
    await heard(service, his)
    assert [one["card"] for one in service.of(his)] == ["other"]
    assert service.of(hers) == []


async def test_a_browser_that_is_gone_is_forgotten_and_keeps_no_other_waiting(
    house: House, service: PushService, redis_url: str
) -> None:
    gone, his = service.browser("gone", 410), service.browser("his")
    id = await rung(house, "camille", gone)
    await rung(house, "matteo", his)
    await house.say(change())
    await heard(service, his)
    async with Client.from_url(redis_url) as client:

        async def forgotten() -> bool:
            return not await client.hexists(keys.telephones("lumiere"), id)

        await wait_until(forgotten, what="that it is forgotten")
    await wait_until(lambda: counted(house, "gone") == 1, what="that it is counted")
    await quiet(house, service, his)
    assert service.asked["/gone"] == 1


async def test_a_service_that_is_busy_or_broken_is_asked_again_and_no_card_waits_for_one_that_hangs(
    house: House, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.pushing.PAUSE", 0.1)
    monkeypatch.setattr("streams.pushing.EACH", 2)
    hung = [service.browser(f"hung{number}", *[None] * 9) for number in range(MOST)]
    for browser in hung:
        await rung(house, "helene", browser)
    hers = service.browser("hers", 429, 503, 500)
    await rung(house, "camille", hers)
    async with (
        aiohttp.ClientSession(headers=house.bearer("camille")) as http,
        http.get(f"{house.url}/v1/alerts/stream") as stream,
    ):
        await house.say(change())
        while not (await stream.content.readline()).startswith(b"data"):
            pass
    await heard(service, hers)
    assert service.asked["/hers"] == 4
    await house.say(change("a2", for_=Addressee(staff="helene")))
    await wait_until(lambda: sum(service.asked.get(f"/hung{n}", 0) for n in range(MOST)) == 2, what="hanging")
    await house.say(change("a3", for_=Addressee(staff="helene")))
    _, open = await asked(house, "helene", "GET", "/v1/alerts")
    assert {one["id"] for one in open["alerts"]} == {"a1", "a2", "a3"}


async def test_all_ring_of_more_telephones_than_a_service_is_told_of_at_once(
    house: House, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.pushing.EACH", 2)
    all_of_them = [service.browser(f"hers{number}") for number in range(MOST)]
    for browser in all_of_them:
        await rung(house, "camille", browser)
    await house.say(change())
    for browser in all_of_them:
        await heard(service, browser)
    await decides(house, "matteo", "claimed")
    for browser in all_of_them:
        assert (await heard(service, browser, 2))[1]["over"] is True


async def test_who_is_on_duty_is_read_of_the_site_alone_that_an_alert_is_of(
    house: House, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A house of a hundred boutiques read all of them at each look, with what waits there."""
    together, read = [], house.inboxes.read

    async def noted(wanted: Any) -> Any:
        together.append(len(wanted))
        return await read(wanted)

    monkeypatch.setattr(house.inboxes, "read", noted)
    hers = service.browser("hers")
    await rung(house, "camille", hers)
    await house.say(change())
    await heard(service, hers)
    assert {*together} == {1}


async def test_what_a_service_refuses_is_not_sent_again_and_leads_nowhere_else(
    house: House, service: PushService
) -> None:
    refused, moved = service.browser("refused", 403), service.browser("moved", 307)
    service.browser("elsewhere")
    await rung(house, "camille", refused)
    await rung(house, "matteo", moved)
    await house.say(change())
    await wait_until(lambda: counted(house, "refused") == 2, what="refusals")
    await quiet(house, service, moved)
    assert service.asked == {"/refused": 1, "/moved": 2}


async def test_an_endpoint_that_is_no_push_service_is_refused_whoever_names_it(
    house: House, service: PushService
) -> None:
    own = Browser(f"https://{service.host}/x").subscription
    for endpoint in (
        "http://fcm.googleapis.com/abc",
        "https://169.254.169.254/latest/meta-data",
        "https://redis:6379/",
        f"http://{service.host}/x",
        f"https://user@{service.host}/x",
        f"https://{service.host}.evil.example/x",
    ):
        status, answer = await said(house, "camille", {**own, "endpoint": endpoint})
        assert (status, "endpoint" in answer["error"]) == (400, True), endpoint
    for odd in ({"keys": {"p256dh": "AAAA", "auth": "AAAA"}}, {"keys": {}}, {"endpoint": 7}):
        assert (await said(house, "camille", {**own, **odd}))[0] == 400
    assert house.telephones == []


async def test_a_telephone_is_one_persons_and_the_audit_has_it_first(
    house: House, service: PushService, redis_url: str
) -> None:
    hers = service.browser("hers")
    house.kafka_away = True
    assert (await said(house, "camille", hers.subscription))[0] == 503
    house.kafka_away = False
    async with Client.from_url(redis_url) as client:
        assert not await client.exists(keys.telephones("lumiere"))
    id = await rung(house, "camille", hers)
    assert id == telephone_id(hers.endpoint)
    assert await rung(house, "camille", hers) == id
    assert [(one.staff, one.rings, one.telephone) for one in house.telephones] == [("camille", True, id)]
    assert (await asked(house, "matteo", "DELETE", f"{TELEPHONES}/{id}"))[0] == 404
    assert (await asked(house, "camille", "DELETE", f"{TELEPHONES}/{id}"))[0] == 200
    assert (await asked(house, "camille", "DELETE", f"{TELEPHONES}/{id}"))[0] == 404
    assert [one.rings for one in house.telephones] == [True, False]
    for staff in ("noe", "maud"):
        assert (await said(house, staff, hers.subscription))[0] == 403


async def test_a_telephone_that_somebody_else_signs_in_on_is_theirs(
    house: House, service: PushService
) -> None:
    shared, his = service.browser("shared"), service.browser("his")
    await rung(house, "camille", shared)
    await rung(house, "louis", shared)
    await rung(house, "matteo", his)
    await house.say(change())
    await heard(service, his)
    assert service.of(shared) == []


async def test_the_telephone_of_who_left_or_whose_token_ended_is_silent(
    house: House, service: PushService, redis_url: str
) -> None:
    left, ended, his = (service.browser(name) for name in ("left", "ended", "his"))
    await rung(house, "camille", left)
    await rung(house, "helene", ended, lasts=2)
    until = time.time() + 2
    await rung(house, "matteo", his)
    gone = Standing(maison="lumiere", staff="camille", at=time.time(), left=True, to="matteo")
    async with Client.from_url(redis_url) as client:
        await Standings(client).write("lumiere", [gone])
        await wait_until(lambda: time.time() > until, what="the end of a token")
        await house.say(change(escalated=1))
        await heard(service, his)

        async def forgotten() -> bool:
            return await client.hlen(keys.telephones("lumiere")) < 3

        await wait_until(forgotten, what="that it is forgotten")
    assert (service.of(left), service.of(ended)) == ([], [])
    assert "/left" not in service.asked


async def test_a_telephone_that_no_console_wrote_or_another_secret_let_in_is_silent(
    house: House, service: PushService, redis_url: str
) -> None:
    forged, old, his = (service.browser(name) for name in ("forged", "old", "his"))
    for browser in (forged, old):
        await rung(house, "camille", browser)
    await rung(house, "matteo", his)
    telephones = keys.telephones("lumiere")
    async with Client.from_url(redis_url) as client:
        value = await client.hget(telephones, telephone_id(forged.endpoint))
        await client.hset(
            telephones, telephone_id(forged.endpoint), value.replace(b'"advisor"', b'"manager"')
        )
        before = msgspec.json.decode(
            await client.hget(telephones, telephone_id(old.endpoint)), type=Telephone
        )
        seal = seal_of(before, "lumiere", "the secret of tokens before this one")
        await client.hset(telephones, before.id, msgspec.json.encode(replace(before, seal=seal)))
        await house.say(change(escalated=1))
        await heard(service, his)

        async def forgotten() -> bool:
            return bool(await client.hlen(telephones) == 1)

        await wait_until(forgotten, what="that both are forgotten")
    assert service.asked.keys() == {"/his"}


async def test_who_asks_later_is_not_rung_for_what_was_there(house: House, service: PushService) -> None:
    early, late = service.browser("early"), service.browser("late")
    await rung(house, "matteo", early)
    await house.say(change())
    await heard(service, early)
    await rung(house, "camille", late)
    await quiet(house, service, early)
    assert service.of(late) == []


async def test_two_consoles_ring_each_once_and_one_that_is_killed_is_followed_by_the_other(
    redis_url: str, push: Push, service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feature_store.rings.LEASE", 0.5)
    hers = service.browser("hers")
    async with a_line(redis_url, push) as house, a_house(redis_url, push=push, poll=0.2):
        await rung(house, "camille", hers)
        for number in range(5):
            await house.say(change(f"a{number}"))
        await heard(service, hers, 5)
    async with a_house(redis_url, push=push, poll=0.2) as after:
        hangs = service.browser("hers", None)  # the first that rings is lost with what it had begun
        await rung(after, "camille", hangs)
    async with a_house(redis_url, push=push, poll=0.2) as after:
        after._offset = 100
        await after.say(change("b1"))
        await wait_until(lambda: service.asked["/hers"] == 6, what="one that hangs")
    async with a_house(redis_url, push=push, poll=0.2):
        assert [one["card"] for one in await heard(service, hangs)] == ["b1"]
    assert sorted(one["card"] for one in service.of(hers)) == [f"a{number}" for number in range(5)]


async def test_what_inboxes_that_begin_anew_count_anew_rings_anew(
    house: House, service: PushService, redis_url: str
) -> None:
    """An alert that had been taken before `prevenance rebuild --everything` rang nobody after it."""
    hers = service.browser("hers")
    await rung(house, "camille", hers)
    await house.say(change())
    await heard(service, hers)
    await decides(house, "matteo", "claimed")
    await heard(service, hers, 2)
    async with Client.from_url(redis_url) as client:
        await clear_the_rest(client)
    await house.say(present("camille", "on"), change())
    again = (await heard(service, hers, 3))[2]
    assert (again["card"], again.get("over")) == ("a1", None)


async def test_redis_that_was_away_costs_no_ring(service: PushService, push: Push) -> None:
    with Redis() as server:
        async with a_line(server.url, push) as house:
            hers = service.browser("hers")
            await rung(house, "camille", hers)
            server.kill()
            server.start()

            async def again() -> bool:
                return (await said(house, "camille", hers.subscription))[0] == 200

            await wait_until(again, what="that Redis answers")
            await house.say(present("camille", "on"))
            await house.say(change())
            assert [one["card"] for one in await heard(service, hers)] == ["a1"]


async def test_a_house_without_a_key_rings_nobody_and_says_so(redis_url: str) -> None:
    async with a_house(redis_url) as house:
        assert (await said(house, "camille", Browser("https://fcm.googleapis.com/a").subscription))[0] == 404
        assert (await asked(house, "camille", "GET", "/v1/me"))[1]["rings_by"] is None


async def test_the_page_is_told_the_key_unless_its_role_reads_no_alerts(house: House, push: Push) -> None:
    for staff, key in (("camille", push.signer.key), ("noe", None)):
        assert (await asked(house, staff, "GET", "/v1/me"))[1]["rings_by"] == key
