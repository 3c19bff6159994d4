"""Segment's API: which event each call becomes, and that no call is ever answered with a 4xx that loops."""

import asyncio
import gzip
import hmac
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from schemas.who import oid_of
from tests.doors import PEPPER, bearer, deps, door
from tests.fakes import FakeLog

Client = TestClient[web.Request, web.Application]
DEVICE = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
VISIT = f"{DEVICE}-2026-11-21"


@pytest.fixture
def log() -> FakeLog:
    return FakeLog(DEVICE, VISIT, "s-1", f"{DEVICE}-1732200000", "d-1")


@pytest.fixture
async def client(log: FakeLog) -> AsyncIterator[Client]:
    async with door(deps(log.publish)) as client:
        yield client


async def call(client: Client, name: str, body: Any, key: str = "server-key", **headers: str) -> Any:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    async with client.post(f"/v1/{name}", data=data, headers={**bearer(key), **headers}) as response:
        assert response.status == 200, await response.text()
        return await response.json()


def track(event: str, **properties: Any) -> dict[str, Any]:
    return {
        "messageId": "m-1",
        "userId": "c-1",
        "anonymousId": DEVICE,
        "event": event,
        "properties": properties,
        "timestamp": "2026-11-21T14:59:00Z",
        "context": {"library": {"name": "analytics.js"}},
    }


@pytest.mark.parametrize(
    ("event", "type_", "expected"),
    [
        ("Product Viewed", "web.view", {"sku": "B42", "category": "bags"}),
        ("product added", "web.cart", {"sku": "B42", "quantity": 2}),
        ("Product Removed", "web.cart", {"sku": "B42", "quantity": 0}),
        ("Product Added to Wishlist", "web.wish", {"sku": "B42"}),
        ("Product Removed from Wishlist", "web.wish", {"sku": "B42", "quantity": 0}),
        ("Products Searched", "web.search", {"query": "clutch"}),
        ("Checkout Started", "web.checkout", {}),
    ],
)
async def test_commerce_becomes_clicks(
    client: Client, log: FakeLog, event: str, type_: str, expected: dict[str, Any]
) -> None:
    properties = {"product_id": "7", "sku": "B42", "category": "bags", "quantity": 2, "query": "clutch"}
    assert await call(client, "track", track(event, **properties)) == {"accepted": 1, "rejected": []}
    (got,) = log.events
    assert got["type"] == type_
    assert got["id"] == "m-1"
    assert got["source"] == "/segment/analytics.js"
    assert expected.items() <= got["data"].items()
    assert got["data"]["who"] == {"client_id": "c-1", "device_id": DEVICE, "session": VISIT}
    assert got["data"]["session"] == VISIT
    assert got["data"]["properties"] == properties
    assert log.messages[0].key == oid_of("lumiere", "client_id", "c-1", PEPPER).encode()


@pytest.mark.parametrize(
    ("currency", "price", "quantity", "amount"),
    [
        ("EUR", 3450.0, 1, 345_000),
        ("EUR", 19.99, 3, 5_997),
        ("EUR", "0.1", 3, 30),
        ("jpy", 330_000, 1, 330_000),
        ("KWD", 1.255, 2, 2_510),
        ("EUR", 1.005, 1, 101),
    ],
)
async def test_an_order_is_a_purchase_in_exact_minor_units(
    client: Client, log: FakeLog, currency: str, price: Any, quantity: int, amount: int
) -> None:
    product = {"sku": "B42", "price": price, "quantity": quantity, "category": "bags"}
    order = track("Order Completed", order_id="o-1", total=1, currency=currency, products=[product])
    await call(client, "t", order)
    (got,) = log.events
    assert (got["type"], got["data"]["channel"], got["data"]["order_id"]) == ("store.purchase", "web", "o-1")
    line = {
        "sku": "B42",
        "quantity": quantity,
        "amount": amount,
        "currency": currency.upper(),
        "category": "bags",
    }
    assert got["data"]["lines"] == [line]
    assert log.messages[0].topic == "store.purchases"


async def test_lines_without_a_price_share_what_the_total_leaves(client: Client, log: FakeLog) -> None:
    products = [{"sku": "a", "price": 10}, {"sku": "b", "quantity": 2}, {"sku": "c"}]
    await call(client, "track", track("Order Refunded", order_id="o-1", total=20.01, products=products))
    await call(client, "track", track("Order Completed", order_id="o-2", revenue=45))
    assert [e["type"] for e in log.events] == ["store.return", "store.purchase"]
    assert [line["amount"] for line in log.events[0]["data"]["lines"]] == [1000, 668, 333]
    whole = {"sku": "unspecified", "quantity": 1, "amount": 4500, "currency": "EUR"}
    assert log.events[1]["data"]["lines"] == [whole]


