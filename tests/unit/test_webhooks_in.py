"""Webhooks: whose signature opens the door, which event each call becomes, and what is told of the rest."""

import asyncio
import hmac
import io
import os
import struct
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha1
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from feature_store import record as records
from feature_store.features.stay import FEATURE as STAY
from schemas.events import EVENTS
from schemas.maison import Maison
from schemas.who import normalise
from streams.adapters.channels import Call, kakaotalk
from streams.adapters.channels import line as line_channel
from streams.adapters.channels import meta as meta_channel
from streams.adapters.pms import opera
from streams.hooks import Hook, hooks_from
from streams.inbound import Refused
from streams.openapi import openapi
from tests import builders as a
from tests.alerts import lumiere
from tests.doors import NOW, PEPPER, bearer, deps, door
from tests.fakes import FakeLog

Client = TestClient[web.Request, web.Application]

AES = "x" * 43
HOOKS = hooks_from(
    f"""lumiere:whatsapp:1122334455667:app-secret:verify-me
    autre:whatsapp:106540352242922:app-secret:verify-me
    lumiere:messenger:430311617404468:app-secret:verify-me
    lumiere:instagram:chatwoot-app-user-id-1:app-secret:verify-me
    lumiere:instagram:23245:another-secret:verify-too
    lumiere:line:U123:line-secret
    lumiere:wechat:toUser:wechat-token
    lumiere:wechat:gh_safe:safe-token:{AES}"""
)
STAMP = str(int(NOW.timestamp()))


def house() -> Maison:
    """Lumière, whose sites other systems call otherwise."""
    coded = {"vendome": ["d41d8cd98f", "123123"], "riviera": ["HOTEL1"]}
    given = lumiere()
    sites = [msgspec.structs.replace(site, codes=coded.get(site.id, [])) for site in given.sites]
    return msgspec.structs.replace(given, sites=sites)


HOUSE = house()
NAMES = """id from timestamp type text body image caption edit message original_message_id reaction emoji
revoke mid message_id sender recipient read postback attachments payload source userId beacon hwid header
details dataElement newValue oldValue actionType primaryKey hotelId createdDateTime businessEvent recipient_id
businessEventId businessEventData userRequest user utterance lang bot webhookEventId status value wa_id"""


@pytest.fixture
def log() -> FakeLog:
    return FakeLog()


@pytest.fixture
async def client(log: FakeLog) -> AsyncIterator[Client]:
    async with door(deps(log.publish, hooks=HOOKS, house=house())) as client:
        yield client


@pytest.fixture
def wire(data: Path) -> Callable[[str], Any]:
    """A body that a vendor sent, from the real data."""
    return lambda name: orjson.loads((data / "wire" / name).read_bytes())


async def meta(client: Client, body: Any, secret: bytes = b"app-secret") -> tuple[int, Any]:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    signature = "sha256=" + hmac.new(secret, raw, "sha256").hexdigest()
    async with client.post(
        "/webhooks/meta", data=io.BytesIO(raw), headers={"X-Hub-Signature-256": signature}
    ) as response:
        return response.status, await response.json()


async def line(client: Client, body: Any, secret: bytes = b"line-secret") -> tuple[int, Any]:
    raw = orjson.dumps(body)
    signature = b64encode(hmac.new(secret, raw, "sha256").digest()).decode()
    async with client.post("/webhooks/line", data=raw, headers={"x-line-signature": signature}) as response:
        return response.status, await response.json()


def wechat_signature(*parts: str) -> str:
    return sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


async def wechat(
    client: Client, xml: str, token: str = "wechat-token", stamp: str = STAMP
) -> tuple[int, str]:
    query = {"timestamp": stamp, "nonce": "n", "signature": wechat_signature(token, stamp, "n")}
    async with client.post("/webhooks/wechat", params=query, data=xml.encode()) as response:
        return response.status, await response.text()


def whatsapp(
    *messages: Any, number: str = "1122334455667", contacts: Any = (), **more: Any
) -> dict[str, Any]:
    value = {"metadata": {"phone_number_id": number}, "messages": messages, "contacts": contacts, **more}
    entry = {"id": "5467", "changes": [{"field": "messages", "value": value}]}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def said(text: str = "Bonjour", **changes: Any) -> dict[str, Any]:
    given = {"from": "33612345678", "id": "wamid.1", "timestamp": "1763737140", "type": "text"}
    return {**given, "text": {"body": text}, **changes}


def xml(**fields: str) -> str:
    given = {"ToUserName": "toUser", "FromUserName": "openid-1", "CreateTime": STAMP, **fields}
    return f"<xml>{''.join(f'<{name}><![CDATA[{value}]]></{name}>' for name, value in given.items())}</xml>"


def named(id_: str) -> str:
    return hmac.new(PEPPER, id_.encode(), "sha256").hexdigest()[:32]


def told(events: list[dict[str, Any]]) -> list[tuple[str, str, dict[str, str]]]:
    return [(event["type"], event["source"], event["data"]["who"]) for event in events]


# -- Meta


async def test_a_whatsapp_message_is_a_chat_of_the_number_it_came_from(client: Client, log: FakeLog) -> None:
    assert await meta(client, whatsapp(said())) == (200, {"accepted": 1, "rejected": []})
    (event,) = log.events
    assert event["type"] == "chat.message"
    assert (event["maison"], event["source"], event["id"]) == (
        "lumiere",
        "/whatsapp/1122334455667",
        named("wamid.1"),
    )
    assert datetime.fromisoformat(event["time"]) == datetime.fromtimestamp(1763737140, UTC)
    data = event["data"]
    assert data["who"] == {"whatsapp": "33612345678"}
    assert (data["channel"], data["direction"], data["text"]) == ("whatsapp", "in", "Bonjour")
    assert b"33612345678" not in b"".join(message.value or b"" for message in log.messages)
    assert b"Bonjour" not in b"".join(message.value or b"" for message in log.messages)


async def test_a_signature_is_of_the_bytes_and_of_one_of_our_apps(client: Client, log: FakeLog) -> None:
    body = orjson.dumps(whatsapp(said()))
    for raw, header in (
        (body, None),
        (body, ""),
        (body, "sha256="),
        (body, "sha256=" + "0" * 64),
        (body + b" ", "sha256=" + hmac.new(b"app-secret", body, "sha256").hexdigest()),
        (body, "sha1=" + hmac.new(b"app-secret", body, "sha1").hexdigest()),
        (body, "sha256=é"),
    ):
        headers = {} if header is None else {"X-Hub-Signature-256": header}
        async with client.post("/webhooks/meta", data=raw, headers=headers) as response:
            assert response.status == 403, header
            assert (await response.json())["field"] == "X-Hub-Signature-256"
    assert (await meta(client, whatsapp(said()), b"line-secret"))[0] == 403
    assert not log.messages


