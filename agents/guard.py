"""The contract of a guard: after rules propose, each guard may veto, with a reason a person can read.

To add one, add a file in `guards/` that ends in `GUARD = Guard(...)`. A guard that can't tell must veto.
"""

from collections.abc import Callable, Sequence

import msgspec

from agents.moment import Moment, Proposal


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """One guard, pure. `check` returns None to let pass, else the reason why not.

    spare: what is left of a proposal once what it may not use is taken out; asked before any guard's check.
    """

    name: str
    check: Callable[[Moment, Proposal], str | None]
    spare: Callable[[Moment, Proposal], Proposal] | None = None


class Veto(msgspec.Struct, frozen=True, kw_only=True):
    """Which guard held a proposal back, and why."""

    guard: str
    reason: str


def spared(moment: Moment, proposal: Proposal, guards: Sequence[Guard]) -> Proposal:
    """What is left of a proposal once every guard has taken out what it may not use."""
    for guard in guards:
        if guard.spare is not None:
            proposal = guard.spare(moment, proposal)
    return proposal


def vetoed(moment: Moment, proposal: Proposal, guards: Sequence[Guard]) -> Veto | None:
    """The first veto; None where every guard lets it pass."""
    for guard in guards:
        reason = guard.check(moment, proposal)
        if reason is not None:
            return Veto(guard=guard.name, reason=reason)
    return None
