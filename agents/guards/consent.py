"""Nothing is proposed that the client, or in their silence the maison's default, does not allow.

| purpose | nothing said | said `none` | said `all` or `one_to_one` |
| --- | --- | --- | --- |
| service | allowed | not allowed | allowed |
| everything else | not allowed | not allowed | allowed |

What is to go by one channel takes the leave for that channel too. A card ends at the latest when the first
consent, licence or grant that it rests on runs out. What it recommends rests on profiling besides: where that
runs out sooner than the card, it recommends nothing.
"""

from math import inf

from msgspec.structs import replace

from agents.channels import WHERE
from agents.guard import Guard
from agents.lapse import allowed_to
from agents.moment import Moment, Proposal


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    end = allowed_to(moment, proposal)
    if moment.now < end < inf:
        proposal = replace(proposal, valid_to=min(proposal.valid_to, end), allowed_to=end)
    if proposal.recommendations and moment.now < moment.until("profiling") < proposal.valid_to:
        proposal = replace(proposal, recommendations=[])
    return proposal


def _check(moment: Moment, proposal: Proposal) -> str | None:
    for purpose in (proposal.purpose, *proposal.also):
        if not moment.allows(purpose):
            return f"no consent for {purpose}"
    if proposal.channel is not None and not moment.allows(proposal.purpose, proposal.channel):
        return f"no consent for {proposal.purpose} {WHERE[proposal.channel]}"
    return None


GUARD = Guard(
    name="consent",
    version=4,
    says="Nothing is proposed that the client has not allowed and their law does not allow unasked.",
    check=_check,
    spare=_spare,
)
