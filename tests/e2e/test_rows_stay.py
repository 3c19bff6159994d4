"""H2, H3, H4: a stay as a concierge lives it: events over HTTP in, what people see over HTTP out."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.demo import PATIENCE, ROOT, Demo, event
from tests.waiting import wait_blocking

DAY = 86_400.0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo whose hotel lies where it is three in the afternoon now: tea begins, whenever the test runs."""
    maisons = tmp_path_factory.mktemp("maisons")
    told = (ROOT / "deploy/maisons/lumiere.toml").read_text()
    east = (15 - datetime.now(UTC).hour + 11) % 24 - 11
    zone = f"Etc/GMT{-east:+d}"
    hotel = 'name = "Hôtel Riviera"\ntimezone = "Europe/Paris"'
    assert hotel in told
    (maisons / "lumiere.toml").write_text(told.replace(hotel, hotel.replace("Europe/Paris", zone)))
    with Demo("--port", "0", "--no-traffic", "--json", PREVENANCE_MAISONS=str(maisons)) as running:
        yield running.ready()


class Guest:
    """Somebody with a booking; `fields`: what their profile states."""

    def __init__(self, demo: Demo, *consents: str, nights: int = 3, **fields: Any) -> None:
        self.demo, self.who = demo, {"guest_id": f"G-{uuid.uuid4().hex[:10]}"}
        self.booking = f"RIV-{uuid.uuid4().hex[:8]}"
        if fields:
            demo.post(event("client.profile", self.who, DAY, fields=fields))
        demo.post(*(event("client.consent", self.who, DAY, purpose=p, state="all") for p in consents))
        self.nights = nights
        self.until(lambda c: not fields or c["profile"].get("name"))
        self.until(lambda c: set(consents) <= set(c["features"].get("consent", {})))

    def tells(self, type_: str, ago: float = 0.0, **data: Any) -> dict[str, Any]:
        """Sends an event of the stay."""
        told = event(type_, self.who, ago, site="riviera", booking_id=self.booking, **data)
        self.demo.post(told)
        return told

    def until(self, holds: Callable[[dict[str, Any]], object]) -> None:
        """Waits until the record is as wanted: a check-in overtakes what was said before it."""
        self.demo.until_taken(self.who, holds, "louis")

    def books(self, arrives: int = 0) -> None:
        day = datetime.now(UTC).date() + timedelta(days=arrives)
        departs = str(day + timedelta(days=self.nights))
        dates = {"arrival": str(day), "departure": departs, "adults": 2, "children": 0}
        self.tells("hotel.booking", status="booked", **dates)

    def hears(self, action: str) -> dict[str, Any]:
        """Waits for what the concierge is told of this guest."""
        found = wait_blocking(lambda: self.told(action), PATIENCE, f"{action} of {self.booking}")
        assert isinstance(found, list)
        return dict(found[-1])

    def told(self, action: str) -> list[dict[str, Any]]:
        client = self.demo.lookup(self.who, "louis")
        if client is None:
            return []
        kinds = ("alert", "update")
        told = [t["alert"] for t in self.demo.told if t["event"] in kinds]
        return [a for a in told if a["action"] == action and a["client"]["id"] == client["id"]]


def test_h4_a_second_stay_on_an_incomplete_file_is_told_before_the_guest_comes(demo: Demo) -> None:
    guest = Guest(demo, name="Giulia Conti", language="it", preferences={"temperature": 22})
    demo.post(event("hotel.checkout", guest.who, 90 * DAY, site="riviera", booking_id="of-last-summer"))
    guest.until(lambda c: c["facts"]["stays"])
    guest.books(arrives=1)
    gap = guest.hears("incomplete_file")
    assert (gap["title"], gap["urgency"], gap["site"]) == ("Stay 2, and the file has gaps", 4, "riviera")
    assert gap["why"][0].startswith("Missing: allergies")
    assert gap["language"] == "it"
    assert gap["id"] in {a["id"] for a in demo.alerts("louis")}
    answer = {"allergies": ["nuts"], "pillow": "goose down"}
    demo.post(event("client.profile", guest.who, fields={"preferences": answer}))
    wait_blocking(
        lambda: gap["id"] not in {a["id"] for a in demo.alerts("louis")}, PATIENCE, "the gap is closed"
    )