async def test_an_order_that_is_cancelled_does_not_come_and_its_money_is_given_back_once(
    client: Client, log: FakeLog
) -> None:
    products = [{"sku": "a", "price": 10, "quantity": 2, "currency": "JPY"}, {"sku": "b"}]
    for properties in ({"total": 20.01, "products": products}, {"total": 5}, {}):
        cancelled = track("Order Cancelled", order_id="o-1", currency="EUR", **properties)
        assert (await call(client, "track", cancelled))["accepted"] == 1
    of = [(e["type"], e["data"]["order_id"], e["data"]["channel"]) for e in log.events]
    assert of == [("store.return", "o-1", "web")] * 3
    lines = [
        [(line["sku"], line["quantity"], line["amount"]) for line in e["data"]["lines"]] for e in log.events
    ]
    assert lines == [[("a", 2, 0), ("b", 1, 0)], [("unspecified", 1, 0)], [("unspecified", 1, 0)]]


async def test_an_order_that_is_updated_is_told_again_and_placed_by_nobody(
    client: Client, log: FakeLog
) -> None:
    products = [{"sku": "a", "price": 10, "quantity": 2}, {"sku": "b", "price": 5}]
    for properties in ({"products": products}, {"total": 5}, {"fulfilled": True, "products": []}):
        updated = track("Order Updated", order_id="o-1", currency="EUR", **properties)
        assert (await call(client, "track", updated))["accepted"] == 1
    assert [e["type"] for e in log.events] == ["store.purchase", "store.purchase", "segment.track"]
    assert [e["data"].get("changed") for e in log.events] == [True, True, None]
    assert [line["amount"] for e in log.events[:2] for line in e["data"]["lines"]] == [2000, 500, 500]
    completed = track("Order Completed", order_id="o-1", currency="EUR", total=5)
    await call(client, "track", completed)
    assert "changed" not in log.events[3]["data"]


@pytest.mark.parametrize(
    ("properties", "field"),
    [
        ({"total": 10}, "properties.order_id"),
        ({"order_id": "o"}, "properties.total"),
        ({"order_id": "o", "products": [{"price": "ten"}]}, "properties.products[0].price"),
        ({"order_id": "o", "products": [{"price": 1, "quantity": 0}]}, "properties.products[0].quantity"),
        ({"order_id": "o", "products": [{"price": 10}, {}], "total": 5}, "properties.total"),
        ({"order_id": "o", "total": 5, "currency": "euros"}, "data.lines[0].currency"),
        ({"order_id": "o", "total": -5}, "properties.total"),
        ({"order_id": "o", "total": "1,299.00"}, "properties.total: is a number"),
        ({"order_id": "o", "revenue": "ten"}, "properties.revenue: is a number"),
        (
            {"order_id": "o", "products": [{"price": 1e14, "quantity": 100_000}]},
            "properties.products[0].price",
        ),
        (
            {"order_id": "o", "total": 200, "products": [{"price": 9, "currency": "JPY"}, {"sku": "b"}]},
            "properties.products[1].price",
        ),
    ],
)
async def test_an_order_that_makes_no_sense_is_rejected_by_field(
    client: Client, log: FakeLog, properties: dict[str, Any], field: str
) -> None:
    answer = await call(client, "track", track("Order Completed", **properties))
    assert answer["accepted"] == 0
    assert answer["rejected"][0]["id"] == "m-1"
    assert answer["rejected"][0]["reason"].startswith(field), answer
    assert log.messages == []


async def test_what_a_product_leaves_empty_is_what_its_order_says(client: Client, log: FakeLog) -> None:
    product = {"sku": "a", "price": 5, "quantity": None, "currency": ""}
    await call(client, "track", track("Order Completed", order_id="o", currency="KWD", products=[product]))
    line = {"sku": "a", "quantity": 1, "amount": 5000, "currency": "KWD"}
    assert log.events[0]["data"]["lines"] == [line]


