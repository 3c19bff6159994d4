"""A gift is given away by nobody but the giver: not to whom it is for, not to whoever stands beside.

| what a card tells | before the client, whoever is with them | for the advisor alone | said to the client |
| --- | --- | --- | --- |
| that the client gives, and to whom | taken out | stays | taken out |
| a note whose words speak of giving | taken out | stays | taken out |
| an article the client bought to give | taken out | taken out | taken out |
| an article somebody bought for the client | taken out | taken out | taken out |

A card whose title or whose subject is such a gift is held back. A gift is a secret from the purchase on,
for the days a house sets. Whom it is for is known where the purchase says so; a companion never is, so
every card that is read with the client present is read as if one stood there.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from agents.giving import gives
from agents.guard import Guard, Threshold
from agents.moment import Moment, Proposal
from agents.names import speaks_of
from agents.phrase import facts_of
from feature_store.feature import plain
from feature_store.features.surprises import LASTS, secret
from feature_store.record import slice_of

DAY = 86_400.0
SECRET = Threshold(
    guard="gift_secrecy", name="days", default=LASTS / DAY, least=30, most=400,
    says="days after its purchase for which a gift is a secret",
)  # fmt: skip
TELLING = ("surprises.", "preferences.gifts", "gifts.")
"""How facts begin that tell of giving."""
NOTED = "notes."
"""The same of those that are in somebody's own words: a ring for his wife is a note as any other."""


def _telling(sentence: str) -> bool:
    facts = facts_of(sentence)
    noted = any(fact.startswith(NOTED) for fact in facts)
    return any(fact.startswith(TELLING) for fact in facts) or (noted and gives(sentence))


def _secrets(moment: Moment) -> dict[str, str]:
    """Articles of the catalogue that are a secret now, and their names. O(catalogue) where there is one."""
    codes = secret(slice_of(moment.client, "surprises"), moment.now, SECRET.of(moment.maison) * DAY)
    if not codes:
        return {}
    articles, marks = moment.house.articles, moment.house.marks
    return {sku: article.name for sku, article in articles.items() if marks[sku].code in codes}


def _named(sentence: str, secrets: Mapping[str, str]) -> bool:
    """Whether a sentence names one of them, in whatever case or order: notes are people's own words. Where no
    space sets a name apart, or it is written as of several, it stands there as it is.
    """
    said = plain(sentence) if secrets else ""
    return any(plain(name) in said or speaks_of(sentence, name) for name in secrets.values())


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    secrets = moment.once(_secrets)

    def tells(sentence: str) -> bool:
        return _named(sentence, secrets) or (proposal.present and _telling(sentence))

    why = [one for one in proposal.why if not tells(one)]
    avoid = [one for one in proposal.avoid if not tells(one)]
    shown = [one for one in proposal.recommendations if one.sku not in secrets and not tells(one.why)]
    said = proposal.say
    if said is not None and (_telling(said) or _named(said, secrets)):
        said = None
    kept = len(why) + len(avoid) + len(shown)
    before = len(proposal.why) + len(proposal.avoid) + len(proposal.recommendations)
    if kept == before and said is proposal.say:
        return proposal
    return replace(proposal, why=why, avoid=avoid, recommendations=shown, say=said)


def _check(moment: Moment, proposal: Proposal) -> str | None:
    if proposal.present and _telling(proposal.title):
        return "it tells of a gift, and whoever it is for may stand beside"
    secrets = moment.once(_secrets)
    if not secrets.keys().isdisjoint(proposal.subject) or _named(proposal.title, secrets):
        return "it speaks of a gift that is still a secret"
    return None


GUARD = Guard(
    name="gift_secrecy",
    version=4,
    says="No card gives a gift away: not to whom it is for, nor to whoever stands beside the giver.",
    check=_check,
    spare=_spare,
    thresholds=(SECRET,),
)
