"""What is stated of the client, field by field; the latest statement of a field wins.

A language stated in May and again in June reads as June's, whichever arrived first. What a page states is
heard only where no server, till or hotel has said anything: anybody may write into a page.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from feature_store.feature import Feature, House
from schemas.events.client import ClientProfile, Fields

KEPT = 32
"""Fields kept per part; a page's go first, then the one stated longest ago."""
LONGEST = 400
"""Bytes of a value that is kept: a profile is no place for documents."""


class Stated(msgspec.Struct, array_like=True):
    """`at` in Unix milliseconds; `rank` 0: said by a server, a till or a hotel, 1: by a page."""

    value: Any
    at: int
    rank: int = 0


class Profile(msgspec.Struct, array_like=True):
    """Field -> what was stated of it. `preferences.*` and `sizes.*` are flat."""

    fields: dict[str, Stated] = {}


def _flat(fields: Fields) -> dict[str, Any]:
    plain = {k: v for k, v in msgspec.structs.asdict(fields).items() if v is not None}
    if isinstance(born := plain.get("birth_date"), date):
        plain["birth_date"] = born.isoformat()
    for group in ("preferences", "sizes"):
        for key, value in plain.pop(group, {}).items():
            plain[f"{group}.{key}"] = value
    return plain


def _profile(slice: Profile, event: ClientProfile, at: float, house: House) -> None:
    rank = int(event.scope == "web")
    for field, value in _flat(event.data.fields).items():
        if _keepable(field, value):
            _state(slice.fields, field, Stated(value, int(at * 1000), rank))
    _bound(slice.fields)


def _keepable(field: str, value: Any) -> bool:
    try:
        return len(field) + len(msgspec.msgpack.encode(value)) <= LONGEST
    except (OverflowError, RecursionError):  # JSON may hold numbers and depths that a record can't
        return False


def _bound(fields: dict[str, Stated]) -> None:
    while len(fields) > KEPT:
        del fields[min(fields, key=lambda f: (-fields[f].rank, fields[f].at, f))]


def _state(fields: dict[str, Stated], field: str, new: Stated) -> None:
    known = fields.get(field)
    if known is None or _order(new) > _order(known):
        fields[field] = new


def _order(stated: Stated) -> tuple[int, int, str]:
    return -stated.rank, stated.at, repr(stated.value)


def _values(slice: Profile, now: float) -> dict[str, Any]:
    return {field: stated.value for field, stated in sorted(slice.fields.items())}


def _merge(slices: Sequence[Profile]) -> Profile:
    merged: dict[str, Stated] = {}
    for slice in slices:
        for field, stated in slice.fields.items():
            _state(merged, field, stated)
    _bound(merged)
    return Profile(merged)


FEATURE = Feature(
    name="profile", letter="p", slice=Profile, on={ClientProfile: _profile}, values=_values, merge=_merge
)
