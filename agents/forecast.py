"""The contract of a forecast: what is likely of a client, learned from what became of others.

A model of `models/` judges a proposal, and staff's verdict is its label. A forecast judges a client, and time
is its label: a case is opened with what is known, and closed when it has become known what came of it.

To add one, add a file in `forecasts/` that ends in `FORECAST = Forecast(...)`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from agents.model import State
from agents.moment import Moment
from feature_store.store import Timer
from schemas.envelope import Event

KIND = "foresee"
"""What the names of all timers of forecasts begin with."""

Priors = Mapping[str, Any]
"""Forecast -> the newest estimator of the maison: `moment.priors`. Empty of who may not be profiled."""


class Opened(msgspec.Struct, frozen=True):
    """A case begins: `ref` names it among those of a client and a forecast, `x` is all that is known now."""

    ref: str
    x: dict[str, float]


class Closed(msgspec.Struct, frozen=True):
    """What came of a case: 1, 0, or None where nobody will know. Of several, the first counts."""

    ref: str
    y: int | None


class Awaited(msgspec.Struct, frozen=True):
    """The forecast is asked again at `due` (Unix seconds), by a timer with that word; 0: it no longer is."""

    word: str
    due: float


Lesson = Opened | Closed | Awaited


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """One forecast, pure but for the estimator it is handed.

    wakes: event types at which `watch` is asked, besides its own timers. watch: a moment -> lessons; nothing
    it gives depends on how often it is asked. ends: those among `wakes` that may close an earlier case.
    new: a fresh estimator, the same in every process. predict: estimator, x -> probability in 0..1.
    learn: estimator, x, y (0 or 1). dump and load: the estimator as numbers and back, bit for bit.
    unsettle: the estimator after the world has changed: what was known weighs less, and what comes more.
    """

    name: str
    wakes: frozenset[type[Event]]
    watch: Callable[[Moment], Iterable[Lesson]]
    new: Callable[[], Any]
    predict: Callable[[Any, dict[str, float]], float]
    learn: Callable[[Any, dict[str, float], int], None]
    dump: Callable[[Any], State]
    load: Callable[[State], Any]
    unsettle: Callable[[Any], None]
    ends: frozenset[type[Event]] = frozenset()


def timer_of(forecast: str, word: str) -> str:
    """The name of a timer of a forecast."""
    return f"{KIND}:{forecast}:{word}"


def word_of(timer: Timer) -> str:
    """The word a forecast gave its timer."""
    return timer.name.split(":", 2)[2]
