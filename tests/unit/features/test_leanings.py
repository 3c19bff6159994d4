"""Decayed taste in materials, colours, price bands ..."""

from typing import Any

import pytest

from feature_store import record as records
from feature_store.decay import BOUGHT, CART, HALF_LIFE, SOCIAL, TRIED, WISH
from feature_store.feature import House, Marks
from feature_store.features.leanings import FEATURE, KEPT, MOST, Leanings
from feature_store.vocabulary import MARKS
from tests import builders as a


def leanings(*events: Any, now: float = a.NOON) -> dict[str, dict[str, float]]:
    return dict(records.values(a.record_of(*events), now).get("leanings", {}))


def tried(sku: str = "bag-aurore", action: str = "tried", at: float = a.NOON) -> Any:
    return a.event("store.item", at, card="c1", site="vendome", sku=sku, action=action)


def test_a_bag_tried_and_read_a_half_life_later_tells_all_that_it_is_by_half() -> None:
    half = pytest.approx(TRIED / 2, rel=0.02)
    assert leanings(tried(), now=a.NOON + HALF_LIFE) == {
        "collection": {"Aurore": half},
        "material": {"calfskin": half},
        "colour": {"black": half},
        "band": {"11": half},
        "occasion": {"everyday": half},
    }


def test_what_was_bought_weighs_more_than_what_lay_in_a_cart_and_a_return_takes_half_back() -> None:
    bought = a.purchase(lines=[a.line("scarf-brise")], card="c1")
    colours = leanings(bought, a.cart(sku="bag-aurore"))["colour"]
    assert colours == {"blue": pytest.approx(BOUGHT, rel=0.02), "black": pytest.approx(CART, rel=0.02)}
    back = a.returned(lines=[a.line("scarf-brise")], card="c1")
    assert leanings(bought, back)["colour"] == {"blue": pytest.approx(BOUGHT / 2, rel=0.02)}


def test_a_gift_an_article_nobody_knows_and_one_put_back_say_nothing() -> None:
    events = (
        a.purchase(gift=True, card="c1"), a.purchase(**{"for": {"card": "c2"}}, card="c1"), a.cart(sku="x"),
        tried(action="back"), a.cart(sku="bag-aurore", quantity=0),
        a.event("web.wish", who={"card": "c1"}, session="s1", sku="bag-aurore", quantity=0),
    )  # fmt: skip
    assert leanings(*events) == {}


def test_the_size_of_an_article_that_comes_in_one_is_a_taste_and_that_of_a_ring_is_not() -> None:
    assert "size" not in leanings(tried("ring-solstice"))


def test_words_that_most_houses_have_are_kept_as_numbers_and_a_name_of_the_house_as_written() -> None:
    weights = records.slice_of(a.record_of(tried()), "leanings").weights
    words = ("mcalfskin", "cblack", "o11", "feveryday")
    assert list(weights) == ["lAurore", *(MARKS.index(word) for word in words)]


def test_of_many_words_the_strongest_stay() -> None:
    record = a.record_of(
        *(a.cart(a.NOON - n * 9e5, sku=article.sku) for n, article in enumerate(a.LUMIERE.catalogue))
    )
    weights = records.slice_of(record, "leanings").weights
    assert KEPT <= len(weights) <= MOST
    merged = FEATURE.merge([records.slice_of(record, "leanings"), records.slice_of(record, "leanings")])
    assert {w: u // 2 for w, u in merged.weights.items()} == weights


@pytest.mark.parametrize(("words", "kept"), [(KEPT, KEPT), (MOST, MOST), (MOST + 1, KEPT)])
def test_eighteen_words_are_kept_and_of_more_the_twelve_strongest(words: int, kept: int) -> None:
    names = [f"lcollection {n}" for n in range(words)]
    house = House(marks={name: Marks(0, (name,), (name,)) for name in names})
    touched = Leanings()
    for n, name in reversed([*enumerate(names)]):
        bought = a.purchase(lines=[a.line(name)] * (n + 1), card="c1")
        FEATURE.on[type(bought)](touched, bought, a.NOON, house)
    assert set(touched.weights) == set(names[-kept:])
    parts = [Leanings({name: n + 1}, 8) for n, name in enumerate(names)]
    merged = FEATURE.merge(parts[::-1])
    assert (set(merged.weights), merged.since) == (set(names[-kept:]), 8)


@pytest.mark.parametrize(
    ("type_", "said", "weight"),
    [
        ("web.wish", {"session": "s1"}, WISH),
        ("social.touch", {"network": "instagram", "kind": "like"}, SOCIAL),
    ],
)
def test_a_wish_and_a_public_touch_tell_what_they_weigh(
    type_: str, said: dict[str, Any], weight: float
) -> None:
    touch = a.event(type_, who={"card": "c1"}, sku="bag-aurore", **said)
    assert leanings(touch)["colour"] == {"black": pytest.approx(weight, rel=0.02)}
