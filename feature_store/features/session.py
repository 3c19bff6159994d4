"""The visit under way on the web: what was looked at, what lies in the cart, when it fell silent.

Two views and a cart in one session give `views == 2` and `cart == ["bag-aurore"]`.
"""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import msgspec

from feature_store.feature import Feature, House
from schemas.events.store import StorePurchase
from schemas.events.web import WebCart, WebCheckout, WebSearch, WebView, WebWish

CART = 5
"""Articles of a cart that are remembered."""
LIVE = 30 * 60
"""Seconds of silence after which a session is over."""


class Session(msgspec.Struct, array_like=True):
    """`id` is a checksum: only equality matters, and a visit's token has no business in a record.

    `paid`: when the last order was paid on the web, which empties the cart wherever it was filled.
    """

    id: int = 0
    started: int = 0
    last: int = 0
    views: int = 0
    cart: list[str] = []
    carted: int = 0
    paid: int = 0


def _enter(slice: Session, session: str, at: float) -> bool:
    """Moves to the event's session; False if the event is of a session already left."""
    id, at = crc32(session.encode()), int(at)
    if id != slice.id:
        if at < slice.last:
            return False
        slice.id, slice.started, slice.views, slice.cart, slice.carted = id, at, 0, [], 0
    if at < slice.started:
        slice.started = at
    if at > slice.last:
        slice.last = at
    return True


def _view(slice: Session, event: WebView, at: float, house: House) -> None:
    if _enter(slice, event.data.session, at):
        slice.views += 1


def _stir(slice: Session, event: WebSearch | WebWish | WebCheckout, at: float, house: House) -> None:
    _enter(slice, event.data.session, at)


def _cart(slice: Session, event: WebCart, at: float, house: House) -> None:
    sku = event.data.sku
    if not _enter(slice, event.data.session, at) or sku is None:
        return
    slice.carted = max(slice.carted, int(at))
    if sku not in slice.cart:
        slice.cart = [*slice.cart, sku][-CART:]


def _purchase(slice: Session, event: StorePurchase, at: float, house: House) -> None:
    web = event.data.channel == "web"
    if web:
        slice.paid = max(slice.paid, int(at))
    if at >= slice.carted:
        bought = {line.sku for line in event.data.lines}
        slice.cart = [] if web else [s for s in slice.cart if s not in bought]


def _values(slice: Session, now: float) -> dict[str, Any]:
    return {
        "live": bool(slice.last) and now - slice.last < LIVE,
        "views": slice.views,
        "cart": list(slice.cart),
        "quiet_seconds": max(0.0, now - slice.last) if slice.last else None,
    }


def _merge(slices: Sequence[Session]) -> Session:
    latest = max(slices, key=lambda s: (s.last, s.carted, s.views, s.id))
    paid = max(s.paid for s in slices)
    cart = latest.cart if latest.carted > paid else []
    return msgspec.structs.replace(latest, cart=cart, paid=paid)


FEATURE = Feature(
    name="session",
    letter="s",
    slice=Session,
    on={
        WebView: _view,
        WebSearch: _stir,
        WebWish: _stir,
        WebCheckout: _stir,
        WebCart: _cart,
        StorePurchase: _purchase,
    },
    values=_values,
    merge=_merge,
    ordered="a session that is left is forgotten: an event of it that comes late finds another one open",
)
