"""How well a client and the house know one another, in a word: what models pool what they learn by."""

from agents.moment import Moment
from feature_store.record import slice_of

TIES = ((5, "regular"), (2, "known"), (1, "once"), (0, "new"))
"""Purchases and stays from which on a word holds."""


def tie_of(moment: Moment) -> str:
    """The client's word of `TIES`."""
    facts = slice_of(moment.client, "facts")
    met = max(0, facts.purchases) + max(0, facts.stays)
    return next(word for least, word in TIES if met >= least)
