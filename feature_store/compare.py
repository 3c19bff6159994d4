"""Whether two records say the same of a client. Pure.

Two lanes that were given the same events may have met those of different topics in another order. What a
feature is worth may not depend on it, unless the feature says why (`Feature.ordered`); so values are
compared, not bytes, and the ordered ones are told apart. A sum of fractions may differ in its last bits.
"""

from collections import Counter
from collections.abc import Mapping
from math import isclose
from typing import Any

import msgspec

from feature_store import record as records
from feature_store.store import PartKey
from schemas.sealing import Key, Lost

Parts = Mapping[PartKey, bytes | None]


def same(one: Any, other: Any) -> bool:
    """Equal, but for the last bits of a float, which is zero where one of two mappings has none.

    >>> same({"a": 0.1 + 0.2}, {"a": 0.3, "b": 0.0}), same({"a": 1}, {"a": 2}), same(36.5, "36½")
    (True, False, False)
    """
    numbers = isinstance(one, int | float | None) and isinstance(other, int | float | None)
    if numbers and (isinstance(one, float) or isinstance(other, float)):
        return isclose(one or 0.0, other or 0.0, abs_tol=1e-9)
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same(one.get(k), other.get(k)) for k in one.keys() | other.keys())
    return bool(one == other)


def differing(one: bytes, other: bytes, now: float, key: Key | None = None) -> set[str]:
    """Features whose values differ now between two records as stored. O(features).

    Without the part's key personal slices are not compared. Raises `NewerRecord`, `Lost`.
    """
    if one == other:
        return set()
    left, right = (
        records.values(records.decode(one, key), now),
        records.values(records.decode(other, key), now),
    )
    return {name for name in left.keys() | right.keys() if not same(left.get(name, {}), right.get(name, {}))}


ORDERED = frozenset(feature.name for feature in records.FEATURES if feature.ordered)
"""Features whose values may depend on the order of events."""


class Report(msgspec.Struct, kw_only=True):
    """What a comparison found. `missing`: not in the store; `extra`: only there; `ordered`: equal but for
    features whose values depend on the order of events; `features`: how often which one differed.
    """

    parts: int = 0
    equal: int = 0
    ordered: int = 0
    different: int = 0
    missing: int = 0
    extra: int = 0
    timers: int = 0
    written: int = 0
    features: Counter[str] = msgspec.field(default_factory=Counter)

    @property
    def wrong(self) -> int:
        """Where the store does not hold what was made again."""
        return self.different + self.missing + self.extra + self.timers

    def add(self, other: "Report") -> None:
        """Counts what another comparison found."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def line(self) -> str:
        """
        >>> Report(parts=3, equal=2, different=1, features=Counter(taste=1)).line()
        '3 parts, 2 equal, 1 different (taste 1)'
        """
        others = {
            "of them but for the order of events": self.ordered,
            "different": self.different,
            "missing": self.missing,
            "only in the store": self.extra,
            "timers missing": self.timers,
            "written": self.written,
        }
        said = [f"{self.parts:,} parts", f"{self.equal:,} equal"]
        said += [f"{n:,} {what}" for what, n in others.items() if n]
        named = ", ".join(f"{name} {n:,}" for name, n in self.features.most_common())
        return ", ".join(said) + (f" ({named})" if named else "")


def compared(
    live: Parts, made: Parts, now: float, keys: Mapping[PartKey, Key | None] = {}, extra: bool = True
) -> tuple[Report, list[PartKey]]:
    """What is said of these parts, and those that are to be written. Raises `NewerRecord`.

    `extra`: whether a part that only the store has is wrong.
    """
    report, wrong = Report(), []
    for part, stored in live.items():
        right = made.get(part)
        if stored is None and right is None:
            continue
        report.parts += 1
        if right is None:
            said = "extra" if extra else "equal"
        elif stored is None:
            said = "missing"
        else:
            names = _differing(stored, right, now, keys.get(part))
            said = "different" if names - ORDERED else "equal"
            report.ordered += bool(names) and said == "equal"
            report.features.update(names)
        setattr(report, said, getattr(report, said) + 1)
        if said != "equal":
            wrong.append(part)
    return report, wrong


def _differing(stored: bytes, right: bytes, now: float, key: Key | None) -> set[str]:
    """A record that can't be read, or is of an older version, differs as a whole."""
    if stored == right:
        return set()
    records.decode(right)
    try:
        return differing(stored, right, now, key) if readable(stored) else {"version"}
    except Lost:
        return {"key"}


def readable(stored: bytes) -> bool:
    """Whether this version reads a record. Raises `NewerRecord` where a newer one has written it."""
    try:
        records.decode(stored)
    except records.NewerRecord:
        if records.version_of(stored) > records.VERSION:
            raise
        return False
    except msgspec.DecodeError:
        return False
    return True
