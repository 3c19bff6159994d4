"""How often."""

from feature_store import record as records
from feature_store.features import frequency
from feature_store.features.frequency import Frequency
from tests import builders as a

DAY = 86_400


def test_three_orders_over_sixty_days_are_thirty_days_apart() -> None:
    bought = [a.purchase(a.NOON + days * DAY, card="c1") for days in (0, 20, 60)]
    values = records.values(a.record_of(*bought), a.NOON)["frequency"]
    assert values == {"orders": 3, "days_between": 30.0}


def test_one_order_has_no_rhythm() -> None:
    values = records.values(a.record_of(a.purchase(card="c1")), a.NOON)["frequency"]
    assert values == {"orders": 1, "days_between": None}


def test_two_orders_are_as_far_apart_as_they_are() -> None:
    bought = [a.purchase(a.NOON + days * DAY, card="c1") for days in (12, 0)]
    values = records.values(a.record_of(*bought), a.NOON)["frequency"]
    assert values == {"orders": 2, "days_between": 12.0}


def test_parts_of_which_some_bought_nothing_are_one_client() -> None:
    merge = frequency.FEATURE.merge
    assert merge([Frequency(), Frequency()]) == Frequency()
    assert merge([Frequency(), Frequency(2, 500, 900), Frequency(1, 700, 700)]) == Frequency(3, 500, 900)


def test_an_order_that_is_told_twice_is_taken_back_once() -> None:
    slice = Frequency(3, 500, 900)
    assert frequency.FEATURE.less is not None
    frequency.FEATURE.less(slice, {"EUR": 4_000})
    assert slice == Frequency(2, 500, 900)
