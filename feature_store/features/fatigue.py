"""Articles that were proposed for a client, how often, and what became of it: seen, followed, refused.

Opened by the agent that decides, closed by feedback on the alert that proposed them; what an advisor shows
in the boutique counts too, and what is put back was refused. A bag proposed twice whose second card was
dismissed gives `{"proposed": 1, "refused": 1}` and, of that article, `times == 2`.
"""

from collections.abc import Iterable, Iterator, Sequence
from struct import Struct
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from feature_store.feature import Feature, House, code_of
from schemas.events.staff import StaffFeedback
from schemas.events.store import StoreItem

KEPT = 8
"""Articles remembered per part, those proposed last."""
SEEN, FOLLOWED, REFUSED = 1, 2, 4
_PACKED = Struct(">IIHB")
_EPOCH = 1_577_836_800.0
_DAY = 86_400.0
_MOST = 15
_ENDS = {"seen": SEEN, "accepted": FOLLOWED, "edited": FOLLOWED, "done": FOLLOWED}
_ENDS |= {"dismissed": REFUSED, "never": REFUSED}
_NOT_OF_THE_ARTICLE = frozenset({"looked_after", "not_now"})
"""Reasons of a dismissal that say nothing of what was on the card."""


class Proposed(NamedTuple):
    """`alert`: the checksum of the last that proposed it, 0 for none; `day`: since 2020; `times`: to 15."""

    code: int
    alert: int
    day: int
    times: int
    marks: int

    @property
    def at(self) -> float:
        """When its last day began, Unix seconds."""
        return _EPOCH + _DAY * self.day


class Fatigue(msgspec.Struct, array_like=True, gc=False):
    """Eleven bytes an article."""

    articles: bytes = b""


def proposed(slice: Fatigue) -> dict[int, Proposed]:
    """What is remembered, by `code_of` an article."""
    return {p.code: p for p in _unpacked(slice)}


def propose(slice: Fatigue, skus: Iterable[str], alert: str, at: float) -> None:
    """Remembers that an alert proposed these articles."""
    for sku in skus:
        _tell(slice, code_of(sku), crc32(alert.encode()), at, 1, 0)


def _unpacked(slice: Fatigue) -> Iterator[Proposed]:
    for code, alert, day, mark in _PACKED.iter_unpack(slice.articles):
        yield Proposed(code, alert, day, mark >> 3, mark & 7)


def _tell(slice: Fatigue, code: int, alert: int, at: float, times: int, marks: int) -> None:
    known = proposed(slice)
    day = min(max(int((at - _EPOCH) / _DAY), 0), 2**16 - 1)
    _take(known, Proposed(code, alert, day, times, marks))
    _keep(slice, known)


def _take(known: dict[int, Proposed], one: Proposed) -> None:
    other = known.get(one.code)
    if other is not None:
        last = max(one, other, key=lambda p: (p.day, p.alert))
        one = last._replace(times=min(one.times + other.times, _MOST), marks=one.marks | other.marks)
    known[one.code] = one


def _keep(slice: Fatigue, known: dict[int, Proposed]) -> None:
    kept = sorted(known.values(), key=lambda p: (p.day, p.code))[-KEPT:]
    slice.articles = b"".join(_PACKED.pack(*p[:3], p.times << 3 | p.marks) for p in kept)


def _feedback(slice: Fatigue, event: StaffFeedback, at: float, house: House) -> None:
    mark, alert = _ENDS.get(event.data.verdict), crc32(event.data.alert.encode())
    if event.data.because in _NOT_OF_THE_ARTICLE:
        mark = SEEN
    known = proposed(slice)
    told = [p for p in known.values() if p.alert == alert]
    if event.data.verdict == "withheld":  # it was proposed to nobody
        _keep(slice, known | {p.code: p._replace(alert=0, times=max(0, p.times - 1)) for p in told})
    elif mark is not None and told:
        _keep(slice, known | {p.code: p._replace(marks=p.marks | mark) for p in told})


def _item(slice: Fatigue, event: StoreItem, at: float, house: House) -> None:
    action, code = event.data.action, code_of(event.data.sku)
    if action == "shown":
        _tell(slice, code, 0, at, 1, SEEN)
    elif action == "back":
        _tell(slice, code, 0, at, 0, REFUSED)


def _values(slice: Fatigue, now: float) -> dict[str, Any]:
    articles = [*_unpacked(slice)]
    return {
        "proposed": sum(bool(p.times) for p in articles),
        "seen": sum(bool(p.marks & SEEN) for p in articles),
        "followed": sum(bool(p.marks & FOLLOWED) for p in articles),
        "refused": sum(bool(p.marks & REFUSED) for p in articles),
        "last_days": max(0.0, now - max(p.at for p in articles)) / _DAY if articles else None,
    }


def _merge(slices: Sequence[Fatigue]) -> Fatigue:
    known: dict[int, Proposed] = {}
    for slice in slices:
        for one in _unpacked(slice):
            _take(known, one)
    merged = Fatigue()
    _keep(merged, known)
    return merged


FEATURE = Feature(
    name="fatigue",
    letter="C",
    slice=Fatigue,
    on={StaffFeedback: _feedback, StoreItem: _item},
    values=_values,
    merge=_merge,
    ordered="a verdict on an alert nobody has proposed yet finds nothing; beyond eight articles likewise",
)
