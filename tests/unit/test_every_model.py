"""What holds of every model beside what holds of every estimator (`test_every_estimator.py`): bounded numbers
in, and no favourites before it has learned."""

import pytest

from agents.model import Model
from agents.registry import MODELS
from tests import builders as a

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
