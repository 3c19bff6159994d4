"""What a guard's own file under `tests/unit/guards` tells of it: cases, and faux pas to be stopped."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import msgspec

from agents.guard import Guard, spared, vetoed
from agents.moment import Moment, Proposal
from tests import builders as a


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One row: a client (a record), a proposal (changes of a welcome), a moment, and whether it passes."""

    client: Any = None
    proposal: dict[str, Any] = {}
    moment: dict[str, Any] = {}
    passes: bool


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """A moment and a proposal that must not be said as it is. `wrong`: whether what is left still is one."""

    moment: Moment
    proposal: Proposal
    wrong: Callable[[Proposal], bool] = lambda left: True


Slips = Callable[[Random], Slip]
"""Draws faux pas of the kind a guard is there for."""


def left(moment: Moment, proposal: Proposal, guards: Sequence[Guard]) -> Proposal | None:
    """What guards leave of a proposal; None where one vetoes."""
    proposal = spared(moment, proposal, guards)
    return None if vetoed(moment, proposal, guards) else proposal


def slipped(slip: Slip, guards: Sequence[Guard]) -> bool:
    """Whether a faux pas gets past guards."""
    said = left(slip.moment, slip.proposal, guards)
    return said is not None and slip.wrong(said)


def met(case: Case) -> tuple[Moment, Proposal]:
    """The moment and the proposal of a case."""
    return a.moment(client=case.client or a.record_of(), **case.moment), a.proposal(**case.proposal)
