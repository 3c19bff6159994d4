"""What looks wrong at a moment: a till's error, a fraud, a card many carry. It silences forecasts. Pure."""

from agents.amiss import amiss
from agents.forecasts.amount import odd_amount
from agents.moment import Moment
from schemas.events.store import StorePurchase


def odd(moment: Moment) -> str | None:
    """`shared`, `refunds` or `amount`, None where nothing looks wrong."""
    if (wrong := amiss(moment.client)) is not None:
        return wrong
    event = moment.event
    if isinstance(event, StorePurchase) and odd_amount(event.data, moment.priors):
        return "amount"
    return None
