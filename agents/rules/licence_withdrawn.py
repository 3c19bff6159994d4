"""D2: a client takes a licence back, or gives it again until sooner: cards that may have shown what they drew
from it, and would outlive it, go too.
"""

from collections.abc import Iterable

from agents.moment import Moment, Withdraw
from agents.rule import Rule
from agents.tastes import DRAWN
from feature_store.feature import short
from feature_store.features.licences import Licences
from feature_store.record import slice_of
from schemas.events.client import ClientLicence


def _propose(moment: Moment) -> Iterable[Withdraw]:
    event = moment.event
    if not isinstance(event, ClientLicence):
        return
    held: Licences = slice_of(moment.client, "licences")
    licence = held.given.get(short(event.data.licence))
    if licence is None or not licence.told:
        return
    stands = licence.at > licence.revoked
    for entry in moment.open_of(*DRAWN):
        outlives = 0 < licence.expires < entry.until if stands else entry.at >= licence.at // 1000
        if outlives:
            yield Withdraw(action=entry.action, ref=entry.ref, status="retracted")


RULE = Rule(name="licence_withdrawn", wakes=frozenset({ClientLicence}), propose=_propose, calls_off=True)
