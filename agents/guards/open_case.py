"""While something is open with a client, or weighs on them, nothing but care is proposed.

| open case | a card that offers something, or asks to write or call | a service before them | care |
| --- | --- | --- | --- |
| complaint, repair, delivery, dispute | vetoed | without recommendations | passes |
| mourning, illness | vetoed | without recommendations, and without a cheerful draft | passes |

What is left says that now is no time to offer, where it does not say so itself, never why; the client's own
advisor reads of a grief, and whoever serves of a repair, a delivery or a complaint. A case is open until its
last status says it is over, by the words of docs/care.md; any other leaves it open. One of which nothing is
heard ends by itself. A delivery of what was bought for the client is open with whoever bought it, and not
with them; nothing is said of one that may be such: of which nobody says what it is while they await a gift,
or to who has bought nothing. Of a case about a gift nothing is said before whoever is with its giver.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from agents.guard import Guard, Threshold
from agents.matters import may_be_gift, of_a_gift, weighing
from agents.moment import Moment, Proposal
from agents.phrase import Phrase, facts_of
from feature_store.features.cases import GRIEF, GRIEVES, LASTS, Case

DAY = 86_400.0
LAPSES = Threshold(
    guard="open_case", name="lapses", default=LASTS / DAY, least=90, most=3650,
    says="days without a word after which a case is taken to be over",
)  # fmt: skip
GRIEF_LASTS = Threshold(
    guard="open_case", name="grief_lasts", default=GRIEVES / DAY, least=30, most=3650,
    says="days without a word for which a mourning or an illness is respected",
)  # fmt: skip
QUIET = Phrase("Offers, congratulations, small talk: not now", "cases.quiet")
OWN = {
    "mourning": Phrase("Cheer of any kind: they are in mourning", "cases.mourning"),
    "illness": Phrase("Cheer of any kind: they are not well", "cases.illness"),
}


def _open(moment: Moment) -> list[Case]:
    lapses, grieves = LAPSES.of(moment.maison) * DAY, GRIEF_LASTS.of(moment.maison) * DAY
    cases = weighing(moment, lapses, grieves)
    return sorted(cases, key=lambda case: (case.of not in GRIEF, -case.at, case.of))


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    cases = _open(moment)
    if not cases:
        return proposal
    said = {fact for one in (proposal.title, *proposal.avoid) for fact in facts_of(one)}
    told = [
        one
        for one in cases
        if not (may_be_gift(moment, one) or (proposal.present and of_a_gift(moment, one)))
    ]
    cautions = [one for one in (QUIET, *_told(told)) if not said.issuperset(one.facts)]
    grieves = cases[0].of in GRIEF and not proposal.care
    return replace(
        proposal,
        say=None if grieves else proposal.say,
        recommendations=[],
        avoid=[*proposal.avoid, *cautions],
    )


def _told(cases: list[Case]) -> Iterator[Phrase]:
    for kind in dict.fromkeys(case.of for case in cases):
        yield OWN.get(kind) or Phrase(f"Not knowing that a {kind} is open", f"cases.{kind}")


def _check(moment: Moment, proposal: Proposal) -> str | None:
    if proposal.care or not proposal.asks or not _open(moment):
        return None
    return "something is open with them, or weighs on them: nothing but care"


GUARD = Guard(
    name="open_case",
    version=4,
    says="In mourning, illness or dispute, or with a repair or a complaint open, only care is proposed.",
    check=_check,
    spare=_spare,
    thresholds=(LAPSES, GRIEF_LASTS),
)
