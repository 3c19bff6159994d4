"""Logistic regression that knows how sure it is: a River optimizer that keeps a precision beside each weight.

The posterior of each weight is a normal of its own (a diagonal Laplace approximation; Chapelle and Li, An
Empirical Evaluation of Thompson Sampling, 2011). A label adds the square of its gradient to the precision of
the weights it touched and moves them by gradient over precision, a Newton step. The past fades: what labels
have taught a weight counts `KEEPS` of itself at each further one, and what was assumed at first comes back in
its place, so a world that changed is learned anew. What it then says is bent to what came of the like
(`agents/calibration.py`).
"""

from math import exp, isfinite, pi, sqrt
from typing import TYPE_CHECKING, Any

from agents.calibration import Bins, bins_of
from agents.model import Belief, State

if TYPE_CHECKING:
    from river.linear_model import LogisticRegression

FOLLOWED = 0.6
"""Log-odds of a yes before anything is known: what the author of a rule held worth saying is followed, two
times in three. It is the weight of `always`, which every question has; all others begin at nothing."""
PRIOR = 4.0
"""Precision before anything is known: a weight is within 0.5 of where it begins, two times in three."""
FINE = 8.0
"""The same of a weight that only refines another (`action=a|regular`): it is pulled towards that one."""
KEEPS = 0.99
"""About the last hundred labels of a weight count."""
UNKNOWN = 0.5
ENOUGH = 20
"""Labels before which nothing is tried: the rules of a house that has just begun are followed as they are."""


class Known:
    """River's regression, and what came of what it said."""

    __slots__ = ("bins", "regression")

    def __init__(self, bins: Bins) -> None:
        from river import linear_model  # takes seconds: nobody who waits owes them

        self.regression: LogisticRegression = linear_model.LogisticRegression(
            optimizer=_optimizer(), intercept_lr=0.0
        )
        self.regression._weights["always"] = FOLLOWED
        self.bins = bins


def estimator() -> Known:
    """An estimator that has learned nothing."""
    return Known(Bins())


def believe(known: Known | None, x: dict[str, float]) -> Belief:
    """The probability of a yes, bent to what came, and its standard deviation; O(features)."""
    p, variance = _posterior(known, x)
    if not (isfinite(p) and isfinite(variance)):
        return Belief(p=UNKNOWN, spread=UNKNOWN)
    if known is None:
        return Belief(p=p)
    p = known.bins.bent(p)
    if known.regression.optimizer.n_iterations < ENOUGH:
        return Belief(p=p)
    return Belief(p=p, spread=min(UNKNOWN, p * (1.0 - p) * sqrt(variance)))


def _posterior(known: Known | None, x: dict[str, float]) -> tuple[float, float]:
    """The probability as the regression says it, and the variance of its log-odds."""
    mean = variance = 0.0
    weights: Any = {} if known is None else known.regression._weights
    precision: Any = {} if known is None else known.regression.optimizer.precision
    for name, value in x.items():
        mean += weights.get(name, prior_of(name)) * value
        variance += value * value / (precision.get(name) or precision_of(name))
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, mean / sqrt(1.0 + pi * variance / 8.0))))), variance


def adds(known: Known | None, x: dict[str, float]) -> dict[str, float]:
    """What each feature adds to the log-odds of a yes; what adds nothing is left out."""
    weights: Any = {} if known is None else known.regression._weights
    said = {name: round(weights.get(name, prior_of(name)) * value, 4) for name, value in x.items()}
    return {name: amount for name, amount in said.items() if amount}


def learn(known: Known, x: dict[str, float], y: int) -> None:
    """Learns one label; what is not finite would poison the weights for good, and teaches nothing."""
    if all(isfinite(v) for v in x.values()):
        known.bins.learn(_posterior(known, x)[0], y)
        known.regression.learn_one(x, bool(y))


def dump(known: Known) -> State:
    """The estimator as numbers."""
    model = known.regression
    return {
        "weights": {name: float(w) for name, w in model._weights.items()},
        "precision": {name: float(q) for name, q in model.optimizer.precision.items()},
        "iterations": int(model.optimizer.n_iterations),
        **known.bins.dump(),
    }


def load(state: State) -> Known:
    """The estimator that `dump` told of; one told without precisions is as unsure as a new one."""
    known = Known(bins_of(state))
    model = known.regression
    weights, precision = state["weights"], state.get("precision", {})
    if isinstance(weights, dict) and isinstance(precision, dict):
        for name, weight in weights.items():
            model._weights[name] = weight
        model.optimizer.precision.update(precision)
    model.optimizer.n_iterations = state["iterations"]
    return known


def prior_of(name: str) -> float:
    """A weight of which nobody has learned anything."""
    return FOLLOWED if name == "always" else 0.0


def precision_of(name: str) -> float:
    """Its precision."""
    return FINE if "|" in name else PRIOR


def _optimizer() -> Any:
    from river import optim

    class Laplace(optim.base.Optimizer):  # type: ignore[misc]
        """Newton steps with a precision per weight."""

        def __init__(self) -> None:
            super().__init__(1.0)
            self.precision: dict[Any, float] = {}

        def _step_with_dict(self, w: Any, g: Any) -> Any:
            for name, gradient in g.items():
                began, least = prior_of(name), precision_of(name)
                before = self.precision.get(name, least)
                faded = least + KEEPS * (before - least)
                now = self.precision[name] = faded + gradient * gradient
                kept = KEEPS * before * (w.get(name, began) - began) / faded
                w[name] = began + kept - gradient / now
            return w

    return Laplace()
