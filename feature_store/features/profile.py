"""What is stated of the client, field by field; the latest statement of a field wins.

A language stated in May and again in June reads as June's, whichever arrived first.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature, House
from schemas.events.client import ClientProfile


class Stated(msgspec.Struct, array_like=True):
    value: Any
    at: int


class Profile(msgspec.Struct, array_like=True):
    """Field -> value and Unix milliseconds of its statement. `preferences.*` and `sizes.*` are flat."""

    fields: dict[str, Stated] = {}


def _flat(fields: Any) -> dict[str, Any]:
    plain = {k: v for k, v in msgspec.to_builtins(fields).items() if v is not None}
    for group in ("preferences", "sizes"):
        for key, value in plain.pop(group, {}).items():
            plain[f"{group}.{key}"] = value
    return plain


def _profile(slice: Profile, event: ClientProfile, at: float, house: House) -> None:
    for field, value in _flat(event.data.fields).items():
        _state(slice.fields, field, Stated(value, int(at * 1000)))


def _state(fields: dict[str, Stated], field: str, new: Stated) -> None:
    known = fields.get(field)
    if known is None or (new.at, repr(new.value)) > (known.at, repr(known.value)):
        fields[field] = new


def _values(slice: Profile, now: float) -> dict[str, Any]:
    return {field: stated.value for field, stated in sorted(slice.fields.items())}


def _merge(slices: Sequence[Profile]) -> Profile:
    merged: dict[str, Stated] = {}
    for slice in slices:
        for field, stated in slice.fields.items():
            _state(merged, field, stated)
    return Profile(merged)


FEATURE = Feature(
    name="profile", letter="p", slice=Profile, on={ClientProfile: _profile}, values=_values, merge=_merge
)
