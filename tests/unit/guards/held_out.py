"""Held out: who is in a holdout is not proposed what it is about."""

from random import Random
from typing import Any

from schemas.experiments import Arm, Experiment
from tests import builders as a
from tests.guarding import Case, Slip

HALVES = [Arm(name="today", share=0.5), Arm(name="nothing", share=0.5, off=True)]
WELCOMES = Experiment(name="welcomes", action="boutique_welcome", arms=HALVES, measure="came")
HOUSE = a.lumiere(experiments=[WELCOMES])


def within(arm: str) -> dict[str, Any]:
    return {"maison": HOUSE, "arms": {"welcomes": arm}}


CASES = {
    "in the holdout": Case(moment=within("nothing"), passes=False),
    "in the control": Case(moment=within("today"), passes=True),
    "in no arm": Case(moment={"maison": HOUSE}, passes=True),
    "another action": Case(moment=within("nothing"), proposal={"action": "abandoned_cart"}, passes=True),
    "in an arm that is no more": Case(moment=within("gone"), passes=True),
}


def slips(random: Random) -> Slip:
    """A holdout of whatever share, met at whatever hour."""
    moment = a.moment(**within("nothing"), now=a.NOON + random.uniform(0, 600))
    return Slip(moment=moment, proposal=a.proposal(ref=random.choice(["vendome", "ginza"])))
