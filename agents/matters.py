"""What is open between a client and the house, as far as they may hear of it. Pure.

A delivery of what somebody bought for them is none: whoever gave news of it would give the gift away. A
repair or a complaint is: they have it in hand.
"""

from collections.abc import Iterator, Mapping

from agents.moment import Moment
from feature_store.features import surprises
from feature_store.features.cases import GRIEVES, LASTS, Case, open_cases
from feature_store.record import slice_of


def matters(moment: Moment, lasts: float = LASTS, grieves: float = GRIEVES) -> Iterator[Case]:
    """Open cases that the client may hear of; one unheard of for so many seconds is over."""
    awaited = slice_of(moment.client, "surprises").awaited
    for case in open_cases(slice_of(moment.client, "cases"), moment.now, lasts, grieves):
        if case.of != "delivery" or not _secret(moment, case, awaited):
            yield case


def of_a_gift(moment: Moment, case: Case) -> bool:
    """Whether a case is about what the client bought to give, and whoever is with them may not hear of it."""
    return _secret(moment, case, slice_of(moment.client, "surprises").given)


def _secret(moment: Moment, case: Case, bought: Mapping[int, int]) -> bool:
    at = bought.get(case.article)
    return at is not None and moment.now - at < surprises.LASTS
