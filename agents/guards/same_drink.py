"""Never the same drink at breakfast, at tea and at dinner.

| a drink of the house's card, or one that goes by its name, to a guest who is in the hotel | |
| --- | --- |
| that they have not had in this stay | passes |
| that they have had: verbena tea at breakfast, a verbena infusion at four | vetoed |
| that was proposed to them in this stay, taken or not | vetoed |
| while something was served today of which nobody wrote what it was | vetoed |
| of which no more is known than what kind it is, where they had one of that kind | vetoed |
"""

from agents.guard import Guard
from agents.moment import Moment, Proposal
from agents.names import goes_by, offered, speaks_of
from feature_store.feature import short
from feature_store.features.attention import last_said
from feature_store.features.served import SERVICES, Had, had
from feature_store.features.stay import HERE
from feature_store.record import slice_of

DRY = frozenset(map(SERVICES.index, ("spa", "laundry", "housekeeping", "concierge", "transfer")))
"""Services that pour nothing."""
UNNAMED = 18 * 3600.0
"""Seconds for which something that was not named may have been any drink."""
PROPOSES = "during_stay"


def _check(moment: Moment, proposal: Proposal) -> str | None:
    stays = slice_of(moment.client, "stay").stays
    here = [booking for booking, stay in stays.items() if stay.step == HERE and not stay.cancelled]
    if not here:
        return None
    things = [one for booking in here for one in had(slice_of(moment.client, "served"), booking)]
    drinks = [offer for offer in offered(moment, proposal) if offer.kind == "drink"]
    for drink in drinks:
        for one in things:
            if one.item and goes_by(drink, one.item):
                return "they have had that drink in this stay"
            if not one.item and _poured(moment, one):
                return "something was served today, and nobody wrote what: it may have been that drink"
        if any(_proposed(moment, proposal, f"{booking}:{drink.id}") for booking in here):
            return "that drink was proposed in this stay already"
    if any(one.item and one.service not in DRY and _told(proposal, one.item) for one in things):
        return "they have had that in this stay"
    return None


def _poured(moment: Moment, one: Had) -> bool:
    return one.service not in DRY and moment.now - one.at < UNNAMED


def _proposed(moment: Moment, proposal: Proposal, ref: str) -> bool:
    if proposal.updates and (proposal.action, short(proposal.ref)) == (PROPOSES, short(ref)):
        return False
    return last_said(slice_of(moment.client, "attention"), PROPOSES, ref) is not None


def _told(proposal: Proposal, item: str) -> bool:
    return speaks_of(proposal.title, item) or speaks_of(proposal.say or "", item)


GUARD = Guard(
    name="same_drink",
    version=1,
    says="No guest is proposed a drink they have had, or were proposed, in the same stay.",
    check=_check,
)
