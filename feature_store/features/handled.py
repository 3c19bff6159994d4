"""The articles a client had in hand last, and how: tried, bought, given, brought back, complained about.

A bag tried on Monday and bought on Friday gives `{"tried": 1, "bought": 1, ...}`: one article with two steps.
With what was looked at online (`glances`) it is the journey across channels.
"""

from collections.abc import Iterator, Mapping, Sequence
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


class Handled(NamedTuple):
    """What became of an article, as the sum of its steps, and when last, Unix seconds, to the minute."""

    code: int
    steps: int
    at: float


class Articles(msgspec.Struct, array_like=True, gc=False):
    """`code_of` an article -> the minute since 2020 above eight bits of steps."""

    articles: dict[int, int] = {}


def handled(slice: Articles) -> dict[int, Handled]:
    """What is remembered, by `code_of` an article."""
    return {
        c: Handled(c, packed & STEPS, _EPOCH + 60.0 * (packed >> 8)) for c, packed in slice.articles.items()
    }


def _handle(slice: Articles, sku: str, step: int, at: float) -> None:
    code, minute = code_of(sku), min(max(int((at - _EPOCH) / 60), 0), _LATEST)
    slice.articles[code] = _joined(slice.articles.get(code, 0), minute << 8 | step)
    if len(slice.articles) > KEPT:
        slice.articles = _last(slice.articles)


def _joined(one: int, other: int) -> int:
    return max(one >> 8, other >> 8) << 8 | (one | other) & STEPS


def _last(articles: Mapping[int, int]) -> dict[int, int]:
    kept = sorted(articles, key=lambda code: (articles[code], code))[-KEPT:]
    return {code: articles[code] for code in kept}


def _item(slice: Articles, event: StoreItem, at: float, house: House) -> None:
    if event.data.action != "shown":
        _handle(slice, event.data.sku, TRIED if event.data.action == "tried" else DECLINED, at)


def _purchase(slice: Articles, event: StorePurchase, at: float, house: House) -> None:
    given = event.data.gift or event.data.for_ is not None
    for line in event.data.lines[-KEPT:]:
        _handle(slice, line.sku, GIVEN if given else BOUGHT, at)


def _return(slice: Articles, event: StoreReturn, at: float, house: House) -> None:
    for line in event.data.lines[-KEPT:]:
        _handle(slice, line.sku, DECLINED, at)


def _case(slice: Articles, event: ClientCase, at: float, house: House) -> None:
    if event.data.sku is not None and event.data.kind in BLAMING:
        _handle(slice, event.data.sku, BLAMED, at)


def _values(slice: Articles, now: float) -> dict[str, Any]:
    steps = {"tried": TRIED, "bought": BOUGHT, "given": GIVEN, "declined": DECLINED, "blamed": BLAMED}
    return {
        name: sum(bool(packed & step) for packed in slice.articles.values()) for name, step in steps.items()
    }


def _merge(slices: Sequence[Articles]) -> Articles:
    united: dict[int, int] = {}
    for code, packed in _each(slices):
        united[code] = _joined(united.get(code, 0), packed)
    return Articles(_last(united))


def _each(slices: Sequence[Articles]) -> Iterator[tuple[int, int]]:
    for slice in slices:
        yield from slice.articles.items()


FEATURE = Feature(
    name="handled",
    letter="B",
    slice=Articles,
    on={StoreItem: _item, StorePurchase: _purchase, StoreReturn: _return, ClientCase: _case},
    values=_values,
    merge=_merge,
    ordered="beyond six articles: what was forgotten of one does not come back",
)
