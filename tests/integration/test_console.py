"""The console over real HTTP and a real Redis: what is seen, resumed, decided, and refused."""

import asyncio
import itertools
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import jwt
import pytest
from yarl import URL

from feature_store.inbox_keys import inbox_log_key
from schemas.alerts import Addressee, StatusChange
from schemas.times import iso
from streams import body as bodies
from streams.auth import COOKIE, PROOF
from streams.ending import end
from tests import alerts
from tests.people import SECRET, Heard, House, a_house

PATIENCE = 8.0


@pytest.fixture
async def house(redis_url: str) -> AsyncIterator[House]:
    async with a_house(redis_url, heartbeat=0.2, poll=0.5) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


def a_change(id: str = "a1", revision: int = 1, **fields: Any) -> Any:
    return alerts.a_change(id, revision, now=time.time(), **fields)


def retracted(id: str, revision: int = 9) -> StatusChange:
    return StatusChange(id=id, revision=revision, maison="lumiere", status="retracted", at=iso(time.time()))


class Listener:
    """Reads an SSE stream line by line, as a browser does."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._lines = response.content

    async def next(self) -> Heard:
        fields: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            while True:
                line = (await self._lines.readline()).decode()
                assert line, "the stream ended"
                line = line.rstrip("\n")
                if not line and "event" in fields:
                    return Heard(fields.get("id", ""), fields["event"], json.loads(fields["data"]))
                name, _, value = line.partition(": ")
                if name in ("id", "event", "data"):
                    fields[name] = value

    async def some(self, count: int) -> list[Heard]:
        return [await self.next() for _ in range(count)]

    async def beat(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while await self._lines.readline() != b":\n":
                pass


@asynccontextmanager
async def listening(
    http: aiohttp.ClientSession, house: House, staff: str, after: str | None = None
) -> AsyncIterator[Listener]:
    headers = house.bearer(staff) | ({"Last-Event-ID": after} if after else {})
    async with http.get(f"{house.url}/v1/alerts/stream", headers=headers) as response:
        assert response.status == 200
        assert response.content_type == "text/event-stream"
        yield Listener(response)


async def ids_seen(http: aiohttp.ClientSession, house: House, staff: str) -> list[str]:
    async with http.get(f"{house.url}/v1/alerts", headers=house.bearer(staff)) as response:
        assert response.status == 200
        return [alert["id"] for alert in (await response.json())["alerts"]]


async def decide(
    http: aiohttp.ClientSession, house: House, staff: str, path: str, body: Any = None
) -> tuple[int, Any]:
    url = f"{house.url}/v1/alerts/{path}"
    async with http.post(url, headers=house.bearer(staff), json=body or {}) as response:
        return response.status, await response.json()


async def test_people_see_what_is_for_them_at_their_own_sites(
    house: House, http: aiohttp.ClientSession
) -> None:
    await house.say(a_change("team"), a_change("hers", for_=Addressee(staff="camille")))
    await house.say(a_change("tokyo", site="ginza"), inbox="lumiere/ginza")
    await house.say(a_change("service", site=None), inbox="lumiere/client-service")
    assert set(await ids_seen(http, house, "camille")) == {"team", "hers", "service"}
    assert set(await ids_seen(http, house, "matteo")) == {"team"}
    assert set(await ids_seen(http, house, "helene")) == {"team", "hers", "service"}
    assert set(await ids_seen(http, house, "haruka")) == {"tokyo"}
    assert await ids_seen(http, house, "louis") == []
    status, body = await decide(http, house, "haruka", "team/claimed")
    assert (status, body) == (404, {"error": "There is no such alert for you."})
    assert (await decide(http, house, "matteo", "hers/claimed"))[0] == 404


async def test_the_most_urgent_comes_first(house: House, http: aiohttp.ClientSession) -> None:
    await house.say(*(a_change(f"u{n}", urgency=n) for n in (2, 5, 1, 4)))
    assert await ids_seen(http, house, "matteo") == ["u5", "u4", "u2", "u1"]


async def test_what_waits_is_counted_for_whom_it_would_interrupt_and_seen_by_nobody(
    house: House, http: aiohttp.ClientSession
) -> None:
    await house.say(a_change("must"), a_change("little", worth=0.0, hold_or_drop="hold"))
    for staff, seen, waiting in (("matteo", ["must"], 1), ("haruka", [], 0)):
        assert await ids_seen(http, house, staff) == seen
        async with http.get(f"{house.url}/v1/alerts", headers=house.bearer(staff)) as response:
            assert (await response.json())["waiting"] == waiting
    assert (await decide(http, house, "matteo", "little/claimed"))[0] == 404
    async with listening(http, house, "matteo") as matteo:
        assert (await matteo.next()).data["id"] == "must"
        await matteo.beat()


async def test_open_alerts_come_first_then_what_happens(house: House, http: aiohttp.ClientSession) -> None:
    await house.say(a_change("a1"), a_change("gone"), a_change("old", lasts=-5))
    await house.say(retracted("gone"))
    async with listening(http, house, "matteo") as matteo:
        first = await matteo.next()
        assert (first.event, first.data["id"], first.data["for"]) == ("alert", "a1", {"team": "vendome-team"})
        await house.say(a_change("a1", 2, title="In the fitting room"))
        second = await matteo.next()
        assert (second.event, second.data["revision"], second.data["title"]) == (
            "update",
            2,
            "In the fitting room",
        )
        await house.say(retracted("a1"))
        third = await matteo.next()
        assert (third.event, third.data["status"]) == ("retract", "retracted")
        assert len({first.id, second.id, third.id}) == 3


async def test_a_feed_cut_anywhere_resumes_with_nothing_missed_and_nothing_twice(
    house: House, http: aiohttp.ClientSession
) -> None:
    await house.say(*(a_change(f"a{n}") for n in range(4)))
    await house.say(a_change("service", site=None), inbox="lumiere/client-service")
    heard: list[Heard] = []
    cursor: str | None = None
    for round in range(1, 12):  # each connection is cut after one event, some in the middle of the opening
        async with listening(http, house, "camille", cursor) as camille:
            await house.say(a_change(f"a{round % 4}", round + 1, title=f"round {round}"))
            if round == 5:
                await house.say(retracted("service"), inbox="lumiere/client-service")
            heard.append(await camille.next())
            cursor = heard[-1].id
    async with listening(http, house, "camille", cursor) as camille:
        await house.say(a_change("last"))
        while heard[-1].data["id"] != "last":
            heard.append(await camille.next())
    assert "reset" not in {one.event for one in heard}
    seen = [(one.data["id"], one.data["revision"]) for one in heard]
    assert len(seen) == len(set(seen))
    for n in range(4):
        revisions = [revision for id, revision in seen if id == f"a{n}"]
        assert revisions == list(range(revisions[0], revisions[-1] + 1))
        held = (await house.inboxes.read({"lumiere/vendome": [f"a{n}"]}))["lumiere/vendome"].held[f"a{n}"]
        assert revisions[-1] == held.entry.alert.revision


async def test_a_busy_inbox_reaches_many_listeners_in_order_and_once(
    house: House, http: aiohttp.ClientSession
) -> None:
    async with (
        listening(http, house, "matteo") as one,
        listening(http, house, "camille") as two,
        listening(http, house, "helene") as three,
    ):
        await house.say(a_change("first"))
        for listener in (one, two, three):
            assert (await listener.next()).data["id"] == "first"
        for start in range(1, 101, 10):
            await house.say(*(a_change("a1", n, title=f"t{n}") for n in range(start, start + 10)))
        for listener in (one, two, three):
            assert [h.data["revision"] for h in await listener.some(100)] == list(range(1, 101))


@pytest.mark.parametrize(
    "cursor", ["1700000000000-0_1700000000000-1", "nonsense", "1-0", "0_0_0_0", "9" * 99]
)
async def test_a_foreign_cursor_is_told_to_start_over(
    house: House, http: aiohttp.ClientSession, cursor: str
) -> None:
    await house.say(a_change("a1"))
    async with listening(http, house, "camille", cursor) as camille:
        assert [h.event for h in await camille.some(2)] == ["reset", "alert"]


async def test_a_trimmed_cursor_is_told_to_start_over(
    house: House, http: aiohttp.ClientSession, redis_url: str
) -> None:
    await house.say(a_change("a1"))
    async with listening(http, house, "matteo") as matteo:
        cursor = (await matteo.next()).id
    await house.say(a_change("a2"))
    await house.inboxes._client.xtrim(inbox_log_key("lumiere/vendome"), maxlen=1, approximate=False)  # type: ignore[attr-defined]
    async with listening(http, house, "matteo", cursor) as matteo:
        assert [h.event for h in await matteo.some(3)] == ["reset", "alert", "alert"]


async def test_a_store_that_lost_everything_is_told_to_start_over(
    house: House, http: aiohttp.ClientSession
) -> None:
    await house.say(a_change("a1"))
    async with listening(http, house, "matteo") as matteo:
        await matteo.next()
        await house.inboxes._client.flushall()  # type: ignore[attr-defined]
        assert (await matteo.next()).event == "reset"
        await house.say(a_change("a2"))
        assert (await matteo.next()).data["id"] == "a2"


async def test_a_quiet_feed_beats(house: House, http: aiohttp.ClientSession) -> None:
    async with listening(http, house, "matteo") as matteo:
        await matteo.beat()


async def test_a_feed_beats_however_much_comes_that_is_for_others(
    redis_url: str, http: aiohttp.ClientSession
) -> None:
    async with a_house(redis_url, heartbeat=0.5) as house, listening(http, house, "matteo") as matteo:

        async def others() -> None:
            for n in itertools.count():
                await house.say(a_change(f"hers-{n % 9}", n + 1, for_=Addressee(staff="camille")))

        busy = asyncio.create_task(others())
        try:
            await matteo.beat()
            await matteo.beat()
        finally:
            await end([busy])


async def test_of_two_claims_one_wins_and_the_other_learns_the_name(
    house: House, http: aiohttp.ClientSession
) -> None:
    await house.say(a_change("a1"))
    async with listening(http, house, "helene") as helene:
        await helene.next()
        answers = await asyncio.gather(
            decide(http, house, "camille", "a1/claimed"), decide(http, house, "matteo", "a1/claimed")
        )
        (won,) = [body for status, body in answers if status == 200]
        (lost,) = [body for status, body in answers if status == 409]
        names = {"camille": "Camille Roux", "matteo": "Matteo Ferri"}
        assert lost["claimed_by"] == names[won["claimed_by"]]
        told = await helene.next()
        assert (told.event, told.data["claimed_by"]) == ("update", won["claimed_by"])
    assert [(e.data.verdict, e.data.staff) for e in house.events] == [("claimed", won["claimed_by"])]


async def test_an_alert_that_is_over_is_gone(house: House, http: aiohttp.ClientSession) -> None:
    await house.say(a_change("a1"))
    status, body = await decide(http, house, "camille", "a1/dismissed", {"reason": "Already served"})
    assert (status, body["status"]) == (200, "dismissed")
    said = house.events[0].data
    assert (said.reason, said.verdict, said.place) == ("Already served", "dismissed", "vendome")
    assert (await decide(http, house, "matteo", "a1/claimed"))[0] == 410
    assert await ids_seen(http, house, "camille") == []


async def test_what_its_client_allows_no_more_is_told_to_nobody_and_nobody_acts_on_it(
    house: House, http: aiohttp.ClientSession
) -> None:
    await house.say(a_change("a0"))
    async with listening(http, house, "camille") as camille:
        await house.say(a_change("a1", allowed_to=iso(time.time() - 1)), a_change("a2"))
        heard = await camille.some(2)
    assert [one.data["id"] for one in heard] == ["a0", "a2"]
    async with listening(http, house, "camille", heard[0].id) as camille:
        assert (await camille.next()).data["id"] == "a2"
    assert set(await ids_seen(http, house, "camille")) == {"a0", "a2"}
    assert (await decide(http, house, "camille", "a1/claimed"))[0] == 410


async def test_a_verdict_while_kafka_is_away_is_asked_again_and_counts_once(
    house: House, http: aiohttp.ClientSession
) -> None:
    await house.say(a_change("a1"))
    house.kafka_away = True
    url = f"{house.url}/v1/alerts/a1/done"
    async with http.post(url, headers=house.bearer("camille")) as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "1")
    failed = {"operation": "console"}
    assert house.metrics.registry.get_sample_value("prevenance_kafka_errors_total", failed) == 1
    house.kafka_away = False
    answers = [await decide(http, house, "camille", "a1/done") for _ in range(2)]
    assert [status for status, _ in answers] == [200, 200]
    assert len({(event.id, event.time) for event in house.events}) == 1


async def test_a_snooze_needs_a_time_to_come_and_keeps_it(house: House, http: aiohttp.ClientSession) -> None:
    await house.say(a_change("a1"))
    past = iso(time.time() - 900)
    status, body = await decide(http, house, "camille", "a1/snoozed", {"until": past})
    assert (status, "until" in body["error"]) == (400, True)
    later = iso(time.time() + 900)
    status, body = await decide(http, house, "camille", "a1/snoozed", {"until": later})
    assert (status, body["status"], body["snoozed_until"][:19]) == (200, "snoozed", later[:19])
    assert house.events[-1].data.until is not None


async def test_a_body_or_a_verdict_that_makes_no_sense_is_refused_in_a_sentence(
    house: House, http: aiohttp.ClientSession
) -> None:
    await house.say(a_change("a1"))
    assert (await decide(http, house, "camille", "a1/praised"))[0] == 404
    assert (await decide(http, house, "camille", "a1/dismissed", {"reason": 5}))[0] == 400
    for body in (
        b'{"reason": "\xff"}',
        b'{"x": ' + b"[" * 30_000,
        b'{"until": "0001-01-01T00:00:00+14:00"}',
        b'{"until": "9999-12-31T23:59:59-14:00"}',
    ):
        url = f"{house.url}/v1/alerts/a1/snoozed"
        async with http.post(url, headers=house.bearer("camille"), data=body) as response:
            assert (response.status, "error" in await response.json()) == (400, True)
    url = f"{house.url}/v1/alerts/a1/edited"
    async with http.post(url, headers=house.bearer("camille"), data=b"x" * 100_000) as response:
        assert response.status == 413


@pytest.mark.parametrize("path", ["/v1/alerts/a1/dismissed", "/v1/session"])
async def test_a_body_that_is_not_packed_as_it_says_is_refused_in_a_sentence(
    house: House, http: aiohttp.ClientSession, path: str
) -> None:
    await house.say(a_change("a1"))
    packed = house.bearer("camille") | {PROOF: "1", "Content-Encoding": "gzip"}
    async with http.post(house.url + path, headers=packed, data=b'{"token": "x"}') as response:
        assert (response.status, "error" in await response.json()) == (400, True)


async def test_nobody_keeps_the_console_waiting_for_the_rest_of_a_body(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even who has no token: it would cost them a connection, and the console one more for good."""
    monkeypatch.setattr(bodies, "READ_TIMEOUT", 0.1)
    url = URL(house.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST /v1/session HTTP/1.1\r\nHost: {url.authority}\r\n{PROOF}: 1\r\nContent-Length: 20\r\n\r\n"
    writer.write(f"{head}{{".encode())
    async with asyncio.timeout(5):
        assert b" 408 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def test_who_asks_for_the_head_of_the_stream_is_told_no_more_than_that(house: House) -> None:
    """What is written behind it would pass for the answer to whatever is asked next."""
    await house.say(a_change("a1"))
    url = URL(house.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    bearer = house.bearer("camille")["Authorization"]
    for method, path in (("HEAD", "/v1/alerts/stream"), ("GET", "/v1/nothing")):
        writer.write(
            f"{method} {path} HTTP/1.1\r\nHost: {url.authority}\r\nAuthorization: {bearer}\r\n\r\n".encode()
        )
    async with asyncio.timeout(5):
        head, following = await reader.readuntil(b"\r\n\r\n"), await reader.readline()
    assert (head[:15], following[:12]) == (b"HTTP/1.1 200 OK", b"HTTP/1.1 404")
    assert b"text/event-stream" in head
    writer.close()
    await writer.wait_closed()


async def test_one_who_hangs_up_in_the_middle_of_a_request_is_no_fault_of_the_console(
    house: House, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    await house.say(a_change("a1"))
    url = URL(house.url)
    _, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST /v1/alerts/a1/dismissed HTTP/1.1\r\nHost: {url.authority}\r\nContent-Length: 20\r\n"
    bearer = "".join(f"{name}: {value}\r\n" for name, value in house.bearer("camille").items())
    writer.write(f"{head}{bearer}\r\n{{".encode())
    await writer.drain()
    await asyncio.sleep(0.1)  # it reads what has come of the body
    writer.transport.abort()
    await writer.wait_closed()
    assert await ids_seen(http, house, "camille") == ["a1"]
    assert [entry.message for entry in caplog.records if entry.levelname == "ERROR"] == []


async def test_one_who_leaves_before_their_stream_has_begun_is_answered_nothing_undescribed(
    house: House,
) -> None:
    """Their connection is gone when the head of the answer is written; the house tells what was answered."""
    url, bearer = URL(house.url), house.bearer("camille")["Authorization"]
    head = f"GET /v1/alerts/stream HTTP/1.1\r\nHost: {url.authority}\r\nAuthorization: {bearer}\r\n\r\n"
    for _ in range(5):
        _, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(head.encode())
        await asyncio.sleep(0)
        writer.transport.abort()
    await asyncio.sleep(0.2)


def forged(**claims: Any) -> dict[str, Any]:
    known = {"sub": "camille", "role": "advisor", "maison": "lumiere", "sites": ["vendome"]}
    return {**known, "exp": int(time.time()) + 600, **claims}


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (jwt.encode(forged(exp=int(time.time()) - 5), SECRET, "HS256"), 401),
        (jwt.encode(forged(), "another secret, just as long as it is", "HS256"), 401),
        (jwt.encode(forged(), None, "none"), 401),
        (jwt.encode(forged(), SECRET, "HS512"), 401),
        (jwt.encode(forged(maison="other"), SECRET, "HS256"), 401),
        (jwt.encode(forged(role="king"), SECRET, "HS256"), 401),
        (jwt.encode(forged(sites="vendome"), SECRET, "HS256"), 401),
        (jwt.encode({"sub": "camille"}, SECRET, "HS256"), 401),
        (jwt.encode({k: v for k, v in forged().items() if k != "sites"}, SECRET, "HS256"), 401),
        ("nonsense", 401),
        ("", 401),
        (jwt.encode(forged(role="platform"), SECRET, "HS256"), 403),
        (jwt.encode(forged(), SECRET, "HS256"), 200),
    ],
)
async def test_only_a_valid_token_of_the_house_opens(
    house: House, http: aiohttp.ClientSession, token: str, status: int
) -> None:
    for path in ("/v1/alerts", "/v1/alerts/stream"):
        headers = {"Authorization": f"Bearer {token}"}
        async with http.get(house.url + path, headers=headers) as response:
            assert response.status == status
            assert status == 200 or "error" in await response.json()
    async with http.get(f"{house.url}/v1/alerts?token={token}&access_token={token}") as response:
        assert response.status == 401


async def test_the_page_signs_in_by_cookie_and_other_sites_cannot_write_with_it(
    house: House, http: aiohttp.ClientSession
) -> None:
    await house.say(a_change("a1"))
    session = f"{house.url}/v1/session"
    token = house.token("camille")
    async with http.post(session, json={"token": token}) as response:
        assert response.status == 403
    async with http.post(session, json={"token": token}, headers={PROOF: "1"}) as response:
        assert response.status == 200
        cookie = response.cookies[COOKIE]
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    kept = {"Cookie": f"{COOKIE}={cookie.value}"}
    async with http.get(f"{house.url}/v1/me", headers=kept) as response:
        assert (await response.json())["name"] == "Camille Roux"
    claim = f"{house.url}/v1/alerts/a1/claimed"
    for more, status in (
        ({}, 403),
        ({PROOF: "1", "Origin": "https://elsewhere.example"}, 403),
        ({PROOF: "1", "Origin": house.url}, 200),
    ):
        async with http.post(claim, headers=kept | more) as response:
            assert response.status == status
    async with http.delete(session, headers=kept | {PROOF: "1"}) as response:
        assert response.cookies[COOKIE].value == ""


@pytest.mark.parametrize(
    ("spoken", "secure"), [("https", True), ("https, http", True), ("http, https", False)]
)
async def test_behind_proxies_the_cookie_goes_back_as_the_page_spoke_to_the_first_of_them(
    house: House, http: aiohttp.ClientSession, spoken: str, secure: bool
) -> None:
    proxied = {PROOF: "1", "X-Forwarded-Proto": spoken}
    token = {"token": house.token("camille")}
    async with http.post(f"{house.url}/v1/session", json=token, headers=proxied) as response:
        assert bool(response.cookies[COOKIE]["secure"]) is secure


async def test_a_feed_ends_with_its_token(redis_url: str, http: aiohttp.ClientSession) -> None:
    async with a_house(redis_url, heartbeat=0.1) as house:
        headers = {"Authorization": f"Bearer {house.token('matteo', lasts=1.2)}"}
        async with http.get(f"{house.url}/v1/alerts/stream", headers=headers) as response:
            async with asyncio.timeout(PATIENCE):
                await response.read()


async def test_the_demo_lists_its_people_and_their_tokens_work(
    house: House, http: aiohttp.ClientSession
) -> None:
    await house.say(a_change("a1"))
    async with http.get(f"{house.url}/v1/demo/people") as response:
        people = (await response.json())["people"]
    camille = next(p for p in people if p["staff"] == "camille")
    assert {"name", "role", "staff", "sites", "token"} <= set(camille)
    headers = {"Authorization": f"Bearer {camille['token']}"}
    async with http.get(f"{house.url}/v1/alerts", headers=headers) as response:
        assert len((await response.json())["alerts"]) == 1


async def test_every_answer_forbids_what_a_page_does_not_need(
    house: House, http: aiohttp.ClientSession
) -> None:
    for path, headers in itertools.product(("/", "/app.js", "/v1/alerts"), ({}, house.bearer("camille"))):
        async with http.get(house.url + path, headers=headers) as response:
            policy = response.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"
    async with http.get(f"{house.url}/style.css") as response:
        tag = response.headers["ETag"]
    async with http.get(f"{house.url}/style.css", headers={"If-None-Match": tag}) as response:
        assert response.status == 304


async def test_a_page_names_all_its_files_and_what_it_names_is_kept_for_good(
    house: House, http: aiohttp.ClientSession
) -> None:
    async def told(path: str) -> tuple[str, str]:
        async with http.get(house.url + path) as response:
            assert response.status == 200
            return response.headers["Cache-Control"], await response.text()

    for page in ("/", "/records.html", "/privacy.html", "/experiments.html"):
        kept, text = await told(page)
        assert kept == "no-cache"
        named = {*re.findall(r'(?:href|src)="(/\w+\.\w+\?v=\w+)"', text)}
        assert {name.partition("?")[0].rpartition(".")[2] for name in named} >= {"css", "js", "svg"}
        for name in named:
            kept, text = await told(name)
            assert "immutable" in kept
            modules = re.findall(r'^import .*"(/\w+\.js[^"]*)";$', text, re.MULTILINE)
            assert named.issuperset(modules), name
            for other in (name.partition("?")[0], f"{name}0"):
                assert (await told(other))[0] == "no-cache"
