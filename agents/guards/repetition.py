"""The same thing is not said twice: after an action about a subject comes the silence it asks for.

A second check-in within the hour (the card and the app at one door) gives no second welcome. A change to
what is still open is an update, decided before the guards are asked.
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
        if said.ref == proposal.ref and moment.now - said.at < proposal.silence:
            return f"already proposed {max(0, int(moment.now - said.at))} s ago"
    return None


GUARD = Guard(name="repetition", check=_check)
