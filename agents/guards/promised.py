"""What one channel promised, every channel knows: nobody is bidden to come who has said that they will.

| a client with | is |
| --- | --- |
| a visit to come, accepted or not answered yet | not bidden to come, until the day after it |
| an invitation to that event, whatever they answered | not invited again |
| a visit that is past, or was declined or cancelled | bidden as anybody |
"""

from agents.guard import Guard, Wait
from agents.moment import Moment, Proposal
from feature_store.features.appointments import Appointments, promised
from feature_store.record import slice_of

BIDS = frozenset({"appointment", "lapsing", "second_purchase"})
"""Actions that bid somebody come."""
INVITES = "event_invitation"
DAY = 86_400.0


def _check(moment: Moment, proposal: Proposal) -> str | None:
    appointments: Appointments = slice_of(moment.client, "appointments")
    if proposal.action in BIDS:
        to_come = promised(appointments, moment.now)
        return Wait("a visit is promised already", to_come[-1].at + DAY) if to_come else None
    if proposal.action == INVITES:
        event = next((e for e in moment.maison.events if e.id == proposal.ref), None)
        if event is None:
            return "no such event in the house's file"
        at = int(event.at.timestamp())
        if any(one.event and one.at == at and one.site == event.site for one in appointments.kept.values()):
            return "invited to it already"
    return None


GUARD = Guard(
    name="promised",
    version=1,
    says="Nobody is asked for a visit that is promised already, on whatever channel, nor invited twice.",
    check=_check,
)
