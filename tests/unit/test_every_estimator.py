"""What holds of all that is estimated: by models, by forecasts, of when guests come, of what is shown first.

Each is asked in a world of its own (`tests/estimators`) of which it was told nothing.
"""

from functools import cache
from random import Random
from typing import Any

import pytest

from agents.foresee import FORECASTS
from agents.registry import MODELS
from tests.estimators import ESTIMATORS
from tests.estimators.contract import Estimator, sound, undecided

EACH = pytest.mark.parametrize("one", ESTIMATORS, ids=lambda one: one.name)
ENOUGH = 600
LARGEST = 250_000
"""Bytes of the state of a house's estimator: it fits into one message by far."""


@cache
def known(name: str) -> bytes:
    """What one knows that was told enough."""
    [one] = [one for one in ESTIMATORS if one.name == name]
    return one.dump(one.taught(one.cases(ENOUGH, 1)))


def learned(one: Estimator) -> Any:
    return one.load(known(one.name))


def test_all_that_is_estimated_is_tried_here() -> None:
    assert [one.name for one in ESTIMATORS] == [
        *(one.name for one in (*MODELS, *FORECASTS)), "arrivals", "items"
    ]  # fmt: skip


@EACH
def test_of_what_it_was_never_told_it_says_that_it_does_not_know(one: Estimator) -> None:
    """It answers, and neither nought nor never."""
    assert undecided(one.ask(one.new(), one.stranger))
    assert sound(one.ask(learned(one), one.stranger))


@EACH
def test_it_learns_case_by_case_what_is_there_to_learn(one: Estimator) -> None:
    """Each case is asked before it is told; the later half is compared with who knows nothing."""
    state, nobody, told, untold = one.new(), one.new(), 0.0, 0.0
    for nth, case in enumerate(one.cases(ENOUGH, 2)):
        if nth >= ENOUGH // 2:
            told += one.loss(one.ask(state, case.asked), case.came)
            untold += one.loss(one.ask(nobody, case.asked), case.came)
        one.learn(state, case)
    assert told < 0.85 * untold, (told, untold)


@EACH
def test_the_same_cases_give_the_same_state(one: Estimator) -> None:
    assert one.dump(one.taught(one.cases(ENOUGH, 1))) == known(one.name)


@EACH
def test_stopped_and_started_again_it_goes_on_as_if_nothing_had_happened(one: Estimator) -> None:
    after = one.cases(60, 3)
    through = one.taught(after, one.taught(one.cases(ENOUGH, 1)))
    resumed = one.taught(after, learned(one))
    assert one.dump(resumed) == one.dump(through)
    assert all(one.ask(resumed, case.asked) == one.ask(through, case.asked) for case in after)


@EACH
def test_in_however_many_pieces_cases_come_they_are_pooled_alike(one: Estimator) -> None:
    """A learner that cuts the log elsewhere, and clients that stand in other shards."""
    cases = one.cases(200, 4)
    assert len({one.divided(cases, Random(seed)) for seed in range(3)}) == 1
    assert one.divided(cases, Random(1)) == one.dump(one.taught(cases))


@pytest.mark.parametrize(
    "one", [one for one in ESTIMATORS if one.any_order], ids=lambda one: one.name
)  # fmt: skip
def test_where_cases_are_counted_their_order_makes_no_difference(one: Estimator) -> None:
    cases = one.cases(200, 5)
    first = one.taught(cases)
    Random(1).shuffle(cases)
    then = one.taught(cases)
    assert all(one.ask(first, case.asked) == pytest.approx(one.ask(then, case.asked)) for case in cases[:30])


@EACH
def test_what_it_says_is_likely_comes_as_often(one: Estimator) -> None:
    state, fresh = one.taught(one.cases(3 * ENOUGH, 6)), one.cases(ENOUGH, 7)
    said = one.likely([(one.ask(state, case.asked), case.came) for case in fresh])
    assert said or one.name == "items", "the order of articles is no probability"
    for foretold, came in said:
        assert foretold == pytest.approx(came, abs=0.08), said


@EACH
def test_what_it_says_it_says_with_what_it_rests_on(one: Estimator) -> None:
    state = learned(one)
    for case in one.cases(20, 8):
        assert one.rests(state, case), case


@EACH
def test_odd_questions_are_answered_and_odd_cases_teach_nothing(one: Estimator) -> None:
    state = learned(one)
    for case in one.cases(3, 9):
        for asked in one.odd(case.asked):
            assert sound(one.ask(state, asked)), asked
            assert sound(one.ask(one.new(), asked)), asked
    for case in one.idle(Random(10)):
        one.learn(state, case)
    assert one.dump(state) == known(one.name)


@EACH
def test_asking_changes_neither_the_estimator_nor_the_question(one: Estimator) -> None:
    state, [case] = learned(one), one.cases(1, 11)
    asked = repr(case.asked)
    answers = [one.ask(state, case.asked) for _ in range(2)]
    assert answers[0] == answers[1]
    assert (one.dump(state), repr(case.asked)) == (known(one.name), asked)


@EACH
def test_however_many_and_however_different_the_cases_its_state_stays_small(one: Estimator) -> None:
    random, state = Random(12), one.new()
    for _ in range(8_000):
        one.learn(state, one.flood(random))
    assert len(one.dump(state)) < LARGEST
    assert sound(one.ask(state, one.cases(1, 13)[0].asked))
