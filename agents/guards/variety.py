"""The same article is not shown again and again, nor more of the same.

| the article | shown |
| --- | --- |
| proposed `times` times within `rest_days`; a card dismissed, an article put back, count as one more | no |
| the same, but followed, or the client put it into the cart or on the wish list | yes |
| of a category of which four articles were proposed within `rest_days` and none was followed | no |
| the third of its category on one card, while there is something else to show | no |
"""

from collections import Counter

from agents.articles import Against, by_article, wished, without
from agents.guard import Guard, Threshold
from agents.moment import Moment, Proposal
from feature_store.feature import code_of
from feature_store.features.fatigue import FOLLOWED, REFUSED, Proposed, proposed
from feature_store.record import slice_of

DAY = 86_400.0
TIRED = 4
"""Articles of a category proposed in vain after which there are enough of it."""
TOGETHER = 2
"""Articles of a category on one card, while there are others."""
TIMES = Threshold(
    guard="variety", name="times", default=3, least=1, most=10,
    says="how often an article is proposed before it rests",
)  # fmt: skip
REST = Threshold(
    guard="variety", name="rest_days", default=60, least=14, most=365,
    says="days that it rests, from when it was proposed last",
)  # fmt: skip


def _against(moment: Moment) -> Against:
    house, session = moment.house, slice_of(moment.client, "session")
    since = moment.now - (REST.of(moment.maison) + 1) * DAY
    known = {c: p for c, p in proposed(slice_of(moment.client, "fatigue")).items() if p.at >= since}
    wishes = wished(moment)
    coded = house.coded
    vain = Counter(coded[c].category for c, p in known.items() if c in coded and not p.marks & FOLLOWED)
    followed = {coded[c].category for c, p in known.items() if c in coded and p.marks & FOLLOWED}
    times = TIMES.of(moment.maison)

    def against(sku: str) -> str | None:
        code, article = code_of(sku), house.articles.get(sku)
        if sku in session.cart or code in wishes:
            return None
        if code in known and not known[code].marks & FOLLOWED and _counted(known[code]) >= times:
            return "was proposed too often"
        if article is not None and vain[article.category] >= TIRED and article.category not in followed:
            return "is one more of a category that was proposed in vain"
        return None

    return against


_left, _check = by_article(_against)


def _counted(one: Proposed) -> int:
    return one.times + bool(one.marks & REFUSED)


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    left = _left(moment, proposal)
    kinds = [(article.sku, _category(moment, article.sku)) for article in left.recommendations]
    if len({kind for _, kind in kinds}) < 2:
        return left
    shown: Counter[str] = Counter()
    crowd: dict[str, str] = {}
    for sku, kind in kinds:
        shown[kind] += 1
        if shown[kind] > TOGETHER:
            crowd[sku] = "is more of the same"
    return without(left, crowd.get) if crowd else left


def _category(moment: Moment, sku: str) -> str:
    article = moment.house.articles.get(sku)
    return article.category if article is not None else sku


GUARD = Guard(
    name="variety",
    version=1,
    says="No article is shown again and again in vain, and no card shows only more of the same.",
    check=_check,
    spare=_spare,
    thresholds=(TIMES, REST),
)
