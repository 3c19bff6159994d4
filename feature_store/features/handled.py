"""The articles a client had in hand last, and how: tried, bought, given, brought back, complained about.

A bag tried on Monday and bought on Friday gives `{"tried": 1, "bought": 1, ...}`: one article with two steps.
With what was looked at online (`glances`) it is the journey across channels.
"""

from collections.abc import Mapping, Sequence
from struct import Struct
from typing import Any, NamedTuple

import msgspec

from feature_store.feature import Feature, House, code_of
from schemas.events.client import ClientCase
from schemas.events.store import StoreItem, StorePurchase, StoreReturn

KEPT = 6
"""Articles that are kept, those handled last."""
TRIED, BOUGHT, GIVEN, DECLINED, BLAMED = 1, 2, 4, 8, 16
"""declined: brought back after it was bought, or put back after it was tried. blamed: complained about."""
STEPS = 255
BLAMING = frozenset({"complaint", "dispute"})
"""Kinds of case that are about an article the client is not happy with."""
_EPOCH = 1_577_836_800.0
_LATEST = 2**24 - 1
_ENTRY = Struct(">II")


class Handled(NamedTuple):
    """What became of an article, as the sum of its steps, and when last, Unix seconds, to the minute."""

    code: int
    steps: int
    at: float


class Articles(msgspec.Struct, array_like=True, gc=False):
    """Eight bytes an article: `code_of` it, and the minute since 2020 above eight bits of steps."""

    articles: bytes = b""


def handled(slice: Articles) -> dict[int, Handled]:
    """What is remembered, by `code_of` an article."""
    return {
        c: Handled(c, packed & STEPS, _EPOCH + 60.0 * (packed >> 8))
        for c, packed in _ENTRY.iter_unpack(slice.articles)
    }


def steps_of(slice: Articles) -> dict[int, int]:
    """What became of each, as the sum of its steps, by `code_of` it."""
    return {code: packed & STEPS for code, packed in _ENTRY.iter_unpack(slice.articles)}


def _handle(slice: Articles, sku: str, step: int, at: float) -> None:
    articles = dict(_ENTRY.iter_unpack(slice.articles))
    code, minute = code_of(sku), min(max(int((at - _EPOCH) / 60), 0), _LATEST)
    articles[code] = _joined(articles.get(code, 0), minute << 8 | step)
    slice.articles = _last(articles)


def _joined(one: int, other: int) -> int:
    return max(one >> 8, other >> 8) << 8 | (one | other) & STEPS


def _last(articles: Mapping[int, int]) -> bytes:
    last = sorted(zip(articles.values(), articles, strict=True))[-KEPT:]
    return b"".join([_ENTRY.pack(code, packed) for packed, code in last])


def _item(slice: Articles, event: StoreItem, at: float, house: House) -> None:
    if event.data.action != "shown":
        _handle(slice, event.data.sku, TRIED if event.data.action == "tried" else DECLINED, at)


def _purchase(slice: Articles, event: StorePurchase, at: float, house: House) -> None:
    step = GIVEN if event.data.given else BOUGHT
    for line in event.data.lines[-KEPT:]:
        _handle(slice, line.sku, step, at)


def _return(slice: Articles, event: StoreReturn, at: float, house: House) -> None:
    for line in event.data.lines[-KEPT:]:
        _handle(slice, line.sku, DECLINED, at)


def _case(slice: Articles, event: ClientCase, at: float, house: House) -> None:
    if event.data.sku is not None and event.data.kind in BLAMING:
        _handle(slice, event.data.sku, BLAMED, at)


def _values(slice: Articles, now: float) -> dict[str, Any]:
    steps = {"tried": TRIED, "bought": BOUGHT, "given": GIVEN, "declined": DECLINED, "blamed": BLAMED}
    known = steps_of(slice).values()
    return {name: sum(bool(taken & step) for taken in known) for name, step in steps.items()}


def _merge(slices: Sequence[Articles]) -> Articles:
    united: dict[int, int] = {}
    for slice in slices:
        for code, packed in _ENTRY.iter_unpack(slice.articles):
            united[code] = _joined(united.get(code, 0), packed)
    return Articles(_last(united))


FEATURE = Feature(
    name="handled",
    letter="B",
    slice=Articles,
    on={StoreItem: _item, StorePurchase: _purchase, StoreReturn: _return, ClientCase: _case},
    values=_values,
    merge=_merge,
    ordered="beyond six articles: what was forgotten of one does not come back",
)
