"""Stale: what is old or doubtful is asked, not asserted."""

from random import Random
from typing import Any

from agents.moment import Proposal
from agents.phrase import Phrase
from tests import builders as a
from tests.guarding import Case, Slip

YEAR = 365.25 * 86_400
RING = Phrase("Sizes: ring 52", "sizes.ring")
BORN = Phrase("Birthday today", "birth_date")
SPEAKS = Phrase("Just came in, speaks French", "language")


def stated(years: float, **fields: Any) -> Any:
    return a.record_of(a.profile(a.NOON - years * YEAR, fields, card="c"))


def torn(**fields: tuple[Any, Any]) -> Any:
    """Two systems that say different things."""
    one = {field: value for field, (value, _) in fields.items()}
    other = {field: value for field, (_, value) in fields.items()}
    return a.record_of(
        a.profile(a.NOON - 90, one, card="c", envelope={"source": "/pms"}),
        a.profile(a.NOON - 60, other, card="c", envelope={"source": "/crm"}),
    )


CASES = {
    "a title on a size of last year": Case(
        client=stated(1, sizes={"ring": 52}), proposal={"title": RING}, passes=True
    ),
    "a title on a size of four years ago": Case(
        client=stated(4, sizes={"ring": 52}), proposal={"title": RING}, passes=False
    ),
    "where a house asks sooner": Case(
        client=stated(2, sizes={"ring": 52}),
        proposal={"title": RING},
        moment={"maison": a.lumiere(guards={"stale": {"years": 1}})},
        passes=False,
    ),
    "a birthday": Case(client=stated(9, birth_date="1981-11-21"), proposal={"title": BORN}, passes=True),
    "a birthday two systems contradict": Case(
        client=torn(birth_date=("1981-11-21", "1981-12-11")), proposal={"title": BORN}, passes=False
    ),
    "a birthday in the future": Case(
        client=stated(1, birth_date="2036-11-21"), proposal={"title": BORN}, passes=False
    ),
    "a title that says a doubtful language": Case(
        client=torn(language=("fr", "ja")), proposal={"title": SPEAKS}, passes=True
    ),
    "what nobody stated": Case(proposal={"title": RING}, passes=True),
}


def slips(random: Random) -> Slip:
    """An old size or preference, or a doubtful language, told as a fact: in a reason, a title or a draft."""
    if random.random() < 0.5:
        client = stated(random.uniform(3.1, 15), sizes={"ring": 52}, preferences={"wine": "Chablis"})
        fact = random.choice(["sizes.ring", "preferences.wine"])
        place = random.choice(["why", "title", "say"])
    else:
        client, fact, place = torn(language=("fr", "it")), "language", random.choice(["why", "say"])
    told = Phrase("As we know", fact)
    changes: dict[str, Any] = {"why": [Phrase("Just came in"), told]} if place == "why" else {place: told}
    return Slip(moment=a.moment(client=client), proposal=a.proposal(**changes), wrong=_asserts)


def _asserts(left: Proposal) -> bool:
    return "As we know" in (left.title, left.say, *left.why)