def test_signatures_are_those_of_the_vendors(wire: Callable[[str], Any]) -> None:
    from streams.adapters.channels.line import _signature
    from streams.adapters.channels.wechat import _signature as _wechat

    vectors = wire("signatures.json")
    vector = vectors["line"]["vector"]
    hook = Hook(maison="m", channel="line", account="a", secret=vector["secret"].encode())
    assert _signature(hook, vector["body"].encode()).decode() == vector["signature"]
    vector = vectors["wechat"]["vector"]
    hook = Hook(maison="m", channel="wechat", account="a", secret=vector["token"].encode())
    assert _wechat(hook, vector["timestamp"], vector["nonce"]).decode() == vector["signature"]
    vector = vectors["meta"]["vector"]
    assert hmac.new(vector["secret"].encode(), vector["body"].encode(), "sha256").hexdigest() == vector["hex"]


async def test_one_call_may_be_for_two_houses(client: Client, log: FakeLog) -> None:
    body = whatsapp(said())
    body["entry"] += whatsapp(said(id="wamid.2"), number="106540352242922")["entry"]
    assert await meta(client, body) == (200, {"accepted": 2, "rejected": []})
    assert [event["maison"] for event in map(orjson.loads, (m.value or b"" for m in log.messages))] == [
        "lumiere",
        "autre",
    ]


async def test_an_account_of_another_app_is_refused_alone(client: Client, log: FakeLog) -> None:
    """Whose secret one app knows cannot speak for the account of another."""
    item = {"sender": {"id": "c"}, "recipient": {"id": "23245"}, "message": {"mid": "m", "text": "t"}}
    body = {"object": "instagram", "entry": [{"messaging": [item]}]}
    status, answer = await meta(client, body)
    assert (status, answer["accepted"]) == (200, 0)
    assert answer["rejected"][0]["reason"].startswith("account: 23245 is none in PREVENANCE_WEBHOOKS")
    assert (await meta(client, body, b"another-secret"))[1]["accepted"] == 1


async def test_meta_is_greeted_with_its_challenge(client: Client) -> None:
    asked = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "verify-me"}
    async with client.get("/webhooks/meta", params=asked) as response:
        assert (response.status, await response.text()) == (200, "1158201444")
    for changed in ({"hub.verify_token": "wrong"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}):
        async with client.get("/webhooks/meta", params={**asked, **changed}) as response:
            assert response.status == 403


async def test_all_kinds_of_whatsapp_message_that_were_captured(
    client: Client, log: FakeLog, wire: Callable[[str], Any]
) -> None:
    other = {"reaction": "chat.reaction", "unreaction_empty": "chat.reaction"}
    other |= {"unreaction_no_emoji": "chat.reaction", "sent": None, "delivered": None, "read": "chat.read"}
    other |= {"played": None, "failed": None, "with_tracker": None, "group": None}
    expected = {"edited_message.json": {"image": "chat.edit"}, "message_status.json": other}
    for name in ("message.json", "callback_button.json", *expected):
        for kind, body in wire(f"whatsapp/{name}").items():
            log.messages.clear()
            said_by = body["entry"][0]["changes"][0]["value"]["metadata"]
            said_by["phone_number_id"] = "1122334455667"
            status, answer = await meta(client, body)
            assert (status, answer["rejected"]) == (200, []), (name, kind)
            types = [event["type"] for event in log.events]
            known = expected.get(name, other).get(kind, "chat.message")
            assert types == ([known] if known else []), (name, kind)


async def test_media_are_attachments_and_what_nobody_knows_is_one_too(client: Client, log: FakeLog) -> None:
    image = said(type="image", image={"id": "65463453", "mime_type": "image/jpeg", "caption": "Celle-ci ?"})
    image.pop("text")
    hologram = said(id="wamid.2", type="hologram", hologram={"depth": 3})
    hologram.pop("text")
    await meta(client, whatsapp(image, hologram))
    first, second = (event["data"] for event in log.events)
    assert first["text"] == "Celle-ci ?"
    assert first["attachments"] == [{"kind": "image", "mime": "image/jpeg", "id": "65463453"}]
    assert second["attachments"] == [{"kind": "hologram"}]
    assert "text" not in second


async def test_what_is_changed_taken_back_or_reacted_to_names_the_message(
    client: Client, log: FakeLog
) -> None:
    bare = {"from": "33612345678", "timestamp": "1763737140"}
    await meta(
        client,
        whatsapp(
            {
                **bare,
                "id": "w2",
                "type": "edit",
                "edit": {
                    "original_message_id": "w1",
                    "message": {"type": "text", "text": {"body": "Demain"}},
                },
            },
            {**bare, "id": "w3", "type": "revoke", "revoke": {"original_message_id": "w1"}},
            {**bare, "id": "w4", "type": "reaction", "reaction": {"message_id": "w1", "emoji": "🥰"}},
            {**bare, "id": "w5", "type": "reaction", "reaction": {"message_id": "w1"}},
            statuses=[
                {"id": "w9", "status": "read", "recipient_id": "33612345678", "timestamp": "1763737150"},
                {"id": "w9", "status": "delivered", "recipient_id": "33612345678"},
            ],
        ),
    )
    events = log.events
    assert [e["type"] for e in events] == [
        "chat.edit",
        "chat.delete",
        "chat.reaction",
        "chat.reaction",
        "chat.read",
    ]
    assert len({e["data"]["message"] for e in events[:4]}) == 1
    assert events[0]["data"]["text"] == "Demain"
    assert events[2]["data"]["text"] == "🥰"
    assert len({e["data"]["conversation"] for e in events}) == 1


async def test_two_ids_of_one_person_are_linked_by_nobody_here(client: Client, log: FakeLog) -> None:
    """A number may have a new owner, with an id of their own: a person links them, or the client's file."""
    contacts = [{"wa_id": "33612345678", "user_id": "FR.13491208655302741918"}]
    await meta(client, whatsapp(said(), contacts=contacts))
    anonymous = said(id="wamid.9", from_user_id="FR.13491208655302741918")
    del anonymous["from"]
    await meta(client, whatsapp(anonymous))
    moved = said(type="system", system={"type": "user_changed_number", "wa_id": "33687654321"})
    opened = said(id="wamid.10", type="request_welcome")
    await meta(client, whatsapp(moved, opened))
    assert told(log.events) == [
        ("chat.message", "/whatsapp/1122334455667", {"whatsapp": "33612345678"}),
        ("chat.message", "/whatsapp/1122334455667", {"whatsapp": "FR.13491208655302741918"}),
    ]


