"""The first order and the last: what a first purchase tells, and what care the last one asks for.

A scarf and a bag bought together in May, then a watch in September that came back in October:
`first == {"articles": 2, "kinds": 2, ...}`, `last == {"sku": "watch-meridien", "back": True, ...}`.
"""

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Any
from zlib import crc32

import msgspec

from feature_store.feature import Feature, House, capped, latest
from feature_store.told_twice import Amounts, came_to, told_at, with_order, with_other, with_time
from schemas.events.store import Line, OrderData, StorePurchase, StoreReturn

LONGEST = 64
"""Letters of an article that is remembered; a longer one is in no catalogue."""
BACK = 4
"""Orders and articles brought back last that are remembered; of one return, the order and its dearest."""
AHEAD = 4
"""Orders that are remembered of which only a change was told."""
GIFT, WEB = 1, 2
MOST = 255
LATEST = 2**32 - 1
_PAIR = Struct(">II")


class First(msgspec.Struct, array_like=True, frozen=True, order=True, gc=False):
    """`at` in Unix seconds; `articles`, and `kinds` of them, stop at 255; `amount` in minor units."""

    at: int
    articles: int = 0
    kinds: int = 0
    flags: int = 0
    amount: int = 0
    currency: str = ""

    @property
    def gift(self) -> bool:
        """Whether it was bought to be given."""
        return bool(self.flags & GIFT)

    @property
    def web(self) -> bool:
        """Whether it was paid in the web shop."""
        return bool(self.flags & WEB)


class Last(msgspec.Struct, array_like=True, frozen=True, order=True, gc=False):
    """`order` is a checksum: only equality matters. `sku`: the dearest article; empty for a gift, and for an
    article of no catalogue.
    """

    at: int
    order: int = 0
    sku: str = ""
    flags: int = 0

    @property
    def gift(self) -> bool:
        """Whether it was bought to be given."""
        return bool(self.flags & GIFT)


class Orders(msgspec.Struct, array_like=True):
    """`back`: checksums of orders and articles brought back, eight bytes each with the time, in seconds.

    `sums`, `told`: what the last orders came to, and when they were told of (`feature_store/told_twice.py`);
    of a merged client nothing. `ahead`: orders of which it was told what they are by now before they were: by
    their checksum when, the dearest article and what they came to, by currency.
    """

    first: First | None = None
    last: Last | None = None
    back: bytes = b""
    sums: dict[str, bytes] = {}
    told: bytes = b""
    ahead: dict[int, tuple[int, str, dict[str, int]]] = {}


def begun(first: First | None) -> int:
    """With how many articles a client began: 1, 2, or 3 for more; 0 where that is not known."""
    return 0 if first is None else min(3, first.articles)


def came_back(slice: Orders) -> bool:
    """Whether the last order, or the dearest article of it, was brought back."""
    last, back = slice.last, _back(slice)
    if last is None:
        return False
    return last.order in back or back.get(_sum(last.sku), 0) >= max(last.at, 1)


def _back(slice: Orders) -> dict[int, int]:
    return dict(_PAIR.iter_unpack(slice.back))


def _sum(text: str) -> int:
    return crc32(text.encode())


def _second(at: float) -> int:
    return min(max(int(at), 0), LATEST)


def _purchase(slice: Orders, event: StorePurchase, at: float, house: House) -> None:
    data, at = event.data, _second(at)
    flags, lines = _flags(data), data.lines
    slice.sums, slice.told = with_order(slice.sums, lines), with_time(slice.told, at)
    dearest = _dearest(data)
    last = Last(at, _sum(data.order_id), _article(dearest, flags), flags)
    slice.last = last if slice.last is None else max(slice.last, last)
    if slice.first is None or at <= slice.first.at:
        first = _first(data, at, flags, dearest.currency, house)
        slice.first = first if slice.first is None else min(slice.first, first)


