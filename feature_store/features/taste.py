"""Decayed taste over categories: what was bought weighs more than what was looked at, and both fade.

One view read one half-life, 45 days, later is worth 0.5 (see `feature_store/decay.py`).
"""

from collections.abc import Sequence
from typing import Any

from feature_store.decay import (
    BOUGHT,
    CART,
    SOCIAL,
    TRIED,
    VIEW,
    Fading,
    faded,
    strongest,
    united,
    units_of,
)
from feature_store.feature import Feature, House
from feature_store.vocabulary import CATEGORIES, codes_of, spelled
from schemas.events.store import StoreItem, StorePurchase, StoreReturn
from schemas.events.web import SocialTouch, WebCart, WebSearch, WebView, WebWish

UNITS = 256.0
"""What a touch of weight 1 at the landmark adds."""
KEPT = 10
"""Categories kept per part; the weakest goes first."""
LONGEST = 64
"""Letters of a category's name; a page may state any, and one beyond that is no category."""


_CODES = codes_of(CATEGORIES)


class Taste(Fading, array_like=True, gc=False):
    """Category, by its position in `CATEGORIES` or else as written -> units."""


def _add(slice: Taste, category: str | None, weight: float, at: float) -> None:
    if category is None:
        return
    units = units_of(slice, weight, at, UNITS)
    weights, code = slice.weights, _CODES.get(category, category)
    if code in weights:
        weights[code] += units
    elif len(category) <= LONGEST:
        weights[code] = units
        if len(weights) > KEPT:
            del weights[min(weights, key=lambda c: (weights[c], str(c)))]


def _view(slice: Taste, event: WebView | WebSearch, at: float, house: House) -> None:
    data = event.data  # most clicks state the category: the catalogue is not asked
    _add(slice, data.category or house.category(data.sku), VIEW, at)


def _social(slice: Taste, event: SocialTouch, at: float, house: House) -> None:
    _add(slice, house.category(event.data.sku), SOCIAL, at)


def _cart(slice: Taste, event: WebCart | WebWish, at: float, house: House) -> None:
    if event.data.quantity != 0:
        _add(slice, house.category(event.data.sku, event.data.category), CART, at)


def _item(slice: Taste, event: StoreItem, at: float, house: House) -> None:
    if event.data.action == "tried":
        _add(slice, house.category(event.data.sku), TRIED, at)


def _purchase(slice: Taste, event: StorePurchase, at: float, house: House) -> None:
    if event.data.given:
        return  # somebody else's taste
    for line in event.data.lines:
        _add(slice, house.category(line.sku, line.category), BOUGHT, at)


def _return(slice: Taste, event: StoreReturn, at: float, house: House) -> None:
    if event.data.given:
        return
    for line in event.data.lines:
        _add(slice, house.category(line.sku, line.category), -BOUGHT / 2, at)


def _values(slice: Taste, now: float) -> dict[str, Any]:
    worth = faded(slice, now, UNITS)
    return {spelled(kept, CATEGORIES): weight for kept, weight in worth.items()}


def _merge(slices: Sequence[Taste]) -> Taste:
    weights, since = united(slices)
    return Taste(strongest(weights, KEPT), since)


FEATURE = Feature(
    name="taste",
    letter="t",
    slice=Taste,
    on={
        WebView: _view,
        WebSearch: _view,
        WebCart: _cart,
        WebWish: _cart,
        SocialTouch: _social,
        StoreItem: _item,
        StorePurchase: _purchase,
        StoreReturn: _return,
    },
    values=_values,
    merge=_merge,
    ordered="beyond ten categories: what was forgotten of a category does not come back",
)
