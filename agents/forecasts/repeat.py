"""Will this client buy again? Online logistic regression over what orders tell.

Every client who has ordered is looked at each 91 days, at a phase of their own, so looks are spread over the
year and over what may lie between two orders. A look is the label of the one before: whether anything was
bought since. Nothing is known earlier than it happened, and who stays silent teaches as much as who buys.
A look that comes late is taken as of its hour, and neither teaches nor asks where something was bought
meanwhile; nor does it ask where the next is past too: orders that a house brings along are years old.

For a longer time ahead it is asked as of the silent future, look after look: who buys within 39 weeks is who
does not stay silent in each of three times 13.
"""

from collections.abc import Iterable
from math import isfinite, log1p
from typing import TYPE_CHECKING, Any
from zlib import crc32

from agents.forecast import Awaited, Closed, Forecast, Lesson, Opened, Priors
from agents.model import State
from agents.moment import Moment
from feature_store.record import slice_of
from feature_store.tally import main_currency
from feature_store.tempo import tempo_of
from schemas.events.store import StorePurchase

if TYPE_CHECKING:
    from river.linear_model import LogisticRegression

NAME = "repeat"
DAY = 86_400.0
PERIOD = 91 * DAY
RATE = 0.02
LEAST = 500
"""Labels below which nothing is said."""
TRUSTED = 10_000
"""Labels from which on it may decide, and not only be shown: below, it told lapses no better than chance."""
GAPS = 2
"""Gaps of a client within which one who has not lapsed is back."""


def buys_within(client: Any, now: float, days: float, priors: Priors) -> float | None:
    """Probability that a merged record's client orders within so many days from `now` (Unix seconds).

    None where they never ordered, or the maison has not learned enough. Steps of 91 days; the last counts for
    its share, as of somebody who comes at an even rate.
    """
    estimator = priors.get(NAME)
    if estimator is None or not slice_of(client, "frequency").orders or estimator.learned < LEAST:
        return None
    silent, ahead = 1.0, days * DAY
    while ahead > 0:
        silent *= (1 - estimator.predict(features(client, now))) ** min(1.0, ahead / PERIOD)
        now, ahead = now + PERIOD, ahead - PERIOD
    return 1 - silent


def lapses(client: Any, now: float, priors: Priors, alike: float | None = None) -> float | None:
    """Probability that a merged record's client, by now, lets two of their own gaps pass without an order.

    The gap is the client's own, drawn to that of clients alike (`alike`: days; `feature_store/tempo.py`).
    None as above.
    """
    tempo = tempo_of(slice_of(client, "frequency"), alike)
    comes = None if tempo is None else buys_within(client, now, GAPS * tempo.gap, priors)
    return None if comes is None else 1 - comes


def away(client: Any, now: float, priors: Priors, alike: float | None = None) -> float | None:
    """The same, for who decides by it: None also where the maison has not learned enough for that."""
    estimator = priors.get(NAME)
    if estimator is None or estimator.learned < TRUSTED:
        return None
    return lapses(client, now, priors, alike)


def features(client: Any, now: float) -> dict[str, float]:
    """What is known of a client who has ordered, each number in 0..1."""
    rhythm = slice_of(client, "frequency")
    currency = main_currency(client)
    money = slice_of(client, "monetary").currencies[currency] if currency else None
    repeats = max(0, rhythm.orders - 1)
    silent = max(0.0, now - rhythm.last) / DAY
    age = max(silent, (now - rhythm.first) / DAY, 1.0)
    between = (rhythm.last - rhythm.first) / DAY
    often, long = min(1.0, log1p(repeats) / 3), min(1.0, log1p(silent) / 6)
    return {
        "repeats": often,
        "once": float(not repeats),
        "silent": min(1.0, silent / 365),
        "log_silent": long,
        "age": min(1.0, age / 365),
        "rate": min(1.0, log1p(repeats / (between + 30) * 365) / 4),
        "late": min(1.0, silent / (between / repeats + 30) / 5) if repeats else 0.0,
        "share_silent": min(1.0, silent / age),
        "repeats_silent": often * long,
        "worth": min(1.0, log1p(max(0, money.bought) / money.orders) / 16) if money and money.orders else 0.0,
    }


class Repeat:
    """River's logistic regression, and from how many labels it learned."""

    def __init__(self) -> None:
        from river import linear_model, optim  # seconds of import, which only who learns or asks owes

        self.regression: LogisticRegression = linear_model.LogisticRegression(optimizer=optim.SGD(RATE))
        self.learned = 0

    def predict(self, x: dict[str, float]) -> float:
        p = float(self.regression.predict_proba_one(x)[True])
        return p if isfinite(p) else 0.5

    def learn(self, x: dict[str, float], y: int) -> None:
        if all(map(isfinite, x.values())):  # one NaN would poison the weights for good
            self.regression.learn_one(x, bool(y))
            self.learned += 1


def _dump(estimator: Repeat) -> State:
    regression = estimator.regression
    return {
        "weights": {k: float(v) for k, v in regression.weights.items()},
        "intercept": float(regression.intercept),
        "iterations": int(regression.optimizer.n_iterations),
        "learned": estimator.learned,
    }


def _load(state: State) -> Repeat:
    estimator = Repeat()
    weights, learned = state["weights"], state["learned"]
    if isinstance(weights, dict):
        for name, weight in weights.items():
            estimator.regression._weights[name] = weight
    estimator.regression.intercept = state["intercept"]
    estimator.regression.optimizer.n_iterations = state["iterations"]
    if isinstance(learned, int):
        estimator.learned = learned
    return estimator


def _unsettle(estimator: Repeat) -> None:
    """The weights go halfway to those of nobody; the rate of learning is constant and needs no push."""
    regression = estimator.regression
    for name, weight in [*regression.weights.items()]:
        regression._weights[name] = weight / 2


def _watch(moment: Moment) -> Iterable[Lesson]:
    rhythm = slice_of(moment.client, "frequency")
    if moment.timer is None:
        yield Awaited("", look_after(moment.part, moment.at))
        return
    look = moment.timer.due
    bought = rhythm.last > look - PERIOD
    yield Closed(_ref(look - PERIOD), None if rhythm.last > look else int(bought))
    if rhythm.orders:
        if rhythm.last <= look and moment.now < look + PERIOD:
            yield Opened(_ref(look), features(moment.client, look))
        yield Awaited("", look_after(moment.part, moment.now))


def look_after(part: str, at: float, period: float = PERIOD) -> float:
    """The first look at a part after `at`: the same whoever asks and however often."""
    phase = crc32(part.encode()) % period
    return float((at - phase) // period + 1) * period + phase


def _ref(look: float) -> str:
    return str(int(look))


FORECAST = Forecast(
    name=NAME,
    wakes=frozenset({StorePurchase}),
    watch=_watch,
    new=Repeat,
    predict=Repeat.predict,
    learn=Repeat.learn,
    dump=_dump,
    load=_load,
    unsettle=_unsettle,
)
