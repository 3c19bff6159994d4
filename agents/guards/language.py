"""A draft is in the language the client stated, or there is none; who is to speak is told what they lack.

| the client's language | the draft | the card adds |
| --- | --- | --- |
| stated, and the draft is in it | stays | |
| stated, and the draft is in another, or does not say in which | taken out | |
| unknown | taken out | that the language is not to be guessed |
| stated, and whom the card is for does not speak it | stays | who does, or that nobody here does |

Chinese in simplified and in traditional characters are two languages to read, and one to speak.
"""

from msgspec.structs import replace

from agents.drafts import NAMES, language_of, speaks
from agents.guard import Guard
from agents.moment import Moment, Proposal
from agents.phrase import Phrase
from agents.phrases import GUESSING
from schemas.maison import Person


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    language = language_of(moment)
    said, avoid = proposal.say, proposal.avoid
    if said is not None and (language is None or _written(said) != language):
        said = None
    if language is None:
        caution = GUESSING if proposal.say is not None or proposal.contact else None
    else:
        caution = _unspoken(moment, proposal, language)
    if caution is not None and caution not in avoid:
        avoid = [*avoid, caution]
    if said is proposal.say and avoid is proposal.avoid:
        return proposal
    return replace(proposal, say=said, avoid=avoid)


def _written(said: str) -> str | None:
    return said.language if isinstance(said, Phrase) else None


def _unspoken(moment: Moment, proposal: Proposal, language: str) -> Phrase | None:
    """A caution where whom the card is for does not speak the client's language, as far as the house says."""
    here = _colleagues(moment, proposal)
    asked = [one for one in here if one.id == proposal.staff] if proposal.staff else here
    if not asked or any(speaks(one, language) for one in asked):
        return None
    able = [one.name for one in here if speaks(one, language)]
    who = f"{able[0]} does" if able else "nobody here does"
    return Phrase(f"Words of your own in {NAMES[language]}, if you do not speak it: {who}", "language")


def _colleagues(moment: Moment, proposal: Proposal) -> list[Person]:
    """Who might serve: the person asked, and those of the site, of whom the house says what they speak."""
    team = moment.maison.team_of(proposal.site)
    ids = dict.fromkeys([*([proposal.staff] if proposal.staff else ()), *(team.members if team else ())])
    people = (moment.maison.person(id) for id in ids)
    return [one for one in people if one is not None and one.languages]


def _check(moment: Moment, proposal: Proposal) -> str | None:
    if proposal.say is not None and _written(proposal.say) != language_of(moment):
        return "its draft is not in the language the client stated"
    return None


GUARD = Guard(
    name="language",
    version=1,
    says="A client is never addressed in a language that is wrong or guessed; staff hear who speaks theirs.",
    check=_check,
    spare=_spare,
)
