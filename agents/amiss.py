"""Whether a record is hardly one client's: a card that many carry, or money that only comes back. Pure.

Where it is, models neither learn from it nor speak of it.
"""

from typing import Any, Literal

from feature_store.record import slice_of
from feature_store.tally import main_currency

DAY = 86_400.0
MANY = 20
EVERY = 5.0
"""A card with at least so many orders, one every so many days or more often, is not one person's: a
cashier's, a family's, a reseller's."""
RETURNS = 4
BACK = 0.8
"""From so many returns on, and such a share of what was spent: a till emptied by refunds, or clothes worn
once. Whoever only tries at home keeps something."""


def amiss(client: Any) -> Literal["shared", "refunds"] | None:
    """What is wrong with a merged record, None where nothing looks so.

    Twenty orders within a hundred days are many people's; twenty within a year are not. Five orders of 100.00
    of which four came back are refunds; of which three did are not.
    """
    rhythm = slice_of(client, "frequency")
    if rhythm.orders >= MANY and (rhythm.last - rhythm.first) / DAY <= EVERY * rhythm.orders:
        return "shared"
    if slice_of(client, "facts").returns < RETURNS:
        return None
    currency = main_currency(client)
    if currency is None:
        return "refunds"  # of what was never bought here
    money = slice_of(client, "monetary").currencies[currency]
    return "refunds" if money.returned >= BACK * money.bought else None
