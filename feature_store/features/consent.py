"""What the client allows, per purpose and channel; the latest statement wins, and at a tie denial does.

`marketing` given in March and withdrawn in June reads `none`, in whichever order they arrive. A refusal does
not expire, and what staff say a client allows counts only with its proof.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, get_args

import msgspec

from feature_store.feature import Feature, House
from schemas.consent import lacks_proof
from schemas.envelope import Channel
from schemas.events.client import ClientConsent, Purpose

STATES = ("all", "one_to_one", "none")
"""From the most to the strictest."""
PURPOSES: tuple[str, ...] = get_args(get_args(Purpose)[0])  # annotated: the literal comes first
CHANNELS: tuple[str, ...] = ("", *get_args(Channel))
"""Purposes, channels and states are stored by position: new ones go last."""
_ROOM = 16
_CODES = {
    (purpose, channel or None): p * _ROOM + c
    for p, purpose in enumerate(PURPOSES)
    for c, channel in enumerate(CHANNELS)
}


class Given(NamedTuple):
    """`at` in Unix milliseconds, `expires` in Unix seconds (0: never)."""

    state: str
    at: int
    expires: int


class Consent(msgspec.Struct, array_like=True):
    """`given`: a code of purpose and channel -> when and how strictly, in one number; `expires`: in seconds.

    The number is larger the later, and at one instant the stricter a statement is.
    """

    given: dict[int, int] = {}
    expires: dict[int, int] = {}


def given(slice: Consent, purpose: str, channel: str | None = None) -> Given | None:
    """What was said last of a purpose as a whole, or of a purpose on a channel."""
    if not slice.given:
        return None
    key = _CODES.get((purpose, channel))
    said = slice.given.get(key) if key is not None else None
    return None if key is None or said is None else _given(said, slice.expires.get(key, 0))


def code(purpose: str, channel: str | None) -> int:
    """What a statement is about, as it is stored."""
    return _CODES[purpose, channel]


def coded(state: str, at: float) -> int:
    """A statement of `at` (Unix seconds) as it is stored."""
    return int(at * 1000) * len(STATES) + STATES.index(state)


def _given(said: int, expires: int) -> Given:
    at, strictness = divmod(said, len(STATES))
    return Given(STATES[strictness], at, expires)


def _consent(slice: Consent, event: ClientConsent, at: float, house: House) -> None:
    data = event.data
    if lacks_proof(event.source, event.scope, data):
        return
    expires = int(data.expires.timestamp()) if data.expires and data.state != "none" else 0
    _say(slice, code(data.purpose, data.channel), coded(data.state, at), expires)


def _say(slice: Consent, key: int, said: int, expires: int) -> None:
    known = slice.given.get(key)
    if known is not None and (said, -expires) <= (known, -slice.expires.get(key, 0)):
        return
    slice.given[key] = said
    if expires:
        slice.expires[key] = expires
    else:
        slice.expires.pop(key, None)


def _values(slice: Consent, now: float) -> dict[str, Any]:
    said = {_name(key): _given(s, slice.expires.get(key, 0)) for key, s in slice.given.items()}
    return {name: g.state for name, g in sorted(said.items()) if not g.expires or g.expires > now}


def _name(key: int) -> str:
    purpose, channel = divmod(key, _ROOM)
    return f"{PURPOSES[purpose]}/{CHANNELS[channel]}" if channel else PURPOSES[purpose]


def _merge(slices: Sequence[Consent]) -> Consent:
    merged = Consent()
    for slice in slices:
        for key, said in slice.given.items():
            _say(merged, key, said, slice.expires.get(key, 0))
    return merged


FEATURE = Feature(
    name="consent", letter="c", slice=Consent, on={ClientConsent: _consent}, values=_values, merge=_merge
)
