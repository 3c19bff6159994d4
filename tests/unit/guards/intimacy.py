"""Intimacy: an intimate fact is used only where it is worth it."""

from random import Random

from agents.moment import Proposal
from agents.phrase import Phrase, facts_of
from tests import builders as a
from tests.guarding import Case, Slip

INTIMATE, MANNERS = Phrase("Zoé is five today", "preferences.children"), Phrase("Speaks French", "language")

CASES = {
    "intimate and worth it": Case(proposal={"title": INTIMATE, "value": 0.6}, passes=True),
    "intimate and not worth it": Case(proposal={"title": INTIMATE, "value": 0.5}, passes=False),
    "words that are intimate": Case(proposal={"title": MANNERS, "say": INTIMATE, "value": 0.5}, passes=False),
    "manners worth nothing": Case(proposal={"title": MANNERS, "value": 0.0}, passes=True),
    "no reason left": Case(proposal={"title": MANNERS, "why": []}, passes=False),
}


def slips(random: Random) -> Slip:
    """An intimate fact in a title, a draft or a reason of an action that is not worth it."""
    place = random.choice(["title", "say", "why"])
    said = {"title": INTIMATE, "say": INTIMATE, "why": [MANNERS, INTIMATE]}[place]
    return Slip(
        moment=a.moment(),
        proposal=a.proposal(**({"title": MANNERS, "value": random.uniform(0, 0.59)} | {place: said})),
        wrong=_intimate,
    )


def _intimate(left: Proposal) -> bool:
    said = (left.title, left.say or MANNERS, *left.why)
    return any("preferences.children" in facts_of(sentence) for sentence in said)
