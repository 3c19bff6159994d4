"""Who has died is written to by nobody, and whoever comes, calls or writes in their place is met knowing it.

| a card about somebody who has died | |
| --- | --- |
| that offers something, or has somebody write or call | vetoed |
| that looks after what is open: a repair, a booked room | without a draft or an offer, with a caution |
| of whoever is here, calls or writes under their name | without a draft or an offer, with a caution |

It is said in the profile (`deceased`) by a person or a server, and taken back there.
"""

from msgspec.structs import replace

from agents.departed import departed
from agents.guard import Guard
from agents.moment import Moment, Proposal
from agents.phrase import Phrase

CAUTION = Phrase(
    "Writing to them, or any greeting: this client has died, and whoever comes may mourn", "deceased"
)


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    if not departed(moment.client):
        return proposal
    return replace(proposal, say=None, recommendations=[], avoid=[CAUTION, *proposal.avoid])


def _check(moment: Moment, proposal: Proposal) -> str | None:
    return "they have died" if proposal.asks and not proposal.care and departed(moment.client) else None


GUARD = Guard(
    name="deceased",
    version=1,
    says="Nobody who has died is written to, called or offered anything, and whoever serves knows of it.",
    check=_check,
    spare=_spare,
)