def tell_anew(slice: Orders, event: StorePurchase, at: float, nth: int) -> Amounts | None:
    """What the `nth` order came to before; None where that is not known, or was said later: it stays.

    The last order stays when it was, whatever it is of by now; the first is what a client began with.
    """
    data, at = event.data, _second(at)
    was, before = came_to(slice.sums, nth), told_at(slice.told, nth)
    said = came_to(with_order({}, data.lines), 1) or {}
    if was is None or (before, sorted(was.items())) >= (at, sorted(said.items())):
        return None
    slice.sums, slice.told = with_other(slice.sums, nth, data.lines), with_time(slice.told, at, nth)
    if slice.last is not None and slice.last.order == _sum(data.order_id):
        flags = _flags(data)
        slice.last = Last(slice.last.at, slice.last.order, _article(_dearest(data), flags), flags)
    return was


def tell_ahead(slice: Orders, data: OrderData, at: float) -> None:
    """Remembers what an order comes to that nobody has told of yet, as it was said last; the newest few."""
    sums: dict[str, int] = {}
    for line in data.lines:
        sums[line.currency] = sums.get(line.currency, 0) + line.amount
    said, order = (_second(at), _article(_dearest(data), 0), sums), _sum(data.order_id)
    slice.ahead[order] = max(
        slice.ahead.get(order, said), said, key=lambda one: (one[0], sorted(one[2].items()))
    )
    while len(slice.ahead) > AHEAD:
        del slice.ahead[min(slice.ahead, key=lambda one: (slice.ahead[one][0], one))]


def told_ahead(slice: Orders, data: OrderData) -> tuple[int, list[Line]] | None:
    """When and what was told of an order before it was, which is forgotten now; None where nothing was."""
    at, sku, sums = slice.ahead.pop(_sum(data.order_id), (0, "", {}))
    lines = [Line(sku=sku, quantity=1, amount=n, currency=currency) for currency, n in sums.items()]
    return (at, lines) if lines else None


def _flags(data: OrderData) -> int:
    return GIFT * data.given | WEB * (data.channel == "web")


def _dearest(data: OrderData) -> Line:
    lines = data.lines
    return lines[0] if len(lines) == 1 else max(lines, key=lambda line: (line.amount, line.sku))


def _article(line: Line, flags: int) -> str:
    return "" if flags & GIFT or len(line.sku) > LONGEST else line.sku


def _first(data: OrderData, at: int, flags: int, currency: str, house: House) -> First:
    articles = min(MOST, sum(line.quantity for line in data.lines))
    kinds = {house.category(line.sku, line.category) for line in data.lines} - {None}
    amount = capped(sum(line.amount for line in data.lines if line.currency == currency))
    return First(at, articles, min(MOST, len(kinds)), flags, amount, currency)


def _return(slice: Orders, event: StoreReturn, at: float, house: House) -> None:
    data, at = event.data, _second(at)
    dearest = sorted(data.lines, key=lambda line: (-line.amount, line.sku))[: BACK - 1]
    named = [data.order_id, *(line.sku for line in dearest)]
    slice.back = _packed([*_back(slice).items(), *((_sum(name), at) for name in named)])


def _packed(back: Iterable[tuple[int, int]]) -> bytes:
    return b"".join([_PAIR.pack(*pair) for pair in latest(back, BACK).items()])


def _values(slice: Orders, now: float) -> dict[str, Any]:
    """Never of how much, which is wealth, nor whether it was a gift."""
    first, last = slice.first, slice.last
    if first is None or last is None:
        return {}
    return {
        "first": {
            "at": first.at,
            "articles": first.articles,
            "kinds": first.kinds,
            "web": first.web,
        },
        "last": {"at": last.at, "sku": last.sku or None, "back": came_back(slice)},
    }


def _merge(slices: Sequence[Orders]) -> Orders:
    return Orders(
        min((s.first for s in slices if s.first is not None), default=None),
        max((s.last for s in slices if s.last is not None), default=None),
        _packed(pair for s in slices for pair in _back(s).items()),
    )


FEATURE = Feature(
    name="orders",
    letter="D",
    slice=Orders,
    on={StorePurchase: _purchase, StoreReturn: _return},
    values=_values,
    merge=_merge,
)
