"""R1: two turn out to be one client: of what was told of each of them one stays, that which staff have come
furthest with, and of several the eldest. The others are taken back by the parts that hold them. Whom somebody
has written to or called for the one, or has not on purpose, they need not for the other.

What is known of the one is news of the other: what it changes is told anew, or taken back, by the rules that
a profile wakes, and a case, a consent and a purchase.
"""

from collections.abc import Iterable
from functools import partial

from agents.moment import Moment, Withdraw
from agents.rule import Rule
from feature_store.features.attention import Proposed, looked_after
from feature_store.record import slice_of
from schemas.events.client import ClientReview

DAY = 86_400.0
"""Seconds within which what is told of each is told for the same reason."""


def _propose(moment: Moment) -> Iterable[Withdraw]:
    for id, entry in moment.told_here().items():
        if moment.alike(entry.action, entry.ref)[0][0] != id:
            yield Withdraw(action=entry.action, ref=entry.ref, status="retracted", alert=id)
        elif entry.way and moment.was is not None and moment.news(partial(_done, entry)):
            yield Withdraw(action=entry.action, ref=entry.ref, status="done", alert=id)


def _done(entry: Proposed, moment: Moment) -> bool:
    return looked_after(slice_of(moment.client, "attention"), entry.action, entry.ref, entry.at - DAY)


RULE = Rule(name="joined", wakes=frozenset({ClientReview}), propose=_propose, calls_off=True)