async def test_a_click_is_not_lost_to_what_is_said_beside_it(client: Client, log: FakeLog) -> None:
    odd = track("Products Searched", query="q" * 600, quantity=" 3") | {"context": {"locale": "C"}}
    assert (await call(client, "track", odd))["accepted"] == 1
    data = log.events[0]["data"]
    assert (len(data["query"]), data["quantity"], "language" in data) == (512, 3, False)


async def test_a_resend_is_known_by_its_number_and_a_blank_device_is_none(
    client: Client, log: FakeLog
) -> None:
    await call(client, "page", {"userId": "c-1", "anonymousId": " ", "messageId": 7})
    await call(client, "page", {"anonymousId": 4, "messageId": 8})
    assert [e["id"] for e in log.events] == ["7", "8"]
    assert [m.key for m in log.messages] == [
        oid_of("lumiere", kind, value, PEPPER).encode()
        for kind, value in (("client_id", "c-1"), ("session", "4-2026-11-21"))
    ]
    assert log.events[0]["data"]["session"] == "oid:" + oid_of("lumiere", "session", "c-1-2026-11-21", PEPPER)


@pytest.mark.parametrize("none", ["undefined", "null", "0", 0, " ", "[object Object]"])
async def test_a_page_that_knows_nobody_yet_makes_no_client_of_all_its_visitors(
    client: Client, log: FakeLog, none: Any
) -> None:
    answer = await call(client, "track", {**track("Product Viewed", sku="B42"), "userId": none})
    assert answer == {"accepted": 1, "rejected": []}
    assert log.events[0]["data"]["who"] == {"device_id": DEVICE, "session": VISIT}
    answer = await call(client, "identify", {"userId": none, "traits": {"email": "a@b.fr"}})
    assert answer["rejected"][0]["reason"].startswith("userId")


async def test_identify_is_a_profile_with_its_identifiers(client: Client, log: FakeLog) -> None:
    traits = {
        "email": "a.dupont@example.com",
        "firstName": "Aline",
        "lastName": "Dupont",
        "birthday": "1984-03-09T00:00:00Z",
        "gender": "female",
        "language": "fr",
        "plan": "gold",
    }
    body = {
        "userId": "c-1",
        "messageId": "m",
        "traits": traits,
        "context": {"traits": {"phone": "+33612345678"}},
    }
    await call(client, "identify", body)
    (got,) = log.events
    assert got["type"] == "client.profile"
    expected = {"client_id": "c-1", "email": "a.dupont@example.com", "phone": "+33612345678"}
    assert got["data"]["who"] == expected
    fields = {"name": "Aline Dupont", "birth_date": "1984-03-09", "gender": "female", "language": "fr"}
    assert got["data"]["fields"] == fields
    assert got["data"]["traits"]["plan"] == "gold"
    assert "email" not in got["data"]["traits"]


async def test_a_trait_of_another_shape_refuses_nothing(client: Client, log: FakeLog) -> None:
    traits = {"email": 7, "birthday": "soon", "gender": ["f"], "language": 1, "sizes": "M", "name": ""}
    assert (await call(client, "identify", {"userId": "c-1", "traits": traits}))["accepted"] == 1
    data = log.events[0]["data"]
    assert (data["fields"], data["traits"]) == ({}, traits), "kept as they came"


async def test_a_trait_that_is_named_by_its_path_is_a_field_of_the_profile(
    client: Client, log: FakeLog
) -> None:
    traits = {
        "preferences.allergies": ["nuts"],
        "preferences": {"wine": "Sancerre"},
        "sizes": "M",
        "sizes.ring": 54,
    }
    assert (await call(client, "identify", {"userId": "c-1", "traits": traits}))["accepted"] == 1
    data = log.events[0]["data"]
    assert data["fields"] == {
        "preferences": {"wine": "Sancerre", "allergies": ["nuts"]}, "sizes": {"ring": 54},
    }  # fmt: skip
    assert data["traits"] == traits, "kept as they came"


async def test_a_trait_that_is_stated_twice_and_not_alike_is_told(client: Client, log: FakeLog) -> None:
    traits = {"preferences": {"allergies": ["fish"]}, "preferences.allergies": ["nuts"]}
    answer = await call(client, "identify", {"userId": "c-1", "messageId": "m-1", "traits": traits})
    assert (answer["accepted"], log.messages) == (0, [])
    assert answer["rejected"][0]["reason"].startswith("traits.preferences: says something else"), answer


