"""What an estimator says, bent as labels come: by two numbers (Platt scaling, 1999), or by bins."""

from collections.abc import Callable
from math import exp, log, sqrt
from typing import Any

from agents.calibration import Bins

RATE = 0.1


class Platt:
    """Asks and teaches an estimator, and bends what it says to sigmoid(slope x log-odds + shift)."""

    def __init__(self, predict: Callable[[Any], float], learn: Callable[[Any, bool], None]) -> None:
        self._predict, self._learn = predict, learn
        self.slope, self.shift = 1.0, 0.0
        self._squares = [1.0, 1.0]

    def predict(self, x: Any) -> float:
        """A bent probability."""
        return self._bent(_log_odds(self._predict(x)))

    def learn(self, x: Any, y: bool) -> None:
        """Bends by what was said before the label, then teaches."""
        odds = _log_odds(self._predict(x))
        wrong = self._bent(odds) - y
        for at, slope in enumerate((wrong * odds, wrong)):
            self._squares[at] += slope * slope
        self.slope -= RATE * wrong * odds / sqrt(self._squares[0])
        self.shift -= RATE * wrong / sqrt(self._squares[1])
        self._learn(x, y)

    def _bent(self, odds: float) -> float:
        return 1 / (1 + exp(-(self.slope * odds + self.shift)))


class Binned:
    """The same by `agents/calibration.py`, as cards are."""

    def __init__(self, predict: Callable[[Any], float], learn: Callable[[Any, bool], None]) -> None:
        self._predict, self._learn, self._bins = predict, learn, Bins()

    def predict(self, x: Any) -> float:
        """A bent probability."""
        return self._bins.bent(self._predict(x))

    def learn(self, x: Any, y: bool) -> None:
        """Counts what was said before the label, then teaches."""
        self._bins.learn(self._predict(x), int(y))
        self._learn(x, y)


def _log_odds(p: float) -> float:
    p = min(0.999, max(0.001, p))
    return log(p / (1 - p))
