"""D4, C3: what would hurt is not said, and who is worried hears from a person, all over HTTP."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clocks import zone_where_it_is
from tests.e2e.demo import Demo, event

NOON, MIDNIGHT = 12, 0


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with Demo("--port", "0", "--no-traffic", "--json") as running:
        yield running.ready()


def known(demo: Demo, hour: int = NOON, **fields: Any) -> dict[str, str]:
    """A client of Camille's who lives where it is that hour."""
    who = {"client_id": f"C-{uuid.uuid4().hex[:10]}"}
    told = {"name": "Aline", "language": "fr", "advisor": "camille", "timezone": zone_where_it_is(hour)}
    demo.post(
        event("client.profile", who, 90, fields=told | fields),
        *(event("client.consent", who, 80, purpose=p, state="all") for p in ("profiling", "one_to_one")),
    )
    demo.until_taken(who, lambda client: client["profile"].get("advisor") == "camille")
    return who


def enters(demo: Demo, who: dict[str, str]) -> dict[str, Any]:
    """The card of their welcome."""
    came = event("store.checkin", who, site="vendome", method="nfc")
    demo.post(came)
    return demo.alert_of(came, "boutique_welcome")


def test_c3_a_worried_message_brings_a_call_and_its_words_stay_where_they_were(demo: Demo) -> None:
    who = known(demo)
    text = "Toujours pas reçu ma bague QZX!, c'est urgent 😰"
    wrote = event(
        "chat.message", who, channel="whatsapp", conversation="c", message="m", direction="in", text=text
    )
    demo.post(wrote)
    call = demo.alert_of(wrote, "worried")
    assert (call["channel"], call["urgency"], call["language"]) == ("phone", 5, "fr")
    assert call["say"]
    assert "QZX!" not in json.dumps(demo.told)


def test_c3_what_a_person_perceives_counts_and_a_device_is_not_even_stored(demo: Demo) -> None:
    who = known(demo)
    measured = event("client.emotion", who, signal="worry", value=0.9, by="device")
    assert demo.call("POST", "/v1/events", measured, "demo")[0] == 403
    demo.post(event("client.emotion", who, signal="not today", value=1, by="staff"))
    demo.until_taken(who, lambda client: "not_today" in client["features"].get("mood", {}))
    card = enters(demo, who)
    assert "Offers and questions: not today" in card["avoid"]
    assert card["recommendations"] == []


def test_d4_who_mourns_is_neither_cheered_nor_offered_anything(demo: Demo) -> None:
    who = known(demo)
    demo.post(
        event("web.view", who, 60, session=uuid.uuid4().hex, sku="bag-aurore"),
        event("client.case", who, case="m", kind="mourning", status="told by the assistant"),
    )
    demo.until_taken(who, lambda client: "mourning" in client["features"].get("cases", {}))
    card = enters(demo, who)
    assert (card["say"], card["recommendations"]) == (None, [])
    assert "Offers, congratulations, small talk: not now" in card["avoid"]


def test_d4_nobody_calls_in_the_clients_night_and_a_repair_is_one_card_to_its_end(demo: Demo) -> None:
    asleep, awake = known(demo, MIDNIGHT), known(demo, NOON)
    at_night, by_day = (
        event("client.case", who, case="r", kind="repair", status="waiting for a part")
        for who in (asleep, awake)
    )
    demo.post(at_night)
    demo.until_taken(asleep, lambda client: "repair" in client["features"].get("cases", {}))
    demo.post(by_day)
    card = demo.alert_of(by_day, "service_recovery")
    assert "The repair is at: waiting for a part" in card["why"]
    assert demo.of(at_night) == []
    demo.post(event("client.case", awake, case="r", kind="repair", status="collected"))
    assert demo.last_of(card, "retract")["status"] == "done"


def test_d4_a_gift_is_given_away_neither_to_the_giver_nor_to_whom_it_is_for(demo: Demo) -> None:
    giver, other = known(demo), known(demo)
    line = {"sku": "ring-solstice", "quantity": 1, "amount": 540_000, "currency": "EUR"}
    order = {"channel": "store", "order_id": uuid.uuid4().hex, "lines": [line], "for_": other}
    for who in (giver, other):
        liked = [
            event("web.view", who, 60 + n, session=uuid.uuid4().hex, sku="ring-solstice") for n in range(3)
        ]
        demo.post(*liked)
    demo.post(event("store.purchase", giver, **order))
    demo.until_taken(other, lambda client: client["features"].get("surprises", {}).get("awaited") == 1)
    for who in (giver, other):
        card = enters(demo, who)
        assert "ring-solstice" not in [one["sku"] for one in card["recommendations"]]
        assert "Solstice ring" not in json.dumps(card)
