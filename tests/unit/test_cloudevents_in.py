"""`POST /v1/events`: structured, batch and binary mode, and every way to be refused."""

import asyncio
import base64
import gzip
import hmac
import io
import zlib
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from schemas.events import EVENTS
from schemas.who import oid_of
from streams.gateway import create_gateway
from streams.rate import Rate
from streams.write_keys import Scope, WriteKey, write_keys_from
from tests.doors import PEPPER, bearer, deps, door, event
from tests.fakes import FakeLog
from tests.waiting import wait_until

Client = TestClient[web.Request, web.Application]


@pytest.fixture
def log() -> FakeLog:
    return FakeLog("s-1", "s")


@pytest.fixture
async def client(log: FakeLog) -> AsyncIterator[Client]:
    async with door(deps(log.publish)) as client:
        yield client


async def send(client: Client, body: Any, key: str = "server-key", **headers: str) -> tuple[int, Any]:
    data = io.BytesIO(body if isinstance(body, bytes) else orjson.dumps(body))
    sent = {"Content-Type": "application/cloudevents+json", **bearer(key), **headers}
    async with client.post("/v1/events", data=data, headers=sent) as response:
        return response.status, await response.json()


async def test_a_single_event_is_stamped_keyed_and_kept_as_it_was_sent(client: Client, log: FakeLog) -> None:
    sent = event(extra={"kept": [1, 2.5]}, data={**event()["data"], "unheard": "of"})
    assert await send(client, sent) == (202, {"accepted": 1, "rejected": []})
    (message,) = log.messages
    assert message.topic == "web.clicks"
    assert message.key == oid_of("lumiere", "client_id", "c-1", PEPPER).encode()
    assert log.events == [{**sent, "maison": "lumiere", "scope": "server", "proven": False}]


async def test_time_is_now_when_the_event_states_none(client: Client, log: FakeLog) -> None:
    await send(client, {k: v for k, v in event().items() if k != "time"})
    assert log.events[0]["time"] == "2026-11-21T15:00:00Z"


async def test_a_sender_cannot_stamp_itself(client: Client, log: FakeLog) -> None:
    await send(client, event(scope="server", proven=True), key="page-key")
    assert (log.events[0]["scope"], log.events[0]["proven"]) == ("web", False)


@pytest.mark.parametrize("missing", ["type", "id", "source", "specversion"])
async def test_binary_mode_names_the_header_that_is_missing(
    client: Client, log: FakeLog, missing: str
) -> None:
    said = {name: str(event()[name]) for name in ("type", "id", "source", "specversion") if name != missing}
    headers = {**bearer(), **{f"ce-{name}": value for name, value in said.items()}}
    async with client.post("/v1/events", json=event()["data"], headers=headers) as response:
        assert (response.status, (await response.json())["field"]) == (400, missing)
    assert log.messages == []


async def test_binary_mode_reads_percent_encoded_headers(client: Client, log: FakeLog) -> None:
    headers = {
        "Content-Type": "application/json",
        "ce-specversion": "1.0",
        "ce-type": "web.view",
        "ce-source": "/web/%E9%8A%80%E5%BA%A7",
        "ce-id": '"e-%C3%A9"',
        "ce-maison": "lumiere",
    }
    status, _ = await send(client, event()["data"], **headers)
    assert status == 202
    assert (log.events[0]["source"], log.events[0]["id"]) == ("/web/銀座", "e-é")
    assert log.events[0]["data"] == event()["data"]


@pytest.mark.parametrize(
    ("header", "field"), [(b"ce-id: \xe9", b"id"), (b"Content-Type: \xe9", b"datacontenttype")]
)
async def test_a_header_that_is_no_utf_8_is_named(log: FakeLog, header: bytes, field: bytes) -> None:
    head = b"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer server-key\r\nContent-Length: 2\r\n"
    async with door(deps(log.publish)) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
        writer.write(head + b"Connection: close\r\nce-type: web.view\r\n" + header + b"\r\n\r\n{}")
        answer = await reader.read()
        writer.close()
    said = b'{"error":"is no UTF-8: percent-encode the header","field":"%s"}' % field
    assert answer.endswith(said), answer


async def test_data_may_come_as_base64(client: Client, log: FakeLog) -> None:
    sent = {k: v for k, v in event().items() if k != "data"}
    sent["data_base64"] = base64.b64encode(orjson.dumps(event()["data"])).decode()
    assert (await send(client, sent))[0] == 202
    assert log.events[0]["data"] == event()["data"]


