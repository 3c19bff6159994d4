"""Articles looked at online."""

from datetime import UTC, datetime
from typing import Any

import pytest

from feature_store import record as records
from feature_store.feature import code_of
from feature_store.features.glances import FEATURE, KEPT, MOST, glances
from tests import builders as a

SKUS = [article.sku for article in a.LUMIERE.catalogue]


def seen(*events: Any) -> Any:
    return records.slice_of(a.record_of(*events), "glances")


def wish(at: float = a.NOON, sku: str = "bag-aurore") -> Any:
    return a.event("web.wish", at, who={"session": "s1"}, session="s1", sku=sku)


def test_three_looks_at_one_and_one_at_another() -> None:
    slice = seen(*(a.view(a.NOON + n, sku="bag-aurore") for n in range(3)), a.view(sku="ring-solstice"))
    assert FEATURE.values(slice, a.NOON) == {"articles": 2, "looks": 4, "wished": 0}
    assert {glance.code: glance.looks for glance in glances(slice)} == {
        code_of("bag-aurore"): 3,
        code_of("ring-solstice"): 1,
    }


def test_the_last_look_is_remembered_to_the_minute_whatever_the_order() -> None:
    for order in ((-600, 0), (0, -600)):
        [glance] = glances(seen(*(a.view(a.NOON + ago, sku="bag-aurore") for ago in order)))
        assert (glance.at, glance.looks) == (a.NOON, 2)


@pytest.mark.parametrize("look", [lambda at, sku: a.view(at, sku=sku), lambda at, sku: wish(at, sku)])
@pytest.mark.parametrize(("articles", "kept"), [(KEPT, KEPT), (MOST, MOST), (MOST + 1, KEPT)])
def test_eight_articles_are_kept_and_of_more_the_last_five_and_read_the_last_first(
    look: Any, articles: int, kept: int
) -> None:
    minutes = [a.NOON + 60 * n for n in range(articles)]
    told = [look(at, sku) for at, sku in zip(minutes, SKUS, strict=False)]
    last = [code_of(sku) for sku in SKUS[:articles][-kept:]][::-1]
    assert [glance.code for glance in glances(seen(*told))] == last
    assert [glance.code for glance in glances(FEATURE.merge([seen(one) for one in told]))] == last
    at_once = glances(seen(*(look(a.NOON, sku) for sku in SKUS[:KEPT])))
    assert [glance.code for glance in at_once] == sorted(map(code_of, SKUS[:KEPT]))


def test_an_article_that_is_wished_for_was_looked_at_as_often_as_it_was() -> None:
    told = [a.view(sku="bag-aurore"), a.view(a.NOON + 60, sku="bag-aurore"), wish(a.NOON + 120)]
    for whole in (seen(*told), seen(*told[::-1]), FEATURE.merge([seen(one) for one in told])):
        assert glances(whole) == [(code_of("bag-aurore"), 2, True, a.NOON + 120)]


def test_what_is_taken_off_the_list_is_wished_for_no_more() -> None:
    off = a.event("web.wish", a.NOON + 9, who={"session": "s1"}, session="s1", sku="bag-aurore", quantity=0)
    assert glances(seen(wish(), off)) == glances(seen(off)) == []
    looked = a.view(sku="bag-aurore")
    assert glances(seen(looked, wish(), off)) == glances(seen(looked))


def test_a_wish_outlives_a_hundred_looks_at_others() -> None:
    looks = [a.view(a.NOON + n, sku=SKUS[1:][n % 12]) for n in range(100)]
    slice = seen(wish(a.NOON - 9e6, SKUS[0]), *looks)
    assert KEPT <= len(slice.seen) <= MOST
    [wished] = [glance for glance in glances(slice) if glance.wished]
    assert (wished.code, wished.looks) == (code_of(SKUS[0]), 0)


def test_an_article_nobody_knows_leaves_no_trace() -> None:
    assert seen(a.view(sku="unheard-of"), a.view(), wish(sku="unheard-of")).seen == {}


@pytest.mark.parametrize("at", [0.0, 4e9, 9e9], ids=["long ago", "2096", "beyond"])
def test_any_time_fits(at: float) -> None:
    slice = seen(a.view(at, sku="bag-aurore"))
    assert max(slice.seen.values()) < 2**32
    first = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    assert glances(slice)[0].at == min(max(at // 60 * 60, first), first + 60 * (2**24 - 1))
    assert glances(FEATURE.merge([slice, slice]))[0].looks == 2


def test_looks_stop_where_they_can_be_stored() -> None:
    slice = seen(*(a.view(a.NOON + n / 100, sku="bag-aurore") for n in range(300)))
    [glance] = glances(FEATURE.merge([slice, slice]))
    assert (glance.looks, glance.at, glance.wished) == (127, a.NOON, False)
