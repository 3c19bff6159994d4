"""Deceased: nobody writes to the dead, and whoever comes in their place is met by somebody who knows."""

from random import Random
from typing import Any

from agents.moment import Proposal
from agents.phrase import Phrase
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slip
from tests.unit.guards.open_case import ALLOWED, OFFER


def told(value: Any, **envelope: Any) -> Any:
    died = a.profile(a.NOON - 9e4, {"deceased": value}, card="c", envelope=envelope)
    return a.record_of(*ALLOWED, a.profile(a.NOON - 9e5, {"timezone": "Europe/Paris"}, card="c"), died)


CASES = {
    "nobody said so": Case(client=a.record_of(*ALLOWED), proposal=OFFER, passes=True),
    "told": Case(client=told(True), proposal=OFFER, passes=False),
    "said in error, and taken back": Case(client=told(False), proposal=OFFER, passes=True),
    "a page says so": Case(client=told(True, scope="web"), proposal=OFFER, passes=True),
    "somebody comes in with their card": Case(
        client=told(True), proposal={"purpose": "service"}, passes=True
    ),
    "their watch is in the workshop": Case(
        client=told(True), proposal={"purpose": "service", "contact": True, "care": True}, passes=True
    ),
}


def slips(random: Random) -> Slip:
    """A birthday, an offer or a draft for somebody who has died."""
    said = a.proposal(
        purpose=random.choice(["service", "one_to_one", "marketing"]),
        contact=random.random() < 0.5,
        care=random.random() < 0.3,
        say=Phrase("Bon anniversaire"),
        recommendations=[Recommendation(sku="bag-aurore", why=Phrase("likes bags", "taste.bags"))],
        title=Phrase("A client to see"),
        why=[Phrase("Known", "facts.visits")],
    )

    def wrong(left: Proposal) -> bool:
        known = any("has died" in caution for caution in left.avoid)
        return bool(left.say or left.recommendations) or not known or (left.asks and not left.care)

    return Slip(moment=a.moment(client=told(True)), proposal=said, wrong=wrong)
