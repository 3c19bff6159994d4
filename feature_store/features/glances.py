"""Articles a client looked at last online, how often, and those they wished for.

Three looks at a bag and one at a ring give `{"articles": 2, "looks": 4, "wished": 0}`. What they lean to is
worked out from these at the moment it is asked for: a click costs one look-up, and a hundred no byte more.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from feature_store.feature import Feature, House
from schemas.events.web import WebView, WebWish

KEPT, MOST = 5, 8
"""Beyond `MOST` articles the last five are kept, those wished for before all others."""
_EPOCH = 26_297_280
"""2020, in minutes."""
_LATEST = 2**24 - 1
_LOOKS = 127
_TIMES = _LATEST << 7
_WISHED = 1 << 31


class Glance(NamedTuple):
    """An article looked at: how often (up to 127), whether it is wished for, when last, to the minute."""

    code: int
    looks: int
    wished: bool
    at: float


class Glances(msgspec.Struct, array_like=True, gc=False):
    """`code_of` an article -> a bit for a wish, the minute since 2020, seven bits of looks: in that order the
    larger is the one to keep."""

    seen: dict[int, int] = {}


def glances(slice: Glances) -> list[Glance]:
    """What is remembered, the last first."""
    found = [
        Glance(code, packed & _LOOKS, bool(packed & _WISHED), 60.0 * (_EPOCH + (packed >> 7 & _LATEST)))
        for code, packed in slice.seen.items()
    ]
    return sorted(found, key=lambda glance: (-glance.at, glance.code))


def _joined(one: int, other: int) -> int:
    looks = min((one & _LOOKS) + (other & _LOOKS), _LOOKS)
    return (one | other) & _WISHED | max(one & _TIMES, other & _TIMES) | looks


def _kept(seen: dict[int, int]) -> dict[int, int]:
    return {code: seen[code] for code in sorted(seen, key=seen.__getitem__)[-KEPT:]}


def _when(at: float) -> int:
    return min(max(int(at / 60) - _EPOCH, 0), _LATEST) << 7


def _view(slice: Glances, event: WebView, at: float, house: House) -> None:
    """Spelled out: most of all events are this one."""
    marks = house.marks.get(event.data.sku)
    if marks is None:
        return
    seen, when = slice.seen, _when(at)
    known = seen.get(marks.code)
    if known is None:
        seen[marks.code] = when + 1
        if len(seen) > MOST:
            slice.seen = _kept(seen)
        return
    later = when - (known & _TIMES)
    looks = 1 if known & _LOOKS < _LOOKS else 0
    seen[marks.code] = known + looks + (later if later > 0 else 0)


def _wish(slice: Glances, event: WebWish, at: float, house: House) -> None:
    marks = house.marks.get(event.data.sku)
    if marks is not None and event.data.quantity == 0:
        known = slice.seen.pop(marks.code, 0) & ~_WISHED
        if known & _LOOKS:
            slice.seen[marks.code] = known
    elif marks is not None:
        slice.seen[marks.code] = _joined(slice.seen.get(marks.code, 0), _WISHED | _when(at))
        if len(slice.seen) > MOST:
            slice.seen = _kept(slice.seen)


def _values(slice: Glances, now: float) -> dict[str, Any]:
    looked = glances(slice)
    return {
        "articles": len(looked),
        "looks": sum(glance.looks for glance in looked),
        "wished": sum(glance.wished for glance in looked),
    }


def _merge(slices: Sequence[Glances]) -> Glances:
    seen: dict[int, int] = {}
    for slice in slices:
        for code, packed in slice.seen.items():
            seen[code] = _joined(seen[code], packed) if code in seen else packed
    return Glances(seen if len(seen) <= MOST else _kept(seen))


FEATURE = Feature(
    name="glances",
    letter="U",
    slice=Glances,
    on={WebView: _view, WebWish: _wish},
    values=_values,
    merge=_merge,
    ordered="of more articles than are kept, what was forgotten of one does not come back; a wish that "
    "is taken back must have been heard of",
)
