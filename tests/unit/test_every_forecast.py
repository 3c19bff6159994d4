"""What holds of every forecast beside what holds of every estimator (`test_every_estimator.py`): lessons told
twice, a learner that forgets what was answered, a world that has changed."""

from random import Random

import pytest

from agents.forecast import Awaited, Closed, Forecast, Opened
from agents.foresee import FORECASTS
from agents.learn import learn
from feature_store.learning import Head
from schemas.messages import Example, Examples, Outcome
from tests.estimators.moments import MOMENTS, opened

EACH = pytest.mark.parametrize("forecast", FORECASTS, ids=lambda f: f.name)


def cases(forecast: Forecast, count: int) -> list[dict[str, float]]:
    random = Random(1)
    return [opened(forecast, random).asked for _ in range(count)]


@EACH
def test_a_forecast_that_learned_nothing_is_undecided(forecast: Forecast) -> None:
    assert forecast.predict(forecast.new(), cases(forecast, 1)[0]) == 0.5


@EACH
def test_an_unsettled_forecast_still_answers_learns_and_is_another(forecast: Forecast) -> None:
    estimator = forecast.new()
    for number, x in enumerate(cases(forecast, 150)):
        forecast.learn(estimator, x, number % 3 == 0)
    before = forecast.dump(estimator)
    forecast.unsettle(estimator)
    assert forecast.dump(estimator) != before
    for x in cases(forecast, 20):
        forecast.learn(estimator, x, 1)
        assert 0.0 <= forecast.predict(estimator, x) <= 1.0


@EACH
def test_a_moment_asked_twice_teaches_once(forecast: Forecast) -> None:
    """A worker killed between telling and applying tells again: the decision is named alike."""
    moment = MOMENTS[forecast.name](Random(3))
    said = [[*forecast.watch(moment)] for _ in range(2)]
    assert said[0] == said[1]
    assert any(isinstance(lesson, Opened) for lesson in said[0])
    assert all(isinstance(lesson, Opened | Closed | Awaited) for lesson in said[0])


@EACH
def test_the_learner_teaches_it_and_forgets_what_was_answered(forecast: Forecast) -> None:
    items: list[Example | Outcome] = []
    for number, x in enumerate(cases(forecast, 40)):
        items += [Example(decision=f"d{number}", x=x, at=1.0), Outcome(decision=f"d{number}", y=1, at=2.0)]
    message = Examples(maison="lumiere", model=forecast.name, items=items)
    done = learn(forecast, Head("e"), [(0, message)], {})
    assert (done.head.learned, done.put) == (40, {})
