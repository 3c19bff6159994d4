"""R1: two turn out to be one client: of what was told of each of them one stays, that which staff have come
furthest with, and of several the eldest. The others are taken back by the parts that hold them.

What is known of the one is news of the other: what it changes is told anew, or taken back, by the rules that
a profile wakes, and a case, a consent and a purchase.
"""

from collections.abc import Iterable

from agents.moment import Moment, Withdraw
from agents.rule import Rule
from schemas.events.client import ClientReview


def _propose(moment: Moment) -> Iterable[Withdraw]:
    for id, entry in moment.told_here().items():
        if moment.alike(entry.action, entry.ref)[0][0] != id:
            yield Withdraw(action=entry.action, ref=entry.ref, status="retracted", alert=id)


RULE = Rule(name="joined", wakes=frozenset({ClientReview}), propose=_propose, calls_off=True)
