"""Whereabouts: the hotel's side and the boutiques' side of a client, kept apart until they say otherwise."""

from random import Random
from typing import Any

from agents.moment import Proposal
from agents.phrase import Phrase, facts_of
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slip

STAYS = (
    "stay.eta", "stay.party", "stay.departure", "facts.stays", "facts.bookings", "served.lately",
    "habits.wine", "habits.temperature", "journeys.months", "journeys.left_days",
)  # fmt: skip
SHOPS = (
    "facts.visits", "facts.purchases", "facts.returns", "facts.spend", "recency.visit", "recency.purchase",
    "monetary.net", "frequency.orders", "handled.bought", "handled.tried", "surprises.given",
)  # fmt: skip
STAY, SHOP, MANNERS = (
    Phrase("1 stay", "facts.stays"),
    Phrase("2 visits", "facts.visits"),
    Phrase("Speaks French"),
)


def _shares(state: str = "all", **more: Any) -> Any:
    return a.record_of(a.consent(a.NOON - 60, "sharing", state, card="c1", **more))


CASES = {
    "a stay in the title at a boutique": Case(proposal={"title": STAY}, passes=False),
    "a stay in the draft at a boutique": Case(proposal={"title": MANNERS, "say": STAY}, passes=False),
    "a stay in the title to a team of no site": Case(proposal={"title": STAY, "site": None}, passes=False),
    "a stay in the title at the hotel": Case(proposal={"title": STAY, "site": "riviera"}, passes=True),
    "visits in the title at the hotel": Case(proposal={"title": SHOP, "site": "riviera"}, passes=False),
    "what they bought in the title at the hotel": Case(
        proposal={"title": Phrase("Has the Aurore bag", "handled.bought"), "site": "riviera"}, passes=False
    ),
    "visits in the title at a boutique": Case(proposal={"title": SHOP}, passes=True),
    "a stay at a boutique, shared": Case(client=_shares(), proposal={"title": STAY}, passes=True),
    "a stay at a boutique, no longer shared": Case(
        client=_shares(expires=a.iso(a.NOON - 1)), proposal={"title": STAY}, passes=False
    ),
    "at a site nobody knows": Case(proposal={"title": STAY, "site": "nowhere"}, passes=False),
    "what is neither's": Case(proposal={"title": MANNERS, "site": "riviera"}, passes=True),
}


def slips(random: Random) -> Slip:
    """A fact of one side, alone or among others, anywhere on a card for the other, without sharing."""
    hotel = random.random() < 0.5
    foreign = random.choice(SHOPS if hotel else STAYS)
    told = Phrase("what they did there", *random.sample(["language", foreign, "taste.bags"], 3))
    place = random.choice(["title", "say", "why", "avoid", "recommendations"])
    said: dict[str, Any] = {"title": MANNERS, "why": [MANNERS]}
    match place:
        case "why" | "avoid":
            said[place] = random.sample([MANNERS, told, MANNERS], 3)
        case "recommendations":
            said[place] = [Recommendation(sku="bag-aurore", why=told)]
        case _:
            said[place] = told
    site = "riviera" if hotel else random.choice(["vendome", "ginza", None, "nowhere"])
    client = random.choice([a.record_of(), _shares("none"), _shares(expires=a.iso(a.NOON - 1))])
    return Slip(
        moment=a.moment(client=client),
        proposal=a.proposal(**said, site=site, value=1.0),
        wrong=lambda left: foreign in _facts(left),
    )


def _facts(left: Proposal) -> set[str]:
    said = [left.title, left.say or MANNERS, *left.why, *left.avoid, *(r.why for r in left.recommendations)]
    return {fact for sentence in said for fact in facts_of(sentence)}
