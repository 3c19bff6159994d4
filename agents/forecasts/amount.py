"""Is an order worth what orders here are worth? A bell curve over logarithms, one a currency.

A till that forgets the decimal point, a test sale, a card that pays for a whole wedding: what lies far out
says nothing of the client's rhythm and taste. Such an order teaches no other forecast, and this one only that
something came as far out as is still heard of: what comes far out again and again is how orders are here now.
"""

from collections.abc import Iterable
from math import erf, isfinite, log1p, sqrt
from typing import Any

from agents.forecast import Closed, Forecast, Lesson, Opened, Priors
from agents.model import State
from agents.moment import Moment
from schemas.events.store import OrderData, StorePurchase

NAME = "amount"
FAR = 4.5
"""Standard deviations beyond which an amount is odd: seven orders in a million, were the curve exact."""
HEARD = 3.0
"""Standard deviations that an odd amount counts as, so that the curve widens where a fifth of all are odd,
and hardly where one in a hundred is."""
NARROW = 0.25
"""Standard deviation that is taken at least: nothing within three times what all cost is odd."""
LEAST = 100
"""Orders below which nothing is odd."""


class Curves:
    """Currency -> count, mean and squared deviations of log amounts (Welford, 1962)."""

    def __init__(self) -> None:
        self.counts: dict[str, float] = {}
        self.means: dict[str, float] = {}
        self.squares: dict[str, float] = {}

    def far(self, currency: str, value: float) -> float | None:
        """Standard deviations from the mean, of a currency that is known well enough."""
        count = self.counts.get(currency, 0.0)
        if count < LEAST or not isfinite(value):
            return None
        return abs(value - self.means[currency]) / self._deviation(currency)

    def learn(self, currency: str, value: float) -> None:
        """Takes in a log amount; an odd one as if it lay nearer."""
        if (self.far(currency, value) or 0.0) > FAR:
            reach = HEARD * self._deviation(currency)
            value = self.means[currency] + (reach if value > self.means[currency] else -reach)
        self.counts[currency] = count = self.counts.get(currency, 0.0) + 1
        mean = self.means.get(currency, 0.0)
        self.means[currency] = mean + (value - mean) / count
        beside = (value - mean) * (value - self.means[currency])
        self.squares[currency] = self.squares.get(currency, 0.0) + beside

    def _deviation(self, currency: str) -> float:
        return max(NARROW, sqrt(self.squares[currency] / self.counts[currency]))


def odd_amount(order: OrderData, priors: Priors) -> bool:
    """Whether an order is worth far more, or far less, than orders here are."""
    estimator = priors.get(NAME)
    return estimator is not None and any(
        (estimator.far(currency, value) or 0.0) > FAR for currency, value in features(order).items()
    )


def features(order: OrderData) -> dict[str, float]:
    """Log of the amount in minor units, by currency."""
    sums: dict[str, int] = {}
    for line in order.lines:
        sums[line.currency] = sums.get(line.currency, 0) + line.amount
    return {currency: log1p(max(0, amount)) for currency, amount in sums.items()}


def _watch(moment: Moment) -> Iterable[Lesson]:
    event: Any = moment.event
    ref = event.data.order_id
    yield Opened(ref, features(event.data))
    yield Closed(ref, 0)


def _predict(estimator: Curves, x: dict[str, float]) -> float:
    """Probability that an order here lies nearer to the middle; 0.5 where too few are known."""
    far = [out for currency, value in x.items() if (out := estimator.far(currency, value)) is not None]
    return erf(max(far) / sqrt(2)) if far else 0.5


def _learn(estimator: Curves, x: dict[str, float], y: int) -> None:
    if all(map(isfinite, x.values())):
        for currency, value in x.items():
            estimator.learn(currency, value)


def _dump(estimator: Curves) -> State:
    return {
        "counts": dict(estimator.counts),
        "means": dict(estimator.means),
        "squares": dict(estimator.squares),
    }


def _load(state: State) -> Curves:
    estimator = Curves()
    for name in ("counts", "means", "squares"):
        if isinstance(held := state[name], dict):
            setattr(estimator, name, dict(held))
    return estimator


def _unsettle(estimator: Curves) -> None:
    """What was seen counts half; the means stay, and move twice as fast."""
    for held in (estimator.counts, estimator.squares):
        for currency in held:
            held[currency] /= 2


FORECAST = Forecast(
    name=NAME,
    wakes=frozenset({StorePurchase}),
    watch=_watch,
    new=Curves,
    predict=_predict,
    learn=_learn,
    dump=_dump,
    load=_load,
    unsettle=_unsettle,
)
