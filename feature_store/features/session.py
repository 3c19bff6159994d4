"""The visit under way on the web: what was looked at, what lies in the cart, when it fell silent.

Two views and a cart in one session give `views == 2` and `cart == ["bag-aurore"]`.
"""

from collections.abc import Sequence
from struct import Struct
from typing import Any
from zlib import crc32

import msgspec

from feature_store.feature import Feature, House
from schemas.events.store import StorePurchase, StoreReturn
from schemas.events.web import WebCart, WebCheckout, WebSearch, WebView, WebWish

CART = 5
"""Articles of a cart that are remembered."""
LONGEST = 64
"""Letters of an article's id; a page may state any, and one beyond that is in no catalogue."""
SETTLED = 5
"""Articles bought or brought back last that are remembered."""
LIVE = 30 * 60
"""Seconds of silence after which a session is over."""
LATEST = 2**32 - 1
"""The last second, of 2106, that is told from another."""
_PAIR = Struct(">II")


class Session(msgspec.Struct, array_like=True, gc=False):
    """`id` is a checksum: only equality matters, and a visit's token has no business in a record.

    `paid`: when the last order was paid on the web, which empties the cart wherever it was filled.
    `settled`: when articles were last bought or brought back, anywhere: eight bytes each, a checksum first.
    """

    id: int = 0
    last: int = 0
    views: int = 0
    cart: list[str] = []
    carted: int = 0
    paid: int = 0
    settled: bytes = b""


def settled_at(slice: Session, sku: str) -> int | None:
    """When an article was bought or brought back, in Unix seconds, if that was among the last."""
    return _settled(slice).get(crc32(sku.encode()))


def _settled(slice: Session) -> dict[int, int]:
    return dict(_PAIR.iter_unpack(slice.settled))


def _enter(slice: Session, session: str, at: float) -> bool:
    """Moves to the event's session; False if the event is of a session already left."""
    id, at = crc32(session.encode()), int(at)
    if id != slice.id:
        if at < slice.last:
            return False
        slice.id, slice.views, slice.cart, slice.carted = id, 0, [], 0
    if at > slice.last:
        slice.last = at
    return True


def _view(slice: Session, event: WebView, at: float, house: House) -> None:
    if _enter(slice, event.data.session, at):
        slice.views += 1


def _stir(slice: Session, event: WebSearch | WebWish | WebCheckout, at: float, house: House) -> None:
    _enter(slice, event.data.session, at)


def _cart(slice: Session, event: WebCart, at: float, house: House) -> None:
    sku, at = event.data.sku, int(at)
    if not _enter(slice, event.data.session, at) or sku is None:
        return
    if event.data.quantity == 0:
        slice.cart = [one for one in slice.cart if one != sku]
        return
    slice.carted = max(slice.carted, at)
    gone = at <= slice.paid or _settled_since(slice, sku, at)
    if sku not in slice.cart and len(sku) <= LONGEST and not gone:
        slice.cart = [*slice.cart, sku][-CART:]


def _purchase(slice: Session, event: StorePurchase, at: float, house: House) -> None:
    web = event.data.channel == "web"
    if web:
        slice.paid = max(slice.paid, int(at))
    if web and at >= slice.carted:
        slice.cart = []
    _settle(slice, event, at, house)


def _settle(slice: Session, event: StorePurchase | StoreReturn, at: float, house: House) -> None:
    settled = _settled(slice)
    for line in event.data.lines:
        article = crc32(line.sku.encode())
        settled[article] = max(settled.get(article, 0), min(max(int(at), 0), LATEST))
    slice.settled = _last(settled)
    if slice.cart:
        slice.cart = _unsettled(slice)


def _last(settled: dict[int, int]) -> bytes:
    last = sorted(zip(settled.values(), settled, strict=True))[-SETTLED:]
    return b"".join([_PAIR.pack(article, at) for at, article in last])


def _unsettled(slice: Session) -> list[str]:
    return [sku for sku in slice.cart if not _settled_since(slice, sku, slice.carted)]


def _settled_since(slice: Session, sku: str, carted: int) -> bool:
    at = settled_at(slice, sku)
    return at is not None and at >= carted


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
    settled: dict[int, int] = {}
    for slice in slices:
        for article, at in _settled(slice).items():
            settled[article] = max(settled.get(article, 0), at)
    merged = msgspec.structs.replace(latest, cart=cart, paid=paid, settled=_last(settled))
    merged.cart = _unsettled(merged)
    return merged


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
        StoreReturn: _settle,
    },
    values=_values,
    merge=_merge,
    ordered="a session that is left is forgotten: an event of it that comes late finds another one open; and "
    "what is taken out of a cart is taken from what it is known to hold",
)
