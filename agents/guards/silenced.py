"""Nothing is proposed that people are told nothing of now: the kill switch, where the decision is made.

| the rule asks to | while silenced |
| --- | --- |
| drop | vetoed, with who silenced it and why |
| hold | let pass, and kept from the screens where people are reached; shown when the silence ends |
"""

from agents.guard import Guard
from agents.moment import Moment, Proposal
from schemas.silence import silenced


def _check(moment: Moment, proposal: Proposal) -> str | None:
    if proposal.hold_or_drop == "hold":
        return None
    found = silenced(moment.silences, proposal.site, proposal.action, moment.now)
    return None if found is None else f"silenced by {found.by}: {found.why}"


GUARD = Guard(
    name="silenced",
    version=1,
    says="Nothing is proposed that somebody has silenced, until the silence is lifted or over.",
    check=_check,
)
