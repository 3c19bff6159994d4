"""B5: someone nobody knows pushes the door and is welcomed all the same; nothing is guessed.

Once they have told who they are, or bought something, they are unknown no more and the card goes; where
nobody had taken it, B1 welcomes them by what is known now.
"""

from collections.abc import Iterable

from agents.moment import Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.rule import Rule
from agents.visits import UNKNOWN, earlier, over, quiet_for
from schemas.events.client import ClientProfile, ClientReview
from schemas.events.store import StoreCheckin, StoreLeave, StorePurchase

LASTS = 20 * 60.0


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw]:
    event = moment.event
    if moment.known:
        for entry in moment.open_of(UNKNOWN):
            yield Withdraw(action=UNKNOWN, ref=entry.ref, status="done")
        return
    yield from over(moment, UNKNOWN)
    if isinstance(event, StoreCheckin) and not earlier(moment):
        yield Proposal(
            action=UNKNOWN,
            ref=event.data.site,
            site=event.data.site,
            purpose="service",
            present=True,
            title=Phrase("A visitor to welcome"),
            why=[Phrase("Just came in, not known to us yet")],
            success="The visitor is greeted within the minute, and leaves a name only if they wish",
            avoid=[Phrase("Asking for a name first: a record only if they wish")],
            urgency=4,
            valid_to=moment.at + LASTS,
            value=0.8,
            escalate=300.0,
            silence=quiet_for(moment, UNKNOWN, event.data.site),
        )


RULE = Rule(
    name=UNKNOWN,
    wakes=frozenset({StoreCheckin, StoreLeave, StorePurchase, ClientProfile, ClientReview}),
    propose=_propose,
)
