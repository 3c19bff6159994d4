"""Articles the client had in hand."""

from datetime import UTC, datetime
from typing import Any

from feature_store import record as records
from feature_store.feature import code_of
from feature_store.features.handled import (
    BLAMED,
    BOUGHT,
    DECLINED,
    FEATURE,
    GIVEN,
    KEPT,
    TRIED,
    handled,
    steps_of,
)
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


def test_articles_are_counted_by_each_of_their_steps_whichever_part_knows_of_them() -> None:
    told = [
        item("tried", a.NOON, "s1"), item("tried", a.NOON, "s2"), item("back", a.NOON + 60, "s2"),
        a.purchase(a.NOON + 120, lines=[a.line("s1"), a.line("s3")], card="c1"),
        a.purchase(a.NOON, lines=[a.line("s4")], card="c1", **{"for": {"card": "c2"}}),
        a.returned(a.NOON, lines=[a.line("s3"), a.line("s4")], card="c1"),
        case("dispute", sku="s3"),
    ]  # fmt: skip
    parts = [slice_of(one) for one in told]
    for whole in (slice_of(*told), slice_of(*told[::-1]), FEATURE.merge(parts), FEATURE.merge(parts[::-1])):
        steps = {"tried": 2, "bought": 2, "given": 1, "declined": 3, "blamed": 1}
        assert FEATURE.values(whole, a.NOON) == steps
        assert steps_of(whole) == {
            code_of("s1"): TRIED | BOUGHT, code_of("s2"): TRIED | DECLINED,
            code_of("s3"): BOUGHT | DECLINED | BLAMED, code_of("s4"): GIVEN | DECLINED,
        }  # fmt: skip
        assert {code: one.at - a.NOON for code, one in handled(whole).items()} == {
            code_of("s1"): 120, code_of("s2"): 60, code_of("s3"): 120, code_of("s4"): 0,
        }  # fmt: skip


def test_minutes_before_and_beyond_those_that_can_be_kept_are_the_first_and_the_last() -> None:
    (ancient,) = handled(slice_of(item("tried", 0.0))).values()
    (distant,) = handled(slice_of(item("tried", 9e9))).values()
    first = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    assert (ancient.at, distant.at) == (first, first + 60 * (2**24 - 1))


def test_of_the_lines_of_one_order_the_last_six_are_kept() -> None:
    lines = [a.line(f"sku-{n}") for n in range(KEPT + 2)]
    for order in (a.purchase(lines=lines, card="c1"), a.returned(lines=lines, card="c1")):
        assert set(handled(slice_of(order))) == {code_of(f"sku-{n}") for n in range(2, KEPT + 2)}


def test_beyond_six_articles_the_last_stay() -> None:
    tried = [item("tried", a.NOON - n * 3600, f"sku-{n}") for n in range(KEPT + 3)]
    assert set(handled(slice_of(*tried))) == {code_of(f"sku-{n}") for n in range(KEPT)}
