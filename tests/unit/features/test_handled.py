"""Articles the client had in hand."""

from typing import Any

from feature_store import record as records
from feature_store.feature import code_of
from feature_store.features.handled import BLAMED, BOUGHT, DECLINED, FEATURE, GIVEN, KEPT, TRIED, handled
from tests import builders as a

BAG = code_of("bag-aurore")


def slice_of(*events: Any) -> Any:
    return records.slice_of(a.record_of(*events), "handled")


def item(action: str, at: float = a.NOON, sku: str = "bag-aurore") -> Any:
    return a.event("store.item", at, card="c1", site="vendome", sku=sku, action=action)


def case(kind: str, **data: Any) -> Any:
    return a.event("client.case", card="c1", case="k1", kind=kind, status="open", **data)


def test_a_bag_tried_then_bought_is_one_article_with_two_steps() -> None:
    slice = slice_of(item("tried", a.NOON - 9e4), a.purchase(card="c1"))
    assert FEATURE.values(slice, a.NOON) == {
        "tried": 1, "bought": 1, "given": 0, "declined": 0, "blamed": 0,
    }  # fmt: skip
    [bag] = handled(slice).values()
    assert (bag.code, bag.steps, bag.at) == (BAG, TRIED | BOUGHT, a.NOON)


def test_what_is_shown_is_not_yet_handled_and_what_is_put_back_was_declined() -> None:
    assert slice_of(item("shown")).articles == b""
    assert handled(slice_of(item("tried"), item("back")))[BAG].steps == TRIED | DECLINED
    assert handled(slice_of(a.purchase(card="c1"), a.returned(card="c1")))[BAG].steps == BOUGHT | DECLINED


def test_a_gift_is_no_article_of_the_givers_own() -> None:
    assert handled(slice_of(a.purchase(gift=True, card="c1")))[BAG].steps == GIVEN


def test_what_is_complained_about_is_remembered_and_a_repair_is_no_complaint() -> None:
    assert handled(slice_of(case("complaint", sku="bag-aurore")))[BAG].steps == BLAMED
    assert slice_of(case("complaint"), case("repair", sku="bag-aurore")).articles == b""


def test_beyond_six_articles_the_last_stay() -> None:
    tried = [item("tried", a.NOON - n * 3600, f"sku-{n}") for n in range(KEPT + 3)]
    assert set(handled(slice_of(*tried))) == {code_of(f"sku-{n}") for n in range(KEPT)}
