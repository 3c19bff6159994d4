"""B5: someone nobody knows pushes the door and is welcomed all the same; nothing is guessed."""

from collections.abc import Iterable

from agents.moment import Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.rule import Rule
from schemas.events.store import StoreCheckin, StoreLeave

LASTS = 20 * 60.0


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw]:
    event = moment.event
    if isinstance(event, StoreLeave):
        yield Withdraw(action="unknown_visitor", ref=event.data.site, status="done")
    elif isinstance(event, StoreCheckin) and not moment.known:
        yield Proposal(
            action="unknown_visitor",
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
            silence=3600.0,
        )


RULE = Rule(name="unknown_visitor", wakes=frozenset({StoreCheckin, StoreLeave}), propose=_propose)
