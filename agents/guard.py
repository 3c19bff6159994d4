"""The contract of a guard: after rules propose, each guard may veto, with a reason a person can read.

To add one, add a file in `guards/` named as the guard, that ends in `GUARD = Guard(...)`. Its docstring is
its part of `docs/guards.md`. A guard that can't tell must veto.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from agents.moment import Moment, Proposal
from agents.rule import where
from schemas.maison import Maison

HELD_OUT = "held_out"
"""The guard that keeps an action from who is held out of it by an experiment; it is asked last."""


class Wait(str):
    """Why not now, and from when on it may be asked again, Unix seconds.

    >>> Wait("it is night where they are", 1_763_823_600).until
    1763823600
    """

    __slots__ = ("until",)
    until: float

    def __new__(cls, reason: str, until: float) -> "Wait":
        wait = super().__new__(cls, reason)
        wait.until = until
        return wait


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """A number of a guard that a maison may set, `[guards.GUARD] NAME = ...` in its file.

    least, most: how far it may go, for the guard to stay one. says: what it is, and its unit.
    """

    guard: str
    name: str
    default: float
    least: float
    most: float
    says: str

    def of(self, maison: Maison) -> float:
        """What holds in a maison."""
        return maison.guards.get(self.guard, {}).get(self.name, self.default)


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """One guard, pure.

    version: raised with every change of what it lets pass. says: what it keeps from happening, in a sentence
    for the manager of a house. check: None to let pass, else why not; a `Wait` where time mends it. spare:
    what is left of a proposal once what it may not use is taken out, with the caution that takes its place;
    asked before any guard's check.
    """

    name: str
    version: int
    says: str
    check: Callable[[Moment, Proposal], str | None]
    spare: Callable[[Moment, Proposal], Proposal] | None = None
    thresholds: tuple[Threshold, ...] = ()


class Veto(msgspec.Struct, frozen=True, kw_only=True):
    """Which guard held a proposal back, and why; `until`: when it may be asked again, None for never.
    `broken`: what is wrong with the guard itself, as `where` has it.
    """

    guard: str
    reason: str
    until: float | None = None
    broken: str = ""


class CannotTell(Exception):
    """A guard has an error in it: nothing is said, and what happened is not lost for it."""

    def __init__(self, guard: Guard, error: Exception) -> None:
        super().__init__(guard.name)
        reason = f"it could not tell: {type(error).__name__}"
        self.veto = Veto(guard=guard.name, reason=reason, broken=where(error))


def spared(moment: Moment, proposal: Proposal, guards: Sequence[Guard]) -> Proposal:
    """What is left of a proposal once every guard has taken out what it may not use. Raises `CannotTell`."""
    for guard in guards:
        if guard.spare is not None:
            try:
                proposal = guard.spare(moment, proposal)
            except Exception as error:
                raise CannotTell(guard, error) from error
    return proposal


def vetoed(moment: Moment, proposal: Proposal, guards: Sequence[Guard]) -> Veto | None:
    """The first veto that time does not mend, else the one that waits longest; None where all let it pass.
    Who is to wait is not held out yet: in the other arms they are asked again later, or never.
    """
    waits: Veto | None = None
    for guard in guards:
        try:
            reason = guard.check(moment, proposal)
        except Exception as error:
            return CannotTell(guard, error).veto
        if reason is None or (waits is not None and guard.name == HELD_OUT):
            continue
        if not isinstance(reason, Wait):
            return Veto(guard=guard.name, reason=reason)
        if waits is None or waits.until is None or reason.until > waits.until:
            waits = Veto(guard=guard.name, reason=str(reason), until=reason.until)
    return waits


def wrongly_set(table: Mapping[str, Mapping[str, float]], guards: Sequence[Guard]) -> Iterator[str]:
    """All that is wrong with a maison's tables `[guards.*]`, in words."""
    known = {guard.name: guard for guard in guards}
    for name, numbers in table.items():
        if name not in known:
            yield f"guards.{name}: there is no such guard: see docs/guards.md"
            continue
        bounds = {threshold.name: threshold for threshold in known[name].thresholds}
        for word, number in numbers.items():
            if word not in bounds:
                yield f"guards.{name}.{word}: there is no such threshold: see docs/guards.md"
            elif not bounds[word].least <= number <= bounds[word].most:
                yield f"guards.{name}.{word}: from {bounds[word].least:g} to {bounds[word].most:g}"
