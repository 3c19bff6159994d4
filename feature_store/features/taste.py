"""Decayed taste over categories: what was bought weighs more than what was looked at, and both fade.

Forward decay (Cormode et al., 2009): a touch of weight w at time t adds w * 2^((t - L) / H) for a fixed
landmark L, so the order of events does not matter and nothing is rewritten as time passes; reading at
`now` divides by 2^((now - L) / H). One view read one half-life later is worth 0.5.

Weights are whole numbers of small units: five bytes where a float takes nine, and a sum that is the same in
any order. The landmark moves on every eight half-lives, which is a shift by eight bits.
"""

from collections.abc import Sequence
from math import floor, log2
from typing import Any

import msgspec

from feature_store.feature import Feature, House
from schemas.events.store import StoreItem, StorePurchase, StoreReturn
from schemas.events.web import SocialTouch, WebCart, WebSearch, WebView, WebWish

HALF_LIFE = 45 * 86_400.0
LANDMARK = 1_767_225_600.0
"""2026-01-01. A record's own landmark lies some eras after it, or before."""
ERA = 8
"""Half-lives after which the landmark of a record moves on."""
UNITS = 8192.0
"""What a touch of weight 1 at the landmark adds."""
KEPT = 10
"""Categories kept per part; the weakest goes first."""
LONGEST = 64
"""Letters of a category's name; a page may state any, and one beyond that is no category."""

VIEW, SOCIAL, CART, WISH, TRIED, BOUGHT = 1.0, 0.5, 3.0, 3.0, 4.0, 8.0


class Taste(msgspec.Struct, array_like=True, gc=False):
    """Category -> units; `since`: half-lives between `LANDMARK` and the record's own, a number of eras."""

    weights: dict[str, int] = {}
    since: int = 0


def _add(slice: Taste, category: str | None, weight: float, at: float) -> None:
    if category is None:
        return
    weights = slice.weights
    age = (at - LANDMARK) / HALF_LIFE - slice.since
    if age >= ERA or not weights:
        eras = floor(age / ERA)
        weights = slice.weights = {c: units >> ERA * eras for c, units in weights.items()}
        slice.since, age = slice.since + ERA * eras, age - ERA * eras
    units = int(UNITS * weight * 2.0**age)
    if category in weights:
        weights[category] += units
    elif len(category) <= LONGEST:
        weights[category] = units
        if len(weights) > KEPT:
            del weights[min(weights, key=lambda c: (weights[c], c))]


def _view(slice: Taste, event: WebView | WebSearch, at: float, house: House) -> None:
    data = event.data  # most clicks state the category: the catalogue is not asked
    _add(slice, data.category or house.category(data.sku), VIEW, at)


def _social(slice: Taste, event: SocialTouch, at: float, house: House) -> None:
    _add(slice, house.category(event.data.sku), SOCIAL, at)


def _cart(slice: Taste, event: WebCart | WebWish, at: float, house: House) -> None:
    _add(slice, house.category(event.data.sku, event.data.category), CART, at)


def _item(slice: Taste, event: StoreItem, at: float, house: House) -> None:
    if event.data.action == "tried":
        _add(slice, house.category(event.data.sku), TRIED, at)


def _purchase(slice: Taste, event: StorePurchase, at: float, house: House) -> None:
    if event.data.gift or event.data.for_ is not None:
        return  # somebody else's taste
    for line in event.data.lines:
        _add(slice, house.category(line.sku, line.category), BOUGHT, at)


def _return(slice: Taste, event: StoreReturn, at: float, house: House) -> None:
    if event.data.gift or event.data.for_ is not None:
        return
    for line in event.data.lines:
        _add(slice, house.category(line.sku, line.category), -BOUGHT / 2, at)


def _values(slice: Taste, now: float) -> dict[str, Any]:
    now_is = (now - LANDMARK) / HALF_LIFE - slice.since + log2(UNITS)
    faded = {c: 2.0 ** (log2(w) - now_is) for c, w in slice.weights.items() if w > 0}
    return {c: faded[c] for c in sorted(faded, key=lambda c: (-faded[c], c))}


def _merge(slices: Sequence[Taste]) -> Taste:
    weights: dict[str, int] = {}
    since = max((slice.since for slice in slices if slice.weights), default=0)
    for slice in slices:
        for category, units in slice.weights.items():
            weights[category] = weights.get(category, 0) + (units >> (since - slice.since))
    kept = sorted(weights, key=lambda c: (-weights[c], c))[:KEPT]
    return Taste({c: weights[c] for c in kept}, since)


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