def test_whatsapps_ids_that_are_no_numbers_are_not_read_as_numbers() -> None:
    assert normalise("whatsapp", "33612345678") == normalise("whatsapp", "whatsapp:+33 6 12 34 56 78")
    assert len({normalise("whatsapp", id_) for id_ in ("alice", "bob", "FR.1-2", "FR.12", "12")}) == 5


async def test_no_telephone_number_travels_in_the_name_of_an_event(client: Client, log: FakeLog) -> None:
    """WhatsApp's own id of a message has the client's number in it, in base64."""
    wamid = "wamid." + b64encode(b"\x1d\x0b33612345678\x15\x02\x00\x12\x18\x14").decode()
    read_ = [{"id": wamid, "status": "read", "recipient_id": "33612345678"}]
    preference = {"wa_id": "33612345678", "category": "marketing_messages", "value": "stop"}
    body = whatsapp(said(id=wamid), statuses=read_, user_preferences=[preference])
    assert (await meta(client, body))[1]["accepted"] == 3
    for message in log.messages:
        value = message.value or b""
        assert b"612345678" not in value
        assert wamid[6:30].encode() not in value
    await meta(client, body)
    assert len({event["id"] for event in log.events}) == 3


async def test_a_stop_is_a_refusal_and_its_end_no_consent(client: Client, log: FakeLog) -> None:
    def preference(value: str) -> dict[str, Any]:
        given = {"wa_id": "33612345678", "category": "marketing_messages", "timestamp": 1763737140}
        return whatsapp(user_preferences=[{**given, "value": value}])

    await meta(client, preference("resume"))
    assert not log.messages
    await meta(client, preference("stop"))
    (event,) = log.events
    assert event["type"] == "client.consent"
    data = event["data"]
    assert (data["purpose"], data["channel"], data["state"]) == ("marketing", "whatsapp", "none")
    assert "612345678" not in event["id"]
    assert (await meta(client, preference("STOP")))[1]["accepted"] == 1  # however it is written


async def test_instagram_and_messenger_as_they_were_captured(
    client: Client, log: FakeLog, wire: Callable[[str], Any]
) -> None:
    bodies = wire("messenger_instagram/instagram.json")
    expected = {"text": "chat.message", "story_reply": "chat.message", "standby_after_24h": "chat.message"}
    expected |= {"unsend_is_deleted": "chat.delete"}
    for name, type_ in expected.items():
        log.messages.clear()
        assert await meta(client, bodies[name]) == (200, {"accepted": 1, "rejected": []}), name
        (event,) = log.events
        assert (event["type"], event["data"]["who"]) == (type_, {"instagram": "Sender-id-1"})
        assert event["time"].startswith("2021-09-08T06:34:04")
    log.messages.clear()
    assert (await meta(client, bodies["test_event"], b"another-secret"))[1]["accepted"] == 1
    assert log.events[0]["time"].startswith("2018-05-27T22:23:44")
    log.messages.clear()
    assert (await meta(client, wire("messenger_instagram/messenger.json")["sticker"]))[1]["accepted"] == 1
    (event,) = log.events
    assert event["data"]["who"] == {"messenger": "1606015496154680"}
    assert event["data"]["attachments"] == [{"kind": "image", "url": "localhost:1999"}]


async def test_what_the_house_writes_by_another_tool_is_its_answer(client: Client, log: FakeLog) -> None:
    page, person = {"id": "430311617404468"}, {"id": "psid-1"}
    items = [
        {"sender": person, "recipient": page, "message": {"mid": "m1", "text": "Bonjour"}},
        {"sender": page, "recipient": person, "message": {"mid": "m2", "text": "Oui ?", "is_echo": True}},
        {"sender": person, "recipient": page, "timestamp": 1763737140000, "read": {"mid": "m2"}},
        {"sender": person, "recipient": page, "read": {"watermark": 1763737140000}},
        {"sender": person, "recipient": page, "postback": {"mid": "m3", "title": "Un rendez-vous"}},
        {"sender": person, "recipient": page, "reaction": {"mid": "m2", "emoji": "❤", "action": "react"}},
        {"sender": person, "recipient": page, "message_edit": {"mid": "m1", "text": "Bonsoir"}},
    ]
    assert (await meta(client, {"object": "page", "entry": [{"messaging": items}]}))[1] == {
        "accepted": 6,
        "rejected": [],
    }
    events = log.events
    assert [(e["type"], e["data"]["direction"], e["data"].get("text")) for e in events] == [
        ("chat.message", "in", "Bonjour"),
        ("chat.message", "out", "Oui ?"),
        ("chat.read", "in", None),
        ("chat.message", "in", "Un rendez-vous"),
        ("chat.reaction", "in", "❤"),
        ("chat.edit", "in", "Bonsoir"),
    ]
    assert {orjson.dumps(e["data"]["who"]) for e in events} == {b'{"messenger":"psid-1"}'}
    assert len({e["data"]["conversation"] for e in events}) == 1


async def test_the_houses_own_changes_answer_nobody(client: Client, log: FakeLog) -> None:
    """On WhatsApp's side of what the house writes by telephone: an edit or a reaction closes no card."""
    ours = {"from": "15550783881", "to": "33612345678", "timestamp": "1763737140"}
    echoes = [
        {**ours, "id": "w1", "type": "text", "text": {"body": "Oui"}},
        {**ours, "id": "w2", "type": "revoke", "revoke": {"original_message_id": "w1"}},
        {**ours, "id": "w3", "type": "reaction", "reaction": {"message_id": "w0", "emoji": "❤"}},
    ]
    body = whatsapp(message_echoes=echoes)
    body["entry"][0]["changes"][0]["field"] = "smb_message_echoes"
    assert (await meta(client, body))[1] == {"accepted": 3, "rejected": []}
    assert [(e["type"], e["data"]["direction"], e["data"]["who"]) for e in log.events] == [
        (type_, "out", {"whatsapp": "33612345678"})
        for type_ in ("chat.message", "chat.delete", "chat.reaction")
    ]


