"""Articles looked at online."""

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
    assert glances(FEATURE.merge([slice, slice]))[0].looks == 2


def test_looks_stop_where_they_can_be_stored() -> None:
    slice = seen(*(a.view(a.NOON + n / 100, sku="bag-aurore") for n in range(300)))
    [glance] = glances(FEATURE.merge([slice, slice]))
    assert (glance.looks, glance.at, glance.wished) == (127, a.NOON, False)
