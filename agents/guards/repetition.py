"""The same thing is not said twice: after an action about a subject comes the silence it asks for.

A second check-in within the hour (the card and the app at one door) gives no second welcome. A proposal
that updates what is open asks for no silence.
"""

from agents.guard import Guard
from agents.moment import Moment, Proposal
from feature_store.record import slice_of


def _check(moment: Moment, proposal: Proposal) -> str | None:
    for said in slice_of(moment.client, "attention").alerts.values():
        if said.action != proposal.action:
            continue
        if said.verdict == "never":
            return "staff asked never to propose this for this client"
        ago = max(0, int(moment.now) - said.at)  # another worker's clock may have been ahead
        if said.ref == proposal.ref and ago < proposal.silence:
            return f"already proposed {ago} s ago"
    return None


GUARD = Guard(name="repetition", check=_check)