async def test_what_is_no_conversation_is_passed_over_beside_what_is(client: Client, log: FakeLog) -> None:
    page, person = {"id": "430311617404468"}, {"id": "psid-1"}
    feed = {"field": "feed", "value": {"item": "like"}}
    written_ = {
        "sender": person,
        "recipient": page,
        "message": {"mid": "m1", "text": "?", "attachments": None},
    }
    entry = {"changes": [feed], "messaging": [written_]}
    assert (await meta(client, {"object": "page", "entry": [entry]}))[1] == {"accepted": 1, "rejected": []}
    item = {"sender": {"id": "c"}, "recipient": {"id": "chatwoot-app-user-id-1"}, "message": {"mid": "m"}}
    tried = {"object": "instagram", "entry": [{"changes": [{"field": "messages", "value": item}]}]}
    assert (await meta(client, tried))[1] == {"accepted": 1, "rejected": []}
    template = {"field": "message_template_status_update", "value": {"event": "APPROVED"}}
    body = {"object": "whatsapp_business_account", "entry": [{"changes": [template]}]}
    assert (await meta(client, body))[1] == {"accepted": 0, "rejected": []}


async def test_half_an_emoji_and_a_long_text_lose_nothing(client: Client, log: FakeLog) -> None:
    raw = orjson.dumps(whatsapp(said("HALF"), said("x" * 10_001, id="w2"))).replace(b"HALF", b"\\ud83d!")
    assert (await meta(client, raw))[1] == {"accepted": 2, "rejected": []}
    first, second = log.events
    assert first["data"]["text"] == "?!"
    assert second["data"]["text"] == "x" * 10_000


async def test_a_call_of_three_megabytes_is_read_and_one_of_five_is_not(client: Client, log: FakeLog) -> None:
    many = [said("x" * 4_000, id=f"w{n}") for n in range(700)]
    assert (await meta(client, whatsapp(*many)))[1]["accepted"] == 700
    assert (await meta(client, whatsapp(*many, *many)))[0] == 413
    assert (await wechat(client, xml(MsgType="text", Content="x" * 70_000, MsgId="1")))[0] == 413


