"""Variety: not the same article again and again, nor only more of the same."""

from random import Random
from typing import Any

from agents.moment import Proposal
from feature_store import record as records
from feature_store.features.fatigue import propose
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slip

DAY = 86_400.0
BAGS = ["bag-aurore", "bag-aurore-mini", "clutch-nuit", "clutch-nuit-perle"]


def shows(*skus: str) -> dict[str, Any]:
    return {"recommendations": [Recommendation(sku=sku, why=a.REASON) for sku in skus]}


def after(*told: tuple[str, float], verdict: str | None = None, more: Any = ()) -> Any:
    """A client for whom articles were proposed, each so many days ago, and what became of the last."""
    record = a.record_of(*more)
    for n, (sku, days) in enumerate(told):
        propose(records.own(record, "fatigue"), [sku], f"a{n}", a.NOON - days * DAY)
    if verdict is not None:
        who = {"oid": "qjGJ8m2C0b1xYz_A"}
        said = a.event("staff.feedback", who=who, alert=f"a{len(told) - 1}", staff="camille", verdict=verdict)
        records.touch(record, said, a.NOON, a.HOUSE)
    return record


TWICE = (("bag-aurore", 9.0), ("bag-aurore", 2.0))
VAIN = tuple((sku, n + 1.0) for n, sku in enumerate(BAGS))

CASES = {
    "never proposed": Case(proposal=shows("bag-aurore"), passes=True),
    "proposed twice": Case(client=after(*TWICE), proposal=shows("bag-aurore"), passes=True),
    "three times": Case(
        client=after(("bag-aurore", 1.0), *TWICE), proposal=shows("bag-aurore"), passes=False
    ),
    "twice, and dismissed": Case(
        client=after(*TWICE, verdict="dismissed"), proposal=shows("bag-aurore"), passes=False
    ),
    "three times, and followed": Case(
        client=after(("bag-aurore", 30.0), *TWICE, verdict="accepted"),
        proposal=shows("bag-aurore"),
        passes=True,
    ),
    "three times, long ago": Case(
        client=after(*[("bag-aurore", 70.0)] * 3), proposal=shows("bag-aurore"), passes=True
    ),
    "three times, and in the cart since": Case(
        client=after(("bag-aurore", 1.0), *TWICE, more=[a.cart(card="c1")]),
        proposal=shows("bag-aurore"),
        passes=True,
    ),
    "four bags in vain, then a watch": Case(
        client=after(*VAIN), proposal=shows("watch-meridien"), passes=True
    ),
    "four bags in vain, then another": Case(client=after(*VAIN), proposal=shows("clutch-nuit"), passes=False),
}


def slips(random: Random) -> Slip:
    """What was shown too often, a category that is, or a card of three bags and a scarf."""
    kind = random.choice(["again", "vain", "crowd"])
    if kind == "crowd":
        skus = [*random.sample(BAGS, 3), random.choice(["scarf-brise", "watch-meridien"])]
        random.shuffle(skus)
        return Slip(moment=a.moment(), proposal=a.proposal(**shows(*skus)), wrong=_crowded)
    sku = random.choice(BAGS)
    days = [random.uniform(0, 55) for _ in range(random.randint(3, 9))]
    told = [(sku, day) for day in days] if kind == "again" else [(bag, random.uniform(0, 55)) for bag in BAGS]
    random.shuffle(told)
    client = after(*told, verdict=random.choice([None, "dismissed", "seen", "never"]))
    proposal = a.proposal(**shows(*random.sample([sku, "scarf-brise"], 2)))
    return Slip(moment=a.moment(client=client), proposal=proposal, wrong=_still(sku))


def _crowded(left: Proposal) -> bool:
    return sum(article.sku in BAGS for article in left.recommendations) > 2


def _still(sku: str) -> Any:
    def wrong(left: Proposal) -> bool:
        return sku in [article.sku for article in left.recommendations]

    return wrong
