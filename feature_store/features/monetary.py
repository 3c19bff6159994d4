"""How much: bought, brought back and kept, per currency, in minor units.

An order of 100.00 EUR and a return of 30.00 EUR give `net == {"EUR": 7000}` and
`average_order == {"EUR": 10000}`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature, House, capped
from schemas.events.store import StorePurchase, StoreReturn


class Money(msgspec.Struct, array_like=True, gc=False):
    bought: int = 0
    orders: int = 0
    returned: int = 0


class Monetary(msgspec.Struct, array_like=True, gc=False):
    currencies: dict[str, Money] = {}


def _of(slice: Monetary, currency: str) -> Money:
    money = slice.currencies.get(currency)
    if money is None:
        money = slice.currencies[currency] = Money()
    return money


def _purchase(slice: Monetary, event: StorePurchase, at: float, house: House) -> None:
    for line in event.data.lines:
        money = _of(slice, line.currency)
        money.bought = capped(money.bought + line.amount)
    for currency in {line.currency for line in event.data.lines}:
        _of(slice, currency).orders += 1


def _return(slice: Monetary, event: StoreReturn, at: float, house: House) -> None:
    for line in event.data.lines:
        money = _of(slice, line.currency)
        money.returned = capped(money.returned + line.amount)


def _values(slice: Monetary, now: float) -> dict[str, Any]:
    return {
        "net": {c: m.bought - m.returned for c, m in slice.currencies.items()},
        "average_order": {c: m.bought // m.orders for c, m in slice.currencies.items() if m.orders},
    }


def _merge(slices: Sequence[Monetary]) -> Monetary:
    merged = Monetary({})
    for slice in slices:
        for currency, money in slice.currencies.items():
            into = _of(merged, currency)
            into.bought += money.bought
            into.orders += money.orders
            into.returned += money.returned
    return merged


def _less(slice: Monetary, order: Mapping[str, int]) -> None:
    for currency, amount in order.items():
        money = slice.currencies[currency]
        money.bought -= amount
        money.orders -= 1


FEATURE = Feature(
    name="monetary",
    letter="m",
    slice=Monetary,
    on={StorePurchase: _purchase, StoreReturn: _return},
    values=_values,
    merge=_merge,
    less=_less,
)