async def test_headers_of_any_bytes_are_refused_in_words(client: Client) -> None:
    port = client.server.port
    for path, name in (("meta", "X-Hub-Signature-256"), ("line", "X-Line-Signature")):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST /webhooks/{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n{name}: "
        writer.write(head.encode() + b"\xff\r\n\r\n{}")
        assert b" 403 " in await reader.readline()
        writer.close()


async def test_a_bad_part_is_named_and_the_rest_is_taken(client: Client, log: FakeLog) -> None:
    nobody = said(id="wamid.2")
    del nobody["from"]
    status, answer = await meta(client, whatsapp(said(), nobody, {"id": 7}, said(id="w4", timestamp="soon")))
    assert (status, answer["accepted"]) == (200, 1)
    reasons = [refused["reason"] for refused in answer["rejected"]]
    assert reasons[0] == "from: names nobody"
    assert "Expected `str`" in reasons[1]
    assert reasons[2].startswith("timestamp")
    assert [refused["id"] for refused in answer["rejected"]] == ["wamid.2", None, "w4"]
    _, answer = await meta(client, whatsapp(said(timestamp="9" * 30)))
    assert answer["rejected"][0]["reason"].startswith("timestamp")


async def test_garbage_with_a_good_signature_is_told_and_harms_nobody(client: Client, log: FakeLog) -> None:
    for raw in (
        b"",
        b"x",
        b"[]",
        b"{}",
        b'{"object": 7}',
        b'{"object": "page", "entry": [{"messaging": 3}]}',
    ):
        status, answer = await meta(client, raw)
        assert status == 400, raw
        assert answer["error"]
    for item in (None, [], {}, {"sender": 3}, {"sender": {"id": "a"}, "recipient": {}}):
        status, answer = await meta(client, {"object": "page", "entry": [{"messaging": [item]}]})
        assert (status, answer["accepted"], len(answer["rejected"])) == (200, 0, 1), item
    assert (await meta(client, {"object": "permissions", "entry": []}))[1] == {"accepted": 0, "rejected": []}
    assert not log.messages


async def test_kafka_away_is_told_so_that_the_channel_calls_again(client: Client, log: FakeLog) -> None:
    log.away = True
    assert (await meta(client, whatsapp(said())))[0] == 503
    assert (await line(client, {"destination": "U123", "events": [written()]}))[0] == 503
    assert (await wechat(client, xml(MsgType="text", Content="?", MsgId="1")))[0] == 503


# -- LINE


def written(**changes: Any) -> dict[str, Any]:
    source = {"type": "user", "userId": "U206d"}
    given = {"type": "message", "timestamp": 1763737140859, "webhookEventId": "01H", "source": source}
    return {**given, "message": {"id": "325708", "type": "text", "text": "こんにちは"}, **changes}


async def test_all_line_events_that_were_captured(
    client: Client, log: FakeLog, wire: Callable[[str], Any]
) -> None:
    body = wire("line/webhook.json")
    for event in body["events"]:
        log.messages.clear()
        status, answer = await line(client, {"destination": "U123", "events": [event]})
        assert (status, answer["rejected"]) == (200, []), event
        expected = {"message": "chat.message", "beacon": "store.checkin", "unfollow": "client.consent"}
        expected |= {"messageEdited": "chat.edit"}
        known = expected.get(event["type"]) if event["source"]["type"] == "user" else None
        assert told(log.events) == (
            [(known, "/line/U123", {"line": event["source"]["userId"]})] if known else []
        )
    assert await line(client, {"destination": "U123", "events": []}) == (200, {"accepted": 0, "rejected": []})


async def test_a_phone_that_enters_a_shop_is_a_check_in_where_the_beacon_is(
    client: Client, log: FakeLog
) -> None:
    beacon = written(type="beacon", beacon={"hwid": "d41d8cd98f", "type": "enter"})
    del beacon["message"]
    await line(client, {"destination": "U123", "events": [beacon]})
    (event,) = log.events
    assert (event["type"], event["data"]["site"], event["data"]["method"]) == (
        "store.checkin",
        "vendome",
        "beacon",
    )
    await line(client, {"destination": "U123", "events": [{**beacon, "webhookEventId": "02"}]})
    assert len({event["id"] for event in log.events}) == 1  # at the edge of it a telephone enters again
    stranger = {**beacon, "beacon": {"hwid": "0000000000", "type": "enter"}}
    answer = (await line(client, {"destination": "U123", "events": [stranger, written()]}))[1]
    assert answer["accepted"] == 1
    assert answer["rejected"][0]["reason"].startswith("beacon.hwid: is no site's")


async def test_what_is_unsent_on_line_is_taken_back(client: Client, log: FakeLog) -> None:
    unsent = {**written(type="unsend"), "message": None, "unsend": {"messageId": "325708"}}
    await line(client, {"destination": "U123", "events": [written(webhookEventId="00"), unsent]})
    wrote, took_back = log.events
    assert (wrote["type"], took_back["type"]) == ("chat.message", "chat.delete")
    assert wrote["data"]["message"] == took_back["data"]["message"]


async def test_lines_signature_and_destination_must_agree(client: Client, log: FakeLog) -> None:
    assert (await line(client, {"destination": "U123", "events": [written()]}, b"wrong"))[0] == 403
    assert (await line(client, {"destination": "U999", "events": [written()]}))[0] == 403
    assert not log.messages


# -- WeChat


async def test_wechat_messages_that_were_captured_become_chats(
    client: Client, log: FakeLog, wire: Callable[[str], Any]
) -> None:
    seen = set()
    for sample in wire("wechat/messages.json")["messages"]:
        if not sample["test"].startswith(("tests/test_parser.py", "tests/test_events.py")):
            continue
        body = sample["xml"]
        if "<![CDATA[toUser]]>" not in body:
            continue
        log.messages.clear()
        assert await wechat(client, body) == (200, "success"), sample["test"]
        seen |= {event["type"] for event in log.events}
        if "<![CDATA[event]]>" not in body:
            assert [event["type"] for event in log.events] == ["chat.message"], sample["test"]
    assert seen == {"chat.message", "store.checkin", "client.consent"}


async def test_a_scanned_site_is_a_check_in_and_a_campaign_is_not(client: Client, log: FakeLog) -> None:
    scan = {"MsgType": "event", "Event": "SCAN"}
    await wechat(client, xml(**scan, EventKey="123123"))
    await wechat(client, xml(**scan, EventKey="spring-campaign"))
    await wechat(client, xml(MsgType="event", Event="subscribe", EventKey="qrscene_123123"))
    await wechat(client, xml(MsgType="event", Event="subscribe", EventKey=""))
    await wechat(client, xml(FromUserName="openid-2", **scan, EventKey="123123"))
    assert [(e["type"], e["data"]["site"], e["data"]["method"]) for e in log.events] == [
        ("store.checkin", "vendome", "qr")
    ] * 3
    assert len({e["id"] for e in log.events}) == 3


async def test_wechat_is_known_by_a_fresh_signature(client: Client, log: FakeLog) -> None:
    text = xml(MsgType="text", Content="你好", MsgId="1")
    assert (await wechat(client, text, "wrong"))[0] == 403
    assert (await wechat(client, text, stamp=str(int(STAMP) - 601)))[0] == 403
    assert (await wechat(client, text, stamp="1e9"))[0] == 403
    assert (await wechat(client, xml(ToUserName="gh_other", MsgType="text", MsgId="1")))[0] == 403
    assert (await wechat(client, text, stamp=str(int(STAMP) - 599)))[0] == 200
    greeting = {"timestamp": STAMP, "nonce": "n", "echostr": "echo"}
    signature = wechat_signature("wechat-token", STAMP, "n")
    async with client.get("/webhooks/wechat", params={**greeting, "signature": signature}) as response:
        assert (response.status, await response.text()) == (200, "echo")
    async with client.get("/webhooks/wechat", params={**greeting, "signature": "0" * 40}) as response:
        assert response.status == 403


def encrypted(plain: str, key: str = AES) -> str:
    """As WeChat's own library does it."""
    secret = b64decode(f"{key}=")
    body = os.urandom(16) + struct.pack(">I", len(plain.encode())) + plain.encode() + b"wx-app-id"
    padding = 32 - len(body) % 32
    sealer = Cipher(algorithms.AES256(secret), modes.CBC(secret[:16])).encryptor()
    return b64encode(sealer.update(body + bytes([padding]) * padding) + sealer.finalize()).decode()


async def safely(client: Client, sealed: str, signed: str | None = None) -> tuple[int, str]:
    query = {"timestamp": STAMP, "nonce": "n", "encrypt_type": "aes"}
    query |= {"signature": wechat_signature("safe-token", STAMP, "n")}
    query |= {"msg_signature": wechat_signature("safe-token", STAMP, "n", signed or sealed)}
    body = f"<xml><ToUserName>gh_safe</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"
    async with client.post("/webhooks/wechat", params=query, data=body.encode()) as response:
        return response.status, await response.text()


async def test_in_safe_mode_only_what_is_encrypted_is_taken(client: Client, log: FakeLog) -> None:
    plain = xml(ToUserName="gh_safe", MsgType="text", Content="你好", MsgId="1")
    assert await safely(client, encrypted(plain)) == (200, "success")
    (event,) = log.events
    assert (event["source"], event["data"]["text"]) == ("/wechat/gh_safe", "你好")
    assert (await wechat(client, plain, "safe-token"))[0] == 403
    assert (await safely(client, encrypted(plain), encrypted(plain)))[0] == 403
    assert (await safely(client, encrypted(xml(MsgType="text", MsgId="2"))))[0] == 403
    assert (await safely(client, encrypted(plain, "y" * 43)))[0] == 400
    assert (await safely(client, "bm90IGEgYmxvY2s="))[0] == 400
    assert len(log.messages) == 1


def test_the_document_says_that_wechat_sends_xml() -> None:
    document = openapi(frozenset([("POST", "/webhooks/wechat")]))
    assert [*document["paths"]["/webhooks/wechat"]["post"]["requestBody"]["content"]] == ["text/xml"]


async def test_hostile_xml_is_refused_in_words(client: Client, log: FakeLog) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><ToUserName>&b;</ToUserName></xml>'
    unknown = '<?xml version="1.0" encoding="foo"?><xml></xml>'
    for body in ("", "not xml", "<xml>", bomb, "\x00", unknown):
        status, answer = await wechat(client, body)
        assert status in (400, 403), body
        assert "XML" in answer or "ToUserName" in answer
    assert not log.messages


# -- KakaoTalk


async def test_a_kakaotalk_skill_is_heard_and_answers_with_its_own_words(
    client: Client, log: FakeLog, wire: Callable[[str], Any]
) -> None:
    body = wire("kakao/skill.json")["request"]
    async with client.post("/webhooks/kakaotalk", json=body, headers=bearer()) as response:
        assert response.status == 200
        assert await response.json() == {"version": "2.0", "data": {"accepted": 1, "rejected": []}}
    (event,) = log.events
    assert event["data"]["who"] == {"kakaotalk": "<사용자 botUserKey>"}
    assert (event["data"]["text"], event["data"]["language"]) == ("<사용자 발화>", "ko")
    body["userRequest"]["lang"] = "k"  # is no language: the message counts all the same
    async with client.post("/webhooks/kakaotalk", json=body, headers=bearer()) as response:
        assert response.status == 200
    assert "language" not in log.events[-1]["data"]
    for headers, broken, status in (
        ({}, body, 401),
        (bearer("till-key"), body, 403),
        (bearer(), {"userRequest": {}}, 400),
        (bearer(), [], 400),
    ):
        async with client.post("/webhooks/kakaotalk", json=broken, headers=headers) as response:
            assert response.status == status


# -- hotel systems


async def test_opera_business_events_that_were_captured(
    client: Client, log: FakeLog, wire: Callable[[str], Any]
) -> None:
    example = wire("opera/business_events_examples.json")["examples"][1]["example"]["application/json"]
    async with client.post("/webhooks/pms/opera", json=example, headers=bearer("pms-key")) as response:
        assert (response.status, await response.json()) == (200, {"accepted": 4, "rejected": []})
    first, second, booked, arrived = log.events
    assert first["type"] == second["type"] == "client.profile"
    assert first["data"]["fields"] == {"name": "Jonathan Smith"}
    assert second["data"]["fields"] == {"name": "John Smith", "country": "GB"}
    assert second["data"]["who"] == booked["data"]["who"] == {"guest_id": "1280812"}
    assert booked["source"] == "/pms/opera/HOTEL1"
    assert booked["time"] == "2021-07-08T09:15:38Z"
    assert booked["data"] == {
        "who": {"guest_id": "1280812"},
        "site": "riviera",
        "booking_id": "1462855",
        "status": "booked",
        "arrival": "2021-07-27",
        "departure": "2021-07-28",
        "adults": 1,
        "children": 0,
        "room_type": "DLXK",
        "market": "CLI",
    }
    assert (arrived["type"], arrived["data"]["room"]) == ("hotel.checkin", "123458")


def reservation(action: str, status: str, before: str | None = None, **details: str) -> dict[str, Any]:
    header = {"actionType": action, "primaryKey": 1, "hotelId": "HOTEL1"}
    header |= {"createdDateTime": "2026-01-08 11:15:38.0"}
    given = {"CONFIRMATION NO": "7", "GUEST NAME ID": "g-1", "ADULTS": "2"}
    given |= {"ARRIVAL DATE": "2026-12-01", "DEPARTURE DATE": "2026-12-03"}
    given |= {name.replace("_", " "): value for name, value in details.items()}
    said = [{"dataElement": name, "newValue": value} for name, value in given.items()]
    said.append({"dataElement": "RESERVATION STATUS", "newValue": status, "oldValue": before})
    return {"businessEvent": {"header": header, "details": said}, "businessEventId": {"id": 5}}


@pytest.mark.parametrize(
    ("sent", "type_", "status"),
    [
        (reservation("UPDATE RESERVATION", "RESERVED", "RESERVED"), "hotel.booking", "changed"),
        (reservation("CANCEL RESERVATION", "CANCELLED", "RESERVED"), "hotel.booking", "cancelled"),
        (reservation("UPDATE RESERVATION", "NO SHOW", "RESERVED"), "hotel.booking", "cancelled"),
        (reservation("UPDATE RESERVATION", "CHECKED IN", "CHECKED IN"), "hotel.booking", "changed"),
        (reservation("CHECK OUT", "CHECKED OUT", "CHECKED IN"), "hotel.checkout", None),
    ],
)
async def test_what_becomes_of_a_reservation(
    client: Client, log: FakeLog, sent: Any, type_: str, status: str | None
) -> None:
    async with client.post("/webhooks/pms/opera", json=sent, headers=bearer("pms-key")) as response:
        assert (await response.json())["accepted"] == 1
    (event,) = log.events
    assert (event["type"], event["data"].get("status")) == (type_, status)


@pytest.mark.parametrize(
    ("sent", "type_", "status"),
    [
        (reservation("CANCEL", "CANCELLED", "RESERVED"), "hotel.booking", "cancelled"),
        (reservation("CANCEL", ""), "hotel.booking", "cancelled"),
        (reservation("NO SHOW", ""), "hotel.booking", "cancelled"),
        (reservation("DELETE RESERVATION", "RESERVED"), "hotel.booking", "cancelled"),
        (reservation("ROLLBACK CANCEL", "RESERVED", "CANCELLED"), "hotel.booking", "changed"),
        (reservation("REACTIVATE NO SHOW", "RESERVED", "NO SHOW"), "hotel.booking", "changed"),
        (reservation("REACTIVATE WAITLIST", "RESERVED"), "hotel.booking", "booked"),
        (reservation("UPDATE RESERVATION", "RESERVED", "PROSPECT"), "hotel.booking", "booked"),
        (reservation("UPDATE RESERVATION", "WAITLISTED", "RESERVED"), "hotel.booking", "cancelled"),
        (reservation("REVERSE CHECK IN", "RESERVED", "CHECKED IN"), "hotel.booking", "changed"),
        (reservation("REVERSE CHECK OUT", "CHECKED IN", "CHECKED OUT"), "hotel.booking", "changed"),
        (reservation("SEPARATE GUEST FROM SHARE", "RESERVED", "RESERVED"), "hotel.booking", "changed"),
        (reservation("Update Reservation", "Cancelled", "Reserved"), "hotel.booking", "cancelled"),
        (reservation("Update Reservation", "Checked_In", "RESERVED"), "hotel.checkin", None),
        (reservation("Check In", ""), "hotel.checkin", None),
    ],
)
async def test_every_action_on_a_reservation_is_heard_in_any_case(
    client: Client, log: FakeLog, sent: Any, type_: str, status: str | None
) -> None:
    """OPERA names a cancellation CANCEL, without the word reservation, and so a guest who does not come."""
    async with client.post("/webhooks/pms/opera", json=sent, headers=bearer("pms-key")) as response:
        assert await response.json() == {"accepted": 1, "rejected": []}
    (event,) = log.events
    assert (event["type"], event["data"].get("status")) == (type_, status)


@pytest.mark.parametrize(
    ("sent", "in_house"),
    [
        (reservation("REVERSE CHECK IN", "RESERVED"), False),
        (reservation("UPDATE RESERVATION", "DUE IN", "CHECKED IN"), False),
        (reservation("REVERSE CHECK OUT", "CHECKED IN"), True),
        (reservation("UPDATE RESERVATION", "CHECKED IN", "CHECKED OUT"), True),
        (reservation("UPDATE RESERVATION", "CHECKED IN", "CHECKED IN"), None),
        (reservation("UPDATE RESERVATION", "RESERVED", "RESERVED"), None),
    ],
)
async def test_a_check_in_or_a_check_out_that_was_an_error_is_taken_back(
    client: Client, log: FakeLog, sent: Any, in_house: bool | None
) -> None:
    async with client.post("/webhooks/pms/opera", json=sent, headers=bearer("pms-key")) as response:
        assert await response.json() == {"accepted": 1, "rejected": []}
    assert log.events[0]["data"].get("in_house") is in_house


async def test_a_room_that_is_taken_from_a_reservation_is_said_to_be(client: Client, log: FakeLog) -> None:
    sent = reservation("UPDATE RESERVATION", "RESERVED", "RESERVED")
    sent["businessEvent"]["details"].append({"dataElement": "ROOM", "oldValue": "214", "newValue": None})
    async with client.post("/webhooks/pms/opera", json=[sent], headers=bearer("pms-key")) as response:
        assert await response.json() == {"accepted": 1, "rejected": []}
    assert log.events[0]["data"]["room"] == ""


async def test_half_an_emoji_costs_no_other_event_and_no_question(client: Client, log: FakeLog) -> None:
    """A text that was cut has it. One of 500 business events would lose the others; a skill asks but once."""
    cut = orjson.dumps([reservation("CANCEL", ""), reservation("CANCEL", "", ROOM="9@")])
    for raw in (cut.replace(b"9@", b"9\\ud83d"), b"\xef\xbb\xbf" + cut):
        async with client.post("/webhooks/pms/opera", data=raw, headers=bearer("pms-key")) as response:
            assert await response.json() == {"accepted": 2, "rejected": []}
    asked = b'{"userRequest":{"user":{"id":"u"},"utterance":"Bonsoir \\ud83d"},"bot":{"id":"b"}}'
    log.messages.clear()
    async with client.post("/webhooks/kakaotalk", data=asked, headers=bearer()) as response:
        assert response.status == 200
    assert log.events[0]["data"]["text"] == "Bonsoir ?"


async def test_who_waits_for_a_room_has_none(client: Client, log: FakeLog) -> None:
    waiting = [
        reservation("NEW RESERVATION", "Waitlist"),
        reservation("UPDATE RESERVATION", "WAITLISTED", "PROSPECT"),
        reservation("UPDATE RESERVATION", "WAITLISTED"),
    ]
    async with client.post("/webhooks/pms/opera", json=waiting, headers=bearer("pms-key")) as response:
        assert await response.json() == {"accepted": 0, "rejected": []}


async def test_opera_says_it_by_the_action_and_says_it_again(client: Client, log: FakeLog) -> None:
    by_action = reservation("CHECK IN", "")
    again = reservation("UPDATE RESERVATION", "CHECKED IN", None)
    zoned = reservation("UPDATE RESERVATION", "RESERVED")
    zoned["businessEvent"]["header"]["createdDateTime"] = "2026-01-08T11:15:38.000+09:00"
    nobodys = reservation("NEW RESERVATION", "WAITLIST")
    async with client.post(
        "/webhooks/pms/opera", json=[by_action, again, zoned, nobodys], headers=bearer("pms-key")
    ) as response:
        assert await response.json() == {"accepted": 3, "rejected": []}
    assert [event["type"] for event in log.events] == ["hotel.checkin", "hotel.booking", "hotel.booking"]
    assert log.events[2]["time"] == "2026-01-08T02:15:38Z"


@pytest.mark.parametrize(
    ("action", "status", "type_"),
    [
        ("UPDATE RESERVATION", "RESERVED", "hotel.booking"),
        ("CHECK IN", "CHECKED IN", "hotel.checkin"),
        ("CANCEL", "CANCELLED", "hotel.booking"),
    ],
)
async def test_who_had_a_reservation_that_is_now_somebody_elses_is_not_expected_any_more(
    client: Client, log: FakeLog, action: str, status: str, type_: str
) -> None:
    sent = reservation(action, status, "RESERVED", GUEST_NAME_ID="g-2")
    details = sent["businessEvent"]["details"]
    next(d for d in details if d["dataElement"] == "GUEST NAME ID")["oldValue"] = "g-1"
    async with client.post("/webhooks/pms/opera", json=[sent], headers=bearer("pms-key")) as response:
        assert (await response.json())["rejected"] == []
    now, *_, left = log.events
    assert (left["type"], left["data"]["status"]) == ("hotel.booking", "cancelled")
    assert (left["data"]["who"], now["data"]["who"]) == ({"guest_id": "g-1"}, {"guest_id": "g-2"})
    assert left["data"]["booking_id"] == now["data"]["booking_id"]
    assert now["type"] == type_
    told = [msgspec.convert(event, EVENTS[event["type"]], strict=False) for event in log.events]
    parts = [records.slice_of(a.record_of(one), "stay") for one in told]
    stay = STAY.merge(parts).stays["7"]
    assert (stay.cancelled, stay.nights) == (action == "CANCEL", 2), "of two profiles that became one"


@pytest.mark.parametrize(
    ("received", "time"),
    [
        ("2026-10-25T00:31:00+00:00", "2026-10-25T00:30:00Z"),
        ("2026-10-25T01:31:00+00:00", "2026-10-25T01:30:00Z"),
    ],
)
async def test_of_an_hour_that_a_clock_has_twice_it_is_the_one_at_hand(
    log: FakeLog, received: str, time: str
) -> None:
    """What was called off in the second stood before what was said in the first, and was none."""
    sent = reservation("CANCEL", "")
    sent["businessEvent"]["header"]["createdDateTime"] = "2026-10-25 02:30:00.0"
    clock = datetime.fromisoformat(received)
    async with (
        door(deps(log.publish, clock=lambda: clock, hooks=HOOKS, house=HOUSE)) as client,
        client.post("/webhooks/pms/opera", json=sent, headers=bearer("pms-key")) as response,
    ):
        assert await response.json() == {"accepted": 1, "rejected": []}
    assert log.events[0]["time"] == time


async def test_what_opera_lacks_is_named(client: Client, log: FakeLog) -> None:
    elsewhere = reservation("NEW RESERVATION", "RESERVED")
    elsewhere["businessEvent"]["header"]["hotelId"] = "HOTEL9"
    legs = reservation("NEW RESERVATION", "RESERVED", CONFIRMATION_LEG_NO="2")
    ancient = reservation("NEW RESERVATION", "RESERVED")
    ancient["businessEvent"]["header"]["createdDateTime"] = "0001-01-01 00:00:00"
    bad = [
        elsewhere,
        reservation("NEW RESERVATION", "RESERVED", ADULTS="two"),
        reservation("NEW RESERVATION", "RESERVED", GUEST_NAME_ID=""),
        7,
        legs,
        reservation("UPDATE ALLERGIES", ""),
        reservation("NEW RESERVATION", ""),
        reservation("NEW RESERVATION", "RESERVED", ADULTS="9" * 5_000),
        ancient,
    ]
    async with client.post("/webhooks/pms/opera", json=bad, headers=bearer("pms-key")) as response:
        answer = await response.json()
    assert answer["accepted"] == 1
    assert log.events[0]["data"]["booking_id"] == "7-2"
    assert [
        (refused["index"], refused["id"], refused["reason"].split(":")[0]) for refused in answer["rejected"]
    ] == [
        (0, "5", "header.hotelId"),
        (1, "5", "ADULTS"),
        (2, "5", "GUEST NAME ID"),
        (3, None, "Expected `object`, got `int`"),
        (6, "5", "RESERVATION STATUS"),
        (7, "5", "ADULTS"),
        (8, "5", "header.createdDateTime"),
    ]
    async with client.post("/webhooks/pms/opera", json=[7] * 501, headers=bearer("pms-key")) as response:
        assert response.status == 413
    for name, body, status in (
        ("mews", bad, 404),
        ("opera", {"businessEventData": 3}, 400),
        ("opera", 3, 400),
    ):
        async with client.post(f"/webhooks/pms/{name}", json=body, headers=bearer("pms-key")) as response:
            assert response.status == status
    async with client.post("/webhooks/pms/opera", json=[], headers={}) as response:
        assert response.status == 401


# -- accounts


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("lumiere:line:U1", "entry 1: write it maison:channel:account:secret"),
        ("lumiere:telegram:a:b", "entry 1: the channel is one of whatsapp"),
        ("lumiere:line:U1:s,lumiere:whatsapp:1:s", "entry 2: Meta's verify token is missing"),
        ("lumiere:line:U1:s:other", "entry 1: LINE has one secret"),
        ("lumiere:wechat:gh:s:short", "entry 1: an EncodingAESKey has 43"),
        ("lumiere:line:U1:s,autre:line:U1:t", "/line/U1 stands there twice"),
        ("lumiere:wechat:gh1:s,autre:wechat:gh2:s", "WeChat signs a token alone"),
    ],
)
def test_accounts_that_can_not_be_read_are_told_without_their_secrets(text: str, why: str) -> None:
    with pytest.raises(ValueError, match="PREVENANCE_WEBHOOKS") as told:
        hooks_from(text)
    assert why in str(told.value)
    assert "hunter2" not in repr(hooks_from("lumiere:line:U1:hunter2"))


