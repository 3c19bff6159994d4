"""A consent is withdrawn, or will end before a card that rests on it: the card is taken back at once. So it
is where another part of the client allows less.

So it is where the one channel on which the client was to be reached is refused, or any where it was left
open by which: what somebody is still to write or say is told again by its own rule, with what is refused now.
"""

from collections.abc import Iterable, Iterator

from agents.moment import Moment, Withdraw
from agents.rule import Rule
from feature_store.features.attention import Proposed, way_of
from schemas.events.client import PURPOSES, ClientConsent, ClientReview


def _propose(moment: Moment) -> Iterable[Withdraw]:
    for entry in moment.open_alerts().values():
        if _open_to(moment, entry) or any(moment.until(*what) < entry.until for what in _rests_on(entry)):
            yield Withdraw(action=entry.action, ref=entry.ref, status="retracted")


def _open_to(moment: Moment, entry: Proposed) -> bool:
    """Whether it was left open by which channel to reach them, and they have just refused one."""
    event = moment.event
    if not (moment.anew and isinstance(event, ClientConsent) and entry.way == way_of(None)):
        return False
    purpose = event.data.purpose
    return PURPOSES[entry.purpose] == purpose and not moment.allows(purpose, event.data.channel)


def _rests_on(entry: Proposed) -> Iterator[tuple[str, str | None]]:
    yield from ((p, None) for n, p in enumerate(PURPOSES) if n == entry.purpose or entry.also >> n & 1)
    yield PURPOSES[entry.purpose], entry.channel


RULE = Rule(
    name="consent_withdrawn", wakes=frozenset({ClientConsent, ClientReview}), propose=_propose, calls_off=True
)
