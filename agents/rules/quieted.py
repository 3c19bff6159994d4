"""A case opens, or a client says "not today": what offered them something is taken back, everywhere; so it is
where they turn out to be somebody of whom that holds, and of themselves it did not.

Services stay: who is on the way is still expected. What was taken back comes again by its own rule, if ever.
"""

from collections.abc import Iterable

from agents.matters import weighing
from agents.moment import Moment, Withdraw
from agents.rule import Rule
from feature_store.features.mood import felt
from feature_store.record import slice_of
from schemas.events.client import PURPOSES, ClientCase, ClientEmotion, ClientReview


def _propose(moment: Moment) -> Iterable[Withdraw]:
    if not moment.news(_quiet):
        return
    for entry in moment.open_alerts().values():
        if PURPOSES[entry.purpose] != "service":
            yield Withdraw(action=entry.action, ref=entry.ref, status="retracted")


def _quiet(moment: Moment) -> bool:
    asked = felt(slice_of(moment.client, "mood"), "not_today", moment.now)
    left_alone = asked is not None and asked.by == "staff" and asked.strength > 0
    return left_alone or any(weighing(moment))


RULE = Rule(
    name="quieted",
    wakes=frozenset({ClientCase, ClientEmotion, ClientReview}),
    propose=_propose,
    calls_off=True,
)
