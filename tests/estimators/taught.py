"""What the learner teaches, on `model.examples`: models and forecasts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import erf, inf, nan, sqrt
from random import Random
from typing import Any

import msgspec

from agents.forecast import Forecast
from agents.forecasts.next_category import next_categories
from agents.forecasts.stay_preference import alike
from agents.foreseen import foreseen
from agents.learn import Taught, learn
from agents.model import Model
from agents.registry import ACTIONS
from agents.shares import case_of
from feature_store.learning import Head
from feature_store.record import slice_of
from schemas.messages import Example, Examples, Outcome
from tests import builders as a
from tests.estimators.contract import Case, Estimator, fifths, surprise, words
from tests.estimators.moments import MIDDLE, opened

MOST = 5
"""Cases of a slice of the log, where one is cut into slices."""


def _taught(
    one: Taught,
    draw: Callable[[Random], Case],
    rests: Callable[[Any, Case], Any],
    flood: Callable[[Random], Case],
    **more: Any,
) -> Estimator:
    """Cases are numbers, and a label."""

    def dump(state: Any) -> bytes:
        return msgspec.msgpack.encode(one.dump(state))

    def idle(random: Random) -> list[Case]:
        case = draw(random)
        return [Case({**case.asked, next(iter(case.asked)): strange}, 1) for strange in (nan, inf, -inf)]

    def divided(cases: Sequence[Case], random: Random) -> bytes:
        head, end = Head("e"), 0
        while end < len(cases):
            start, end = end, end + random.randint(1, MOST)
            items = [item for n, case in enumerate(cases[start:end]) for item in _told(start + n, case)]
            message = Examples(maison="lumiere", model=one.name, items=items)
            head = learn(one, head, [(start, message)], {}).head
        return dump(one.load(head.state))

    given: dict[str, Any] = {
        "ask": one.predict,
        "learn": lambda state, case: one.learn(state, case.asked, case.came),
        "loss": surprise,
        "likely": fifths,
    }
    return Estimator(
        name=one.name,
        draw=draw,
        new=one.new,
        dump=dump,
        load=lambda stored: one.load(msgspec.msgpack.decode(stored)),
        rests=rests,
        stranger={"unheard-of": 1.0},
        odd=lambda asked: [
            {},
            {"unheard-of": 3.0},
            *({**asked, next(iter(asked)): n} for n in (nan, inf, -inf)),
        ],
        idle=idle,
        flood=flood,
        divided=divided,
        **(given | more),
    )


def _told(nth: int, case: Case) -> Iterable[Example | Outcome]:
    """As the line tells a case; what chooses among several kinds is told what was chosen, and a yes."""
    y = case.came if isinstance(case.came, int) else 1
    return Example(decision=f"d{nth}", x=case.asked, at=1.0), Outcome(decision=f"d{nth}", y=y, at=2.0)


def of_model(model: Model) -> Estimator:
    """Staff follow what has a draft four times in five, what has none once."""
    actions = sorted(ACTIONS)

    def proposed(random: Random, action: str) -> Case:
        client = a.record_of(*(a.purchase(card="c1") for _ in range(random.randrange(4))))
        drafted = random.random() < 0.5
        moment, say = a.moment(client=client), "Welcome." if drafted else None
        x = model.x(moment, a.proposal(action=action, urgency=random.randint(1, 5), say=say))
        return Case(x, int(random.random() < (0.8 if drafted else 0.2)), moment)

    return _taught(
        model,
        draw=lambda random: proposed(random, "appointment"),
        rests=lambda state, case: model.adds(state, case.asked),
        flood=lambda random: proposed(random, random.choice(actions)),
    )


def of_forecast(forecast: Forecast) -> Estimator:
    """Four in five cases come true; of several kinds one is chosen mostly; amounts lie on a bell."""

    def draw(random: Random) -> Case:
        return opened(forecast, random)

    if forecast.name in ("next_category", "stay_preference"):
        return _which(forecast)
    if forecast.name == "amount":
        return _amount(forecast)
    if forecast.name == "cancellation":  # nobody is told of it: what would be told is what each path adds
        return _taught(forecast, draw, lambda state, case: state.adds(case.asked), _paths)
    return _taught(forecast, draw, _because(forecast.name), draw if forecast.name == "repeat" else _paths)


def _because(name: str) -> Callable[[Any, Case], Any]:
    """The sentence of facts that stands beside it wherever it is shown."""

    def said(state: Any, case: Case) -> Any:
        assert case.moment is not None
        return foreseen(case.moment.client, case.moment.now, {name: state}).get("because")

    return said


def _paths(random: Random) -> Case:
    return Case({f"{axis}/{words(random)}": 1.0 for axis in "abcdefghi"}, random.randrange(2))


def _amount(forecast: Forecast) -> Estimator:
    """How far out an amount is, of which the world has the bell; what is told is never a label."""

    def draw(random: Random) -> Case:
        case = opened(forecast, random)
        [value] = case.asked.values()
        return Case(case.asked, erf(abs(value - MIDDLE) / sqrt(2)), case.moment)

    def flood(random: Random) -> Case:
        [value] = opened(forecast, random).asked.values()
        return Case({f"{random.choice('ABCDEFGH')}{random.choice('ABCDEFGH')}X": value}, 0.0)

    return _taught(
        forecast,
        draw=draw,
        loss=lambda p, nearer: abs(p - nearer),
        learn=lambda state, case: forecast.learn(state, case.asked, 0),
        rests=lambda state, case: [state.far(*one) for one in case.asked.items()],
        flood=flood,
        likely=lambda answered: [
            (share, sum(p <= share for p, _ in answered) / len(answered)) for share in (0.25, 0.5, 0.8, 0.95)
        ],
    )


def _chosen(x: Mapping[str, float]) -> tuple[str, str]:
    """Of a case of several kinds: what is chosen among, and what was."""
    path = next((name[3:].partition("/")[0] for name in x if name.startswith("in/")), "")
    return path, next((name[6:] for name in x if name.startswith("chose/")), "")


def _which(forecast: Forecast) -> Estimator:
    """Of several kinds: the answer is how likely each is."""
    kinds: dict[str, dict[str, None]] = {}
    for seed in range(200):
        path, kind = _chosen(opened(forecast, Random(seed)).asked)
        kinds.setdefault(path, {})[kind] = None

    def draw(random: Random) -> Case:
        case = opened(forecast, random)
        return Case(case.asked, _chosen(case.asked)[1], case.moment)

    def ask(state: Any, x: Mapping[str, float]) -> dict[str, float]:
        known = {name: value for name, value in x.items() if not name.startswith("chose/")}
        among = kinds.get(_chosen(x)[0], {"": None})
        return {kind: forecast.predict(state, {**known, f"chose/{kind}": 1.0}) for kind in among}

    def rests(state: Any, case: Case) -> Any:
        assert case.moment is not None
        client, priors = case.moment.client, {forecast.name: state}
        if forecast.name == "next_category":
            return next_categories(client, a.NOON, a.HOUSE, priors)
        [stay] = slice_of(client, "stay").stays.values()
        return alike(_chosen(case.asked)[0], stay, priors)

    return _taught(
        forecast,
        draw=draw,
        ask=ask,
        learn=lambda state, case: forecast.learn(state, case.asked, 1),
        loss=lambda answer, came: surprise(answer.get(came, 0.0) / sum(answer.values()), 1),
        rests=rests,
        flood=lambda random: Case(case_of(words(random), {}, words(random)), 1),
        likely=lambda answered: fifths(
            [(p, int(kind == came)) for answer, came in answered for kind, p in answer.items()]
        ),
        any_order=True,
    )
