"""Silenced: the kill switch, where the decision is made."""

from random import Random
from typing import Any

from schemas.silence import Silence
from tests import builders as a
from tests.guarding import Case, Slip


def silence(**changes: Any) -> Silence:
    given: dict[str, Any] = {"maison": "lumiere", "at": a.NOON - 60, "by": "helene", "why": "a fire drill"}
    return Silence(**(given | changes))


def during(*silences: Silence) -> dict[str, Any]:
    return {"silences": silences}


CASES = {
    "nothing is silenced": Case(passes=True),
    "the maison": Case(moment=during(silence()), passes=False),
    "the site": Case(moment=during(silence(site="vendome")), passes=False),
    "another site": Case(moment=during(silence(site="ginza")), passes=True),
    "the action": Case(moment=during(silence(action="boutique_welcome")), passes=False),
    "another action": Case(moment=during(silence(action="hotel_arrival")), passes=True),
    "the action at another site": Case(
        moment=during(silence(action="boutique_welcome", site="ginza")), passes=True
    ),
    "over since a second ago": Case(moment=during(silence(until=a.NOON - 1)), passes=True),
    "over in a second": Case(moment=during(silence(until=a.NOON + 1)), passes=False),
    "lifted": Case(moment=during(silence(lifted=True)), passes=True),
    "one of two": Case(moment=during(silence(site="ginza"), silence(site="vendome")), passes=False),
    "to be held": Case(moment=during(silence()), proposal={"hold_or_drop": "hold"}, passes=True),
}


def slips(random: Random) -> Slip:
    """What somebody has silenced, in whatever scope covers it."""
    scope = random.choice([{}, {"site": "vendome"}, {"action": "boutique_welcome"}])
    until = random.choice([None, a.NOON + random.uniform(1, 9e5)])
    return Slip(moment=a.moment(**during(silence(until=until, **scope))), proposal=a.proposal())
