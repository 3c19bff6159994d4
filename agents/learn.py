"""The agent that teaches a model: decisions wait for their outcome, then the model learns. Pure.

The order of the log is the order of learning, so the same log gives the same weights, bit for bit.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from math import log
from typing import Any, Protocol

import msgspec

from agents.drift import EVERY, change_in, remembered
from agents.model import State
from agents.rule import where
from feature_store.learning import MARK, Head
from schemas.messages import Example, Examples, Outcome

FADES = 0.98
"""Weight of the past in the running loss: about the last fifty labels count."""
CERTAIN = 1e-6
REMEMBERED = 2_048
"""Decisions that came with their label and are known when they come again."""


class Taught(Protocol):
    """What the learner asks of a model or a forecast; see `Model` for the promises."""

    @property
    def name(self) -> str: ...
    def new(self) -> Any: ...
    def predict(self, estimator: Any, x: dict[str, float], /) -> float: ...
    def learn(self, estimator: Any, x: dict[str, float], y: int, /) -> None: ...
    def dump(self, estimator: Any, /) -> State: ...
    def load(self, state: State, /) -> Any: ...
    def unsettle(self, estimator: Any, /) -> None: ...


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """What a slice taught one model: its new head, what waits from now on, what has been answered. `broken`:
    what is wrong with the model, a line for each label that it could not learn.
    """

    head: Head
    put: dict[str, dict[str, float]]
    drop: list[str]
    broken: list[tuple[str, str]] = []


def decisions_of(messages: Iterable[Examples]) -> list[str]:
    """The decisions whose outcome is here: what must be read before learning."""
    return [i.decision for m in messages for i in m.items if isinstance(i, Outcome)]


def learn(
    model: Taught,
    head: Head,
    messages: Iterable[tuple[int, Examples]],
    waiting: Mapping[str, dict[str, float]],
) -> Learned:
    """Applies (offset, message) pairs of one model, in order. Offsets below the head's are skipped; of those
    below which it is taught, only what still waits is taken.

    An outcome nobody waits for (it was answered before) teaches nothing. Nor does a decision that comes with
    its label, and did so before: whoever was killed between telling it and writing it down tells it again.
    When errors have grown, by ADWIN, the model is unsettled: what it knew weighs less, and what comes weighs
    more. A label that it cannot learn is passed over.
    """
    estimator: Any = None  # made at the first label: most slices have none
    broken: list[tuple[str, str]] = []
    known, put, drop = dict(waiting), dict[str, dict[str, float]](), list[str]()
    offset, learned, loss = head.offset, head.learned, head.loss
    recent, drifts, told = head.recent, head.drifts, _marks(head.at_once)
    for at, message in messages:
        if at < head.offset:
            continue
        offset, asked = at + 1, set[str]()
        for item in message.items:
            if isinstance(item, Example):
                known[item.decision] = put[item.decision] = item.x
                asked.add(item.decision)
                continue
            x = known.pop(item.decision, None)
            put.pop(item.decision, None)
            if x is None:
                continue
            drop.append(item.decision)
            if item.decision in asked:
                if (mark := _mark(item.decision)) in told:
                    continue
                told[mark] = None
            if item.y is not None and at >= head.taught:
                try:
                    if estimator is None:
                        estimator = model.load(head.state) if head.state else model.new()
                    p = model.predict(estimator, x)
                    model.learn(estimator, x, item.y)
                    loss, recent = _faded(loss, learned, _log_loss(p, item.y)), remembered(recent, p, item.y)
                    learned += 1
                    if learned % EVERY == 0 and (change := change_in(recent)) is not None:
                        recent = change.recent
                        if change.worse:
                            drifts += 1
                            model.unsettle(estimator)
                except Exception as error:  # else the lane would end with it, and so would the next one
                    broken.append((model.name, where(error)))
    state = head.state
    try:
        state = head.state if estimator is None else model.dump(estimator)
    except Exception as error:
        broken.append((model.name, where(error)))
    at_once = b"".join([*told][-REMEMBERED:])
    new = Head(head.epoch, offset, learned, loss, state, recent, drifts, head.layout, at_once, head.taught)
    return Learned(head=new, put=put, drop=drop, broken=broken)


def _mark(decision: str) -> bytes:
    return blake2b(decision.encode(), digest_size=MARK).digest()


def _marks(at_once: bytes) -> dict[bytes, None]:
    """The oldest first."""
    return dict.fromkeys(at_once[n : n + MARK] for n in range(0, len(at_once), MARK))


def _log_loss(p: float, y: int) -> float:
    p = min(1 - CERTAIN, max(CERTAIN, p))
    return -log(p if y else 1 - p)


def _faded(loss: float, learned: int, new: float) -> float:
    return new if learned == 0 else FADES * loss + (1 - FADES) * new
