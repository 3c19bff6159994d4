"""Will this alert be accepted? Online logistic regression over few, bounded features.

Chosen first for what it costs (about 1 µs to ask, 6 µs to teach) and because its whole state is a handful
of numbers. Before it has learned anything it says 0.5 of everything, so value alone ranks.
"""

from math import exp, isfinite, log1p
from typing import TYPE_CHECKING

from agents.model import Model, State
from agents.moment import Moment, Proposal
from feature_store.record import BY_NAME, slice_of

if TYPE_CHECKING:
    from river.linear_model import LogisticRegression

RATE = 0.05
DAY = 86_400.0


def _x(moment: Moment, proposal: Proposal) -> dict[str, float]:
    facts = slice_of(moment.client, "facts")
    recency = slice_of(moment.client, "recency")
    attention = BY_NAME["attention"].values(slice_of(moment.client, "attention"), moment.now)
    return {
        f"action={proposal.action}": 1.0,
        "urgency": proposal.urgency / 5,
        "present": float(proposal.present),
        "drafted": float(proposal.say is not None),
        "purchases": min(1.0, log1p(facts.purchases) / 4),
        "visits": min(1.0, log1p(facts.visits) / 4),
        "warm": exp(-max(0.0, moment.now - recency.touch) / (90 * DAY)) if recency.touch else 0.0,
        "accepted": attention["accepted"] / 6,
        "dismissed": attention["dismissed"] / 6,
    }


def _new() -> "LogisticRegression":
    from river import linear_model, optim  # seconds of import, which nobody who waits for a first alert owes

    return linear_model.LogisticRegression(optimizer=optim.SGD(RATE), l2=1e-4)


def _predict(estimator: "LogisticRegression", x: dict[str, float]) -> float:
    p = float(estimator.predict_proba_one(x)[True])
    return p if isfinite(p) else 0.5


def _learn(estimator: "LogisticRegression", x: dict[str, float], y: int) -> None:
    if all(isfinite(v) for v in x.values()):  # one NaN would poison the weights for good
        estimator.learn_one(x, bool(y))


def _dump(estimator: "LogisticRegression") -> State:
    return {
        "weights": {k: float(v) for k, v in estimator.weights.items()},
        "intercept": float(estimator.intercept),
        "iterations": int(estimator.optimizer.n_iterations),
    }


def _load(state: State) -> "LogisticRegression":
    estimator = _new()
    weights = state["weights"]
    if isinstance(weights, dict):
        for name, weight in weights.items():
            estimator._weights[name] = weight
    estimator.intercept = state["intercept"]
    estimator.optimizer.n_iterations = state["iterations"]
    return estimator


MODEL = Model(
    name="acceptance",
    x=_x,
    new=_new,
    predict=_predict,
    learn=_learn,
    dump=_dump,
    load=_load,
)