async def test_page_and_screen_are_views(client: Client, log: FakeLog) -> None:
    page = {"anonymousId": DEVICE, "name": "Handbags", "context": {"page": {"url": "https://l.example/bags"}}}
    await call(client, "p", page)
    await call(client, "s", {"userId": "c-1", "name": "My stay", "properties": {"url": "x" * 3000}})
    assert [e["type"] for e in log.events] == ["web.view", "web.view"]
    assert log.events[0]["data"]["url"] == "https://l.example/bags"
    assert log.messages[0].key == oid_of("lumiere", "session", VISIT, PEPPER).encode()
    assert log.events[1]["data"]["who"] == {"client_id": "c-1"}
    assert len(log.events[1]["data"]["url"]) == 2048


@pytest.mark.parametrize(
    ("previous", "other"),
    [
        (DEVICE, {"device_id": DEVICE, "session": VISIT}),
        ("old-client", {"client_id": "old-client"}),
    ],
)
async def test_alias_links(client: Client, log: FakeLog, previous: str, other: dict[str, str]) -> None:
    await call(client, "alias", {"userId": "c-1", "previousId": previous})
    assert log.events[0]["type"] == "client.link"
    assert log.events[0]["data"]["with"] == other


async def test_whoever_signs_in_on_a_page_proves_nothing_of_a_second_client(
    client: Client, log: FakeLog
) -> None:
    proof = hmac.new(b"proof-secret", b"s-1|c-1", "sha256").hexdigest()
    said = {"userId": "c-1", "context": {"sessionId": "s-1", "proof": proof}}
    await call(client, "identify", said, key="page-key")
    await call(client, "alias", {**said, "previousId": "somebody-else"}, key="page-key")
    assert [(e["type"], e["proven"]) for e in log.events] == [
        ("client.profile", True),
        ("client.link", False),
    ]
    assert log.messages[1].key == oid_of("lumiere", "session", "s-1", PEPPER).encode()


async def test_what_is_no_type_of_the_contract_is_kept(client: Client, log: FakeLog) -> None:
    await call(client, "track", track("Room Preference Set", wine="Sancerre"))
    await call(client, "group", {"userId": "c-1", "groupId": "household-9", "traits": {"name": "Dupont"}})
    assert [e["type"] for e in log.events] == ["segment.track", "segment.group"]
    assert log.events[0]["data"]["event"] == "Room Preference Set"
    assert log.events[0]["data"]["properties"] == {"wine": "Sancerre"}
    assert log.events[1]["data"]["groupId"] == "household-9"


@pytest.mark.parametrize(
    ("context", "session"),
    [({"sessionId": "s-1"}, "s-1"), ({"sessionId": 1732200000}, f"{DEVICE}-1732200000"), ({}, VISIT)],
)
async def test_the_visit_is_what_the_page_says_or_the_device_and_the_day(
    client: Client, log: FakeLog, context: dict[str, Any], session: str
) -> None:
    await call(client, "page", {"anonymousId": DEVICE, "context": context})
    assert log.events[0]["data"]["session"] == log.events[0]["data"]["who"]["session"] == session


@pytest.mark.parametrize(
    ("said", "sent", "time"),
    [
        ("2026-11-21T09:00:00Z", "2026-11-21T09:01:00Z", "2026-11-21T14:59:00Z"),
        ("2026-11-21T09:02:00Z", "2026-11-21T09:01:00Z", "2026-11-21T15:00:00Z"),
        ("2020-01-01T00:00:00Z", None, "2020-01-01T00:00:00Z"),
        (None, "2026-11-21T09:01:00Z", "2026-11-21T15:00:00Z"),
        ("yesterday", None, "2026-11-21T15:00:00Z"),
        ("0001-01-01T00:00:00Z", "2026-11-21T15:00:01Z", "0001-01-01T00:00:00Z"),
    ],
)
async def test_a_wrong_clock_is_set_right_by_when_it_says_it_sent(
    client: Client, log: FakeLog, said: str | None, sent: str | None, time: str
) -> None:
    await call(
        client, "batch", {"batch": [{"type": "page", "userId": "c", "timestamp": said}], "sentAt": sent}
    )
    assert log.events[0]["time"] == time