async def test_while_a_secret_is_changed_the_account_is_known_by_the_old_one_and_by_the_new(
    log: FakeLog,
) -> None:
    """A gateway knows the new one before the vendor signs with it, and the old one until all do."""
    changing = hooks_from(
        f"""lumiere:whatsapp:1122334455667:app-secret:verify-me
        lumiere:whatsapp:1122334455667:new-secret:verify-anew
        lumiere:line:U123:line-secret
        lumiere:line:U123:new-line-secret
        lumiere:wechat:gh_safe:wechat-token
        lumiere:wechat:gh_safe:safe-token:{AES}"""
    )
    async with door(deps(log.publish, hooks=changing, house=HOUSE)) as client:
        for at, secret in enumerate((b"app-secret", b"new-secret")):
            assert (await meta(client, whatsapp(said(id=f"wamid.{at}")), secret))[1]["accepted"] == 1
        for token in ("verify-me", "verify-anew"):
            asked = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1"}
            async with client.get("/webhooks/meta", params=asked) as response:
                assert response.status == 200
        for secret in (b"line-secret", b"new-line-secret"):
            assert (await line(client, {"destination": "U123", "events": [written()]}, secret))[0] == 200
        open_, sealed = (xml(ToUserName="gh_safe", MsgType="text", MsgId=id_) for id_ in "12")
        assert (await wechat(client, open_))[0] == 200
        assert (await safely(client, encrypted(sealed)))[0] == 200
    assert len(log.events) == 6


