"""Which other parts this part has announced as one client, so that each link is stated once.

Two parts announced, one of them twice, give `announced == 2`; twelve are remembered.
"""

from base64 import urlsafe_b64decode
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature

KEPT = 12
SIZE = 6
"""Bytes that stand for a part: the first of its id, which is a hash already."""


class Announced(msgspec.Struct, array_like=True):
    """`parts`: six bytes each, the one announced last at the end."""

    parts: bytes = b""


def announced(slice: Announced) -> list[bytes]:
    """What stands for each part that was announced."""
    return [slice.parts[at : at + SIZE] for at in range(0, len(slice.parts), SIZE)]


def mark(oid: str) -> bytes:
    """What stands for a part.

    >>> mark("qjGJ8m2C0b1xYz_A").hex()
    'aa3189f26d82'
    """
    return urlsafe_b64decode(oid[: SIZE * 4 // 3])


def announce(slice: Announced, oids: Iterable[str], linked: bool) -> None:
    """Remembers parts as announced last, or, where the link was withdrawn, forgets them."""
    marks = [mark(oid) for oid in oids]
    kept = [known for known in announced(slice) if known not in marks]
    slice.parts = b"".join([*kept, *marks][-KEPT:] if linked else kept)


def _values(slice: Announced, now: float) -> dict[str, Any]:
    return {"announced": len(slice.parts) // SIZE}


def _merge(slices: Sequence[Announced]) -> Announced:
    return Announced(b"".join(sorted({part for slice in slices for part in announced(slice)})[:KEPT]))


FEATURE = Feature(name="links", letter="l", slice=Announced, on={}, values=_values, merge=_merge)
