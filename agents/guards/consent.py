"""Nothing is proposed that the client, or in their silence the maison's default, does not allow.

| purpose | nothing said | said `none` | said `all` or `one_to_one` |
| --- | --- | --- | --- |
| service | allowed | not allowed | allowed |
| everything else | not allowed | not allowed | allowed |
"""

from agents.guard import Guard
from agents.moment import Moment, Proposal


def _check(moment: Moment, proposal: Proposal) -> str | None:
    for purpose in (proposal.purpose, *proposal.also):
        if not moment.allows(purpose):
            return f"no consent for {purpose}"
    return None


GUARD = Guard(
    name="consent",
    version=1,
    says="Nothing is proposed that the client has not allowed and their law does not allow unasked.",
    check=_check,
)
