"""How good a record is, and what in it wants repair. Pure, from the slices: nothing of it is stored.

A profile of four of the five fields a house asks for, all valid, none contradicted, half of them stated two
years ago: completeness 0.8, validity 1, uniqueness 1, freshness 0.75.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import msgspec

from feature_store.features.facts import Facts
from feature_store.features.profile import Profile, claims, doubted, outranked, stated
from feature_store.features.stay import LEFT, Stays
from feature_store.record import slice_of
from feature_store.statement import Claim

ASKED = ("name", "language", "birth_date", "residences", "advisor")
"""Fields a house asks every client for."""
ONE_VALUED = ("language", "gender", "birth_date")
"""Fields of which two systems can't both be right; of a size or a taste they can."""
CHECKED = (*ONE_VALUED, "timezone")
"""Fields whose values can be seen to be wrong."""
AT_HOTEL = ("name", "language")
"""Fields a hotel needs, beside one preference at least, of somebody who comes again."""
OLDEST = 120
"""Years that somebody may be old."""
HALF_LIFE = 2 * 365.25 * 86_400
"""Seconds after which what was stated is worth half."""


class Flaw(msgspec.Struct, frozen=True, order=True):
    """What wants repair: `kind`, and the field or identifier it is about."""

    kind: str
    field: str


def flaws(record: Any, now: float) -> list[Flaw]:
    """What wants repair in a client's record, in a fixed order."""
    profile: Profile = slice_of(record, "profile")
    found = {Flaw("doubtful_identifier", kind) for kind in doubted(profile)}
    for field in CHECKED:
        if (flaw := flaw_of(profile, field, now)) is not None:
            found.add(flaw)
    return sorted(found | {*_missing_at_hotel(record, profile)})


def flaw_of(profile: Profile, field: str, now: float) -> Flaw | None:
    """What is wrong with what is believed of one of the fields that are checked, if anything is."""
    best = stated(profile, field)
    if best is None:
        return None
    if not _possible(field, best.value, now):
        return Flaw(f"impossible_{field}", field)
    if field in ONE_VALUED and _contradicted(best, outranked(profile, field)):
        return Flaw("contradiction", field)
    return None


def quality(record: Any, now: float) -> dict[str, float]:
    """Completeness, validity, uniqueness, freshness and their mean, 0 to 1 each; empty for nobody known."""
    known = claims(slice_of(record, "profile"))
    if not known:
        return {}
    kinds = [flaw.kind for flaw in flaws(record, now)]
    ages = [max(0.0, now - several[0].at / 1000) for several in known.values()]
    wrong, torn = sum(kind.startswith("impossible") for kind in kinds), kinds.count("contradiction")
    scores = {
        "completeness": sum(field in known for field in ASKED) / len(ASKED),
        "validity": 1 - wrong / len(known),
        "uniqueness": 1 - torn / len(known),
        "freshness": sum(2 ** (-age / HALF_LIFE) for age in ages) / len(ages),
    }
    return {name: round(score, 3) for name, score in {**scores, "all": sum(scores.values()) / 4}.items()}


def _contradicted(best: Claim, other: Claim | None) -> bool:
    """Whether another system says otherwise, and nobody has checked."""
    return other is not None and not (best.verified or other.page or other.source == best.source)


def _possible(field: str, value: Any, now: float) -> bool:
    if field == "birth_date":
        today = datetime.fromtimestamp(now, UTC).date()
        return today.year - OLDEST <= date.fromisoformat(value).year and date.fromisoformat(value) <= today
    if field == "timezone":
        return value in _zones()
    if field == "language":
        return str(value).replace("_", "-").partition("-")[0].isalpha()
    return True


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _missing_at_hotel(record: Any, profile: Profile) -> Iterator[Flaw]:
    """Of somebody who has stayed before and comes again, what the hotel does not know."""
    facts: Facts = slice_of(record, "facts")
    stays: Stays = slice_of(record, "stay")
    comes = any(not stay.cancelled and stay.step != LEFT for stay in stays.stays.values())
    if not (facts.stays and comes):
        return
    known = claims(profile)
    for field in AT_HOTEL:
        if field not in known:
            yield Flaw("incomplete_stay_history", field)
    if not any(field.startswith("preferences.") for field in known):
        yield Flaw("incomplete_stay_history", "preferences")
