"""The same thing is not said twice: after an action about a subject comes the silence it asks for.

| the same action about the same thing | |
| --- | --- |
| within the silence it asks for: a second check-in within the hour, by the card and by the app | vetoed |
| about something else: another boutique, another booking | passes |
| that updates what is open: an arrival that moves | passes |
| of which staff said "never for this client", about whatever | vetoed, until it is lifted in the profile |
"""

from agents.guard import Guard
from agents.moment import Moment, Proposal
from feature_store.features.attention import last_said, never
from feature_store.record import slice_of


def _check(moment: Moment, proposal: Proposal) -> str | None:
    attention = slice_of(moment.client, "attention")
    if never(attention, proposal.action):
        return "staff asked never to propose this for this client"
    said = last_said(attention, proposal.action, proposal.ref)
    if said is None:
        return None
    ago = max(0, int(moment.now) - said)  # another worker's clock may have been ahead
    return f"already proposed {ago} s ago" if ago < proposal.silence else None


GUARD = Guard(
    name="repetition",
    version=1,
    says="Nothing is proposed again before its silence is over, nor while a never of staff stands.",
    check=_check,
)