async def test_a_history_that_is_sent_again_stays_a_history(client: Client, log: FakeLog) -> None:
    """As a webhook of Segment or RudderStack sends it: all times are of when it was received first."""
    order = track("Order Completed", order_id="o", currency="EUR", total=90)
    passed_on = {
        "originalTimestamp": "2025-03-01T10:00:07Z",
        "sentAt": "2025-03-01T10:00:09Z",
        "timestamp": "2025-03-01T10:00:00Z",
        "receivedAt": "2025-03-01T10:00:02Z",
    }
    await call(client, "track", {**order, **passed_on})
    assert log.events[0]["time"] == "2025-03-01T10:00:00Z"


async def test_a_batch_reports_each_reject_and_takes_the_rest(client: Client, log: FakeLog) -> None:
    batch = [
        {"type": "page", "userId": "c-1", "messageId": "a"},
        {"type": "dance", "userId": "c-1", "messageId": "b"},
        {"type": "page", "messageId": "c"},
        "text",
        {"type": "track", "userId": "c-1", "messageId": "e"},
    ]
    answer = await call(client, "batch", {"batch": batch})
    assert answer["accepted"] == 1
    assert [r["index"] for r in answer["rejected"]] == [1, 2, 3, 4]
    assert [r["id"] for r in answer["rejected"]] == ["b", "c", None, "e"]
    assert [r["reason"].partition(":")[0] for r in answer["rejected"]][:2] == ["type", "userId"]


async def test_the_sdk_for_java_is_heard_at_the_address_that_it_makes(client: Client, log: FakeLog) -> None:
    """It appends `/v1/import/` to its endpoint, and gives up on a batch that is answered with 404."""
    page = {"type": "page", "messageId": "m-1", "userId": "c-1", "timestamp": "2026-11-21T14:59:00.000Z"}
    batch = {"batch": [page], "sentAt": "2026-11-21T14:59:01.000Z", "sequence": 1, "context": {}}
    assert (await call(client, "import/", batch))["accepted"] == 1
    assert log.events[0]["type"] == "web.view"


@pytest.mark.parametrize(
    ("odd", "kept"), [(rb'"bags \ud83d"', "bags ?"), (b"NaN", None), (b"-Infinity", None), (b"1e400", None)]
)
async def test_what_is_odd_in_one_call_of_a_batch_does_not_cost_the_others(
    client: Client, log: FakeLog, odd: bytes, kept: str | None
) -> None:
    batch = [{"type": "page", "userId": "c-1", "properties": {"title": title}} for title in ("one", 7)]
    sent = orjson.dumps({"batch": batch}).replace(b"7", odd)
    for mark in (b"", b"\xef\xbb\xbf"):
        assert await call(client, "batch", mark + sent) == {"accepted": 2, "rejected": []}
    assert [e["data"]["properties"]["title"] for e in log.events] == ["one", kept] * 2


@pytest.mark.parametrize("body", [b"{nope", b"[]", b"{}", b"", b"\x1f\x8bbroken"])
async def test_nonsense_under_a_good_key_is_200_with_a_reject(client: Client, body: bytes) -> None:
    answer = await call(client, "batch", body)
    assert answer["accepted"] == 0
    assert len(answer["rejected"]) == 1


async def test_odd_content_types_and_keys_in_the_body_are_understood(client: Client, log: FakeLog) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}
    packed = gzip.compress(orjson.dumps({"batch": [{"type": "page", "userId": "c-1"}]}))
    await call(client, "batch", packed, **form)
    body = orjson.dumps({"userId": "c-1", "writeKey": "page-key"})
    async with client.post("/v1/p", data=body, headers={"Content-Type": "text/plain"}) as response:
        assert response.status == 200
    assert [e["scope"] for e in log.events] == ["server", "web"]


@pytest.mark.parametrize("body", [{"userId": "c-1", "writeKey": "nope"}, {"userId": "c-1"}])
async def test_a_wrong_key_is_401(client: Client, body: dict[str, str]) -> None:
    async with client.post("/v1/p", data=orjson.dumps(body)) as response:
        assert response.status == 401


async def test_a_till_may_not_send_what_is_not_a_tills(client: Client, log: FakeLog) -> None:
    assert (await call(client, "page", {"userId": "c-1"}, key="till-key"))["accepted"] == 0
    order = track("Order Completed", order_id="o", total=5)
    assert (await call(client, "track", order, key="till-key"))["accepted"] == 1


