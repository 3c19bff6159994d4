"""Which cards of a visit to a boutique are over, by what was heard last. Pure."""

from collections.abc import Iterator

from agents.moment import Moment, Withdraw
from feature_store.feature import short
from feature_store.features.recency import gone
from feature_store.record import slice_of
from schemas.events.store import StoreCheckin, StoreLeave, StorePurchase

AGAIN = 3600.0
"""Seconds for which a second check-in, by the card and by the app, is of the same visit."""
UNKNOWN = "unknown_visitor"
"""What is proposed of whoever comes in and is not known; its `ref` is the site."""


def over(moment: Moment, *actions: str) -> Iterator[Withdraw]:
    """Ends open cards of these actions, whose `ref` is a site: of the boutique that the client has left or
    bought in, of all others once they came into one.

    What is heard late, of before they came in, says nothing of this visit.
    """
    event = moment.event
    if not isinstance(event, StoreCheckin | StoreLeave | StorePurchase) or event.data.site is None:
        return
    if earlier(moment):
        return
    site, elsewhere = short(event.data.site), isinstance(event, StoreCheckin)
    for entry in moment.open_of(*actions):
        if (entry.ref != site) is elsewhere:
            yield Withdraw(action=entry.action, ref=entry.ref, status="done")


def quiet_for(moment: Moment, action: str, site: str) -> float:
    """For how long a card of a visit is not told again: not at all where they were awaited elsewhere
    meanwhile, and are back."""
    awaited = moment.open_of(action)
    return 0.0 if any(entry.ref != short(site) for entry in awaited) else AGAIN


def earlier(moment: Moment) -> bool:
    """Whether the event is of before the client last came into a boutique, and was heard after; or tells that
    they came into one that they have left again since.
    """
    recency, event = slice_of(moment.client, "recency"), moment.event
    if isinstance(event, StoreCheckin) and gone(recency, event.data.site, moment.at, moment.now):
        return True
    return bool(moment.at < recency.visit <= moment.now)
