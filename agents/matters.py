"""What is open between a client and the house, as far as they may hear of it. Pure.

A delivery of what somebody bought for them is none: whoever gave news of it would give the gift away. Of one
that may be that they hear nothing either, though nothing is offered beside it: of which nobody said what it
is, while there is such a gift; or to somebody who has bought nothing, whom the shop may have named otherwise
than the carrier. A repair or a complaint is: they have it in hand.
"""

from collections.abc import Iterator, Mapping

from agents.moment import Moment
from feature_store.features import surprises
from feature_store.features.cases import GRIEVES, LASTS, Case, open_cases
from feature_store.record import slice_of


def matters(moment: Moment) -> Iterator[Case]:
    """Open cases that the client may hear of."""
    return (case for case in weighing(moment) if not may_be_gift(moment, case))


def weighing(moment: Moment, lasts: float = LASTS, grieves: float = GRIEVES) -> Iterator[Case]:
    """Open cases that are theirs, or may be; one unheard of for so many seconds is over."""
    awaited = slice_of(moment.client, "surprises").awaited
    for case in open_cases(slice_of(moment.client, "cases"), moment.now, lasts, grieves):
        if case.of != "delivery" or not _secret(moment, case, awaited):
            yield case


def may_be_gift(moment: Moment, case: Case) -> bool:
    """Whether it is a delivery of what somebody else may have bought for them."""
    if case.of != "delivery":
        return False
    if not slice_of(moment.client, "facts").purchases:
        return True
    awaited = slice_of(moment.client, "surprises").awaited
    return not case.article and _fresh(moment, max(awaited.values(), default=None))


def of_a_gift(moment: Moment, case: Case) -> bool:
    """Whether a case is about what the client bought to give, and whoever is with them may not hear of it."""
    return _secret(moment, case, slice_of(moment.client, "surprises").given)


def _secret(moment: Moment, case: Case, bought: Mapping[int, int]) -> bool:
    return _fresh(moment, bought.get(case.article))


def _fresh(moment: Moment, at: int | None) -> bool:
    return at is not None and moment.now - at < surprises.LASTS
