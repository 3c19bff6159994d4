"""The contract of a guard: after rules propose, each guard may veto, with a reason a person can read.

To add one, add a file in `guards/` that ends in `GUARD = Guard(...)`. A guard that can't tell must veto.
"""

from collections.abc import Callable

import msgspec

from agents.moment import Moment, Proposal


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """One guard, pure. `check` returns None to let pass, else the reason why not.

    spare: what is left of a proposal once what it may not use is taken out; asked before any guard's check.
    """

    name: str
    check: Callable[[Moment, Proposal], str | None]
    spare: Callable[[Moment, Proposal], Proposal] | None = None
