"""Whom a client brought to the house.

Of the people brought only the smallest opaque ids are kept (a KMV sketch: Bar-Yossef et al., 2002): exact in
any order and with twins below sixteen people; from there on an estimate within a quarter, for ids are evenly
spread hashes. They are a fair sample too: what those sixteen became stands for all.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature, House
from schemas.events.client import ClientReferral

KEPT = 16
SIZE = 12
"""Bytes of an opaque id."""


class Referral(msgspec.Struct, array_like=True, gc=False):
    """`people`: ids of those brought, the smallest first. `last`: when one was, in Unix seconds."""

    people: bytes = b""
    last: int = 0


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
    oid = house.part(event.maison, data.referred) if data.referred is not None else None
    if oid is not None and oid != house.part(event.maison, data.who):
        slice.people = _smallest([*_ids(slice), urlsafe_b64decode(oid)])
        slice.last = max(slice.last, int(at))


def _smallest(ids: Iterable[bytes]) -> bytes:
    return b"".join(sorted(set(ids))[:KEPT])


def _values(slice: Referral, now: float) -> dict[str, Any]:
    return {
        "brought": brought(slice),
        "days": max(0.0, (now - slice.last) / 86_400) if slice.last else None,
    }


def _merge(slices: Sequence[Referral]) -> Referral:
    ids = (id for slice in slices for id in _ids(slice))
    return Referral(_smallest(ids), max(slice.last for slice in slices))


FEATURE = Feature(
    name="referral",
    letter="b",
    slice=Referral,
    on={ClientReferral: _referral},
    values=_values,
    merge=_merge,
)
