"""What holds of every model: bounded numbers in, a probability out, and a state that goes on bit for bit."""

from math import inf, nan
from random import Random
from typing import Any

import msgspec
import pytest

from agents.model import Model
from agents.registry import MODELS
from schemas.messages import Snapshot
from tests import builders as a

EACH = pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)


SAID = (None, "Welcome.")
"""Without a draft and with one: what the lessons are about, and every model sees."""


def lessons(model: Model, count: int, seed: int = 1) -> list[tuple[dict[str, float], int]]:
    random, made = Random(seed), []
    for _ in range(count):
        client = a.record_of(*(a.purchase(card="c1") for _ in range(random.randrange(4))))
        drafted = random.random() < 0.5
        x = model.x(a.moment(client=client), a.proposal(urgency=random.randint(1, 5), say=SAID[drafted]))
        made.append((x, int(drafted + random.random() > 0.8)))
    return made


def taught(model: Model, many: list[tuple[dict[str, float], int]], estimator: Any = None) -> Any:
    estimator = estimator or model.new()
    for x, y in many:
        model.learn(estimator, x, y)
    return estimator


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
def test_the_same_lessons_give_the_same_weights(model: Model) -> None:
    many = lessons(model, 60)
    assert model.dump(taught(model, many)) == model.dump(taught(model, many))


@EACH
def test_a_model_stopped_and_started_again_goes_on_as_if_nothing_had_happened(model: Model) -> None:
    before, after = lessons(model, 60, 1), lessons(model, 60, 2)
    through = taught(model, before + after)
    snapshot = Snapshot(
        maison="lumiere", model=model.name, epoch="e", offset=1, learned=60, loss=0.1, at=a.NOON,
        state=model.dump(taught(model, before)),
    )  # fmt: skip
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(snapshot), type=Snapshot)
    resumed = taught(model, after, model.load(stored.state))
    assert model.dump(resumed) == model.dump(through)
    assert all(model.predict(resumed, x) == model.predict(through, x) for x, _ in after)


@EACH
def test_missing_strange_and_infinite_features_give_a_probability_and_teach_nothing(
    model: Model,
) -> None:
    estimator = taught(model, lessons(model, 40))
    known = lessons(model, 1)[0][0]
    odd: list[dict[str, float]] = [{}, {"unheard-of": 3.0}, known | {"drafted": nan}, known | {"warm": inf}]
    for x in odd:
        assert 0.0 <= model.predict(estimator, x) <= 1.0
    before = model.dump(estimator)
    for x in odd[2:]:
        model.learn(estimator, x, 1)
    assert model.dump(estimator) == before


@EACH
def test_a_model_learns_what_is_there_to_learn(model: Model) -> None:
    estimator = taught(model, lessons(model, 600))
    likely = model.x(a.moment(), a.proposal(say=SAID[1]))
    unlikely = model.x(a.moment(), a.proposal(say=SAID[0]))
    assert model.predict(estimator, likely) > 0.75 > 0.6 > model.predict(estimator, unlikely)


@EACH
def test_asking_changes_neither_the_model_nor_the_question(model: Model) -> None:
    estimator = taught(model, lessons(model, 20))
    before, x = model.dump(estimator), lessons(model, 1)[0][0]
    asked = dict(x)
    model.predict(estimator, x)
    assert (model.dump(estimator), x) == (before, asked)