@pytest.mark.parametrize("content_type", ["application/cloudevents-batch+json", "application/json"])
async def test_a_batch_reports_each_reject_and_stores_the_rest(
    client: Client, log: FakeLog, content_type: str
) -> None:
    batch = [event(id="a"), event(id="b", data={"who": {}, "session": "s"}), 7, event(id="d", maison="autre")]
    status, answer = await send(client, batch, **{"Content-Type": content_type})
    assert status == 200
    assert answer["accepted"] == 1
    assert [(r["index"], r["id"]) for r in answer["rejected"]] == [(1, "b"), (2, None), (3, "d")]
    assert [r["reason"].partition(":")[0] for r in answer["rejected"]][::2] == ["data.who", "maison"]
    assert [e["id"] for e in log.events] == ["a"]


async def test_types_nobody_knows_need_only_an_envelope_and_a_who(client: Client, log: FakeLog) -> None:
    sent = event("spa.visit", data={"who": {"guest_id": "G-1"}, "oil": "rose"})
    assert (await send(client, sent))[0] == 202
    assert log.messages[0].key == oid_of("lumiere", "guest_id", "G-1", PEPPER).encode()
    assert log.events[0]["data"] == sent["data"]
    status, answer = await send(client, event("spa.visit", data={"oil": "rose"}))
    assert (status, answer["field"]) == (400, "data.who")


@pytest.mark.parametrize(
    ("kind", "usual", "copied"),
    [
        ("phone", "+33612345678", "\u202a+33 6 12 34 56 78\u202c"),
        ("phone", "+525512345678", "+52 1 55 1234 5678"),
        ("whatsapp", "+52 55 1234 5678", "5215512345678"),
        ("whatsapp", "+55 31 98765-4321", "553187654321"),
        ("phone", "+81312345678", "＋８１３１２３４５６７８"),
        ("whatsapp", "33612345678", "\u200e+33 6 12 34 56 78"),
        ("email", "aline@example.com", "\ufeffＡｌｉｎｅ＠example.com\u200b"),
        ("email", "zoé@example.com", "zoe\u0301@example.com"),
        ("email", "aline@bücher.example", "aline@xn--bcher-kva.example"),
        ("client_id", "C-12", "\ufeffC-12\u200b"),
    ],
)
async def test_who_is_copied_with_what_cannot_be_seen_is_nobody_else(
    client: Client, log: FakeLog, kind: str, usual: str, copied: str
) -> None:
    for at, value in enumerate((usual, copied)):
        assert (await send(client, event("client.note", id=f"{at}", data=noted({kind: value}))))[0] == 202
    assert log.messages[0].key == log.messages[1].key
    assert not any("doubtful" in one["data"] for one in log.events)


@pytest.mark.parametrize(
    ("number", "longer"),
    [
        ("+49301234567", "+49 30 123456 ext 7"),
        ("+49301234567", "+4930123456;ext=7"),
        ("+3312345678933", "+33 1 23 45 67 89 / +33 6 12 34 56 78"),
    ],
)
async def test_a_number_with_more_beside_it_is_nobody_elses(
    client: Client, log: FakeLog, number: str, longer: str
) -> None:
    for at, value in enumerate((number, longer)):
        assert (await send(client, event("client.note", id=f"{at}", data=noted({"phone": value}))))[0] == 202
    assert log.messages[0].key != log.messages[1].key
    assert log.events[1]["data"]["doubtful"] == ["phone"], "it links nothing"
    for nobody in ("n/a", "\u200b"):
        status, answer = await send(client, event("client.note", data=noted({"phone": nobody})))
        assert (status, answer["field"], answer["error"]) == (400, "data.who.phone", "is blank")


def noted(who: dict[str, str]) -> dict[str, Any]:
    return {"who": who, "text": "Left-handed", "by": "camille"}


async def test_presence_is_keyed_by_the_member_of_staff(client: Client, log: FakeLog) -> None:
    sent = event("staff.presence", data={"staff": "camille", "site": "vendome", "status": "on"})
    assert (await send(client, sent))[0] == 202
    assert log.messages[0].key == oid_of("lumiere", "staff", "camille", PEPPER).encode()
    assert log.messages[0].topic == "staff.feedback"


