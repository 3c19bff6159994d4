"""Open case: while something weighs on a client or is open with them, nothing but care."""

from random import Random
from typing import Any

from agents.moment import Proposal
from agents.phrase import Phrase
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slip

DAY = 86_400.0
SHOWN = [Recommendation(sku="bag-aurore", why=Phrase("new", "taste.bags"))]
CHEER = Phrase("Quel plaisir !", "language", language="fr")
ALLOWED = [a.consent(a.NOON - 400 * DAY, p, "all", card="c") for p in ("one_to_one", "marketing")]
PARIS = a.profile(a.NOON - 400 * DAY, {"timezone": "Europe/Paris", "language": "fr"}, card="c")


def client(*told: Any) -> Any:
    return a.record_of(PARIS, *ALLOWED, *told)


def case(kind: str, status: str = "open", ago: float = 9 * DAY) -> Any:
    return a.case(a.NOON - ago, kind, status, card="c")


OFFER: dict[str, Any] = {"purpose": "one_to_one", "contact": True, "action": "lapsing"}

CASES = {
    "nothing open": Case(client=client(), proposal=OFFER, passes=True),
    "a complaint": Case(client=client(case("complaint")), proposal=OFFER, passes=False),
    "a complaint that was settled": Case(
        client=client(case("complaint", "settled")), proposal=OFFER, passes=True
    ),
    "a greeting in mourning": Case(
        client=client(case("mourning")), proposal=OFFER | {"action": "birthday"}, passes=False
    ),
    "mourning, half a year later": Case(
        client=client(case("mourning", ago=181 * DAY)), proposal=OFFER, passes=True
    ),
    "mourning, in a house that waits longer": Case(
        client=client(case("mourning", ago=181 * DAY)),
        proposal=OFFER,
        moment={"maison": a.lumiere(guards={"open_case": {"grief_lasts": 365}})},
        passes=False,
    ),
    "care": Case(client=client(case("complaint")), proposal=OFFER | {"care": True}, passes=True),
    "a welcome": Case(client=client(case("dispute")), proposal={"purpose": "service"}, passes=True),
    "a status nobody knows": Case(
        client=client(case("delivery", "somewhere near Lyon")), proposal=OFFER, passes=False
    ),
}


RING = "ring-solstice"
GAVE = a.purchase(a.NOON - 10 * DAY, lines=[a.line(RING)], gift=True, card="c")
AWAITS = a.event("record.surprise", a.NOON - 10 * DAY, who={"oid": a.part_of(card="c")[1]}, skus=[RING])


def about_it(kind: str, ago: float = 9 * DAY) -> Any:
    return a.case(a.NOON - ago, kind, "on its way", sku=RING, card="c")


CASES |= {
    "a delivery of what was bought for them": Case(
        client=client(AWAITS, about_it("delivery")), proposal=OFFER, passes=True
    ),
    "a repair of it": Case(client=client(AWAITS, about_it("repair")), proposal=OFFER, passes=False),
    "a delivery of what they bought to give": Case(
        client=client(GAVE, about_it("delivery")), proposal=OFFER, passes=False
    ),
}


def slips(random: Random) -> Slip:
    """A case about a gift on a card that is read before whoever it is for; else as `_offered`."""
    if random.random() < 0.8:
        return _offered(random)
    kind, ago = random.choice(["delivery", "repair", "complaint"]), random.uniform(0, 9 * DAY)
    told = random.choice([(GAVE, about_it(kind, ago)), (AWAITS, about_it("delivery", ago))])
    return Slip(
        moment=a.moment(client=client(*told)),
        proposal=a.proposal(present=True, title=Phrase("Just came in"), why=[Phrase("Known")]),
        wrong=lambda left: any(word in text for text in left.avoid for word in ("delivery", kind)),
    )


def _offered(random: Random) -> Slip:
    """An offer to, or a cheerful welcome of, a client with something open, however it is dressed."""
    kinds = ("complaint", "repair", "delivery", "dispute", "mourning", "illness")
    kind = random.choice(kinds)
    told = [
        case(kind, random.choice(["open", "", " waiting", "à suivre"]) or "?", random.uniform(0, 90 * DAY))
    ]
    purpose = random.choice(["service", "one_to_one", "marketing"])
    contact = purpose == "service" and random.random() < 0.5
    said = a.proposal(
        action=random.choice(["birthday", "new_arrival", "lapsing", "boutique_welcome", "gift_season"]),
        purpose=purpose,
        contact=contact or purpose != "service",
        recommendations=SHOWN,
        say=CHEER,
        title=Phrase("A client to see"),
        why=[Phrase("Known", "facts.visits")],
    )

    def wrong(left: Proposal) -> bool:
        cheerful = kind in ("mourning", "illness") and left.say is not None
        return left.contact or left.purpose != "service" or bool(left.recommendations) or cheerful

    return Slip(moment=a.moment(client=client(*told)), proposal=said, wrong=wrong)
