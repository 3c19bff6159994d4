"""Rates of nested groups, each drawn to the one around it: little evidence is lent from what is like it.

A case is a few paths: `market/riviera/agency/5` says that it is of this hotel, of agencies, of a lead time in
the sixth bin. Each prefix of a path is a cell. The rate of a cell is that of the cell around it, moved by its
own cases: (came + K * around) / (seen + K), so a cell without cases says what its maison says, and one with
thousands says what it saw. What a path adds to the log-odds of all is weighed by one number a path, which is
learned (AdaGrad: Duchi et al., 2011); what overlaps is thus not counted twice.

Speaks River's verbs, so that River's own estimators could be compared with it case by case.
"""

from collections.abc import Iterator, Mapping
from math import exp, isfinite, log, sqrt

from agents.model import State

K = 30.0
"""Cases that a cell needs to weigh as much as what lies around it."""
RATE = 0.05
CELLS = 4096
"""Cells kept; when there are more, what was seen counts half, and cells of less than one case go."""
LONGEST = 64
"""Letters of a path that is heard: what a page or a partner writes may be any length."""
_LEAST = 0.005
_STEEP = 30.0


class Pooled:
    """An estimator of one maison. Bounded: `CELLS` cells, one weight a path."""

    def __init__(self) -> None:
        self.seen: dict[str, float] = {"": 1.0}
        self.came: dict[str, float] = {"": 0.5}
        self.weights: dict[str, float] = {}
        self.squares: dict[str, float] = {}

    def predict_proba_one(self, x: Mapping[str, float]) -> dict[bool, float]:
        """Probability of a yes, and of a no."""
        p = _sigmoid(self._odds(self._said(x)))
        return {True: p, False: 1 - p}

    def learn_one(self, x: Mapping[str, float], y: bool) -> None:
        """Takes in what came of a case."""
        said = self._said(x)
        wrong = _sigmoid(self._odds(said)) - y
        for path, moves in said.items():
            self._step(path, wrong * moves, len(said))
        self._step("", wrong, len(said))
        for path in x:
            for cell in cells_of(path):
                self._count(cell, y)
        self._count("", y)
        while len(self.seen) > CELLS:
            self.fade()

    def fade(self) -> None:
        """What was seen counts half; cells of less than one case go. That of the maison stays."""
        kept = {cell: n / 2 for cell, n in self.seen.items() if n >= 2 or not cell}
        self.seen, self.came = kept, {cell: self.came[cell] / 2 for cell in kept}

    def unsettle(self) -> None:
        """What was seen counts half, and weights move as they did at first."""
        self.fade()
        self.squares = {}

    def dump(self) -> State:
        """All of it, as numbers."""
        return {
            "seen": dict(self.seen),
            "came": dict(self.came),
            "weights": dict(self.weights),
            "squares": dict(self.squares),
        }

    def rate(self, path: str) -> float:
        """How often a path's innermost cell came, drawn to those around it."""
        rate = self.came[""] / self.seen[""]
        for cell in cells_of(path):
            seen = self.seen.get(cell)
            if seen is not None:
                rate = (self.came[cell] + K * rate) / (seen + K)
        return rate

    def adds(self, x: Mapping[str, float]) -> dict[str, float]:
        """What each path adds to the log-odds of all; what adds nothing is left out."""
        said = self._said(x)
        named = {path.partition("/")[0]: path for path in x}
        added = {named[path]: round(self._weight(path, said) * moves, 4) for path, moves in said.items()}
        return {path: amount for path, amount in added.items() if amount}

    def _said(self, x: Mapping[str, float]) -> dict[str, float]:
        """Path -> by how much it moves the log-odds of all."""
        around = _log_odds(self.came[""] / self.seen[""])
        return {p.partition("/")[0]: _log_odds(self.rate(p)) - around for p, on in x.items() if on == 1}

    def _weight(self, path: str, said: Mapping[str, float]) -> float:
        """At first all paths of a case weigh one together."""
        return self.weights.get(path, 1 / len(said))

    def _odds(self, said: Mapping[str, float]) -> float:
        odds = _log_odds(self.came[""] / self.seen[""]) + self.weights.get("", 0.0)
        return odds + sum(self._weight(path, said) * moves for path, moves in said.items())

    def _step(self, path: str, slope: float, paths: int) -> None:
        self.squares[path] = self.squares.get(path, 1.0) + slope * slope
        before = self.weights.get(path, 1 / paths if path else 0.0)
        self.weights[path] = before - RATE * slope / sqrt(self.squares[path])

    def _count(self, cell: str, y: bool) -> None:
        self.seen[cell] = self.seen.get(cell, 0.0) + 1
        self.came[cell] = self.came.get(cell, 0.0) + y


def loaded(state: State) -> Pooled:
    """An estimator as it was dumped."""
    pooled = Pooled()
    for name in ("seen", "came", "weights", "squares"):
        if isinstance(held := state[name], dict):
            setattr(pooled, name, dict(held))
    return pooled


def predict(estimator: Pooled, x: Mapping[str, float]) -> float:
    """Probability of a yes."""
    return estimator.predict_proba_one(x)[True]


def learn(estimator: Pooled, x: Mapping[str, float], y: int) -> None:
    """Takes in a case; one with strange numbers teaches nothing."""
    if all(isfinite(on) for on in x.values()):
        estimator.learn_one(x, bool(y))


def path_of(*words: object) -> dict[str, float]:
    """One path of a case; slashes within a word are none, and words are heard up to a length.

    >>> path_of("agent", "riviera", "a/b", 3)
    {'agent/riviera/a b/3': 1.0}
    """
    return {"/".join(str(word).replace("/", " ")[:LONGEST] for word in words): 1.0}


def cells_of(path: str) -> Iterator[str]:
    """The cells of a path from the outermost in: what comes before its second, third ... slash.

    >>> list(cells_of("agent/riviera/9"))
    ['agent/riviera', 'agent/riviera/9']
    """
    at = path.find("/")
    while at >= 0:
        at = path.find("/", at + 1)
        yield path if at < 0 else path[:at]


def _log_odds(p: float) -> float:
    p = min(1 - _LEAST, max(_LEAST, p))
    return log(p / (1 - p))


def _sigmoid(odds: float) -> float:
    return 1 / (1 + exp(-max(-_STEEP, min(_STEEP, odds))))
