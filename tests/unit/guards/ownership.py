"""Ownership: what they have, gave, brought back or complained about is not shown to them."""

from random import Random
from typing import Any

from agents.moment import Proposal
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slip

DAY = 86_400.0
BAG = {"recommendations": [Recommendation(sku="bag-aurore", why=a.REASON)]}


def item(action: str, ago: float) -> Any:
    return a.event("store.item", a.NOON - ago, card="c1", site="vendome", sku="bag-aurore", action=action)


def complaint(ago: float) -> Any:
    return a.event(
        "client.case", a.NOON - ago, card="c1", case="k1", kind="complaint", status="open", sku="bag-aurore"
    )


def wish(ago: float) -> Any:
    return a.event("web.wish", a.NOON - ago, who={"card": "c1"}, session="s1", sku="bag-aurore")


def bought(ago: float, **more: Any) -> Any:
    return a.purchase(a.NOON - ago, card="c1", **more)


def back(ago: float) -> Any:
    return a.returned(a.NOON - ago, card="c1")


def case(*events: Any, passes: bool) -> Case:
    return Case(client=a.record_of(*events), proposal=BAG, passes=passes)


CASES = {
    "never had": case(item("tried", 90), passes=True),
    "bought yesterday": case(bought(DAY), passes=False),
    "bought three years ago": case(bought(1100 * DAY), passes=True),
    "bought, and in the cart again": case(bought(DAY), a.cart(a.NOON, card="c1"), passes=True),
    "bought, and wished for again": case(bought(9 * DAY), wish(DAY), passes=True),
    "wished for, then bought": case(wish(9 * DAY), bought(DAY), passes=False),
    "brought back": case(bought(9 * DAY), back(DAY), passes=False),
    "put back last week": case(item("tried", 7 * DAY), item("back", 7 * DAY), passes=False),
    "put back, and on the wish list": case(wish(9 * DAY), item("back", DAY), passes=True),
    "put back a year ago": case(item("back", 300 * DAY), passes=True),
    "bought to be given": case(bought(1000 * DAY, gift=True), passes=False),
    "complained about": case(complaint(800 * DAY), passes=False),
}


def slips(random: Random) -> Slip:
    """Something they are done with, among other articles; however it came to that, in whatever order."""
    ago = random.uniform(1, 80) * DAY
    stories = (
        [bought(ago)], [bought(ago), back(ago / 2)], [back(ago / 2), bought(ago)], [bought(ago, gift=True)],
        [bought(ago, **{"for": {"card": "c2"}})], [item("tried", ago), item("back", ago - 60)],
        [complaint(ago), wish(ago / 2)], [bought(ago, channel="web")],
    )  # fmt: skip
    views = [a.view(a.NOON - n * 60, card="c1", sku="bag-aurore") for n in range(random.randrange(5))]
    client = a.record_of(*random.choice(stories), *views)
    skus = random.sample(["bag-aurore", "scarf-brise", "watch-meridien"], random.randint(2, 3))
    skus = skus if "bag-aurore" in skus else ["bag-aurore"]
    shown = [Recommendation(sku=sku, why=a.REASON) for sku in skus]
    subject = tuple(skus) if random.random() < 0.5 else ()
    proposal = a.proposal(recommendations=shown, subject=subject)
    return Slip(moment=a.moment(client=client), proposal=proposal, wrong=_still)


def _still(left: Proposal) -> bool:
    return "bag-aurore" in [article.sku for article in left.recommendations]
