"""Whom a client follows, or is, among those who are followed.

Brought by @ana in May, and named as @bea herself in June, gives `{"follows": ["@ana"], "is": ["@bea"]}`; of
four names the three named last are kept.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature, House, latest, short
from schemas.events.client import ClientReferral

KEPT = 3
"""Influencers remembered; those named last."""


class Influence(msgspec.Struct, array_like=True, gc=False):
    """Name or handle -> when named last, in Unix seconds, twice that and one more where it is the client."""

    named: dict[str, int] = {}


def _referral(slice: Influence, event: ClientReferral, at: float, house: House) -> None:
    if event.data.influencer is not None:
        said = short(event.data.influencer), 2 * int(at) + bool(event.data.own)
        slice.named = latest([*slice.named.items(), said], KEPT)


def _values(slice: Influence, now: float) -> dict[str, Any]:
    return {
        "follows": sorted(name for name, said in slice.named.items() if not said % 2),
        "is": sorted(name for name, said in slice.named.items() if said % 2),
    }


def _merge(slices: Sequence[Influence]) -> Influence:
    return Influence(latest((said for slice in slices for said in slice.named.items()), KEPT))


FEATURE = Feature(
    name="influence",
    letter="i",
    slice=Influence,
    on={ClientReferral: _referral},
    values=_values,
    merge=_merge,
    personal=True,
)
