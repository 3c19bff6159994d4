"""D2: a client takes a licence back: cards that may have shown what they drew from it go too."""

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
    if not isinstance(event, ClientLicence) or not event.data.revoked:
        return
    held: Licences = slice_of(moment.client, "licences")
    licence = held.given.get(short(event.data.licence))
    if licence is None or not licence.told or licence.holds(moment.now):
        return
    for entry in moment.open_alerts().values():
        if entry.action in DRAWN and entry.at >= licence.at // 1000:
            yield Withdraw(action=entry.action, ref=entry.ref, status="retracted")


RULE = Rule(name="licence_withdrawn", wakes=frozenset({ClientLicence}), propose=_propose)
