"""C1, B1 and H1 through the doors of channels and of a hotel's system: from a call to a card."""

import hmac
import json
import uuid
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.e2e.demo import PATIENCE, Demo, event

NUMBER, ACCOUNT = "1122334455667", "U123"
PEPPER = "a pepper of the rows of channels"
HOOKS = f"lumiere:whatsapp:{NUMBER}:app-secret:verify-me,lumiere:line:{ACCOUNT}:channel-secret"


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """A running demo without traffic, which two accounts may call."""
    said = {"PREVENANCE_WEBHOOKS": HOOKS, "PREVENANCE_PEPPER": PEPPER}
    with Demo("--port", "0", "--no-traffic", "--json", **said) as running:
        yield running.ready()


def call(demo: Demo, path: str, body: Any, **headers: str) -> tuple[int, Any]:
    http = HTTPConnection("127.0.0.1", demo.port, timeout=PATIENCE)
    try:
        http.request("POST", path, body if isinstance(body, bytes) else json.dumps(body), headers)
        answer = http.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        http.close()


def whatsapp(demo: Demo, message: dict[str, Any]) -> dict[str, Any]:
    """Sends it as Meta does; what it is to be called among events."""
    value = {"metadata": {"phone_number_id": NUMBER}, "messages": [message]}
    body = {
        "object": "whatsapp_business_account",
        "entry": [{"changes": [{"field": "messages", "value": value}]}],
    }
    raw = json.dumps(body).encode()
    signature = "sha256=" + hmac.new(b"app-secret", raw, "sha256").hexdigest()
    status, answer = call(demo, "/webhooks/meta", raw, **{"X-Hub-Signature-256": signature})
    assert (status, answer) == (200, {"accepted": 1, "rejected": []})
    return {"id": named(message["id"]), "type": "chat.message"}


def line(demo: Demo, said: dict[str, Any]) -> dict[str, Any]:
    """Sends it as LINE does."""
    raw = json.dumps({"destination": ACCOUNT, "events": [said]}).encode()
    signature = b64encode(hmac.new(b"channel-secret", raw, "sha256").digest()).decode()
    status, answer = call(demo, "/webhooks/line", raw, **{"X-Line-Signature": signature})
    assert (status, answer) == (200, {"accepted": 1, "rejected": []})
    once = f"{said['source']['userId']}:{said['beacon']['hwid']}:{said['timestamp'] // 3_600_000}"
    return {"id": named(once), "type": said["type"]}


def named(id_: str) -> str:
    return hmac.new(PEPPER.encode(), id_.encode(), "sha256").hexdigest()[:32]


def known(demo: Demo, **who: str) -> None:
    """Somebody whose advisor is Camille, and who is found by each of these."""
    said = {"name": "Mei Lin", "language": "en", "advisor": "camille"}
    demo.post(event("client.profile", {"client_id": uuid.uuid4().hex, **who}, fields=said))
    demo.until_taken(who, lambda c: c["profile"].get("name"))


def now() -> str:
    return str(int(datetime.now(UTC).timestamp()))


def test_a_whatsapp_message_is_on_the_advisors_screen_and_its_words_are_not(demo: Demo) -> None:
    number = f"336{uuid.uuid4().int % 10**8:08d}"
    known(demo, whatsapp=f"+{number}")
    message = {"from": number, "timestamp": now(), "type": "text", "text": {"body": "Ma bague ?"}}
    message["id"] = f"wamid.{uuid.uuid4().hex}"
    came = whatsapp(demo, message)
    alert = demo.alert_of(came)
    assert (alert["action"], alert["for"]) == ("client_writes", {"staff": "camille"})
    assert alert["client"]["name"] == "Mei Lin"
    assert "WhatsApp" in alert["title"]
    assert "bague" not in str(alert)
    whatsapp(demo, message)  # Meta calls again when our answer is lost
    assert len(demo.of(came)) == 1


def test_a_telephone_that_passes_the_beacon_is_welcomed(demo: Demo) -> None:
    user = f"U{uuid.uuid4().hex}"
    known(demo, line=user)
    said = {"type": "beacon", "webhookEventId": uuid.uuid4().hex, "timestamp": int(now()) * 1000}
    came = line(
        demo,
        {
            **said,
            "source": {"type": "user", "userId": user},
            "beacon": {"hwid": "d41d8cd98f", "type": "enter"},
        },
    )
    assert demo.alert_of(came, "boutique_welcome")["site"] == "vendome"


def test_a_reservation_that_the_hotels_system_pushes_is_in_the_guests_record(demo: Demo) -> None:
    guest, today = uuid.uuid4().hex, datetime.now(UTC).date()
    header = {"actionType": "NEW RESERVATION", "primaryKey": "1", "hotelId": "LUMRIV"}
    header |= {"createdDateTime": f"{today.isoformat()} 00:00:01.0"}
    details = {"RESERVATION STATUS": "RESERVED", "CONFIRMATION NO": guest, "GUEST NAME ID": guest}
    details |= {"ARRIVAL DATE": f"{today + timedelta(3)}", "DEPARTURE DATE": f"{today + timedelta(5)}"}
    said = [{"dataElement": n, "newValue": v} for n, v in {**details, "ADULTS": "2"}.items()]
    pushed = {"businessEvent": {"header": header, "details": said}, "businessEventId": {"id": guest}}
    headers = {"Authorization": "Bearer demo", "Content-Type": "application/json"}
    status, answer = call(demo, "/webhooks/pms/opera", {"businessEventData": [pushed]}, **headers)
    assert (status, answer) == (200, {"accepted": 1, "rejected": []})
    found = demo.until_taken({"guest_id": guest}, lambda c: c["facts"].get("bookings"))
    assert found["facts"]["bookings"] == 1
