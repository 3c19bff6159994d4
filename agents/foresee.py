"""What forecasts make of a moment: cases opened and closed, for the learner, and when to look again. Pure."""

from collections.abc import Iterable
from typing import Any

import msgspec

from agents import forecasts
from agents.card import digest
from agents.forecast import KIND, Awaited, Closed, Forecast, Lesson, Opened, timer_of
from agents.moment import Moment
from agents.odd import odd
from agents.rule import where
from feature_store.feature import instances
from feature_store.store import Timer
from schemas.envelope import Event
from schemas.messages import Example, Outcome

FORECASTS: list[Forecast] = instances(forecasts, "FORECAST")
WATCHED: dict[type[Event], list[Forecast]] = {}
_NAMED = {forecast.name: forecast for forecast in FORECASTS}
for _forecast in FORECASTS:
    for _kind in _forecast.wakes:
        WATCHED.setdefault(_kind, []).append(_forecast)


class Foreseen(msgspec.Struct, kw_only=True):
    """`lessons`, each with its forecast. `odd`: why nothing is learned from this client now, if anything.
    `broken`: forecasts that have an error in them, and what is wrong.
    """

    lessons: list[tuple[str, Example | Outcome]] = []
    timers: list[Timer] = []
    dropped: list[str] = []
    odd: str | None = None
    broken: list[tuple[str, str]] = []


def foresee(moment: Moment, erased: bool = False) -> Foreseen:
    """The lessons of an event, or of a timer of one forecast.

    Of a client who was erased or may not be profiled, or of whom something is odd, no case is opened and none
    is waited for; those that are open end without a label. The forecast by which it is odd hears of it.
    """
    made = Foreseen(odd=odd(moment))
    may = not erased and moment.allows("profiling")
    teaches = may and made.odd is None
    for forecast in _woken(moment, teaches, made.odd if may else None):
        unopened: set[str] = set()
        try:
            lessons = [*forecast.watch(moment)]
        except Exception as error:  # as of a rule: the others are asked all the same
            made.broken.append((forecast.name, where(error)))
            continue
        for lesson in lessons:
            if teaches or (may and forecast.name == made.odd):
                _take(made, moment, forecast.name, lesson)
            elif isinstance(lesson, Opened):
                unopened.add(lesson.ref)
            elif isinstance(lesson, Closed) and lesson.ref not in unopened:
                _take(made, moment, forecast.name, Closed(lesson.ref, None))
    return made


def _woken(moment: Moment, teaches: bool, odd: str | None) -> Iterable[Forecast]:
    """Who is asked: where nothing may be taught, only who may have a case to end, and who finds it `odd`."""
    if moment.timer is None:
        kind: Any = type(moment.event)
        return [f for f in WATCHED.get(kind, ()) if teaches or kind in f.ends or f.name == odd]
    name = moment.timer.name.split(":", 2)[1]
    return (_NAMED[name],) if name in _NAMED else ()


def _take(made: Foreseen, moment: Moment, name: str, lesson: Lesson) -> None:
    maison, part = moment.maison.id, moment.part
    match lesson:
        case Awaited():
            timer = Timer(maison, part, timer_of(name, lesson.word), lesson.due)
            made.timers.append(timer) if lesson.due else made.dropped.append(timer.member)
        case Opened():
            case = digest(maison, part, name, lesson.ref)
            made.lessons.append((name, Example(decision=case, x=lesson.x, at=moment.now)))
        case Closed():
            case = digest(maison, part, name, lesson.ref)
            made.lessons.append((name, Outcome(decision=case, y=lesson.y, at=moment.now)))


def is_due(timer: Timer) -> bool:
    """Whether a timer is one of a forecast."""
    return timer.name.startswith(KIND)
