"""The contract of a rule: which touches wake it, and what it proposes at a moment.

To add a next action, add one file in `rules/` that ends in `RULE = Rule(...)`.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from traceback import extract_tb
from typing import Any

import msgspec

from agents.moment import Again, Moment, Proposal, Withdraw
from schemas.envelope import Event


def where(error: Exception) -> str:
    """What broke and where, without the message: it may quote a client."""
    frame = extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, pure. One with an error in it says nothing, and the others are asked all the same. What it
    has offered the client is taken back, services stay; where it only takes back, all that is open is.

    wakes: event types at which it is asked; most clicks wake none. timers: kinds of timer at which it is
    asked. propose: a moment -> proposals and withdrawals, or when to be asked again.
    calls_off: it only takes back what others propose, and has no action of its own that could be silenced.
    clocks: event type -> `(record, event, at) -> (kind, due) | None`: the timers an event sets or, with
    due 0, drops.
    due: of what speaks when nothing happens: a moment -> when, after it, the rule wants to be asked by the
    timer of the client book (`agents/book.py`); `moves`: event types that may change that.
    """

    name: str
    wakes: frozenset[type[Event]] = frozenset()
    timers: frozenset[str] = frozenset()
    propose: Callable[[Moment], Iterable[Proposal | Withdraw | Again]]
    calls_off: bool = False
    clocks: Mapping[type[Event], Callable[[Any, Any, float], tuple[str, float] | None]] = {}
    due: Callable[[Moment], float | None] | None = None
    moves: frozenset[type[Event]] = frozenset()
