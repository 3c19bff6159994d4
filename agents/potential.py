"""What a first purchase promises, from evidence anybody can check. Pure.

| evidence | weight |
| --- | --- |
| more than one article chosen at once | 0.2 |
| of more than one category | 0.2 |
| the client came to the boutique for it, or has since | 0.2 |
| they have written, called or come back after it | 0.2 |
| first orders like it are followed within 90 days a fifth more often than others (forecast `second`) | 0.2 |
| it is worth no less than two fifths of clients bought all year (score 3, docs/value.md) | 0.2 |
| it was a gift: it tells of somebody else's taste | halves all |

A bag and a scarf bought together in a boutique, and a message a week later: 0.8; more than 1 counts as 1.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from agents.forecasts import second
from agents.moment import Moment
from agents.phrase import Phrase
from feature_store.features.orders import First, Orders, came_back
from feature_store.record import slice_of
from feature_store.tally import bucket

EACH = 0.2
WORTH = 3
ABOVE = 1.2
"""Times the rate of the house from which on a forecast is evidence."""
HIGH = 0.5
"""From here on a first buyer is nurtured."""
DAY = 86_400


class Potential(msgspec.Struct, frozen=True):
    """`score` 0 to 1; `because`: the evidence, most telling first, never of how much was spent. `likely`:
    what a forecast adds to it.
    """

    score: float
    because: Sequence[Phrase]
    likely: Phrase | None = None


def potential(moment: Moment) -> Potential | None:
    """Of somebody who has ordered once and kept it; None for everybody else."""
    if slice_of(moment.client, "frequency").orders != 1:
        return None
    orders: Orders = slice_of(moment.client, "orders")
    first = orders.first
    if first is None or came_back(orders):
        return None
    because = [phrase for phrase in (_chosen(first), _came(moment, first), _since(moment, first)) if phrase]
    worth = moment.scale.score(f"m:{first.currency}", bucket(first.amount)) or 0
    likely = _likely(moment.client, moment.now, moment.priors)
    score = EACH * (len(because) + (first.kinds > 1) + (worth >= WORTH) + (likely is not None))
    return Potential(round(min(1.0, score) / (2 if first.gift else 1), 3), because, likely)


def _likely(client: Any, now: float, priors: Mapping[str, Any]) -> Phrase | None:
    p = second.follows(client, now, priors)
    if p is None or p < ABOVE * (usual := priors[second.NAME].rate("")):
        return None
    facts = ("orders.first", "facts.purchases")
    often, here = (round(100 * one) for one in (p, usual))  # a percentage reads as a discount to a guard
    return Phrase(f"Of 100 orders like it {often} are followed by a second, of all here {here}", *facts)


def _chosen(first: First) -> Phrase | None:
    if first.articles < 2:
        return None
    kinds = f" of {first.kinds} categories" if first.kinds > 1 else ""
    return Phrase(f"Chose {first.articles} articles{kinds} the first time", "orders.first")


def _came(moment: Moment, first: First) -> Phrase | None:
    if first.web and not slice_of(moment.client, "facts").visits:
        return None
    return Phrase("Comes to the boutique", "facts.visits")


def _since(moment: Moment, first: First) -> Phrase | None:
    recency = slice_of(moment.client, "recency")
    if max(recency.visit, recency.word) <= first.at + DAY:
        return None
    return Phrase("Has been in touch since", "recency.visit", "recency.word")
