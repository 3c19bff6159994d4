"""Quiet hours: nobody is contacted in their night, wherever that is."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from agents.phrase import Phrase
from tests import builders as a
from tests.guarding import Case, Slip

NINE_IN_PARIS = datetime(2026, 11, 21, 9, tzinfo=ZoneInfo("Europe/Paris")).timestamp()
PLACES = {
    "Tokyo": "Asia/Tokyo", "Paris": "Europe/Paris", "New York": "America/New_York", "Dubai": "Asia/Dubai",
    "São Paulo": "America/Sao_Paulo", "Sydney": "Australia/Sydney", "Los Angeles": "America/Los_Angeles",
    "Mumbai": "Asia/Kolkata", "Geneva": "Europe/Zurich", "Kyoto": "Asia/Tokyo", "上海": "Asia/Shanghai",
}  # fmt: skip
WRITE: dict[str, Any] = {"contact": True, "site": "vendome"}


def living(**fields: Any) -> Any:
    return a.record_of(a.profile(a.NOON - 9e5, fields, client_id="c"))


def hour_at(zone: str, at: float) -> float:
    here = datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(zone))
    return here.hour + here.minute / 60


def guest(at: float = a.NOON, **booked: Any) -> Any:
    """Lives in Tokyo, sleeps on the Riviera."""
    lives = a.profile(a.NOON - 9e6, {"timezone": "Asia/Tokyo"}, client_id="c")
    booked = booked | {"client_id": "c"}
    return a.record_of(lives, a.booking(at, **booked), a.hotel("checkin", at, client_id="c"))


TOKYO = living(timezone="Asia/Tokyo")

CASES = {
    "nobody is contacted": Case(client=TOKYO, proposal={"site": "vendome"}, passes=True),
    "nine in the evening in Tokyo": Case(client=TOKYO, proposal=WRITE, passes=False),
    "noon in Paris": Case(client=living(residences=["Paris 16e"]), proposal=WRITE, passes=True),
    "lives in Paris and Tokyo": Case(
        client=living(residences=["Paris", "Kyoto"]), proposal=WRITE, passes=False
    ),
    "a guest of the house lives where they sleep": Case(client=guest(), proposal=WRITE, passes=True),
    "a guest of last month, of whom no check-out was told": Case(
        client=guest(a.NOON - 30 * 86_400, arrival="2026-10-22", departure="2026-10-24"),
        proposal=WRITE,
        passes=False,
    ),
    "a country of one zone": Case(client=living(country="JP"), proposal=WRITE, passes=False),
    "a country of many zones": Case(client=living(country="US"), proposal=WRITE, passes=False),
    "no place is known, by the site's clock": Case(proposal=WRITE, passes=True),
    "the minute it becomes day": Case(
        client=living(timezone="Europe/Paris"), proposal=WRITE, moment={"now": NINE_IN_PARIS}, passes=True
    ),
    "the minute before": Case(
        client=living(timezone="Europe/Paris"),
        proposal=WRITE,
        moment={"now": NINE_IN_PARIS - 60},
        passes=False,
    ),
    "no place is known and no site": Case(proposal=WRITE | {"site": None}, passes=False),
    "no place is known and no site, and they are worried": Case(
        proposal=WRITE | {"site": None, "care": True}, passes=True
    ),
    "a zone nobody knows": Case(client=living(timezone="Mars/Olympus"), proposal=WRITE, passes=False),
    **{
        f"who looks after them, where {known}": Case(
            client=client, proposal=WRITE | {"site": site, "care": True}, passes=passes
        )
        for known, client, site, passes in (
            ("nothing is known", None, None, True),
            ("a zone is that nobody knows", living(timezone="Mars/Olympus"), None, True),
            ("a zone is that nobody knows, and Ginza's is", living(timezone="Mars/Olympus"), "ginza", False),
            ("it is never day everywhere", living(residences=["Tokyo", "Paris", "New York"]), None, True),
            ("it is night", TOKYO, None, False),
        )
    },
    "who offers them something, where it is never day everywhere": Case(
        client=living(residences=["Tokyo", "Paris", "New York"]), proposal=WRITE, passes=False
    ),
    "a letter": Case(client=TOKYO, proposal=WRITE | {"channel": "mail"}, passes=True),
    "they have just written": Case(
        client=TOKYO, proposal=WRITE, moment={"event": a.chat(client_id="c")}, passes=True
    ),
    "Christmas at the boutique in their zone": Case(
        client=living(timezone="Europe/Paris"),
        proposal=WRITE,
        moment={"now": datetime(2026, 12, 25, 12, tzinfo=UTC).timestamp()},
        passes=False,
    ),
}


def meet(places: list[str]) -> bool:
    """Whether there is a quarter of an hour that is of the day at all of them."""
    times = [a.NOON + quarter * 900 for quarter in range(96)]
    return any(all(9 <= hour_at(PLACES[place], at) < 21 for place in places) for at in times)


def slips(random: Random) -> Slip:
    """A message or a call at a random minute of the year in which it is night at a place the client lives."""
    places = random.sample([*PLACES], random.choice([1, 1, 2, 3]))
    at = a.NOON
    while all(9 <= hour_at(PLACES[place], at) < 21 for place in places):
        at = a.NOON + timedelta(minutes=random.randrange(365 * 24 * 60)).total_seconds()
    said = random.choice([{"residences": places}, {"residences": places[1:], "timezone": PLACES[places[0]]}])
    proposal = a.proposal(
        contact=True,
        action=random.choice(["birthday", "abandoned_cart", "worried", "service_recovery"]),
        care=random.random() < 0.5 and meet(places),
        site=random.choice(["vendome", "ginza", None]),
        channel=random.choice([None, "whatsapp", "phone", "email", "line", "app"]),
        hold_or_drop=random.choice(["hold", "drop"]),
        title=Phrase("Write to them"),
        valid_to=at + 9e5,
    )
    return Slip(moment=a.moment(client=living(**said), now=at), proposal=proposal)
