"""Which events made which value of a part: each applied by the same code, values looked at before and after.

Values that change with time are looked at as of the event, so that only what the event did is seen. Pure.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from agents.plan import Touch
from feature_store import record as records
from feature_store.feature import Feature, House
from schemas.events.client import ClientErase
from schemas.events.store import StorePurchase

Values = dict[str, Any]
DEPTH = 2
"""How deep values are told apart: a currency of `monetary`, a field of `profile`."""


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """An event, by its names and its place in the log; nothing of what it says. `time`: its own."""

    type: str
    time: str
    source: str
    id: str
    topic: str
    partition: int
    offset: int


class Told(msgspec.Struct, kw_only=True):
    """The newest events that set or changed a value, and how many did."""

    events: list[Cause] = []
    count: int = 0


class Explanation:
    """What events did to one part, one after another. `most`: causes kept for each value."""

    def __init__(self, most: int) -> None:
        self.record: Any = records.Record()
        self.values: dict[str, Told] = {}
        self.applied = 0
        self.twice = 0
        self._most = most

    def add(self, touch: Touch, cause: Cause, house: House, now: float) -> None:
        """Applies an event; `now` is when the lane was given it. Before an erasure there was nothing."""
        if type(touch.event) is ClientErase:
            self.record = records.Record()
            self.values.clear()
            return
        features = [f for f in records.FEATURES if type(touch.event) in f.on]
        before = dict(self._values(features, touch.at))
        event = touch.event
        if not records.touch(self.record, event, touch.at, house, now) and not (
            type(event) is StorePurchase and records.tell_anew(self.record, event, touch.at, house)
        ):
            self.twice += 1
            return
        self.applied += 1
        after = dict(self._values(features, touch.at))
        for name in before.keys() | after.keys():
            if before.get(name) != after.get(name):
                self._told(name, cause)

    def _values(self, features: list[Feature], now: float) -> Iterator[tuple[str, Any]]:
        for feature in features:
            yield from flat(feature.name, feature.values(records.slice_of(self.record, feature.name), now))

    def _told(self, name: str, cause: Cause) -> None:
        told = self.values.setdefault(name, Told())
        told.count += 1
        told.events.append(cause)
        del told.events[: -self._most]


def flat(name: str, value: Any, depth: int = DEPTH) -> Iterator[tuple[str, Any]]:
    """Values by their path, None left out.

    >>> dict(flat("monetary", {"spend": {"EUR": 5}, "last": None}))
    {'monetary.spend.EUR': 5}
    """
    if isinstance(value, Mapping) and depth:
        for key, inner in value.items():
            yield from flat(f"{name}.{key}", inner, depth - 1)
    elif value is not None:
        yield name, value


def shown(record: Any, now: float) -> Values:
    """What may be told of a record to whoever runs the line: numbers, and of all else that it is there.

    What a feature keeps as personal is left out.
    """
    return {
        path: value if isinstance(value, int | float) else "(not shown)"
        for name, values in records.values(record, now).items()
        if not records.BY_NAME[name].personal
        for path, value in flat(name, values)
    }
