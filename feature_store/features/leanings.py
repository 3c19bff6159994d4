"""Decayed taste in what articles differ in besides their category: collection, material, colour, size, price
band and occasion. Of what was put into a cart, wished for, tried or bought; what was merely looked at lies in
`glances`, and both are weighed together where taste is asked for (`agents/tastes.py`).

A black calfskin bag of the collection Aurore for 3,450.00, tried once and read a half-life later, gives
`{"collection": {"Aurore": 2.0}, "material": {"calfskin": 2.0}, "colour": {"black": 2.0}, "band": {"11": 2.0},
"occasion": {"everyday": 2.0}}`; bought, twice that.
"""

from collections.abc import Sequence
from typing import Any

from feature_store.decay import (
    BOUGHT,
    CART,
    SOCIAL,
    TRIED,
    WISH,
    Fading,
    each,
    faded,
    strongest,
    united,
    units_of,
)
from feature_store.feature import AXES, Feature, House
from feature_store.vocabulary import MARKS, spelled
from schemas.events.store import StoreItem, StorePurchase, StoreReturn
from schemas.events.web import SocialTouch, WebCart, WebWish

UNITS = 32.0
"""What a touch of weight 1 at the landmark adds."""
KEPT, MOST = 12, 18
"""Beyond `MOST` words a part keeps the twelve strongest."""


class Leanings(Fading, array_like=True, gc=False):
    """Word, behind the letter of its axis, by its position in `MARKS` or else as written -> units."""


def _add(slice: Leanings, sku: str | None, weight: float, at: float, house: House) -> None:
    marks = house.marks.get(sku)
    if marks is None:
        return
    each(slice, marks.codes, units_of(slice, weight, at, UNITS))
    if len(slice.weights) > MOST:
        slice.weights = strongest(slice.weights, KEPT)


def _social(slice: Leanings, event: SocialTouch, at: float, house: House) -> None:
    _add(slice, event.data.sku, SOCIAL, at, house)


def _cart(slice: Leanings, event: WebCart, at: float, house: House) -> None:
    if event.data.quantity != 0:
        _add(slice, event.data.sku, CART, at, house)


def _wish(slice: Leanings, event: WebWish, at: float, house: House) -> None:
    if event.data.quantity != 0:
        _add(slice, event.data.sku, WISH, at, house)


def _item(slice: Leanings, event: StoreItem, at: float, house: House) -> None:
    if event.data.action == "tried":
        _add(slice, event.data.sku, TRIED, at, house)


def _purchase(slice: Leanings, event: StorePurchase, at: float, house: House) -> None:
    _lines(slice, event, BOUGHT, at, house)


def _return(slice: Leanings, event: StoreReturn, at: float, house: House) -> None:
    _lines(slice, event, -BOUGHT / 2, at, house)


def _lines(
    slice: Leanings, event: StorePurchase | StoreReturn, weight: float, at: float, house: House
) -> None:
    if event.data.given:
        return  # somebody else's taste
    for line in event.data.lines:
        _add(slice, line.sku, weight, at, house)


def _values(slice: Leanings, now: float) -> dict[str, Any]:
    found: dict[str, dict[str, float]] = {}
    for kept, weight in faded(slice, now, UNITS).items():
        word = spelled(kept, MARKS)
        found.setdefault(AXES[word[0]], {})[word[1:]] = weight
    return found


def _merge(slices: Sequence[Leanings]) -> Leanings:
    weights, since = united(slices)
    return Leanings(strongest(weights, MOST if len(weights) <= MOST else KEPT), since)


FEATURE = Feature(
    name="leanings",
    letter="A",
    slice=Leanings,
    on={
        WebCart: _cart,
        WebWish: _wish,
        SocialTouch: _social,
        StoreItem: _item,
        StorePurchase: _purchase,
        StoreReturn: _return,
    },
    values=_values,
    merge=_merge,
    ordered="beyond eighteen words: what was forgotten of one does not come back",
)