async def test_a_page_proves_who_is_signed_in(client: Client, log: FakeLog) -> None:
    proof = hmac.new(b"proof-secret", f"{VISIT}|c-1".encode(), "sha256").hexdigest()
    for context in ({"proof": proof}, {"proof": "no"}, {}):
        body = {"userId": "c-1", "anonymousId": DEVICE, "context": context, "traits": {"email": "a@b.fr"}}
        await call(client, "identify", body, key="page-key")
    assert [(e["scope"], e["proven"]) for e in log.events] == [("web", True), ("web", False), ("web", False)]


async def test_browser_sdks_find_their_settings(client: Client) -> None:
    origin = {"Origin": "https://lumiere.example"}
    async with client.get("/v1/projects/page-key/settings", headers=origin) as response:
        assert response.headers["Access-Control-Allow-Origin"] == "https://lumiere.example"
        destination = (await response.json())["integrations"]["Segment.io"]
        assert destination["apiKey"] == "page-key"
        assert destination["apiHost"].endswith("/v1")
    proxies = {"X-Forwarded-Proto": "https, http"}
    async with client.get("/v1/projects/page-key/settings", headers=proxies) as response:
        assert (await response.json())["integrations"]["Segment.io"]["protocol"] == "https"
    async with client.get("/v1/projects/nope/settings") as response:
        assert response.status == 401
    for path in ("/sourceConfig/?p=npm", "/sourceConfig?p=android"):
        async with client.get(path, headers=bearer("page-key")) as response:
            source = (await response.json())["source"]
            assert (source["enabled"], source["destinations"]) == (True, [])
    async with client.get("/sourceConfig/", headers=bearer("nope")) as response:
        assert response.status == 401


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Basic \xff", b"401"),
        (b"GET /v1/projects/page-key/settings HTTP/1.1\r\nHost: x\r\nX-Forwarded-Proto: \xff", b"200"),
        (b"GET /v1/projects/page-key/settings HTTP/1.1\r\nHost: \xff", b"200"),
    ],
)
async def test_a_header_that_is_no_text_is_no_error_of_ours(
    client: Client, asked: bytes, status: bytes
) -> None:
    """Those are paged for, and whoever wants somebody woken needs no key."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(asked + b"\r\n\r\n")
    async with asyncio.timeout(5):
        assert (await reader.readline()).split()[1] == status
    writer.close()
    await writer.wait_closed()


async def test_what_a_page_sends_as_it_goes_is_heard(client: Client, log: FakeLog) -> None:
    """RudderStack's SDK with useBeacon: a beacon has no headers of its own, and nobody reads its answer."""
    viewed = {**track("Product Viewed", sku="B42"), "type": "track"}
    body = orjson.dumps({"batch": [viewed], "sentAt": "2026-11-21T14:59:00Z"})
    sent = {"Content-Type": "text/plain;charset=UTF-8", "Origin": "https://lumiere.example"}
    for key, status in (("page-key", 200), ("nope", 401)):
        path = f"/beacon/v1/batch?writeKey={key}"
        async with client.post(path, data=body, headers=sent) as response:
            assert response.status == status
    assert [(e["type"], e["scope"], e["data"]["sku"]) for e in log.events] == [("web.view", "web", "B42")]


@pytest.mark.parametrize(
    ("stated", "time"),
    [
        (1_763_737_140_000, "2025-11-21T14:59:00Z"),
        (1_763_737_140, "2025-11-21T14:59:00Z"),
        (1_763_737_140_000.5, "2025-11-21T14:59:00.000500Z"),
        (2**62, "2026-11-21T15:00:00Z"),
        (True, "2026-11-21T15:00:00Z"),
    ],
)
async def test_a_history_whose_times_are_numbers_stays_one(
    client: Client, log: FakeLog, stated: Any, time: str
) -> None:
    await call(client, "page", {"userId": "c-1", "messageId": "m", "timestamp": stated})
    assert [e["time"] for e in log.events] == [time]


async def test_kafka_away_tells_the_sdk_to_resend(client: Client, log: FakeLog) -> None:
    log.away = True
    async with client.post("/v1/page", json={"userId": "c-1"}, headers=bearer()) as response:
        assert response.status == 503
        assert response.headers["Retry-After"]


async def test_the_docs_list_every_way_in_and_load_nothing_from_elsewhere(client: Client) -> None:
    async with client.get("/docs") as response:
        text = await response.text()
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "/v1/events" in text
    assert "http://" not in text
    assert "https://" not in text
    async with client.get("/openapi.json") as response:
        described = await response.json()
    assert "/v1/batch" in described["paths"]
    assert "StoreCheckin" in described["components"]["schemas"]
