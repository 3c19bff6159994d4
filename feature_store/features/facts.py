"""Exact all-time counts of distinct events: what is known, before anything is predicted.

Two visits, an order of 345.00 EUR and a return of 45.00 of it give `visits == 2`, `purchases == 1`,
`returns == 1` and `spend == {"EUR": 30000}`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature, House, capped
from schemas.events.chat import ChatMessage
from schemas.events.hotel import HotelBooking, HotelCheckout
from schemas.events.store import StoreCheckin, StorePurchase, StoreReturn
from schemas.events.web import WebView


class Facts(msgspec.Struct, array_like=True, gc=False):
    visits: int = 0
    views: int = 0
    purchases: int = 0
    returns: int = 0
    bookings: int = 0
    stays: int = 0
    messages: int = 0
    spend: dict[str, int] = {}


def _visit(slice: Facts, event: StoreCheckin, at: float, house: House) -> None:
    slice.visits += 1


def _view(slice: Facts, event: WebView, at: float, house: House) -> None:
    slice.views += 1


def _purchase(slice: Facts, event: StorePurchase, at: float, house: House) -> None:
    slice.purchases += 1
    for line in event.data.lines:
        slice.spend[line.currency] = capped(slice.spend.get(line.currency, 0) + line.amount)


def _return(slice: Facts, event: StoreReturn, at: float, house: House) -> None:
    slice.returns += 1
    for line in event.data.lines:
        slice.spend[line.currency] = capped(slice.spend.get(line.currency, 0) - line.amount)


def _booking(slice: Facts, event: HotelBooking, at: float, house: House) -> None:
    if event.data.status == "booked":
        slice.bookings += 1


def _stay(slice: Facts, event: HotelCheckout, at: float, house: House) -> None:
    slice.stays += 1


def _message(slice: Facts, event: ChatMessage, at: float, house: House) -> None:
    if event.data.direction == "in":
        slice.messages += 1


def _values(slice: Facts, now: float) -> dict[str, Any]:
    return msgspec.structs.asdict(slice)


def _merge(slices: Sequence[Facts]) -> Facts:
    spend: dict[str, int] = {}
    for slice in slices:
        for currency, amount in slice.spend.items():
            spend[currency] = spend.get(currency, 0) + amount
    counts = {name: sum(getattr(s, name) for s in slices) for name in Facts.__struct_fields__[:-1]}
    return Facts(**counts, spend=spend)


def _less(slice: Facts, order: Mapping[str, int]) -> None:
    slice.purchases -= 1
    for currency, amount in order.items():
        slice.spend[currency] -= amount


FEATURE = Feature(
    name="facts",
    letter="f",
    slice=Facts,
    on={
        StoreCheckin: _visit,
        WebView: _view,
        StorePurchase: _purchase,
        StoreReturn: _return,
        HotelBooking: _booking,
        HotelCheckout: _stay,
        ChatMessage: _message,
    },
    values=_values,
    merge=_merge,
    less=_less,
)
