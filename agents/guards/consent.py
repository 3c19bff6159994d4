"""Nothing is proposed that the client, or in their silence the maison's default, does not allow.

| purpose | nothing said | said `none` | said `all` or `one_to_one` |
| --- | --- | --- | --- |
| service | allowed | not allowed | allowed |
| everything else | not allowed | not allowed | allowed |
"""

from agents.guard import Guard
from agents.moment import Moment, Proposal


def _check(moment: Moment, proposal: Proposal) -> str | None:
    return None if moment.allows(proposal.purpose) else f"no consent for {proposal.purpose}"


GUARD = Guard(name="consent", check=_check)
