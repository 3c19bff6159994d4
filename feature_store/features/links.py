"""Which other parts this part has announced as one client, so that each link is stated once."""

from collections.abc import Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature

KEPT = 12


class Announced(msgspec.Struct, array_like=True):
    parts: list[str] = []


def _values(slice: Announced, now: float) -> dict[str, Any]:
    return {"announced": len(slice.parts)}


def _merge(slices: Sequence[Announced]) -> Announced:
    return Announced(sorted({part for slice in slices for part in slice.parts})[:KEPT])


FEATURE = Feature(name="links", letter="l", slice=Announced, on={}, values=_values, merge=_merge)
