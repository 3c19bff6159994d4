"""A consent is withdrawn, or will end before a card that rests on it: the card is taken back at once.

So it is where the one channel on which the client was to be reached is refused."""

from collections.abc import Iterable, Iterator

from agents.moment import Moment, Withdraw
from agents.rule import Rule
from feature_store.features.attention import Proposed
from schemas.events.client import PURPOSES, ClientConsent


def _propose(moment: Moment) -> Iterable[Withdraw]:
    for entry in moment.open_alerts().values():
        if any(moment.until(*what) < entry.until for what in _rests_on(entry)):
            yield Withdraw(action=entry.action, ref=entry.ref, status="retracted")


def _rests_on(entry: Proposed) -> Iterator[tuple[str, str | None]]:
    yield from ((p, None) for n, p in enumerate(PURPOSES) if n == entry.purpose or entry.also >> n & 1)
    yield PURPOSES[entry.purpose], entry.channel


RULE = Rule(name="consent_withdrawn", wakes=frozenset({ClientConsent}), propose=_propose)
