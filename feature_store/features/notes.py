"""What advisors noted of the client, in their own words, each note with its tier.

A note that says no tier is held for relationship (2). The last four are kept; `values` has them by tier, the
newest first: `{"2": [{"text": "Left-handed", "by": "camille", "at": 1795262400}]}`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from feature_store.feature import CUT, Feature, House, cut, short
from schemas.events.client import ClientNote

KEPT = 4
LONGEST = 400
"""Bytes of a note's words; what is longer is cut."""
UNSAID = 2
"""The tier of a note that says none."""


class Noted(NamedTuple):
    """`at` in Unix milliseconds; `by`: id of a person in the maison file, as `short` has it."""

    at: int
    text: str
    tier: int
    by: str


class Notes(msgspec.Struct, array_like=True):
    """Oldest first."""

    kept: list[Noted] = []


def _note(slice: Notes, event: ClientNote, at: float, house: House) -> None:
    data = event.data
    text = cut(data.text.strip(), LONGEST, CUT)
    if text:
        tier = UNSAID if data.tier is None else data.tier
        slice.kept = _last([*slice.kept, Noted(int(at * 1000), text, tier, short(data.by))])


def _last(notes: Sequence[Noted]) -> list[Noted]:
    return sorted(set(notes))[-KEPT:]


def _values(slice: Notes, now: float) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for note in reversed(slice.kept):
        said = {"text": note.text, "by": note.by, "at": note.at // 1000}
        found.setdefault(str(note.tier), []).append(said)
    return found


def _merge(slices: Sequence[Notes]) -> Notes:
    return Notes(_last([note for slice in slices for note in slice.kept]))


FEATURE = Feature(
    name="notes",
    letter="g",
    slice=Notes,
    on={ClientNote: _note},
    values=_values,
    merge=_merge,
    personal=True,
)
