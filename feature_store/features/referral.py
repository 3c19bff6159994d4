"""Whom a client brought to the house, and whom they follow, or are, among those who are followed.

Of the people brought only the smallest opaque ids are kept (a KMV sketch: Bar-Yossef et al., 2002): exact in
any order and with twins up to sixteen people; beyond, an estimate within a quarter, for ids are evenly spread
hashes. They are a fair sample too: what those sixteen became stands for all.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature, House, short
from schemas.events.client import ClientReferral

KEPT = 16
SIZE = 12
"""Bytes of an opaque id."""
FOLLOWED = 3
"""Influencers remembered; those named last."""


class Referral(msgspec.Struct, array_like=True, gc=False):
    """`people`: ids of those brought, the smallest first. `last`: when one was, in Unix seconds.

    `named`: influencer -> when named last, in Unix seconds, twice that and one more where it is the client.
    """

    people: bytes = b""
    last: int = 0
    named: dict[str, int] = {}


def people(slice: Referral) -> list[str]:
    """Opaque ids of people brought: all of them, or a sample of sixteen."""
    return [urlsafe_b64encode(id).decode() for id in _ids(slice)]


def brought(slice: Referral) -> int:
    """How many people were brought, exact below sixteen."""
    ids = _ids(slice)
    if len(ids) < KEPT:
        return len(ids)
    return max(KEPT, (KEPT - 1 << 8 * SIZE) // int.from_bytes(ids[-1]))


def _ids(slice: Referral) -> list[bytes]:
    return [slice.people[at : at + SIZE] for at in range(0, len(slice.people), SIZE)]


def _referral(slice: Referral, event: ClientReferral, at: float, house: House) -> None:
    data = event.data
    if data.referred is not None:
        oid = house.part(event.maison, data.referred)
        if oid is not None and oid != house.part(event.maison, data.who):
            slice.people = _smallest([*_ids(slice), urlsafe_b64decode(oid)])
            slice.last = max(slice.last, int(at))
    if data.influencer is not None:
        name = short(data.influencer)
        slice.named[name] = max(slice.named.get(name, 0), 2 * int(at) + bool(data.own))
        slice.named = _latest(slice.named)


def _smallest(ids: Iterable[bytes]) -> bytes:
    return b"".join(sorted(set(ids))[:KEPT])


def _latest(named: dict[str, int]) -> dict[str, int]:
    return dict(sorted(named.items(), key=lambda one: (one[1], one[0]))[-FOLLOWED:])


def _values(slice: Referral, now: float) -> dict[str, Any]:
    return {
        "brought": brought(slice),
        "days": max(0.0, (now - slice.last) / 86_400) if slice.last else None,
        "follows": sorted(name for name, said in slice.named.items() if not said % 2),
        "is": sorted(name for name, said in slice.named.items() if said % 2),
    }


def _merge(slices: Sequence[Referral]) -> Referral:
    named: dict[str, int] = {}
    for slice in slices:
        for name, said in slice.named.items():
            named[name] = max(named.get(name, 0), said)
    ids = (id for slice in slices for id in _ids(slice))
    return Referral(_smallest(ids), max(slice.last for slice in slices), _latest(named))


FEATURE = Feature(
    name="referral",
    letter="b",
    slice=Referral,
    on={ClientReferral: _referral},
    values=_values,
    merge=_merge,
    personal=True,
)
