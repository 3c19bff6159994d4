"""Which estimate of an arrival, and of a room's temperature, is worth having: `python -m
benchmarks.estimates`.

No public data tells when guests said that they would come and when they came, so houses are drawn: for each
of twenty, hidden effects of the means of transport, of the hour and of the guest, and a skewed rest, none
of which an estimate is told. Each estimate sees arrivals in their order and is asked before it is told. The
same for the evenings of guests who each want another temperature.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from random import Random
from statistics import fmean, median, stdev
from typing import Any, NamedTuple

from river import linear_model, optim, tree
from river.optim.losses import Quantile

from agents.comfort import SET, wanted
from feature_store.arrivals import expected
from feature_store.features.habits import Habits
from feature_store.features.stay import Stay
from feature_store.lateness import bin_of, measure_of
from feature_store.scale import Scale, ladder_of

HOUSES, ARRIVALS, GUESTS = 20, 2_000, 600
WARM = 500
"""Arrivals after which errors count."""
WAYS = ("taxi", "train", "flight", "car", "")
DAY, MINUTE = 86_400, 60
Estimate = Callable[["Arrival"], float | None]


class Arrival(NamedTuple):
    """`eta`: Unix seconds; `late`: seconds."""

    guest: int
    by: str
    eta: int
    late: int


def arrivals(random: Random) -> Iterator[Arrival]:
    """The arrivals of one house, whose effects nobody knows. Few guests come often."""
    way = {by: random.gauss(8, 10) for by in WAYS}
    quarter = [random.gauss(0, 6) for _ in range(4)]
    guest = [random.gauss(0, 8) for _ in range(GUESTS)]
    spread = random.uniform(8, 20)
    for n in range(ARRIVALS):
        one = int(GUESTS * random.random() ** 2.5)
        by, eta = random.choice(WAYS), 20_000 * DAY + n * 7_200 + random.randrange(DAY)
        rest = random.gammavariate(1.5, spread / 1.5) - spread
        minutes = way[by] + quarter[eta % DAY // (DAY // 4)] + guest[one] + rest
        yield Arrival(one, by, eta, int(minutes * MINUTE))


class Announced:
    """The hour as it was announced."""

    def ask(self, arrival: Arrival) -> float:
        return 0.0

    def tell(self, arrival: Arrival) -> None:
        """Learns nothing."""


class Usual(Announced):
    """The median of the house."""

    def __init__(self) -> None:
        self.seen: list[int] = []

    def ask(self, arrival: Arrival) -> float:
        return median(self.seen) if self.seen else 0.0

    def tell(self, arrival: Arrival) -> None:
        self.seen.append(arrival.late)


class Pooled(Announced):
    """What the product does: `feature_store/arrivals.py`, with or without the guest's own arrivals."""

    def __init__(self, own: bool) -> None:
        self.own = own
        self.cells: dict[str, Counter[int]] = defaultdict(Counter)
        self.stays: dict[int, list[Stay]] = defaultdict(list)
        self.within: list[bool] = []
        self.width: list[float] = []

    def ask(self, arrival: Arrival) -> float:
        scale = Scale({name: ladder_of(counts) for name, counts in self.cells.items()})
        stays = self.stays[arrival.guest][-2:] if self.own else []  # as many as a record remembers
        guess = expected(scale, stays, arrival.by, arrival.eta)
        if guess is None:
            return 0.0
        self.within.append(guess.low <= arrival.late <= guess.high)
        self.width.append((guess.high - guess.low) / MINUTE)
        return guess.late

    def tell(self, arrival: Arrival) -> None:
        self.cells[measure_of(arrival.by, arrival.eta)][bin_of(arrival.late)] += 1
        stay = Stay("riviera", eta=arrival.eta, eta_at=arrival.eta - 3_600, by=arrival.by)
        stay.mark(0, (arrival.eta + arrival.late) // MINUTE << 4)
        self.stays[arrival.guest].append(stay)


class Learned(Announced):
    """A River regressor over the means, the quarter, and the guest's mean so far with how often they came."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.own: dict[int, list[int]] = defaultdict(list)

    def ask(self, arrival: Arrival) -> float:
        return float(self.model.predict_one(self._x(arrival))) * MINUTE

    def tell(self, arrival: Arrival) -> None:
        self.model.learn_one(self._x(arrival), arrival.late / MINUTE)
        self.own[arrival.guest].append(arrival.late)

    def _x(self, arrival: Arrival) -> dict[str, float]:
        own = self.own[arrival.guest]
        return {
            f"way={arrival.by}": 1.0,
            f"quarter={arrival.eta % DAY // (DAY // 4)}": 1.0,
            "own": fmean(own) / MINUTE * len(own) / (len(own) + 4) if own else 0.0,
            "known": float(bool(own)),
        }


CANDIDATES: dict[str, Callable[[], Any]] = {
    "the hour announced": Announced,
    "the house's median": Usual,
    "pooled by means and quarter": lambda: Pooled(own=False),
    "the same, and the guest's own (in use)": lambda: Pooled(own=True),
    "River: linear regression": lambda: Learned(linear_model.LinearRegression(optim.SGD(0.003))),
    "River: median regression": lambda: Learned(linear_model.LinearRegression(optim.SGD(0.1), Quantile(0.5))),
    "River: Bayesian linear regression": lambda: Learned(linear_model.BayesianLinearRegression(1, 0.01)),
    "River: Hoeffding tree": lambda: Learned(tree.HoeffdingTreeRegressor(grace_period=50)),
}


def contest() -> None:
    """Mean absolute error of each, in minutes, over the houses, with twice the standard error."""
    errors: dict[str, list[float]] = defaultdict(list)
    within, width = [], []
    for house in range(HOUSES):
        told = [*arrivals(Random(house))]
        for name, make in CANDIDATES.items():
            one, off = make(), []
            for n, arrival in enumerate(told):
                guess = one.ask(arrival)
                if n >= WARM:
                    off.append(abs(guess - arrival.late) / MINUTE)
                one.tell(arrival)
            errors[name].append(fmean(off))
            if isinstance(one, Pooled) and one.own:
                within.append(fmean(one.within[WARM:]))
                width.append(fmean(one.width[WARM:]))
    for name, several in errors.items():
        _say(f"{name:42} {_between(several)} minutes off")
    _say(f"four in five, said of an interval {fmean(width):.0f} minutes wide: {fmean(within):.3f}")


def rooms() -> None:
    """The same of a temperature, in degrees, by how many evenings were seen."""
    random = Random(0)
    names = ("as set", "the last", "their mean", "drawn to what is set (in use)")
    for seen in (1, 2, 4):
        errors: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(4_000):
            own = random.gauss(SET, 1.5)
            *told, then = (round((own + random.gauss(0, 0.8)) * 2) / 2 for _ in range(seen + 1))
            drawn = wanted(Habits(seen, round(sum(told) * 10), round(told[-1] * 10), 1)) or SET
            for name, guess in zip(names, (SET, told[-1], fmean(told), drawn), strict=True):
                errors[name].append(abs(guess - then))
        said = ", ".join(f"{name} {fmean(off):.2f}" for name, off in errors.items())
        _say(f"after {seen} evening{'s' * (seen > 1)}: {said} degrees off")


def _between(values: list[float]) -> str:
    return f"{fmean(values):6.2f} ± {2 * stdev(values) / len(values) ** 0.5:.2f}"


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    contest()
    rooms()
