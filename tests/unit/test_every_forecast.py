"""What holds of every forecast: a probability out, a state that goes on bit for bit, lessons told twice."""

from collections.abc import Callable
from math import inf, nan
from random import Random
from typing import Any

import msgspec
import pytest

from agents.forecast import Awaited, Closed, Forecast, Opened, timer_of
from agents.foresee import FORECASTS
from agents.learn import learn
from agents.moment import Moment
from feature_store.learning import Head
from feature_store.store import Timer
from schemas.messages import Example, Examples, Outcome, Snapshot
from tests import builders as a

EACH = pytest.mark.parametrize("forecast", FORECASTS, ids=lambda f: f.name)
DAY = 86_400.0

MOMENTS: dict[str, Callable[[Random], Moment]] = {}
"""Forecast -> a moment at which it opens a case, drawn."""


def of(name: str) -> Callable[[Callable[[Random], Moment]], Callable[[Random], Moment]]:
    def kept(make: Callable[[Random], Moment]) -> Callable[[Random], Moment]:
        MOMENTS[name] = make
        return make

    return kept


@of("repeat")
def _look(random: Random) -> Moment:
    bought = [
        a.purchase(a.NOON - random.uniform(1, 400) * DAY, card="c1") for _ in range(random.randint(1, 6))
    ]
    timer = Timer("lumiere", "part", timer_of("repeat", ""), a.NOON)
    return a.moment(timer=timer, client=a.record_of(*bought))


@of("second")
@of("amount")
def _first_order(random: Random) -> Moment:
    amount = random.choice([9_000, 345_000, 2_000_000])
    return a.moment(a.purchase(lines=[a.line(amount=amount)], card="c1"))


@of("cancellation")
def _booking(random: Random) -> Moment:
    site, market = random.choice(["riviera", "alpes"]), random.choice(["direct", "groups"])
    return a.moment(a.booking(site=site, market=market, adults=random.randint(1, 4), guest_id="g1"))


@of("next_category")
def _order(random: Random) -> Moment:
    before = [a.purchase(a.NOON - n * DAY, lines=[_bought(random)], card="c1") for n in range(1, 4)]
    event = a.purchase(lines=[_bought(random)], card="c1")
    return a.moment(event, client=a.record_of(*before, event))


def _bought(random: Random) -> dict[str, Any]:
    return a.line(random.choice([article.sku for article in a.LUMIERE.catalogue]))


@of("stay_preference")
def _wish(random: Random) -> Moment:
    service, item = random.choice([("temperature", f"{random.randint(18, 22)} °C"), ("pillow", "goose down")])
    event = a.hotel("service", booking="b1", service=service, item=item, guest_id="g1")
    booked = a.booking(a.NOON - DAY, booking="b1", adults=random.randint(1, 4), guest_id="g1")
    return a.moment(event, client=a.record_of(booked, event))


def cases(forecast: Forecast, count: int, seed: int = 1) -> list[dict[str, float]]:
    random, made = Random(seed), []
    for _ in range(count):
        made += [
            said.x for said in forecast.watch(MOMENTS[forecast.name](random)) if isinstance(said, Opened)
        ]
    return made


def taught(forecast: Forecast, xs: list[dict[str, float]], estimator: Any = None) -> Any:
    estimator = estimator or forecast.new()
    for number, x in enumerate(xs):
        forecast.learn(estimator, x, number % 3 == 0)
    return estimator


@EACH
def test_a_forecast_that_learned_nothing_is_undecided(forecast: Forecast) -> None:
    assert forecast.predict(forecast.new(), cases(forecast, 1)[0]) == 0.5


@EACH
def test_the_same_lessons_give_the_same_state_and_go_on_as_if_nothing_had_happened(
    forecast: Forecast,
) -> None:
    before, after = cases(forecast, 150, 1), cases(forecast, 60, 2)
    through = taught(forecast, after, taught(forecast, before))
    snapshot = Snapshot(
        maison="lumiere", model=forecast.name, epoch="e", offset=1, learned=60, loss=0.1, at=a.NOON,
        state=forecast.dump(taught(forecast, before)),
    )  # fmt: skip
    stored = msgspec.msgpack.decode(msgspec.msgpack.encode(snapshot), type=Snapshot)
    resumed = taught(forecast, after, forecast.load(stored.state))
    assert forecast.dump(resumed) == forecast.dump(through)
    assert all(forecast.predict(resumed, x) == forecast.predict(through, x) for x in after)


@EACH
def test_strange_numbers_give_a_probability_and_teach_nothing(forecast: Forecast) -> None:
    estimator, known = taught(forecast, cases(forecast, 150)), cases(forecast, 1)[0]
    strange = [{**known, next(iter(known)): value} for value in (nan, inf, -inf)]
    for x in ({}, {"unheard-of": 3.0}, *strange):
        assert 0.0 <= forecast.predict(estimator, x) <= 1.0
    before = forecast.dump(estimator)
    for x in strange:
        forecast.learn(estimator, x, 1)
    assert forecast.dump(estimator) == before


@EACH
def test_asking_changes_neither_the_forecast_nor_the_question(forecast: Forecast) -> None:
    estimator, x = taught(forecast, cases(forecast, 150)), cases(forecast, 1)[0]
    before, asked = forecast.dump(estimator), dict(x)
    forecast.predict(estimator, x)
    assert (forecast.dump(estimator), x) == (before, asked)


@EACH
def test_an_unsettled_forecast_still_answers_learns_and_is_another(forecast: Forecast) -> None:
    estimator = taught(forecast, cases(forecast, 150))
    before = forecast.dump(estimator)
    forecast.unsettle(estimator)
    assert forecast.dump(estimator) != before
    assert all(
        0.0 <= forecast.predict(taught(forecast, [x], estimator), x) <= 1.0 for x in cases(forecast, 20)
    )


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


def test_every_forecast_is_tried_here() -> None:
    assert MOMENTS.keys() == {forecast.name for forecast in FORECASTS}
