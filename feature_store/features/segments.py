"""The segments that this client is in, as this part is counted for the client.

One that was entered, left and entered again, and another entered once, give two ids in `in` and
`changes == 4`.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature


class Segments(msgspec.Struct, array_like=True):
    """`held`: ids, sorted. `changes`: how often one was entered or left, ever: it numbers what is told.

    `look`: when to look again, Unix seconds; 0: when something happens.
    """

    held: list[str] = []
    changes: int = 0
    look: int = 0


def _values(slice: Segments, now: float) -> dict[str, Any]:
    return {"in": list(slice.held)}


def _merge(slices: Sequence[Segments]) -> Segments:
    held = {segment for slice in slices for segment in slice.held}
    return Segments(sorted(held), sum(s.changes for s in slices), max(s.look for s in slices))


FEATURE = Feature(name="segments", letter="k", slice=Segments, on={}, values=_values, merge=_merge)
