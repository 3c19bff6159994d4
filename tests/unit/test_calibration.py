"""What a model says, bent to what came of it."""

from itertools import pairwise
from random import Random

import pytest

from agents.calibration import BINS, Bins, bins_of
from agents.laplace import believe, estimator, learn


def told(bins: Bins, says: float, comes: float, times: int, seed: int = 1) -> Bins:
    random = Random(seed)
    for _ in range(times):
        bins.learn(says, int(random.random() < comes))
    return bins


def test_what_nothing_came_of_is_said_as_it_is() -> None:
    assert [Bins().bent(p / 10) for p in range(11)] == [p / 10 for p in range(11)]


def test_who_is_too_modest_comes_to_say_what_comes_and_then_stays() -> None:
    bins = told(told(Bins(), 0.85, 0.97, 400), 0.15, 0.03, 400)
    assert bins.bent(0.85) == pytest.approx(0.96, abs=0.03)
    assert bins.bent(0.15) == pytest.approx(0.04, abs=0.03)
    assert bins.bent(0.5) == 0.5


def test_a_few_labels_move_little_and_a_world_that_changed_is_learned_anew() -> None:
    few = told(Bins(), 0.85, 1.0, 2)
    assert 0.85 < few.bent(0.85) < 0.88
    before = told(Bins(), 0.85, 1.0, 2_000)
    after = told(before, 0.85, 0.5, 300)
    assert after.bent(0.85) == pytest.approx(0.55, abs=0.1)


def test_what_is_said_has_no_steps_and_stays_a_probability() -> None:
    bins = told(told(Bins(), 0.85, 1.0, 300), 0.75, 0.5, 300)
    said = [bins.bent(n / 1000) for n in range(1001)]
    assert max(abs(one - then) for one, then in pairwise(said)) < 0.01
    assert all(0.0 <= p <= 1.0 for p in said)


def test_bins_are_kept_bit_for_bit_and_a_state_without_them_begins_with_none() -> None:
    bins = told(Bins(), 0.85, 0.97, 100)
    again = bins_of(bins.dump())
    assert (again.seen, again.more) == (bins.seen, bins.more)
    assert bins_of({"weights": {}}).seen == [0.0] * BINS


def test_the_confidence_on_a_card_is_what_comes_of_the_like() -> None:
    """Two actions that are nearly always, and nearly never, followed: weights that fade never say so."""
    random, known = Random(1), estimator()
    for _ in range(1_500):
        liked = random.random() < 0.5
        x = {"always": 1.0, f"action={'liked' if liked else 'not'}": 1.0}
        learn(known, x, int(random.random() < (0.97 if liked else 0.03)))
    plain, known.bins = known.bins, Bins()
    modest = believe(known, {"always": 1.0, "action=liked": 1.0}).p
    known.bins = plain
    bent = believe(known, {"always": 1.0, "action=liked": 1.0}).p
    assert modest < 0.94 < bent <= 1.0
    assert bent == pytest.approx(0.97, abs=0.02)
