"""What holds of every model beside what holds of every estimator (`test_every_estimator.py`): bounded numbers
in, no favourites before it has learned, and nothing of where a client is from, their sex or their age."""

from random import Random

import msgspec
import pytest

from agents.forecast import Forecast
from agents.foresee import FORECASTS
from agents.model import Model
from agents.registry import MODELS
from feature_store import record as records
from tests import builders as a
from tests.estimators.moments import MOMENTS

PEOPLE = [
    {"name": "Aline", "language": "fr", "country": "FR", "gender": "female", "birth_date": "1948-03-01"},
    {"name": "Kenji", "language": "ja", "country": "JP", "gender": "male", "birth_date": "1999-11-30"},
]
EACH = pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)


@EACH
def test_a_model_that_learned_nothing_holds_one_action_for_as_likely_as_another(model: Model) -> None:
    said = {model.predict(model.new(), model.x(a.moment(), a.proposal(action=word))) for word in ("a", "b")}
    assert len(said) == 1
    assert 0.5 <= said.pop() <= 0.75


@EACH
def test_features_are_finite_and_bounded_for_anybody(model: Model) -> None:
    busy = a.record_of(*(a.purchase(a.NOON - 9e8, card="c1") for _ in range(300)))
    for client in (a.record_of(), busy):
        x = model.x(a.moment(client=client), a.proposal())
        assert all(0.0 <= v <= 1.0 for v in x.values()), x


@EACH
def test_a_model_sees_the_same_of_whoever_they_are(model: Model) -> None:
    one, other = (a.moment(client=a.record_of(a.profile(a.NOON - 60, who, card="c1"))) for who in PEOPLE)
    assert model.x(one, a.proposal()) == model.x(other, a.proposal())


@pytest.mark.parametrize("forecast", FORECASTS, ids=lambda f: f.name)
def test_a_forecast_sees_the_same_of_whoever_they_are(forecast: Forecast) -> None:
    moment = MOMENTS[forecast.name](Random(1))
    asked = [
        [*forecast.watch(msgspec.structs.replace(moment, client=records.merge([moment.client, known])))]
        for known in (a.record_of(a.profile(a.NOON - 60, who, card="c1")) for who in PEOPLE)
    ]
    assert asked[0] == asked[1] != []
