"""Minors: who is not of age is served, and nothing else."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from agents.moment import Proposal
from agents.phrase import Phrase
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slip
from tests.unit.guards.open_case import ALLOWED, OFFER

CLICKS = ["taste.bags", "session.cart", "glances.wished", "glances.articles", "leanings.colour"]
TODAY = datetime.fromtimestamp(a.NOON, UTC).date()


def born(on: date, **more: Any) -> Any:
    fields = {"birth_date": on.isoformat(), "timezone": "Europe/Paris"} | more
    profiled = a.consent(a.NOON - 9e5, "profiling", card="c")
    return a.record_of(*ALLOWED, profiled, a.profile(a.NOON - 9e5, fields, card="c"))


CASES = {
    "a grown client": Case(client=born(date(1981, 4, 12)), proposal=OFFER, passes=True),
    "nobody knows": Case(client=a.record_of(*ALLOWED), proposal=OFFER, passes=True),
    "seventeen": Case(client=born(date(2009, 4, 12)), proposal=OFFER, passes=False),
    "seventeen, and here": Case(client=born(date(2009, 4, 12)), proposal={"purpose": "service"}, passes=True),
    "eighteen yesterday": Case(client=born(date(2008, 11, 20)), proposal=OFFER, passes=True),
    "eighteen tomorrow": Case(client=born(date(2008, 11, 22)), proposal=OFFER, passes=False),
    "eighteen in Seoul": Case(client=born(date(2008, 4, 12), country="KR"), proposal=OFFER, passes=False),
    "twenty in a house that says twenty-one": Case(
        client=born(date(2006, 4, 12)),
        proposal=OFFER,
        moment={"maison": a.lumiere(guards={"minors": {"age": 21}})},
        passes=False,
    ),
    "born tomorrow": Case(client=born(TODAY + timedelta(days=1)), proposal=OFFER, passes=False),
}


def slips(random: Random) -> Slip:
    """Profiling, an offer or a message for somebody between no age and the day before eighteen."""
    days = random.randrange(1, 18 * 365)
    on = TODAY - timedelta(days=days)
    taste = Recommendation(sku="bag-aurore", why=Phrase("likes bags", random.choice(CLICKS)))
    said = a.proposal(
        purpose=random.choice(["service", "one_to_one", "marketing"]),
        contact=random.random() < 0.5,
        recommendations=[taste],
        title=Phrase("A client to see"),
        why=[Phrase("Known", "facts.visits")],
    )

    def wrong(left: Proposal) -> bool:
        return left.contact or left.purpose != "service" or bool(left.recommendations)

    return Slip(moment=a.moment(client=born(on)), proposal=said, wrong=wrong)
