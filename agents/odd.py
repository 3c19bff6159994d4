"""What looks wrong at a moment: a till's error, or a card that many carry. It silences forecasts. Pure."""

from typing import Any

from agents.forecasts.amount import odd_amount
from agents.moment import Moment
from feature_store.record import slice_of
from schemas.events.store import StorePurchase

DAY = 86_400.0
MANY = 20
EVERY = 5.0
"""A card with at least so many orders, one every so many days or more often, is not one person's: a
cashier's, a family's, a reseller's."""


def odd(moment: Moment) -> str | None:
    """`shared` or `amount`, None where nothing looks wrong."""
    if shared(moment.client, moment.now):
        return "shared"
    event = moment.event
    if isinstance(event, StorePurchase) and odd_amount(event.data, moment.priors):
        return "amount"
    return None


def shared(client: Any, now: float) -> bool:
    """Whether a merged record's orders come too often, for too long, to be one person's.

    Twenty orders within a hundred days are; twenty within a year are not.
    """
    rhythm = slice_of(client, "frequency")
    return bool(rhythm.orders >= MANY and (rhythm.last - rhythm.first) / DAY <= EVERY * rhythm.orders)
