"""A consent is withdrawn: what was proposed under it is taken back from whoever has it before them."""

from collections.abc import Iterable

from agents.moment import Moment, Withdraw
from agents.rule import Rule
from feature_store.features.consent import PURPOSES
from schemas.events.client import ClientConsent


def _propose(moment: Moment) -> Iterable[Withdraw]:
    for entry in moment.open_alerts().values():
        if not moment.allows(PURPOSES[entry.purpose]):
            yield Withdraw(action=entry.action, ref=entry.ref, status="retracted")


RULE = Rule(name="consent_withdrawn", wakes=frozenset({ClientConsent}), propose=_propose)
