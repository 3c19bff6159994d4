"""How often: orders, and the rhythm between the first and the last of them.

Three orders over 60 days give `orders == 3` and `days_between == 30.0`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature, House
from schemas.events.store import StorePurchase

DAY = 86_400


class Frequency(msgspec.Struct, array_like=True, gc=False):
    orders: int = 0
    first: int = 0
    last: int = 0


def _purchase(slice: Frequency, event: StorePurchase, at: float, house: House) -> None:
    slice.orders += 1
    slice.first = min(slice.first or int(at), int(at))
    slice.last = max(slice.last, int(at))


def _values(slice: Frequency, now: float) -> dict[str, Any]:
    between = (slice.last - slice.first) / DAY / (slice.orders - 1) if slice.orders > 1 else None
    return {"orders": slice.orders, "days_between": between}


def _merge(slices: Sequence[Frequency]) -> Frequency:
    return Frequency(
        sum(s.orders for s in slices),
        min((s.first for s in slices if s.first), default=0),
        max(s.last for s in slices),
    )


def _less(slice: Frequency, order: Mapping[str, int]) -> None:
    slice.orders -= 1


FEATURE = Feature(
    name="frequency",
    letter="q",
    slice=Frequency,
    on={StorePurchase: _purchase},
    values=_values,
    merge=_merge,
    less=_less,
)
