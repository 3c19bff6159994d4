"""Coherence: no guess on gender, and no costume jewellery to the watch client."""

from random import Random
from typing import Any

from agents.moment import Proposal
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slip

PAILLETTE = "bracelet-paillette"


def shows(*skus: str) -> dict[str, Any]:
    return {"recommendations": [Recommendation(sku=sku, why=a.REASON) for sku in skus]}


def buyer(*more: Any, sku: str = "watch-meridien-or", **order: Any) -> Any:
    return a.record_of(a.purchase(a.NOON - 9e5, lines=[a.line(sku)], card="c1", **order), *more)


def says(gender: str, *more: Any) -> Any:
    return a.record_of(a.profile(fields={"gender": gender}, card="c1"), *more)


def look(kind: str = "view", sku: str = PAILLETTE) -> Any:
    return a.event(f"web.{kind}", a.NOON - 60, who={"card": "c1"}, session="s1", sku=sku)


def tried(sku: str = PAILLETTE) -> Any:
    return a.event("store.item", card="c1", site="vendome", sku=sku, action="tried")


CASES = {
    "a man's watch to a woman": Case(client=says("women"), proposal=shows("watch-meridien"), passes=False),
    "a man's watch to a man": Case(client=says("men"), proposal=shows("watch-meridien"), passes=True),
    "for everybody": Case(client=says("men"), proposal=shows("scarf-brise"), passes=True),
    "who does not say": Case(proposal=shows("bag-aurore"), passes=True),
    "who says it in other words": Case(client=says("M."), proposal=shows("bag-aurore"), passes=True),
    "a woman's bag in his cart": Case(
        client=says("men", look("cart", "bag-aurore")), proposal=shows("bag-aurore"), passes=True
    ),
    "costume jewellery to the watch client": Case(client=buyer(), proposal=shows(PAILLETTE), passes=False),
    "who looked at it for a moment": Case(client=buyer(look()), proposal=shows(PAILLETTE), passes=False),
    "who tried it": Case(client=buyer(tried()), proposal=shows(PAILLETTE), passes=True),
    "who wished for it": Case(client=buyer(look("wish")), proposal=shows(PAILLETTE), passes=True),
    "who says that they collect it": Case(
        client=buyer(a.licence(a.NOON - 9, interests=["costume jewellery"], card="c1")),
        proposal=shows(PAILLETTE),
        passes=True,
    ),
    "jewels to the watch client": Case(client=buyer(), proposal=shows("ring-solstice"), passes=True),
    "who bought the watch to give": Case(client=buyer(gift=True), proposal=shows(PAILLETTE), passes=True),
    "who bought nothing yet": Case(proposal=shows(PAILLETTE), passes=True),
}


def slips(random: Random) -> Slip:
    """A wrong article among right ones: of the other gender, or far beneath what they buy."""
    if random.random() < 0.5:
        gender, wrong = random.choice([("men", "bag-aurore"), ("men", PAILLETTE), ("women", "shoes-pas")])
        client = says(gender, *(look(sku=wrong) for _ in range(random.randrange(6))))
    else:
        wrong = PAILLETTE
        dear = random.choice(["watch-meridien-or", "watch-meridien", "ring-solstice"])
        client = buyer(*(look() for _ in range(random.randrange(6))), sku=dear)
    skus = random.sample([wrong, "scarf-brise", "coat-hiver"], random.randint(1, 3))
    skus = skus if wrong in skus else [*skus, wrong]
    proposal = a.proposal(**shows(*skus), subject=tuple(skus) if random.random() < 0.5 else ())
    return Slip(moment=a.moment(client=client), proposal=proposal, wrong=_still(wrong))


def _still(sku: str) -> Any:
    def wrong(left: Proposal) -> bool:
        return sku in [article.sku for article in left.recommendations]

    return wrong
