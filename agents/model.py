"""The contract of a model: features at a moment, one River estimator, its state as plain numbers.

To add one, add a file in `models/` that ends in `MODEL = Model(...)`.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from agents.moment import Moment, Proposal

State = dict[str, float | int | dict[str, float]]


class Belief(msgspec.Struct, frozen=True):
    """What a model makes of something: the probability of a yes, and how far it may be off.

    `spread` is a standard deviation of `p`; 0 of a model that does not say.
    """

    p: float
    spread: float = 0.0


def _silent(estimator: Any | None, x: dict[str, float]) -> dict[str, float]:
    return {}


def _plain(estimator: Any | None, x: dict[str, float]) -> Belief:
    raise NotImplementedError("no choice is drawn from this model")


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """One model, pure but for the estimator it is handed. Where errors have grown it is unsettled: what it
    knew then weighs less; one that forgets by itself goes on.

    beside: the model whose question it answers too: it learns, and judges, only where a maison file says so.
    x: a moment and a proposal -> finite numbers; their names are stable, they are what is learned.
    new: a fresh estimator, the same in every process. predict: estimator, x -> probability in 0..1.
    believe: estimator (None: nothing learned yet), x -> the same with how sure it is; of models a choice is
    drawn from. adds: what each feature adds to the log-odds of a yes, of models that can say. learn:
    estimator, x, y (0 or 1). dump and load: the estimator as numbers and back, bit for bit.
    """

    name: str
    beside: str = ""
    unsettle: Callable[[Any], None] = lambda estimator: None
    x: Callable[[Moment, Proposal], dict[str, float]]
    new: Callable[[], Any]
    predict: Callable[[Any, dict[str, float]], float]
    learn: Callable[[Any, dict[str, float], int], None]
    dump: Callable[[Any], State]
    load: Callable[[State], Any]
    believe: Callable[[Any | None, dict[str, float]], Belief] = _plain
    adds: Callable[[Any | None, dict[str, float]], dict[str, float]] = _silent
