"""A client's own rhythm of purchase."""

import pytest

from feature_store.features.frequency import Frequency
from feature_store.tempo import DAY, USUAL, tempo_of


def tempo(orders: int, days: float, house: float | None = 180.0) -> float:
    made = tempo_of(Frequency(orders, 1, 1 + int(days * DAY)), house)
    assert made is not None
    return made.gap


def test_the_worked_example() -> None:
    made = tempo_of(Frequency(4, 0, int(300 * DAY)), 180.0)
    assert made is not None
    assert (made.gap, made.own, made.next) == (132.0, 0.6, 432 * DAY)
    assert made.overdue(432 * DAY) == 0
    assert made.overdue(498 * DAY) == pytest.approx(0.5)


def test_one_order_says_nothing_of_its_own_and_many_say_it_all() -> None:
    assert tempo(1, 0) == 180
    assert tempo(2, 30) == pytest.approx(130)
    assert tempo(50, 49 * 30) == pytest.approx(30, rel=0.25)


def test_a_house_of_which_nothing_is_known_has_the_usual_rhythm() -> None:
    assert tempo(1, 0, None) == USUAL


def test_who_has_bought_nothing_has_no_rhythm() -> None:
    assert tempo_of(Frequency(), 180.0) is None


def test_orders_of_one_day_do_not_make_a_rhythm_of_nothing() -> None:
    assert tempo(1_000, 0) == 1