async def test_a_call_that_comes_again_after_its_secret_was_changed_is_the_same(log: FakeLog) -> None:
    changing = hooks_from(
        """lumiere:whatsapp:1122334455667:app-secret:verify-me
        lumiere:whatsapp:1122334455667:new-secret:verify-anew"""
    )
    async with door(deps(log.publish, hooks=changing, house=HOUSE)) as client:
        for secret in (b"app-secret", b"new-secret"):
            assert (await meta(client, whatsapp(said()), secret))[1]["accepted"] == 1
    first, again = log.events
    assert (again["source"], again["id"]) == (first["source"], first["id"])


async def test_where_no_account_is_named_nobody_is_let_in(log: FakeLog) -> None:
    async with door(deps(log.publish)) as client:
        assert (await meta(client, whatsapp(said())))[0] == 403
        assert (await meta(client, whatsapp(said()), b""))[0] == 403
        assert (await line(client, {"destination": "U123", "events": []}))[0] == 403
        assert (await wechat(client, xml(MsgType="text", MsgId="1")))[0] == 403
        async with client.get("/webhooks/meta", params={"hub.mode": "subscribe"}) as response:
            assert response.status == 403


# -- anything at all

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=6)
    ),
    max_leaves=25,
)


def heard(channel: Any, body: bytes, headers: dict[str, str]) -> None:
    """Events, or `Refused`: nothing else, whatever is said."""
    with suppress(Refused):
        for said_ in channel.heard(Call(headers=headers, query={}, body=body, now=NOW), HOOKS):
            assert all(isinstance(one, dict | Refused) for one in said_.events)


