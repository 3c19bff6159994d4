"""Decayed taste over categories."""

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import msgspec
import pytest

from feature_store import record as records
from feature_store.decay import BOUGHT, CART, HALF_LIFE, LANDMARK, SOCIAL, TRIED, WISH, each, faded
from feature_store.features.taste import FEATURE, KEPT, LONGEST, Taste
from feature_store.vocabulary import CATEGORIES
from tests import builders as a


def near(weight: float) -> Any:
    """A weight as the whole numbers of a slice tell it."""
    return pytest.approx(weight, rel=0.005)


def taste(*events: Any, now: float = a.NOON) -> dict[str, float]:
    return dict(records.values(a.record_of(*events), now)["taste"])


def test_one_view_read_a_half_life_later_is_worth_a_half() -> None:
    assert taste(a.view(sku="bag-aurore"), now=a.NOON + HALF_LIFE) == {"bags": near(0.5)}


def test_what_was_bought_weighs_more_than_what_was_looked_at() -> None:
    bought = a.purchase(lines=[a.line("watch-meridien")], card="c1")
    values = taste(bought, a.view(sku="bag-aurore"))
    assert values == {"watches": near(BOUGHT), "bags": near(1.0)}
    assert list(values) == ["watches", "bags"]


def test_a_gift_says_nothing_of_the_givers_taste_nor_does_its_return() -> None:
    given = a.purchase(gift=True, card="c1")
    back = a.returned(gift=True, card="c1")
    assert taste(a.view(sku="bag-aurore"), given, back) == {"bags": near(1.0)}
    assert "taste" not in records.values(a.record_of(a.checkin(card="c1")), a.NOON)


@pytest.mark.parametrize(
    ("type_", "said", "weight"),
    [
        ("web.cart", {"session": "s1"}, CART),
        ("web.wish", {"session": "s1"}, WISH),
        ("web.cart", {"session": "s1", "quantity": 0}, None),
        ("store.item", {"site": "vendome", "action": "tried"}, TRIED),
        ("store.item", {"site": "vendome", "action": "shown"}, None),
        ("social.touch", {"network": "instagram", "kind": "like"}, SOCIAL),
    ],
)
def test_each_touch_weighs_what_it_tells(type_: str, said: dict[str, Any], weight: float | None) -> None:
    touch = a.event(type_, **{"who": {"card": "c1"}, "sku": "bag-aurore"} | said)
    assert taste(a.view(category="silk"), touch) == {"silk": near(1.0)} | (
        {} if weight is None else {"bags": near(weight)}
    )


def test_the_category_that_is_stated_counts_and_else_that_of_the_catalogue() -> None:
    known, stated = a.line("watch-meridien"), a.line("watch-meridien", category="clocks")
    assert set(taste(a.cart(sku="watch-meridien"), a.cart(sku="watch-meridien", category="clocks"))) == {
        "watches",
        "clocks",
    }
    assert set(taste(a.purchase(lines=[known, stated], card="c1"))) == {"watches", "clocks"}
    before = [a.purchase(lines=[known, stated], card="c1")]
    for line, left in ((known, "watches"), (stated, "clocks")):
        assert taste(*before, a.returned(lines=[line], card="c1"))[left] == near(BOUGHT / 2)


def test_the_longest_name_of_a_category_counts_and_a_longer_one_is_none() -> None:
    assert set(taste(a.view(category="x" * LONGEST), a.view(category="x" * LONGEST + "x"))) == {"x" * LONGEST}


def test_the_order_of_touches_does_not_matter() -> None:
    touches = [
        a.view(a.NOON - 9e6, sku="bag-aurore"),
        a.cart(a.NOON - 5e6, sku="bag-aurore"),
        a.purchase(a.NOON, card="c1"),
        a.view(a.NOON, category="gardens"),
    ]
    first = taste(*touches)
    for order in permutations(touches):
        assert taste(*order) == {c: near(w) for c, w in first.items()}


def test_the_weakest_categories_are_forgotten() -> None:
    views = [a.view(a.NOON - n * 86_400, category=f"c{n}") for n in range(KEPT + 5)]
    assert set(taste(*views)) == {f"c{n}" for n in range(KEPT)}
    alike = [a.view(category=f"c{n}") for n in reversed(range(KEPT))]
    assert "c0" not in taste(*alike, a.view(category="c99")), "of those alike the first by name"


def test_of_two_parts_the_strongest_categories_stay_and_at_a_tie_those_first_by_name() -> None:
    often = [a.view(a.NOON + n, category=f"c{3 - n % 4}") for n in range(20)]
    once = [a.view(category=f"d{n}") for n in reversed(range(9))]
    left, right = (records.slice_of(a.record_of(*views), "taste") for views in (often, once))
    for parts in ([left, right], [right, left]):
        merged = FEATURE.values(FEATURE.merge(parts), a.NOON)
        assert list(merged) == ["c0", "c1", "c2", "c3", "d0", "d1", "d2", "d3", "d4", "d5"][:KEPT]
    assert list(taste(a.view(category="d2"), a.view(category="d1"))) == ["d1", "d2"]
    assert FEATURE.merge([Taste(), Taste()]) == Taste()


def test_the_last_unit_of_a_word_still_counts_and_none_is_made_up() -> None:
    slice = Taste()
    for _ in range(2):
        each(slice, ["bags", "gardens"], 5)
    assert slice.weights == {"bags": 10, "gardens": 10}
    assert faded(Taste({"bags": 1}), LANDMARK, 1.0) == {"bags": 1.0}


def test_a_touch_of_another_century_neither_breaks_nor_counts() -> None:
    ancient = a.view(datetime(1, 1, 1, tzinfo=UTC).timestamp(), category="amphoras")
    assert taste(ancient, a.view(category="bags")) == {"bags": near(1.0)}


def test_a_landmark_is_left_behind_and_what_faded_counts_as_little_as_it_should() -> None:
    year = 8 * HALF_LIFE
    old = [a.purchase(a.NOON - year, card="c1"), a.view(a.NOON, category="gardens")]
    left, right = (records.slice_of(a.record_of(one), "taste") for one in old)
    assert left.since < right.since
    expected = {"bags": near(BOUGHT / 2**8), "gardens": near(1.0)}
    assert taste(*old) == expected
    for parts in ([left, right], [right, left]):
        assert FEATURE.values(FEATURE.merge(parts), a.NOON) == expected
    assert taste(*reversed(old)) == expected


def test_a_category_that_most_houses_have_is_kept_as_a_number_and_read_and_merged_as_its_name() -> None:
    views = [a.view(category="bags"), a.view(category="amphoras")]
    slices = [records.slice_of(a.record_of(view), "taste") for view in views]
    assert [list(slice.weights) for slice in slices] == [[CATEGORIES.index("bags")], ["amphoras"]]
    assert FEATURE.values(FEATURE.merge(slices), a.NOON) == {"bags": near(1.0), "amphoras": near(1.0)}


def test_weights_take_five_bytes_however_long_the_client_comes() -> None:
    years = [a.view(a.NOON + n * 30 * 86_400, category="amphoras") for n in range(300)]
    slice = records.slice_of(a.record_of(*years), "taste")
    assert len(msgspec.msgpack.encode(slice.weights["amphoras"])) <= 5


def test_weights_take_five_bytes_however_old_the_house() -> None:
    for years in (0, 10, 60):
        at = a.NOON + years * 365 * 86_400
        slice = records.slice_of(
            a.record_of(*(a.view(at + n, category="amphoras") for n in range(300))), "taste"
        )
        assert len(msgspec.msgpack.encode(slice.weights["amphoras"])) <= 5
