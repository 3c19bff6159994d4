"""What was perceived of the client's mood: by a person, in their words, by a device; it fades.

Worry 0.8 that an advisor saw at noon is 0.4 a day later; read in a message it is 0.4 after six hours. What
a person perceived of a signal outranks what was read in words of that same signal, and both what a device
measured, until it has faded. Joy is remembered: it fades over a month. What a device measures counts only
where it is asked for, which takes the client's consent.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from feature_store.cues import cues
from feature_store.feature import Feature, House
from schemas.events.chat import ChatMessage
from schemas.events.client import ClientEmotion

BY = ("staff", "text", "device")
"""Who perceives, the most believed first. Stored by position: new ones go last."""
SIGNALS = ("valence", "worry", "anger", "sadness", "joy", "not_today")
"""What is read; any other signal is left in the log. Stored by position: new ones go last."""
DAY = 86_400.0
HALF_LIVES = {"staff": DAY, "text": DAY / 4, "device": DAY / 24}
MEMORIES = {"joy": 30 * DAY}
"""Signals that fade by a half-life of their own, in seconds, whoever perceived them."""
FADED = 0.05
"""Below it nothing is left."""
_MOST = 100
_ROOM = 16


class Felt(NamedTuple):
    """How strong a signal is now, and was when it was perceived, -1 to 1; by whom, and when, Unix seconds."""

    strength: float
    by: str
    at: int
    was: float


class Mood(msgspec.Struct, array_like=True, gc=False):
    """A code of who perceived what -> when, Unix seconds, and how strongly, in hundredths."""

    felt: dict[int, tuple[int, int]] = {}


def felt(slice: Mood, signal: str, now: float, devices: bool = False) -> Felt | None:
    """What is left of a signal, as the most believed of those who perceived it has it; None for nothing.

    devices: whether the client allows that a device is believed.
    """
    for who in BY if devices else BY[:2]:
        said = slice.felt.get(_code(who, signal))
        if said is None:
            continue
        at, hundredths = said
        left = 0.5 ** (max(0.0, now - at) / MEMORIES.get(signal, HALF_LIVES[who]))
        if left >= FADED:
            return Felt(hundredths / _MOST * left, who, at, hundredths / _MOST)
    return None


def _code(who: str, signal: str) -> int:
    return BY.index(who) * _ROOM + SIGNALS.index(signal)


def _emotion(slice: Mood, event: ClientEmotion, at: float, house: House) -> None:
    data = event.data
    signal = data.signal.strip().casefold().replace(" ", "_")
    if signal in SIGNALS:
        _perceive(slice, _code(data.by, signal), at, data.value)


def _message(slice: Mood, event: ChatMessage, at: float, house: House) -> None:
    if event.data.direction == "in" and event.data.text:
        for signal, strength in cues(event.data.text).items():
            _perceive(slice, _code("text", signal), at, strength)


def _perceive(slice: Mood, code: int, at: float, strength: float) -> None:
    said = int(at), round(_MOST * max(-1.0, min(1.0, strength)))
    slice.felt[code] = max(said, slice.felt.get(code, said))


def _values(slice: Mood, now: float) -> dict[str, Any]:
    found = {signal: felt(slice, signal, now) for signal in SIGNALS}
    return {
        signal: {"strength": round(one.strength, 3), "by": one.by, "at": one.at}
        for signal, one in found.items()
        if one is not None
    }


def _merge(slices: Sequence[Mood]) -> Mood:
    merged = Mood({})
    for slice in slices:
        for code, said in slice.felt.items():
            merged.felt[code] = max(said, merged.felt.get(code, said))
    return merged


FEATURE = Feature(
    name="mood",
    letter="K",
    slice=Mood,
    on={ClientEmotion: _emotion, ChatMessage: _message},
    values=_values,
    merge=_merge,
)