async def test_feedback_is_keyed_by_the_oid_its_alert_gave(client: Client, log: FakeLog) -> None:
    oid = "qWm3nX0c5t1kZr8B"
    data = {"who": {"oid": oid}, "alert": "a", "staff": "camille", "verdict": "seen"}
    assert (await send(client, event("staff.feedback", data=data)))[0] == 202
    assert log.messages[0].key == oid.encode()


BAD: dict[str, tuple[Any, int, str | None, str]] = {
    "not JSON": (b"{nope", 400, None, "not JSON"),
    "NaN": (b'{"data": {"value": NaN}}', 400, None, "not JSON"),
    "empty": (b"", 400, None, "not JSON"),
    "a number": (b"7", 400, None, "object"),
    "another spec": (event(specversion="0.3"), 400, "specversion", "1.0"),
    "no type": (event(type=None), 400, "type", "required"),
    "no id": ({k: v for k, v in event().items() if k != "id"}, 400, "id", "required"),
    "empty source": (event(source=""), 400, "source", "length"),
    "no data": ({k: v for k, v in event().items() if k != "data"}, 400, "data", "required"),
    "no who": (event(data={"session": "s"}), 400, "data.who", "required"),
    "who names nobody": (event(data={"who": {}, "session": "s"}), 400, "data.who", "nobody"),
    "blank identifier": (event(data={"who": {"email": " "}, "session": "s"}), 400, "data.who.email", "blank"),
    "endless identifier": (event(data={"who": {"email": "x" * 300}}), 400, "data.who.email", "long"),
    "endless other side": (
        event("client.link", data={"who": {"card": "c"}, "with": {"card": "x" * 300}, "evidence": "e"}),
        400,
        "data.with.card",
        "long",
    ),
    "nobody on the other side": (
        event("client.link", data={"who": {"card": "c"}, "with": {}, "evidence": "e"}),
        400,
        "data.with",
        "nobody who can be linked",
    ),
    "a device on the other side": (
        event("client.unlink", data={"who": {"card": "c"}, "with": {"device_id": "d"}, "evidence": "e"}),
        400,
        "data.with",
        "nobody who can be linked",
    ),
    "blank other side": (
        event("client.link", data={"who": {"card": "c"}, "with": {"card": " "}, "evidence": "e"}),
        400,
        "data.with.card",
        "blank",
    ),
    "an identifier that a program writes for none": (
        event("store.purchase", data={"who": {"client_id": "Undefined", "email": "a@b.fr"}}),
        400,
        "data.who.client_id",
        "there is none",
    ),
    "a session of everybody": (
        event(data={"who": {"client_id": "c"}, "session": "null"}),
        400,
        "data.session",
        "there is none",
    ),
    "oid of a client": (
        event(data={"who": {"oid": "qWm3nX0c5t1kZr8B"}, "session": "s"}),
        400,
        "data.who.oid",
        "staff.feedback",
    ),
    "no session": (event(data={"who": {"client_id": "c"}}), 400, "data.session", "required"),
    "wrong kind of value": (
        event(data={"who": {"client_id": "c"}, "session": "s", "quantity": "two"}),
        400,
        "data.quantity",
        "int",
    ),
    "local time": (event(time="2026-11-21T14:59:00"), 400, "time", "timezone"),
    "a time far ahead": (event(time="2026-11-23T15:00:00.001Z"), 400, "time", "48 hours ahead"),
    "a time far ahead of a type nobody knows": (
        event("spa.visit", time="2031-01-01T00:00:00Z"),
        400,
        "time",
        "48 hours ahead",
    ),
    "the last of all times": (event(time="9999-12-31T23:59:59-14:00"), 400, "time", "48 hours ahead"),
    "another maison": (event(maison="autre"), 403, "maison", "write key"),
    "deep nesting": (event(extra=orjson.loads("[" * 40 + "]" * 40)), 400, None, "nested"),
    "very deep nesting": (b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", 400, None, "not JSON"),
    "one event too large": (event(extra="x" * 300_000), 413, None, "too large"),
    "one event of an unknown type too large": (
        event("spa.visit", extra="x" * 300_000),
        413,
        None,
        "too large",
    ),
    "5 MB": (b'{"a": "' + b"x" * 5_000_000 + b'"}', 413, None, "too large"),
    "too many": ([event()] * 501, 413, None, "at most 500"),
}


GOLDEN = Path(__file__).parents[1] / "golden/events"
ORDERS = {"store.purchase", "store.return"}
"""What names a site and counts wherever it was."""
AT_A_SITE = {
    t for t in EVENTS if "site" in orjson.loads((GOLDEN / f"{t}.json").read_bytes())["data"]
} - ORDERS


def sample(type_: str, **changes: Any) -> dict[str, Any]:
    """The golden sample of a type, with other data."""
    golden = orjson.loads((GOLDEN / f"{type_}.json").read_bytes())
    return {**golden, "data": {**golden["data"], **changes}}


@pytest.mark.parametrize("type_", sorted(AT_A_SITE))
async def test_what_happens_at_a_site_happens_at_one_of_the_house(
    client: Client, log: FakeLog, type_: str
) -> None:
    status, answer = await send(client, sample(type_, site="Vendome"))
    assert (status, answer["field"], log.messages) == (400, "data.site", [])
    assert answer["error"] == "is no site of this maison: its file lists them, [[sites]]"
    assert (await send(client, sample(type_)))[0] == 202


async def test_who_comes_on_duty_may_do_so_in_a_team_that_has_no_site(client: Client) -> None:
    assert (await send(client, sample("staff.presence", site="client-service")))[0] == 202
    assert (await send(client, sample("store.checkin", site="client-service")))[0] == 400


async def test_an_order_counts_wherever_it_was_paid(client: Client) -> None:
    assert (await send(client, sample("store.purchase", site="a-boutique-long-closed")))[0] == 202


@pytest.mark.parametrize(
    "time",
    ["2026-11-23T15:00:00Z", "2026-11-23T05:00:00-10:00", "2025-11-21T15:00:00Z", "1996-02-29T00:00:00Z"],
)
async def test_a_clock_that_is_a_day_off_and_what_is_long_past_are_taken_as_they_say(
    client: Client, log: FakeLog, time: str
) -> None:
    assert (await send(client, event(time=time)))[0] == 202
    assert log.events[0]["time"] == time


async def test_what_an_event_is_about_may_lie_years_ahead(client: Client) -> None:
    stay = {"arrival": "2031-01-01", "departure": "2031-01-04"}
    assert (await send(client, sample("hotel.booking", **stay)))[0] == 202
    assert (await send(client, sample("client.appointment", at="2031-01-01T10:00:00Z")))[0] == 202


async def test_a_refusal_of_a_client_is_not_lost_to_a_wrong_clock(client: Client) -> None:
    ahead = {"time": "2031-01-01T00:00:00Z", "source": "/app"}
    refused, allowed = (sample("client.consent", state=state) | ahead for state in ("none", "all"))
    assert (await send(client, refused))[0] == 202
    status, answer = await send(client, allowed)
    assert (status, answer["field"]) == (400, "time")


@pytest.mark.parametrize("what", BAD)
async def test_a_bad_event_is_refused_naming_field_and_reason(
    client: Client, log: FakeLog, what: str
) -> None:
    body, status, field, reason = BAD[what]
    got, answer = await send(client, body)
    assert (got, answer["field"]) == (status, field), answer
    assert reason in answer["error"]
    assert log.messages == []


async def test_a_refusal_repeats_nothing_the_event_says(client: Client) -> None:
    data = {"who": {"client_id": "c"}, "site": "vendome", "method": "Aline Dupont"}
    _, answer = await send(client, event("store.checkin", data=data))
    assert answer == {"error": "invalid value", "field": "data.method"}


@pytest.mark.parametrize(
    ("headers", "pack"),
    [
        ({"Content-Encoding": "gzip"}, gzip.compress),
        ({"Content-Encoding": "deflate"}, zlib.compress),
        ({}, gzip.compress),
    ],
)
async def test_a_packed_body_is_inflated_with_or_without_its_label(
    client: Client, log: FakeLog, headers: dict[str, str], pack: Any
) -> None:
    assert (await send(client, pack(orjson.dumps(event())), **headers))[0] == 202
    assert len(log.events) == 1


async def test_an_archive_of_several_members_is_read_to_its_end(client: Client, log: FakeLog) -> None:
    whole = orjson.dumps([event(id="a"), event(id="b")])
    parts = gzip.compress(whole[:90]) + gzip.compress(whole[90:])
    both = (200, {"accepted": 2, "rejected": []})
    assert await send(client, parts, **{"Content-Encoding": "gzip"}) == both
    for padding in (b"", bytes(5), gzip.compress(b"")):
        assert await send(client, parts + padding) == both
    for broken in (parts + gzip.compress(b"}"), parts + b"}", gzip.compress(b"") * 2000):
        assert (await send(client, broken))[0] == 400


@pytest.mark.parametrize("headers", [{"Content-Encoding": "gzip"}, {}])
async def test_a_bomb_is_refused_before_it_is_inflated(client: Client, headers: dict[str, str]) -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    assert len(bomb) < 1_000_000
    assert (await send(client, bomb, **headers))[0] == 413


@pytest.mark.parametrize("headers", [{"Content-Encoding": "gzip"}, {}])
async def test_a_broken_archive_is_refused(client: Client, headers: dict[str, str]) -> None:
    whole = gzip.compress(orjson.dumps(event()))
    for broken in (whole[:40], whole[:20] + b"broken" + whole[26:]):
        assert (await send(client, broken, **headers))[0] == 400


async def test_a_body_that_is_not_what_its_label_says_is_refused(client: Client, log: FakeLog) -> None:
    headers = {**bearer(), "Content-Encoding": "gzip"}
    async with client.post(
        "/v1/events", data=orjson.dumps(event()), headers=headers, compress=None
    ) as response:
        assert response.status == 400
    assert log.messages == []


async def test_a_wrong_or_missing_key_is_401(client: Client, log: FakeLog) -> None:
    assert (await send(client, event(), key="nope"))[0] == 401
    async with client.post("/v1/events", json=event()) as response:
        assert response.status == 401
    assert log.messages == []


@pytest.mark.parametrize(
    ("key", "type_", "status"),
    [
        ("page-key", "web.view", 202),
        ("page-key", "web.unheard", 202),
        ("page-key", "store.purchase", 403),
        ("page-key", "staff.feedback", 403),
        ("till-key", "store.gift", 202),
        ("till-key", "web.view", 403),
        ("till-key", "staff.presence", 403),
        ("pms-key", "hotel.unheard", 202),
        ("pms-key", "store.purchase", 403),
    ],
)
async def test_a_key_says_only_what_its_scope_allows(
    client: Client, key: str, type_: str, status: int
) -> None:
    assert (await send(client, event(type_), key=key))[0] == status


def test_what_is_said_of_clients_and_staff_is_said_by_a_tills_and_a_hotels_key_as_the_table_says() -> None:
    """Neither erases anybody or speaks for staff, and a till links nobody: cards change hands there."""
    declared = [type_ for type_ in EVENTS if type_.startswith(("client.", "staff."))]
    may: dict[Scope, set[str]] = {
        scope: {type_ for type_ in declared if WriteKey(maison="lumiere", scope=scope).may_send(type_)}
        for scope in ("web", "pos", "pms")
    }
    both = {"client.profile", "client.consent", "client.note"}
    assert may == {"web": set(), "pos": both | {"client.appointment"}, "pms": both | {"client.link"}}


async def test_a_proof_of_the_maisons_server_marks_the_event_proven(client: Client, log: FakeLog) -> None:
    proof = hmac.new(b"proof-secret", b"s-1|c-1", "sha256").hexdigest()
    other_session = {**event()["data"], "who": {"client_id": "c-1", "session": "s-2"}}
    for sent in (event(proof=proof), event(proof="0" * 64), event(proof=proof, data=other_session)):
        assert (await send(client, sent, key="page-key"))[0] == 202
    assert [e["proven"] for e in log.events] == [True, False, False]
    assert not any("proof" in e for e in log.events)
    public = hmac.new(b"page-key", b"s-1|c-1", "sha256").hexdigest()
    await send(client, event(proof=public), key="page-key")
    assert log.events[-1]["proven"] is False


async def test_kafka_away_is_503_with_retry_after_and_nothing_is_said_to_be_stored(
    log: FakeLog, caplog: pytest.LogCaptureFixture
) -> None:
    async with door(deps(log.publish)) as client:
        log.away = True
        async with client.post("/v1/events", json=event(), headers=bearer()) as response:
            assert response.status == 503
            assert int(response.headers["Retry-After"]) >= 1
        assert log.messages == []
        log.away = False
        assert (await send(client, event()))[0] == 202
    assert caplog.messages == ["nothing could be taken: Kafka is away."], (
        "or whoever looks after it reads of none"
    )


async def test_requests_beyond_the_cap_hear_503_at_once(log: FakeLog) -> None:
    log.answers.clear()
    async with door(deps(log.publish, max_under_way=2)) as client:
        slow = [asyncio.create_task(send(client, event())) for _ in range(2)]
        await wait_until(lambda: log.asked == 2)
        status, answer = await send(client, event())
        assert (status, "wait for Kafka" in answer["error"]) == (503, True)
        log.answers.set()
        assert [status for status, _ in await asyncio.gather(*slow)] == [202, 202]
        assert (await send(client, event()))[0] == 202


async def test_a_key_that_sends_too_much_hears_429_and_another_does_not(log: FakeLog) -> None:
    async with door(deps(log.publish, rate=Rate(lambda: 0.0, per_second=10, burst=600))) as client:
        for _ in range(6):
            assert (await send(client, [event()] * 100))[0] == 200
        async with client.post("/v1/events", json=event(), headers=bearer()) as response:
            assert response.status == 429
            assert 1 <= int(response.headers["Retry-After"]) <= 60
        assert (await send(client, event(), key="other-key"))[0] == 202


async def test_a_page_of_another_origin_may_ask_and_read(client: Client) -> None:
    asks = {
        "Origin": "https://lumiere.example",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    async with client.options("/v1/events", headers=asks) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Headers"] == "authorization,content-type"
    async with client.post("/v1/events", json=event(), headers={**asks, **bearer("nope")}) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "https://lumiere.example"
        assert "Access-Control-Allow-Credentials" not in response.headers


async def test_accepted_and_rejected_are_counted(log: FakeLog) -> None:
    with_ = deps(log.publish, clock=lambda: datetime.fromisoformat("2026-11-21T15:00:00Z"))
    async with door(with_) as client:
        await send(client, [event(), event(specversion="0.3")])
    value = with_.metrics.registry.get_sample_value
    assert value("prevenance_ingest_accepted_total", {"maison": "lumiere"}) == 1
    assert value("prevenance_ingest_rejected_total", {"reason_class": "invalid"}) == 1


def test_a_visitor_who_names_their_own_session_cannot_move_the_border_of_a_proof() -> None:
    key = write_keys_from("lumiere:page:web:proof-secret").find("page")
    assert key is not None
    proof = hmac.new(b"proof-secret", b"s-1|c-1|c-2", "sha256").hexdigest()
    assert key.proves(proof, "s-1|c-1", "c-2")
    assert not key.proves(proof, "s-1", "c-1|c-2")


def test_a_key_never_shows_itself() -> None:
    key = write_keys_from("lumiere:very-secret:web:more-secret").find("very-secret")
    assert "secret" not in repr(key)
    with pytest.raises(ValueError, match="entry 1") as told:
        write_keys_from("lumiere:very-secret:wrong")
    assert "very-secret" not in str(told.value)


async def test_what_a_client_licenses_is_of_the_form_it_says_or_refused(client: Client, log: FakeLog) -> None:
    def licence(held: Any) -> Any:
        data = {"who": {"client_id": "c-1"}, "licence": "l1", "purpose": "personalisation", "data": held}
        return event("client.licence", data=data)

    for held in ({"version": 1, "interests": ["watches"]}, {"wardrobe": ["navy"]}):
        assert (await send(client, licence(held)))[0] == 202
    for held, field in (
        ({"version": 2}, "data.data.version"),
        ({"version": 1, "interests": ["x" * 65]}, "data.data.interests[0]"),
        ({"version": 1, "occasions": [{"name": "x", "date": "02-31"}]}, "data.data.occasions[0]"),
        ({"version": 1, "Aline": 1}, "data.data"),
    ):
        status, answer = await send(client, licence(held))
        assert (status, answer["field"]) == (400, field)
        assert "Aline" not in str(answer)
    assert len(log.messages) == 2


async def test_an_error_of_ours_is_counted_as_one_or_nobody_would_be_woken() -> None:
    async def broken(_: Any) -> None:
        raise RuntimeError("nobody has thought of this")

    with_, app = deps(broken), web.Application()
    app.add_routes(create_gateway(with_))
    async with TestClient(TestServer(app)) as client:
        assert (await client.post("/v1/events", json=event(), headers=bearer())).status == 500
    told = {"route": "/v1/events", "status": "500"}
    assert with_.metrics.registry.get_sample_value("prevenance_http_requests_total", told) == 1
