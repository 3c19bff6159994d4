"""What every estimator is asked by: a case, what it says, how far off that was."""

from collections.abc import Callable, Iterable, Sequence
from math import isfinite, log
from random import Random
from typing import Any

import msgspec

from agents.moment import Moment

ALIKE = 60
"""Answers alike of which it is looked how many came true."""


class Case(msgspec.Struct, frozen=True):
    """What is asked, and what then came of it. `moment`: at which it is asked, for what is told beside it."""

    asked: Any
    came: Any
    moment: Moment | None = None


class Estimator(msgspec.Struct, frozen=True, kw_only=True):
    """One estimator, in its world.

    draw: a case. ask: state, what is asked -> a probability, several by kind, an interval, a list; None, or
    an empty list, of what is not known. learn: state, case: changes the state. loss: answer, what came -> how
    far off it was, 0 at best. rests: state, case -> what the answer rests on, as it is told beside it.
    stranger: asks of somebody of whom nothing is known. odd: what may be asked by mistake, instead of what
    was. idle: cases of which nothing is to be learned. flood: a case that is like no other. divided: the
    state after cases that did not come in one piece. likely: of answers and what came, pairs of a probability
    and how often it came true; empty of what tells none. any_order: the order of cases makes no difference.
    """

    name: str
    draw: Callable[[Random], Case]
    new: Callable[[], Any]
    ask: Callable[[Any, Any], Any]
    learn: Callable[[Any, Case], None]
    dump: Callable[[Any], bytes]
    load: Callable[[bytes], Any]
    loss: Callable[[Any, Any], float]
    rests: Callable[[Any, Case], Any]
    stranger: Any
    odd: Callable[[Any], Sequence[Any]]
    idle: Callable[[Random], Sequence[Case]]
    flood: Callable[[Random], Case]
    divided: Callable[[Sequence[Case], Random], bytes]
    likely: Callable[[Sequence[tuple[Any, Any]]], Sequence[tuple[float, float]]]
    any_order: bool = False

    def cases(self, count: int, seed: int) -> list[Case]:
        """So many cases of its world."""
        random = Random(seed)
        return [self.draw(random) for _ in range(count)]

    def taught(self, cases: Iterable[Case], state: Any = None) -> Any:
        """What it knows after these, one after the other."""
        state = self.new() if state is None else state
        for case in cases:
            self.learn(state, case)
        return state


def sound(answer: Any) -> bool:
    """Whether an answer is one: probabilities between nought and one, an interval around its middle, articles
    each once and each with its reason."""
    match answer:
        case None:
            return True
        case float():
            return 0.0 <= answer <= 1.0
        case dict():
            return all(0.0 <= p <= 1.0 for p in answer.values())
        case list():
            return len({one.sku for one in answer}) == len(answer) and all(one.why for one in answer)
    return isfinite(answer.late) and bool(answer.low <= answer.late <= answer.high)


def undecided(answer: Any) -> bool:
    """Whether an answer says that nothing is known: not nought, and not that something never happens."""
    match answer:
        case float():
            return 0.5 <= answer <= 0.75
        case dict():
            return all(0.5 <= p <= 0.75 for p in answer.values())
    return answer is None or answer == []


def surprise(p: float, y: int) -> float:
    """Log loss."""
    return -log(max(1e-9, p if y else 1 - p))


def fifths(answered: Sequence[tuple[float, int]]) -> list[tuple[float, float]]:
    """What was foretold, and what came, of those who were foretold alike."""
    alike: dict[int, list[tuple[float, int]]] = {}
    for p, y in answered:
        alike.setdefault(int(p * 5), []).append((p, y))
    several = [one for one in alike.values() if len(one) >= ALIKE]
    return [(sum(p for p, _ in one) / len(one), sum(y for _, y in one) / len(one)) for one in several]


def words(random: Random) -> str:
    """A path that nobody has seen."""
    return "/".join(f"{random.randrange(1 << 30):x}" for _ in range(3))
