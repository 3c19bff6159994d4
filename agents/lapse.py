"""How long what a proposal rests on is allowed: consents, licences and grants run out. Pure."""

from collections.abc import Iterator

from agents.granted import Granted
from agents.moment import Moment, Proposal
from agents.phrase import facts_of
from agents.tastes import DRAWN
from feature_store.features.licences import Licence, Licences
from feature_store.record import slice_of


def allowed_to(moment: Moment, proposal: Proposal) -> float:
    """When the first of what it rests on runs out, Unix seconds; infinity where nothing does."""
    ends = [moment.until(purpose) for purpose in (proposal.purpose, *proposal.also)]
    if proposal.channel is not None:
        ends.append(moment.until(proposal.purpose, proposal.channel))
    if proposal.action in DRAWN:
        ends += [one.expires for one in _licences(moment) if one.expires]
    if slice_of(moment.client, "grants").given:
        ends += [one.expires for one in grants_of(moment, proposal)]
    return min(ends)


def grants_of(moment: Moment, proposal: Proposal) -> list[Granted]:
    """Under which grants the facts crossed that it rests on."""
    said = [proposal.title, *proposal.why, *proposal.avoid, *([proposal.say] if proposal.say else [])]
    facts = {fact for sentence in said for fact in facts_of(sentence)}
    facts |= {"language"} if proposal.say else set()
    return [grant for fact in facts if (grant := moment.grant_of(fact)) is not None]


def _licences(moment: Moment) -> Iterator[Licence]:
    """Those from which what is shown may be drawn."""
    held: Licences = slice_of(moment.client, "licences")
    return (one for one in held.given.values() if one.told and one.holds(moment.now))
