"""What people decide on an alert, in the inbox that it is in and as the topic tells it again. Pure."""

from typing import Literal

import msgspec

from feature_store.features.attention import SNOOZE
from feature_store.inbox import Entry
from schemas.alerts import OVER, Alert, Answer, Given, Grounds, Shown, Status
from schemas.times import iso, seconds

Decided = Literal["seen", Given]
"""The verdicts a person can give."""

REMEMBERED = 86_400.0
"""Seconds after its time for which an inbox remembers an alert."""

_CLOSES: dict[str, Status] = {"dismissed": "dismissed", "never": "dismissed", "done": "done"}


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict holds: the entry as it is now, and what is shown of it (None: nothing changed)."""

    entry: Entry
    shown: Shown | None = None


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody else claimed it first."""

    claimed_by: str


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """It is over."""

    status: Status


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict lacks something; `reason` is a sentence."""

    reason: str


Outcome = Accepted | Taken | Gone | Refused


def verdict(
    entry: Entry,
    staff: str,
    given: Decided,
    now: float,
    until: str | None = None,
    text: str | None = None,
) -> Outcome:
    """What a person's verdict does to an entry.

    The same person saying the same again is accepted and shows nothing. Everything but `seen` claims an
    alert that is free and is refused when somebody else holds it.
    """
    alert = entry.alert
    if entry.over and (entry.closed_by, entry.closed) == (staff, given):
        return Accepted(entry=entry)
    if entry.over or lapsed(alert, now) or (alert.claimed_by != staff and seconds(alert.valid_to) <= now):
        return Gone(status=alert.status if entry.over else "expired")
    if given == "seen":
        return Accepted(entry=entry)
    if alert.claimed_by not in (None, staff):
        return Taken(claimed_by=str(alert.claimed_by))
    if given == "snoozed" and until is None:
        until = iso(now + SNOOZE)
    if reason := _lacking(given, now, until, text):
        return Refused(reason=reason)
    entry, shown = _answer(entry, staff, given, _after(entry, now), until, text)
    return Accepted(entry=entry, shown=shown)


def answered(entry: Entry, answer: Answer, at: float, now: float) -> tuple[Entry, Shown | None]:
    """An answer as the topic tells it: nothing to an inbox that knows of it, or of a later one.

    What ended it has, whoever took it since: so it has in the record, which nothing brings back.
    """
    ended = answer.verdict in _CLOSES
    if entry.over or (not ended and entry.answered is not None and at <= entry.answered):
        return entry, None
    given, until = answer.verdict, answer.until
    if given == "snoozed" and (until is None or seconds(until) <= now):
        given = "claimed"
    return _answer(entry, answer.staff, given, at, until, answer.say)


def _after(entry: Entry, now: float) -> float:
    """Now, or a thousandth of a second after the last answer: where clocks differ, or two things are said at
    once, the log tells them again in the order in which they counted.
    """
    return now if entry.answered is None else max(now, seconds(iso(entry.answered)) + 0.001)


def _answer(
    entry: Entry, staff: str, given: Given, at: float, until: str | None, text: str | None
) -> tuple[Entry, Shown | None]:
    before, entry = entry, msgspec.structs.replace(entry, answered=at)
    if given in _CLOSES:
        entry = msgspec.structs.replace(entry, closed_by=staff, closed=given)
    after, shown = show(entry, _decided(entry.alert, staff, given, at, until, text))
    return (before, None) if after is entry else (after, shown)


def lapsed(alert: Alert, now: float) -> bool:
    """Whether something that it rests on is allowed no more."""
    return alert.allowed_to is not None and seconds(alert.allowed_to) <= now


def in_time(alert: Alert, now: float) -> bool:
    """Whether it may still be acted on, or somebody does, of whom an inbox remembers it a day longer."""
    until = seconds(alert.valid_to) + (REMEMBERED if alert.claimed_by is not None else 0.0)
    return not lapsed(alert, now) and until > now


def becomes(given: Given) -> Status:
    """The status of an alert that was answered so."""
    return "snoozed" if given == "snoozed" else _CLOSES.get(given, "claimed")


def _decided(
    alert: Alert, staff: str, given: Given, now: float, until: str | None, text: str | None
) -> Alert:
    if given == "edited" and isinstance(alert.grounds, Grounds):
        own_words = msgspec.structs.replace(alert.grounds, say=("words",))
        alert = msgspec.structs.replace(alert, grounds=own_words)
    return msgspec.structs.replace(
        alert,
        status=becomes(given),
        claimed_by=staff,
        accepted=alert.accepted or given in ("accepted", "edited", "done"),
        say=text if given == "edited" else alert.say,
        meaning=None if given == "edited" else alert.meaning,
        snoozed_until=until if given == "snoozed" else None,
        at=iso(now),
    )


def _lacking(given: Decided, now: float, until: str | None, text: str | None) -> str | None:
    if until is not None and seconds(until) <= now:
        return "until: when a snooze ends, a time to come"
    if given == "edited" and not text:
        return "text: the words as edited"
    return None


def show(entry: Entry, alert: Alert) -> tuple[Entry, Shown | None]:
    """Gives the next revision to a change; nothing is shown where it differs in time only, or is withheld."""
    if msgspec.structs.replace(alert, revision=entry.alert.revision, at=entry.alert.at) == entry.alert:
        return entry, None
    alert = msgspec.structs.replace(alert, revision=entry.alert.revision + 1)
    kind: Literal["update", "retract"] = "retract" if alert.status in OVER else "update"
    shown = None if entry.withheld else Shown(kind=kind, alert=alert)
    return msgspec.structs.replace(entry, alert=alert), shown
