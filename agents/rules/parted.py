"""R1: two who were one client are not: what was told of both as of one is taken back, everywhere.

Each part takes back what it holds, once its links are written. Of the one client alone it is told again where
they are on the way, wait for news or are worried, by the rules of that; who has written or calls keeps their
card, with what is theirs (`client_writes`). All else comes again by its own rule, if ever.
"""

from collections.abc import Iterable

from agents.moment import Moment, Withdraw
from agents.rule import Rule
from schemas.events.client import ClientReview

STAYS = frozenset({"client_writes", "client_calls", "unknown_visitor"})
"""Actions that are told anew in place, and one that tells nothing of whom it is about."""


def _propose(moment: Moment) -> Iterable[Withdraw]:
    if not moment.parted:
        return
    for entry in moment.open_alerts().values():
        if entry.action not in STAYS:
            yield Withdraw(action=entry.action, ref=entry.ref, status="retracted")


RULE = Rule(name="parted", wakes=frozenset({ClientReview}), propose=_propose, calls_off=True)