@given(ANYTHING)
def test_whatever_is_said_is_read_or_refused(said_: Any) -> None:
    message = said_ if isinstance(said_, dict) else {}
    account = {"sender": {"id": "c"}, "recipient": {"id": "430311617404468"}}
    for body in (
        {"object": "page", "entry": [{"messaging": [{**message, **account}]}]},
        whatsapp({**said(), **message}, statuses=[said_], user_preferences=[said_]),
        {"object": "instagram", "entry": said_},
    ):
        raw = orjson.dumps(body)
        signature = "sha256=" + hmac.new(b"app-secret", raw, "sha256").hexdigest()
        heard(meta_channel, raw, {"X-Hub-Signature-256": signature})
    raw = orjson.dumps({"destination": "U123", "events": [{**written(), **message}, said_]})
    signature = b64encode(hmac.new(b"line-secret", raw, "sha256").digest()).decode()
    heard(line_channel, raw, {"X-Line-Signature": signature})
    pushed = reservation("UPDATE RESERVATION", "RESERVED")
    pushed["businessEvent"] = {**pushed["businessEvent"], **message}
    for sent in (said_, [said_, pushed]):
        with suppress(Refused):
            assert all(isinstance(one, dict | Refused) for _, one in opera.events_of(sent, HOUSE, NOW))
    with suppress(Refused):
        kakaotalk.event_of(said_, "id")
