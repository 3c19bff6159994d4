"""Who is not of age is served when they are here, and neither profiled nor contacted.

| by the birth date on file | profiled, offered, written to, called | served while here or on the way |
| --- | --- | --- |
| under age | vetoed | passes, without what rests on their taste or their clicks |
| of age, everywhere on earth today | passes | passes |
| none on file | passes: age is not guessed | passes |
| unreadable | vetoed | passes |

Of age is 18, later where the law of the client's country says so (South Korea 19, New Zealand and Thailand
20, Singapore, Egypt, Kuwait and Bahrain 21), or from the age a house sets.
"""

from msgspec.structs import replace

from agents.ages import AGE, minor
from agents.guard import Guard
from agents.moment import Moment, Proposal
from agents.phrase import facts_of

PROFILED = ("taste.", "leanings.", "glances.", "session.", "mood.", "segments.", "licences.")
"""How facts begin that rest on what somebody does."""


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    if not proposal.recommendations or not minor(moment):
        return proposal
    kept = [one for one in proposal.recommendations if not _profiled(one.why)]
    return proposal if len(kept) == len(proposal.recommendations) else replace(proposal, recommendations=kept)


def _profiled(sentence: str) -> bool:
    return any(fact.startswith(PROFILED) or fact == "words" for fact in facts_of(sentence))


def _check(moment: Moment, proposal: Proposal) -> str | None:
    return "they may not be of age" if proposal.asks and minor(moment) else None


GUARD = Guard(
    name="minors",
    version=2,
    says="Nobody who is not of age is profiled, written to, called or offered anything.",
    check=_check,
    spare=_spare,
    thresholds=(AGE,),
)
