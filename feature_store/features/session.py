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
    `out`: when articles were last taken out of the cart, which another part of the client may have filled.
    """

    id: int = 0
    last: int = 0
    views: int = 0
    cart: list[str] = []
    carted: int = 0
    paid: int = 0
    settled: bytes = b""
    out: bytes = b""


def settled_at(slice: Session, sku: str) -> int | None:
    """When an article was bought or brought back, in Unix seconds, if that was among the last."""
    return _times(slice.settled).get(crc32(sku.encode()))


def _times(*said: bytes) -> dict[int, int]:
    """Checksum of an article -> when that was last said of it."""
    times: dict[int, int] = {}
    for some in said:
        for article, at in _PAIR.iter_unpack(some):
            times[article] = max(times.get(article, 0), at)
    return times


def _enter(slice: Session, session: str, at: float) -> bool:
    """Moves to the event's session; False if the event is of a session already left."""
    id, at = crc32(session.encode()), int(at)
    if id != slice.id:
        if at < slice.last:
            return False
        slice.id, slice.views, slice.cart, slice.carted, slice.out = id, 0, [], 0, b""
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
        slice.out = _last(_times(slice.out, _PAIR.pack(crc32(sku.encode()), min(max(at, 0), LATEST))))
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
    second = min(max(int(at), 0), LATEST)
    said = [_PAIR.pack(crc32(line.sku.encode()), second) for line in event.data.lines]
    slice.settled = _last(_times(slice.settled, *said))
    if slice.cart:
        slice.cart = _left(slice, _times(slice.settled))


def _joined(said: Sequence[bytes]) -> bytes:
    some = [one for one in said if one]
    return _last(_times(*some)) if len(some) > 1 else b"".join(some)


def _last(times: dict[int, int]) -> bytes:
    last = sorted(zip(times.values(), times, strict=True))[-SETTLED:]
    return b"".join([_PAIR.pack(article, at) for at, article in last])


def _left(slice: Session, gone: dict[int, int]) -> list[str]:
    """What lies in the cart that is not gone since."""
    return [sku for sku in slice.cart if gone.get(crc32(sku.encode()), -1) < slice.carted]


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
    """The last visit, of which each part may know some: who signs in goes on under another identifier."""
    latest = max(slices, key=lambda s: (s.last, s.carted, s.views, s.id))
    visit = sorted((s for s in slices if s.id == latest.id), key=lambda s: (s.carted, s.cart))
    paid, settled = max(s.paid for s in slices), _joined([s.settled for s in slices])
    out = _joined([s.out for s in visit])
    filled = [s for s in visit if s.cart and s.carted > paid]
    gone, taken = (_times(settled), _times(out)) if filled else ({}, {})
    # what is put back within the second in which it was taken out, as pages change a quantity, is in it
    cart = [sku for s in filled for sku in _left(s, gone) if taken.get(crc32(sku.encode()), 0) <= s.carted]
    return msgspec.structs.replace(
        latest,
        views=sum(s.views for s in visit),
        cart=list(dict.fromkeys(cart))[-CART:],
        carted=visit[-1].carted,
        paid=paid,
        settled=settled,
        out=out,
    )


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
