"""D4: somebody bought a client what the house was about to propose to them: that is taken back.

A ring lies in her cart, her advisor is to offer to put it aside, and he buys it for her. Of what was proposed
nobody remembers which card it stood on, so whatever offers goes; the guard `gift_secrecy` keeps the article
off what comes next. So it is where they turn out to be the one for whom it was bought, and then alone: they
are joined with something at each sign-in.
"""

from collections.abc import Iterable

from agents.moment import Moment, Withdraw
from agents.rule import Rule
from feature_store.feature import code_of
from feature_store.features.fatigue import proposed
from feature_store.features.surprises import LASTS
from feature_store.record import slice_of
from schemas.events.client import PURPOSES, ClientReview, ClientSurprise


def _propose(moment: Moment) -> Iterable[Withdraw]:
    if not moment.news(_given_away):
        return
    for entry in moment.open_alerts().values():
        if PURPOSES[entry.purpose] != "service":
            yield Withdraw(action=entry.action, ref=entry.ref, status="retracted")


def _given_away(moment: Moment) -> bool:
    event, awaited = moment.event, slice_of(moment.client, "surprises").awaited
    if isinstance(event, ClientSurprise):
        bought = {code_of(sku) for sku in event.data.skus}
    else:
        bought = {code for code, at in awaited.items() if moment.now - at < LASTS}
    return not bought.isdisjoint(proposed(slice_of(moment.client, "fatigue")))


RULE = Rule(
    name="surprised", wakes=frozenset({ClientReview, ClientSurprise}), propose=_propose, calls_off=True
)