def test_h1_the_room_follows_wishes_and_is_called_off_with_the_booking(demo: Demo) -> None:
    wishes = {"temperature": 20, "wine": "Sancerre", "pillow": "goose down", "allergies": ["nuts"]}
    guest = Guest(demo, name="Aline Dupont", language="fr", preferences=wishes)
    guest.books()
    eta = datetime.now(UTC) + timedelta(hours=1)
    guest.tells("hotel.arrival", eta=eta.isoformat(), by="taxi")
    room = guest.hears("room_setup")
    assert "room at 20 °C; Sancerre waiting" in room["why"][0]
    assert room["avoid"] == ["Allergies: nuts"]
    demo.post(event("client.profile", guest.who, fields={"preferences": {"temperature": 18}}))
    moved = demo.last_of(room, "update")
    assert "room at 18 °C" in moved["why"][0]
    day = str(datetime.now(UTC).date())
    guest.tells("hotel.booking", status="cancelled", arrival=day, departure=day, adults=2, children=0)
    demo.last_of(room, "retract")


def test_h2_what_was_had_at_breakfast_is_not_what_is_offered_at_tea(demo: Demo) -> None:
    guest = Guest(
        demo, "personalisation", name="Sora Kim", language="ko", preferences={"allergies": ["견과류"]}
    )
    guest.books()
    guest.tells("hotel.checkin", 8 * 3600.0, room="412")
    guest.until(lambda c: "here" in str(c["features"].get("stay")))
    guest.tells("hotel.service", 5 * 3600.0, service="breakfast", item="Verbena Tea")
    tea = guest.hears("during_stay")
    assert tea["title"] == "For tea: Silver Needle white tea"
    assert tea["say"] == "괜찮으시다면 백호은침 차 어떠십니까?"
    assert tea["avoid"][0] == "Again today: Verbena Tea"
    guest.tells("hotel.service", service="bar", item="mint tea")
    guest.tells("hotel.service", service="bar", item="Silver Needle")
    demo.until_taken(guest.who, lambda c: len(c["features"]["served"]["lately"]) == 3, "louis")
    assert len({a["id"] for a in guest.told("during_stay")}) == 1


def test_h3_after_the_stay_the_audience_knows_whom_it_may_speak_to_and_of_where(demo: Demo) -> None:
    agrees, silent = Guest(demo, "marketing", "profiling", "sharing"), Guest(demo, "marketing", "profiling")
    for guest in (agrees, silent):
        guest.tells("hotel.checkout", 5 * DAY)
        demo.until_taken(guest.who, lambda c: c["facts"]["stays"] == 1, "louis")

    def audience() -> set[str]:
        status, listed = demo.call("GET", "/v1/segments/after-a-stay", bearer=demo.token("helene"))
        assert status == 200, listed
        return {member["client"] for member in listed["members"]}

    wait_blocking(lambda: len(audience()) == 1, PATIENCE, "the audience")
    client = demo.lookup(agrees.who, "louis")
    assert client is not None
    assert audience() == {client["id"]}
    demo.post(event("client.consent", agrees.who, purpose="sharing", state="none"))
    wait_blocking(lambda: audience() == set(), PATIENCE, "who withdraws leaves")


def test_a_stay_is_not_told_to_the_boutique_nor_a_purchase_to_the_hotel(demo: Demo) -> None:
    guest = Guest(demo, name="Kenji Tanaka", language="ja", preferences={"wine": "Chablis"})
    line = {"sku": "scarf-brise", "quantity": 1, "amount": 46_000, "currency": "EUR"}
    demo.post(
        event("hotel.checkout", guest.who, 90 * DAY, site="riviera", booking_id="of-last-summer"),
        event("store.purchase", guest.who, 9 * DAY, channel="store", order_id=uuid.uuid4().hex, lines=[line]),
    )
    guest.until(lambda c: c["facts"]["stays"] and c["facts"]["purchases"])
    came = event("store.checkin", guest.who, site="vendome", method="tablet")
    demo.post(came)
    welcome = demo.alert_of(came, "boutique_welcome")
    assert "stay" not in " ".join([welcome["title"], *welcome["why"]])
    assert "1 purchase" in " ".join(welcome["why"])
    on_the_way = guest.tells("hotel.arrival", eta=(datetime.now(UTC) + timedelta(hours=2)).isoformat())
    arrival = demo.alert_of(on_the_way, "hotel_arrival")
    assert "purchase" not in " ".join([arrival["title"], *arrival["why"]])
    assert "1 stay" in " ".join(arrival["why"])
