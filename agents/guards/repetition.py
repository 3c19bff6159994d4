"""The same thing is not said twice: after an action about a subject comes the silence it asks for.

A second check-in within the hour (the card and the app at one door) gives no second welcome. A proposal
that updates what is open asks for no silence.
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


GUARD = Guard(name="repetition", check=_check)
