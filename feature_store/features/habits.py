"""What a guest asked for during stays: a room at 19 °C, a goose down pillow, a wine, a floor, an allergy the
kitchen was told of. What was seen, not stated: it is shown as "last time", and what the client states in the
profile outranks it.

A hotel's system says it as a service: `{"service": "temperature", "item": "19 °C"}`. Three rooms at 19, 20
and 21 give `{"temperature": {"times": 3, "mean": 20.0, "last": 21.0}}`.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from feature_store.feature import CUT, Feature, House, cut, says
from feature_store.services import habit_of
from schemas.events.hotel import HotelService

KINDS = ("pillow", "floor", "wine", "allergies")
"""What is kept in words. Stored by position: new ones go last."""
KEPT = 5
"""Words kept per part; what was asked for longest ago goes first, an allergy last of all."""
LONGEST = 24
"""Bytes of a word; what is longer is a story, and is left out: but of an allergy, which is cut, and ends in
`CUT`: nobody can read it, and somebody has to ask."""
COLDEST, WARMEST = 14.0, 28.0
"""Degrees Celsius that a person may want; beyond them a thermostat reports something else."""
MOST = 60
"""Times counted: beyond that more of the same tells nothing new."""
_SEVERAL = re.compile(r"[,;/\n、，；]")
_DEGREES = re.compile(r"(\d{2}(?:[.,]\d)?) ?(°? ?[cf])?", re.IGNORECASE)


class Asked(NamedTuple):
    """`kind` by position in `KINDS`; `at`: when last, Unix seconds."""

    kind: int
    word: str
    times: int
    at: int


class Habits(msgspec.Struct, array_like=True):
    """`total` and `last`: tenths of a degree, summed and last asked for; `at`: when, Unix seconds."""

    times: int = 0
    total: int = 0
    last: int = 0
    at: int = 0
    asked: list[Asked] = []


def degrees(text: str) -> float | None:
    """Degrees Celsius of a text, if it is that and a person may want them.

    >>> degrees("19,5 °C"), degrees("68F"), degrees("99"), degrees("cool")
    (19.5, 20.0, None, None)
    """
    found = _DEGREES.fullmatch(text.strip())
    if found is None:
        return None
    value = float(found[1].replace(",", "."))
    if (found[2] or "").lower().endswith("f"):
        value = round((value - 32) / 1.8, 1)
    return value if COLDEST <= value <= WARMEST else None


def words_of(slice: Habits, kind: str) -> list[Asked]:
    """What was asked for of a kind, what was asked for last first."""
    code = KINDS.index(kind)
    return sorted((one for one in slice.asked if one.kind == code), key=lambda one: (-one.at, one.word))


def _service(slice: Habits, event: HotelService, at: float, house: House) -> None:
    kind, item = habit_of(event.data.service or ""), " ".join((event.data.item or "").split())
    if kind is None or not says(item):
        return
    if kind != "temperature":
        words = _allergies(item) if kind == "allergies" else [item] * _fits(item)
        slice.asked = _kept([*slice.asked, *(Asked(KINDS.index(kind), word, 1, int(at)) for word in words)])
    elif (value := degrees(item)) is not None:
        tenths = round(value * 10)
        slice.times, slice.total = slice.times + 1, slice.total + tenths
        slice.at, slice.last = max((slice.at, slice.last), (int(at), tenths))


def _allergies(item: str) -> list[str]:
    """What a kitchen was told of, in words that are kept: as it is, or where it is longer in several.

    >>> _allergies("tree nuts, peanuts, sesame"), _allergies("severe reaction to peanuts")
    (['tree nuts, peanuts', 'sesame'], ['severe reaction to pe…'])
    """
    words: list[str] = []
    for one in filter(None, map(str.strip, _SEVERAL.split(item))):
        if words and _fits(f"{words[-1]}, {one}"):
            words[-1] += f", {one}"
        else:
            words.append(one)
    if len(words) >= KEPT:
        words = [*words[: KEPT - 2], ", ".join(words[KEPT - 2 :])]
    return [cut(word, LONGEST, CUT) for word in words]


def _fits(word: str) -> bool:
    return len(word.encode()) <= LONGEST


def _kept(words: Sequence[Asked]) -> list[Asked]:
    known: dict[tuple[int, str], Asked] = {}
    for one in words:
        named = one.kind, one.word.casefold()
        before = known.get(named, one._replace(times=0))
        newest = max(before, one, key=lambda asked: (asked.at, asked.word))
        known[named] = newest._replace(times=min(MOST, before.times + one.times))
    allergies = KINDS.index("allergies")
    return sorted(known.values(), key=lambda one: (one.kind == allergies, one.at, one.word))[-KEPT:]


def _values(slice: Habits, now: float) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if slice.times:
        mean = slice.total / slice.times / 10
        found["temperature"] = {"times": slice.times, "mean": round(mean, 2), "last": slice.last / 10}
    for kind in KINDS:
        if asked := words_of(slice, kind):
            found[kind] = [{"word": one.word, "times": one.times, "last": one.at} for one in asked]
    return found


def _merge(slices: Sequence[Habits]) -> Habits:
    at, last = max((slice.at, slice.last) for slice in slices)
    return Habits(
        sum(slice.times for slice in slices),
        sum(slice.total for slice in slices),
        last,
        at,
        _kept([one for slice in slices for one in slice.asked]),
    )


FEATURE = Feature(
    name="habits",
    letter="H",
    slice=Habits,
    on={HotelService: _service},
    values=_values,
    merge=_merge,
    personal=True,
    ordered="beyond five words: how often what was forgotten had been asked for does not come back",
)
