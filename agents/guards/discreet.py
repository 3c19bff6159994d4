"""Who is never to be mentioned is not: no card names a discreet relation, nor hints at it in a draft.

| a sentence rests on | title | reason, caution, recommendation | draft |
| --- | --- | --- | --- |
| a relation of a kind of which one is discreet, or the partner on file | vetoed | taken out | taken out |
| the party of a stay, while a partner, companion or friend is discreet | stays | stays | taken out |
| what staff noted in words of their own, while anybody is discreet | vetoed | taken out | taken out |
| anything else | stays | stays | stays |

Nobody can tell whom a note names: it stays in the record, for whoever may read it there. Whoever prepares a
room must know how many sleep in it; nobody says "you both".
"""

from msgspec.structs import replace

from agents.guard import Guard
from agents.moment import Moment, Proposal
from agents.phrase import facts_of
from feature_store.features.entourage import discreet
from feature_store.record import slice_of

NOTED = frozenset(f"notes.{tier}" for tier in range(4))
BESIDE = frozenset({"partner", "companion", "friend"})
"""Kinds of relation that a draft's "you both" would give away."""


def _hushed(moment: Moment) -> frozenset[str]:
    """Facts that no sentence may rest on."""
    kinds = discreet(slice_of(moment.client, "entourage"))
    facts = {f"entourage.{kind}" for kind in kinds} | ({"entourage.discreet", *NOTED} if kinds else set())
    return frozenset(facts | ({"preferences.partner"} if kinds & BESIDE else set()))


def _spare(moment: Moment, proposal: Proposal) -> Proposal:
    hushed = _hushed(moment)
    if not hushed:
        return proposal

    def fine(sentence: str) -> bool:
        return hushed.isdisjoint(facts_of(sentence))

    unsaid = hushed | ({"stay.party"} if "preferences.partner" in hushed else set())
    said = proposal.say
    return replace(
        proposal,
        why=[one for one in proposal.why if fine(one)],
        avoid=[one for one in proposal.avoid if fine(one)],
        recommendations=[one for one in proposal.recommendations if fine(one.why)],
        say=said if said is None or unsaid.isdisjoint(facts_of(said)) else None,
    )


def _check(moment: Moment, proposal: Proposal) -> str | None:
    return None if _hushed(moment).isdisjoint(facts_of(proposal.title)) else "it names whom nobody mentions"


GUARD = Guard(
    name="discreet",
    version=2,
    says="Nobody whom a client wants unmentioned is named on a card, or hinted at in a draft.",
    check=_check,
    spare=_spare,
)
