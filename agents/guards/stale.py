"""What is old or doubtful is asked, not asserted.

| a reason rests on | it reads |
| --- | --- |
| what was stated within the years a house sets, and nothing against it | as it was |
| what was stated longer ago: a size, a preference, where somebody lives | "To ask, said 4 years ago: ..." |
| what is impossible or what two systems contradict: a language, a date of birth | "To ask, doubtful: ..." |

A draft that rests on such a fact is left out, and an action that stands on one is held back: no birthday is
wished on a doubtful day. Cautions stay: an allergy of ten years ago is an allergy.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from agents.guard import Guard, Threshold
from agents.moment import Moment, Proposal
from agents.phrase import Phrase, facts_of
from agents.phrases import ago
from feature_store.features.profile import Profile, stated
from feature_store.quality import CHECKED, flaw_of
from feature_store.record import slice_of

AGES = ("sizes.", "preferences.", "residences", "profession")
"""Facts that cease to be true by themselves."""
YEAR = 365.25 * 86_400
YEARS = Threshold(
    guard="stale",
    name="years",
    default=3,
    least=1,
    most=10,
    says="years after which what was stated is asked",
)
ADDRESS = frozenset({"language"})
"""A title may say a doubtful language: it is the draft that would be wrong."""


def _doubt(moment: Moment, facts: Iterable[str]) -> str | None:
    """Why what rests on these facts is not to be asserted."""
    profile: Profile = slice_of(moment.client, "profile")
    for fact in facts:
        if fact in CHECKED and flaw_of(profile, fact, moment.now) is not None:
            return "doubtful"
        if fact.startswith(AGES) and (said := stated(profile, fact)) is not None:
            age = moment.now - said.at / 1000
            if age > YEARS.of(moment.maison) * YEAR:
                return f"said {ago(age)}"
    return None


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    why = [_asked(moment, one) for one in proposal.why]
    say = proposal.say
    if say is not None and _doubt(moment, facts_of(say)) is not None:
        say = None
    if say == proposal.say and why == [*proposal.why]:
        return proposal
    return replace(proposal, why=why, say=say)


def _asked(moment: Moment, reason: str) -> str:
    doubt = _doubt(moment, facts_of(reason))
    return reason if doubt is None else Phrase(f"To ask, {doubt}: {reason}", *facts_of(reason))


def _check(moment: Moment, proposal: Proposal) -> str | None:
    doubt = _doubt(moment, (fact for fact in facts_of(proposal.title) if fact not in ADDRESS))
    return None if doubt is None else f"it stands on what is to be asked first, {doubt}"


GUARD = Guard(
    name="stale",
    version=1,
    says="What is old or doubtful is put to the client as a question; nothing is built on it.",
    check=_check,
    spare=_spare,
    thresholds=(YEARS,),
)
