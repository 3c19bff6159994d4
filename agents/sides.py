"""What a hotel knows of a guest is not told to a boutique, nor the other way round, unless they allow it.

A feature that only hotels' events change is a hotel's knowledge, one that only boutiques' change a
boutique's; of those that both change each value is named here. What neither has alone (a language, a taste)
is of the house.
"""

from collections.abc import Iterable
from typing import Literal

from agents.moment import Moment
from feature_store.record import BY_NAME
from schemas.events import hotel, store

Side = Literal["hotel", "boutique"]
_OF_BOTH: dict[str, Side] = {
    "facts.stays": "hotel", "facts.bookings": "hotel", "facts.visits": "boutique",
    "facts.purchases": "boutique", "facts.returns": "boutique", "facts.spend": "boutique",
    "recency.visit": "boutique", "recency.visit_days": "boutique", "recency.purchase": "boutique",
    "recency.purchase_days": "boutique", "recency.last_purchase": "boutique",
}  # fmt: skip


def _side(feature: str) -> Side | None:
    modules = {kind.__module__ for kind in BY_NAME[feature].on}
    if modules == {hotel.__name__}:
        return "hotel"
    return "boutique" if modules == {store.__name__} else None


_SIDES: dict[str, Side] = {name: side for name in BY_NAME if (side := _side(name)) is not None}
_SIDES |= {"handled": "boutique", "surprises": "boutique"}
"""What became of articles is a boutique's, though a case tells of one, or an agent of a gift."""


def side_of(fact: str) -> Side | None:
    """Whose knowledge a fact is; None: of the house.

    >>> side_of("stay.eta"), side_of("facts.visits"), side_of("monetary.net"), side_of("language")
    ('hotel', 'boutique', 'boutique', None)
    >>> side_of("handled.bought")
    'boutique'
    """
    return _OF_BOTH.get(fact) or _SIDES.get(fact.partition(".")[0])


def may_tell(moment: Moment, facts: Iterable[str], site: str | None) -> bool:
    """Whether facts may be told at a place: those of hotels at hotels, those of boutiques everywhere else.

    `sharing` opens both ways, and so does a grant for a fact that crossed under it.
    """
    found = moment.maison.site(site or "")
    here: Side = "hotel" if found is not None and found.kind == "hotel" else "boutique"
    foreign = [fact for fact in facts if side_of(fact) not in (None, here)]
    return not foreign or moment.allows("sharing") or all(moment.grant_of(fact) for fact in foreign)
