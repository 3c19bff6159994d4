"""What a client buys for others: for whom, when in the year, which article. The most discreet of facts.

A scarf bought for somebody on 12 December 2025 gives
`given == [{"day": "2025-12-12", "somebody_known": True, "article": 2263147906}]`, and nowhere a name.
"""

from collections.abc import Iterable, Iterator, Sequence
from struct import Struct
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from feature_store.days import date_of, day_of
from feature_store.feature import Feature, House, code_of
from schemas.events.store import StorePurchase

KEPT = 4
"""Gifts remembered, the last ones."""
_GIFT = Struct(">HII")


class Gift(NamedTuple):
    """`day` since 1970, UTC; `to`: checksum of the recipient's opaque id, 0 where nobody is named.

    `article`: `code_of` the dearest one; what it is called stands in the catalogue.
    """

    day: int
    to: int
    article: int


class Gifts(msgspec.Struct, array_like=True, gc=False):
    """Ten bytes a gift, the oldest first."""

    given: bytes = b""


def given(slice: Gifts) -> Iterator[Gift]:
    """The gifts that are remembered, the oldest first."""
    return (Gift(*gift) for gift in _GIFT.iter_unpack(slice.given))


def person_mark(oid: str) -> int:
    """What stands for a recipient in a gift."""
    return crc32(oid.encode())


def _purchase(slice: Gifts, event: StorePurchase, at: float, house: House) -> None:
    data = event.data
    if not data.given:
        return
    to = house.part(event.maison, data.for_) if data.for_ else None
    dearest = max(data.lines, key=lambda line: (line.amount, line.sku))
    gift = Gift(day_of(at), person_mark(to) if to else 0, code_of(dearest.sku))
    slice.given = _kept([*given(slice), gift])


def _kept(gifts: Iterable[Gift]) -> bytes:
    return b"".join([_GIFT.pack(*gift) for gift in sorted(set(gifts))[-KEPT:]])


def _values(slice: Gifts, now: float) -> dict[str, Any]:
    return {
        "given": [
            {
                "day": date_of(gift.day).isoformat(),
                "somebody_known": gift.to != 0,
                "article": gift.article,
            }
            for gift in given(slice)
        ]
    }


def _merge(slices: Sequence[Gifts]) -> Gifts:
    return Gifts(_kept(gift for slice in slices for gift in given(slice)))


FEATURE = Feature(
    name="gifts", letter="T", slice=Gifts, on={StorePurchase: _purchase}, values=_values, merge=_merge
)
