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


def slips(random: Random) -> Slip:
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
