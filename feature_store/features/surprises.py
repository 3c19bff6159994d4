"""Gifts that are still a secret: what the client bought for somebody, and what somebody bought for them.

A purchase that is a gift is kept in the giver's record; where it says for whom, the other's part hears of it
(`record.surprise`), so that neither the giver's card, read with the other beside them, nor the other's own
gives it away. A ring bought on 1 December is a secret for 90 days, unless a house says otherwise.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature, House, code_of
from schemas.events.client import KEPT_SECRET, ClientSurprise
from schemas.events.store import StorePurchase

LASTS = 90 * 86_400.0
"""Seconds after a purchase for which it is a secret."""


class Surprises(msgspec.Struct, array_like=True, gc=False):
    """A checksum of an article -> when it was bought, Unix seconds: for others, and by others."""

    given: dict[int, int] = {}
    awaited: dict[int, int] = {}


def secret(slice: Surprises, now: float, lasts: float = LASTS) -> frozenset[int]:
    """Checksums of what is a secret now: bought to give, or for the client, not longer ago than that."""
    both = (*slice.given.items(), *slice.awaited.items())
    return frozenset(sku for sku, at in both if now - at < lasts)


def _purchase(slice: Surprises, event: StorePurchase, at: float, house: House) -> None:
    data = event.data
    if data.given:
        _keep(slice.given, ((code_of(line.sku), int(at)) for line in data.lines))


def _surprise(slice: Surprises, event: ClientSurprise, at: float, house: House) -> None:
    _keep(slice.awaited, ((code_of(sku), int(at)) for sku in event.data.skus))


def _keep(bought: dict[int, int], told: Iterable[tuple[int, int]]) -> None:
    """Of what is more than a part keeps on a side, the one bought longest ago goes first."""
    for sku, at in told:
        bought[sku] = max(at, bought.get(sku, at))
    while len(bought) > KEPT_SECRET:
        del bought[min(bought, key=lambda sku: (bought[sku], sku))]


def _values(slice: Surprises, now: float) -> dict[str, Any]:
    def fresh(bought: dict[int, int]) -> int:
        return sum(now - at < LASTS for at in bought.values())

    return {"given": fresh(slice.given), "awaited": fresh(slice.awaited)}


def _merge(slices: Sequence[Surprises]) -> Surprises:
    merged = Surprises()
    for slice in slices:
        _keep(merged.given, slice.given.items())
        _keep(merged.awaited, slice.awaited.items())
    return merged


FEATURE = Feature(
    name="surprises",
    letter="M",
    slice=Surprises,
    on={StorePurchase: _purchase, ClientSurprise: _surprise},
    values=_values,
    merge=_merge,
)
