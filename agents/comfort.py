"""What a guest is to find in the room. What they state comes first; what was seen says that it was. Pure."""

from typing import Any

from agents.averse import abstains, forswears
from agents.forecasts.stay_preference import alike
from agents.moment import Moment
from agents.phrase import Phrase
from agents.phrases import listed
from feature_store.features.habits import Habits, words_of
from feature_store.features.stay import Stay
from feature_store.record import slice_of

PREPARED = {
    "accessibility": "{}",
    "temperature": "room at {}",
    "wine": "{} waiting",
    "pillow": "pillow: {}",
    "floor": "floor: {}",
    "room": "room: {}",
}
"""Preference -> how a card says it, most needed first."""
SEEN = ("temperature", "pillow", "wine", "floor", "allergies")
"""What is seen during stays."""
FORETOLD = ("temperature", "pillow", "floor")
"""What guests alike are asked for where a guest neither says it nor was seen to want it."""
NAMED = {"allergies": "allergy to"}
SET = 21.0
"""Degrees at which a room is where nobody has asked for any: the end of what one evening tells."""
WEIGHT = 0.5
"""Evenings that `SET` counts for beside those that were seen."""


def prepared(moment: Moment) -> Phrase | None:
    """What the client states that a room can be prepared by; None where they state nothing."""
    stated = {
        field: value
        for field in PREPARED
        if (value := moment.profile(f"preferences.{field}"))
        and not (field == "wine" and moment.once(forswears))
    }
    said = [PREPARED[field].format(_value(field, value)) for field, value in stated.items()]
    if not said:
        return None
    return Phrase(f"To prepare: {'; '.join(said)}", *(f"preferences.{field}" for field in stated))


def last_time(moment: Moment) -> Phrase | None:
    """What was seen of what is not stated; None where nothing was."""
    habits: Habits = slice_of(moment.client, "habits")
    said: dict[str, str] = {}
    for kind in SEEN:
        if moment.profile(f"preferences.{kind}") or (kind == "wine" and moment.once(abstains)):
            continue
        if kind == "temperature":
            if habits.times:
                said[kind] = f"{_degrees(habits.last / 10)}{_usually(habits)}"
        elif (asked := words_of(habits, kind)) and kind == "allergies":
            said[kind] = f"{NAMED[kind]} {listed([one.word for one in asked])}"
        elif asked:
            said[kind] = f"{kind} {asked[0].word}{_often(asked[0].times)}"
    if not said:
        return None
    return Phrase(f"Last time: {'; '.join(said.values())}", *(f"habits.{kind}" for kind in said))


def suggested(moment: Moment, stay: Stay) -> Phrase | None:
    """What most guests alike ask for, of what of this one nothing is known; it is said to be no more."""
    said = []
    for wish in FORETOLD:
        if moment.profile(f"preferences.{wish}") or seen(moment, wish):
            continue
        if (usual := alike(wish, stay, moment.priors)) is not None:
            word = _degrees(float(usual.word)) if wish == "temperature" else usual.word
            said.append(f"{PREPARED[wish].format(word)} ({usual.came} of {usual.seen} {usual.who} here)")
    return Phrase(f"Not known, others alike ask for: {'; '.join(said)}", "stay.party") if said else None


def seen(moment: Moment, wish: str) -> bool:
    """Whether a guest asked for something of the kind during stays."""
    if wish == "temperature":
        return bool(slice_of(moment.client, "habits").times)
    return bool(asked_for(moment, wish))


def asked_for(moment: Moment, kind: str) -> list[str]:
    """Words that a guest asked for during stays, the last first."""
    return [one.word for one in words_of(slice_of(moment.client, "habits"), kind)]


def wanted(habits: Habits) -> float | None:
    """The temperature a guest is likely to want, to half a degree; None where none was seen.

    Their own mean, drawn towards `SET` by `WEIGHT` evenings: after one at 18 it is 19, after five 18.5.
    """
    if not habits.times:
        return None
    drawn = (habits.total / 10 + WEIGHT * SET) / (habits.times + WEIGHT)
    return round(drawn * 2) / 2


def _usually(habits: Habits) -> str:
    expected = wanted(habits)
    if habits.times == 1 or expected is None:
        return ""
    return f", usually about {_degrees(expected)}"


def _often(times: int) -> str:
    return f", {times} times" if times > 1 else ""


def _value(field: str, value: Any) -> str:
    number = field == "temperature" and isinstance(value, int | float)
    return _degrees(value) if number else listed(value)


def _degrees(value: float) -> str:
    return f"{value:g} °C"
