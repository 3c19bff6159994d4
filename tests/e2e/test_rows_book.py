"""B2, B3, C4 and L1 end to end: whom to contact, with which words, on which channel, and when not."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.demo import PATIENCE, Demo, event
from tests.waiting import wait_blocking

DAY = 86_400.0
MORE = DAY / 2
"""Half a day beyond a morning, whatever the hour the tests run at."""
VENDOME = {"site": "vendome", "method": "nfc"}


@pytest.fixture(scope="module", autouse=True)
def on_duty(demo: Demo) -> None:
    """Camille is there to read her book, as in the other rows."""
    demo.post(event("staff.presence", staff="camille", site="vendome", status="on"))


def known(demo: Demo, *consents: str, **fields: Any) -> dict[str, str]:
    """A client of Camille's whom no other test knows, once their record is there."""
    who = {"client_id": f"B2-{uuid.uuid4().hex[:10]}"}
    name = f"Mathilde {who['client_id'][3:]}"  # nobody is to be held for another of these
    said = {"name": name, "language": "fr", "advisor": "camille", "timezone": by_day()} | fields
    demo.post(event("client.profile", who, fields=said))
    demo.post(*(event("client.consent", who, purpose=purpose, state="all") for purpose in consents))
    demo.until_taken(who, lambda c: set(consents) <= set(c["features"].get("consent", {})))
    return who


def by_day() -> str:
    """A time zone in which it is about one in the afternoon now: nobody is written to in their night."""
    east = (13 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"


def bought(who: Mapping[str, str], days: float, *skus: str, **data: Any) -> dict[str, Any]:
    lines = [
        {"sku": sku, "quantity": 1, "amount": 345_000, "currency": "EUR"} for sku in skus or ("bag-aurore",)
    ]
    order = {"site": "vendome", "channel": "store", "order_id": uuid.uuid4().hex, "lines": lines}
    return event("store.purchase", who, days * DAY + MORE, **(order | data))


def book(demo: Demo, who: Mapping[str, str], staff: str = "camille") -> list[dict[str, Any]]:
    """What lies open before somebody about a client, of the client book."""
    found = demo.lookup(who, staff)
    assert found is not None
    return [a for a in demo.alerts(staff) if a["client"]["id"] == found["id"] and a["contact"]]


def opened(demo: Demo, who: Mapping[str, str], action: str) -> dict[str, Any]:
    """Waits for an action of the book."""
    found = wait_blocking(
        lambda: [a for a in book(demo, who) if a["action"] == action], PATIENCE, f"{action} in the book"
    )
    assert isinstance(found, list)
    return dict(found[0])


def test_b2_after_a_purchase_its_client_is_asked_how_it_wears_on_the_channel_they_write_on(
    demo: Demo,
) -> None:
    who = known(demo, "one_to_one")
    talk = {"channel": "whatsapp", "conversation": "c1", "language": "fr"}
    demo.post(
        *(event("chat.message", who, 60 * DAY, message=f"m{n}", direction="in", **talk) for n in range(3))
    )
    demo.post(bought(who, 11))
    ask = opened(demo, who, "after_purchase")
    assert ask["for"] == {"staff": "camille"}
    assert (ask["channel"], ask["language"]) == ("whatsapp", "fr")
    assert ask["why"][0].startswith("Aurore bag, bought on ")
    assert ask["say"].startswith("J'espère que votre")
    assert ask["success"]
    assert ask["avoid"]


def test_b2_a_lapsing_client_is_written_to_and_nobody_who_said_no_or_was_written_to_enough(
    demo: Demo,
) -> None:
    late, silent, enough = (
        known(demo, "one_to_one"),
        known(demo),
        known(demo, "one_to_one"),
    )
    mails = [event("client.contacted", enough, days * DAY, channel="email") for days in (1, 2)]
    demo.post(*mails)
    demo.until_taken(enough, lambda c: c["features"].get("contacts", {}).get("week") == 2)
    for who in (silent, enough, late):
        # two purchases 150 days apart: a gap of (2 x 180 + 150) / 3 = 170 days, late 85 days after it
        demo.post(bought(who, 406), bought(who, 256))
    lapsed = opened(demo, late, "lapsing")
    assert lapsed["why"][0].startswith("2 purchases, usually every 6 months")
    assert book(demo, silent) == []
    assert book(demo, enough) == []
    demo.post(event("store.checkin", late, **VENDOME))
    wait_blocking(lambda: book(demo, late) == [], PATIENCE, "who comes in is off the book")


def test_b3_a_first_buyer_who_promises_more_is_nurtured_until_the_second_purchase(demo: Demo) -> None:
    who = known(demo, "one_to_one", "profiling")
    demo.post(event("store.checkin", who, 34 * DAY, **VENDOME))
    demo.until_taken(who, lambda c: c["facts"].get("visits") == 1)
    demo.post(bought(who, 32, "bag-aurore", "scarf-brise", staff="camille"))
    nurture = opened(demo, who, "second_purchase")
    assert nurture["why"][1] == "Chose 2 articles of 2 categories the first time"
    told = [nurture["title"], *nurture["why"], nurture["say"], *nurture["avoid"], nurture["recommendations"]]
    assert "690" not in str(told), "never of how much"
    assert nurture["purposes"] == ["one_to_one", "profiling"]
    demo.post(bought(who, 0, "ring-solstice"))
    wait_blocking(lambda: book(demo, who) == [], PATIENCE, "the second purchase ends it")


def test_c4_what_one_channel_promised_every_channel_knows(demo: Demo) -> None:
    who = known(demo, "one_to_one")
    meet = {"kind": "visit", "site": "vendome", "staff": "camille"}
    missed = {"appointment": "v1", "at": _when(-4), "status": "missed"} | meet
    demo.post(event("client.appointment", who, 3 * DAY, **missed))
    again = opened(demo, who, "appointment")
    assert again["why"][0].startswith("A visit was missed")
    promised = {"appointment": "v2", "at": _when(5), "status": "accepted"} | meet
    demo.post(event("client.appointment", who, **promised))
    wait_blocking(lambda: book(demo, who) == [], PATIENCE, "a visit is promised")
    record = demo.until_taken(who, lambda c: c["features"].get("appointments"))
    assert [one["status"] for one in record["features"]["appointments"]["known"]] == ["accepted", "missed"]


def test_l1_a_card_by_hand_is_signed_by_who_drew_the_piece(demo: Demo) -> None:
    who = known(demo, "one_to_one")
    demo.post(bought(who, 5, "clutch-nuit"))
    card = opened(demo, who, "handwritten_card")
    assert (card["signatory"], card["channel"]) == ("elise", "mail")
    assert card["title"].startswith("A card by hand, signed by Élise Aubry")


def test_b2_what_a_gift_was_is_for_the_clients_own_advisor_alone(demo: Demo) -> None:
    who = known(demo, "one_to_one")
    demo.post(bought(who, 344, "scarf-brise", for_={"client_id": "somebody-else"}))
    season = opened(demo, who, "gift_season")
    assert season["why"][0].startswith("Brise silk scarf, bought as a gift on")
    assert "Brise" not in season["say"]
    for colleague in ("matteo", "helene"):
        assert not [a for a in demo.alerts(colleague) if "Brise silk scarf" in str(a)]


def _when(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()
