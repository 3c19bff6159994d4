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
from schemas.events.client import PURPOSES, ClientConsent

STATES = ("all", "one_to_one", "none")
"""From the most to the strictest."""
CHANNELS: tuple[str, ...] = ("", *get_args(Channel))
"""States, and channels, are stored by position: new ones go last."""
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

    The number is larger the later, and at one instant the stricter a statement is. `beneath`: under what was
    said last with an end, the last that was said without one: where it is stricter it holds again afterwards.
    """

    given: dict[int, int] = {}
    expires: dict[int, int] = {}
    beneath: dict[int, int] = {}


def given(slice: Consent, purpose: str, channel: str | None = None) -> Given | None:
    """What was said last of a purpose as a whole, or of a purpose on a channel."""
    if not slice.given:
        return None
    key = _CODES.get((purpose, channel))
    said = slice.given.get(key) if key is not None else None
    return None if key is None or said is None else _given(said, slice.expires.get(key, 0))


def in_force(slice: Consent, purpose: str, channel: str | None, now: float) -> Given | None:
    """What was said last, unless it has run out by `now`, Unix seconds.

    Then what was stricter and had no end holds again; a yes that it shortened does not.
    """
    last = given(slice, purpose, channel)
    if last is None or not last.expires or last.expires > now:
        return last
    key = _CODES[purpose, channel]
    return _given(slice.beneath[key], 0) if _is_stricter(slice, key) else None


def _is_stricter(slice: Consent, key: int) -> bool:
    """Whether what lies beneath is stricter than what was said over it."""
    beneath = slice.beneath.get(key)
    return beneath is not None and beneath % len(STATES) > slice.given[key] % len(STATES)


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
    known, ends = slice.given.get(key), slice.expires.get(key, 0)
    if known is not None and (said, -expires) <= (known, -ends):
        if ends and not expires:
            slice.beneath[key] = max(said, slice.beneath.get(key, said))
        return
    slice.given[key] = said
    if not expires:
        slice.expires.pop(key, None)
        slice.beneath.pop(key, None)
        return
    slice.expires[key] = expires
    if known is not None and not ends:
        slice.beneath[key] = known


def _values(slice: Consent, now: float) -> dict[str, Any]:
    over = {key for key, ends in slice.expires.items() if ends <= now}
    said = {key: said for key, said in slice.given.items() if key not in over}
    said |= {key: slice.beneath[key] for key in over if _is_stricter(slice, key)}
    return dict(sorted((_name(key), STATES[one % len(STATES)]) for key, one in said.items()))


def _name(key: int) -> str:
    purpose, channel = divmod(key, _ROOM)
    return f"{PURPOSES[purpose]}/{CHANNELS[channel]}" if channel else PURPOSES[purpose]


def _merge(slices: Sequence[Consent]) -> Consent:
    merged = Consent()
    for slice in slices:
        for key, said in slice.given.items():
            _say(merged, key, said, slice.expires.get(key, 0))
        for key, said in slice.beneath.items():
            _say(merged, key, said, 0)
    return merged


FEATURE = Feature(
    name="consent", letter="c", slice=Consent, on={ClientConsent: _consent}, values=_values, merge=_merge
)
