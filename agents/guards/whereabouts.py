"""Where a client is, and what they did there, is not carried from the hotel to the boutique, nor back.

| told | at a hotel | at a boutique, or to a team of no site |
| --- | --- | --- |
| stays, rooms, what was served, habits of the room | passes | left out; vetoed in a title or draft |
| visits, purchases, returns, their rhythm and amounts | left out; vetoed in a title or draft | passes |
| either, where the client allows `sharing` | passes | passes |
| what a client states of themselves | passes | passes |

A card that is left without a reason says that the client is known to the house, and no more.
"""

from msgspec.structs import replace

from agents.guard import Guard
from agents.moment import Moment, Proposal
from agents.phrase import Phrase, facts_of
from agents.sides import may_tell

KNOWN = Phrase("Known to the house")


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    site = proposal.site
    why = [one for one in proposal.why if may_tell(moment, facts_of(one), site)]
    avoid = [one for one in proposal.avoid if may_tell(moment, facts_of(one), site)]
    shown = [one for one in proposal.recommendations if may_tell(moment, facts_of(one.why), site)]
    if (len(why), len(avoid), len(shown)) == (
        len(proposal.why),
        len(proposal.avoid),
        len(proposal.recommendations),
    ):
        return proposal
    left = why if why or not proposal.why else [KNOWN]
    return replace(proposal, why=left, avoid=avoid, recommendations=shown)


def _check(moment: Moment, proposal: Proposal) -> str | None:
    facts = (*facts_of(proposal.title), *facts_of(proposal.say or Phrase("")))
    if may_tell(moment, facts, proposal.site):
        return None
    return "it tells one side of the house what the client did in the other, without consent for sharing"


GUARD = Guard(
    name="whereabouts",
    version=1,
    says="A boutique hears of no stay, nor a hotel of visits and purchases, unless the client shares them.",
    check=_check,
    spare=_spare,
)
