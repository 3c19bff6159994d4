"""Of which category is a client's next article? What they chose before, drawn to what everybody chooses.

Each order is a case as it comes: what its client had bought for themselves and kept until then, and of which
category the largest of its articles is. A gift tells of somebody else, and is none.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from agents.forecast import Closed, Lesson, Opened, Priors
from agents.moment import Moment
from agents.shares import Shares, case_of, cell_of, which
from feature_store.feature import House, code_of, short
from feature_store.features.handled import BLAMED, BOUGHT, DECLINED, GIVEN, handled
from feature_store.record import slice_of
from schemas.events.store import OrderData, StorePurchase

NAME = "next_category"
LEAST = 100
"""Orders below which nothing is said."""
CELL = cell_of("category")


class Next(NamedTuple):
    """`p`: probability that the next article is of the category. It rests on `own` articles of theirs, and on
    `here` of the `of` orders that were counted in this house."""

    category: str
    p: float
    own: int
    here: int
    of: int


def next_categories(client: Any, now: float, house: House, priors: Priors) -> list[Next]:
    """The categories of the house, the likeliest first; empty where it has not learned enough."""
    estimator: Shares | None = priors.get(NAME)
    if estimator is None or estimator.seen(CELL) < LEAST:
        return []
    own, here, of = _chosen(client, now, house), estimator.counts[CELL], round(estimator.seen(CELL))
    shares = estimator.shares(CELL, own)
    likeliest = sorted(shares, key=lambda category: (-shares[category], category))
    return [Next(c, shares[c], own[c], round(here[c]), of) for c in likeliest]


def _chosen(client: Any, until: float, house: House, but: frozenset[int] = frozenset()) -> Counter[str]:
    """Category -> articles remembered that were bought for themselves before a time, and kept."""
    known = [one for one in handled(slice_of(client, "handled")).values() if one.code not in but]
    kept = [
        house.coded[one.code].category
        for one in known
        if one.code in house.coded
        and one.at < until
        and one.steps & BOUGHT
        and not one.steps & (GIVEN | DECLINED | BLAMED)
    ]
    return Counter(kept)


def _category(order: OrderData, house: House) -> str | None:
    """That of the article which cost most, where the house knows it."""
    if order.given:
        return None
    dearest = max(order.lines, key=lambda line: (line.amount, line.sku))
    article = house.articles.get(dearest.sku)
    return article.category if article else None


def _watch(moment: Moment) -> Iterable[Lesson]:
    event: Any = moment.event
    chosen = _category(event.data, moment.house)
    if chosen is None:
        return
    these = frozenset(code_of(line.sku) for line in event.data.lines)
    ref, own = short(event.data.order_id), _chosen(moment.client, moment.at, moment.house, these)
    yield Opened(ref, case_of(CELL, own, chosen))
    yield Closed(ref, 1)


FORECAST = which(NAME, StorePurchase, _watch)
