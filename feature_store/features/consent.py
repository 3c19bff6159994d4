"""What the client allows, per purpose and channel; the latest statement wins, and at a tie denial does.

`marketing` given in March and withdrawn in June reads `none`, in whichever order they arrive.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature, House
from schemas.events.client import ClientConsent

STRICTNESS = {"all": 0, "one_to_one": 1, "none": 2}


class Given(msgspec.Struct, array_like=True):
    """`at` in Unix milliseconds, `expires` in Unix seconds (0: never)."""

    state: str
    at: int
    expires: int = 0


class Consent(msgspec.Struct, array_like=True):
    """`purpose` or `purpose/channel` -> what was said last."""

    given: dict[str, Given] = {}


def _consent(slice: Consent, event: ClientConsent, at: float, house: House) -> None:
    data = event.data
    key = f"{data.purpose}/{data.channel}" if data.channel else data.purpose
    expires = int(data.expires.timestamp()) if data.expires else 0
    _say(slice.given, key, Given(data.state, int(at * 1000), expires))


def _say(given: dict[str, Given], key: str, new: Given) -> None:
    known = given.get(key)
    if known is None or _order(new) > _order(known):
        given[key] = new


def _order(given: Given) -> tuple[int, int, int]:
    return given.at, STRICTNESS[given.state], -given.expires


def _values(slice: Consent, now: float) -> dict[str, Any]:
    return {key: g.state for key, g in sorted(slice.given.items()) if not g.expires or g.expires > now}


def _merge(slices: Sequence[Consent]) -> Consent:
    merged: dict[str, Given] = {}
    for slice in slices:
        for key, given in slice.given.items():
            _say(merged, key, given)
    return Consent(merged)


FEATURE = Feature(
    name="consent", letter="c", slice=Consent, on={ClientConsent: _consent}, values=_values, merge=_merge
)
