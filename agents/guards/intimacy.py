"""The more intimate a fact, the more an action must be worth before it may use it.

| tier of the facts | what acceptance must be worth |
| --- | --- |
| 0, 1 | nothing |
| 2 | 0.3 |
| 3 | 0.6 |

Reasons and recommendations that the action is not worth are left out; an action whose title or words rest on
such a fact, or that has no reason left, is held back. Cautions stay: what must not be said or served does no
less harm where little is at stake.
"""

from msgspec.structs import replace

from agents.guard import Guard
from agents.moment import Moment, Proposal
from agents.phrase import Phrase, facts_of
from schemas.tiers import demanded


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    raised = moment.maison.tiers
    why = [one for one in proposal.why if demanded(facts_of(one), raised) <= proposal.value]
    shown = [
        article
        for article in proposal.recommendations
        if demanded(facts_of(article.why), raised) <= proposal.value
    ]
    if len(why) == len(proposal.why) and len(shown) == len(proposal.recommendations):
        return proposal
    return replace(proposal, why=why, recommendations=shown)


def _check(moment: Moment, proposal: Proposal) -> str | None:
    if not proposal.why:
        return "no reason for it that it is worth using"
    facts = (*facts_of(proposal.title), *facts_of(proposal.say or Phrase("")))
    needed = demanded(facts, moment.maison.tiers)
    if proposal.value >= needed:
        return None
    return f"worth {proposal.value}, and what it tells demands {needed}"


GUARD = Guard(
    name="intimacy",
    version=1,
    says="The more intimate a fact, the more an action must be worth before it may use it.",
    check=_check,
    spare=_spare,
)
