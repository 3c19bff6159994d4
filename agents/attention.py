"""What follows an alert: verdicts close it, a snooze ends, nobody claims it, its time is over. Pure."""

from typing import Any

import msgspec

from agents.decide import follow_ups, status_change
from feature_store.features.attention import OVER, STEPS, VERDICTS
from feature_store.record import slice_of
from feature_store.store import Timer
from schemas.alerts import InboxMessage
from schemas.events.staff import StaffFeedback
from schemas.messages import Outcome

SNOOZE = 15 * 60.0
"""Seconds of a snooze that names no end."""
ACCEPTED = frozenset({"accepted", "edited", "done"})
KINDS = frozenset({"expire", "escalate1", "escalate2", "snooze"})


class Follow(msgspec.Struct, kw_only=True):
    """What a verdict or a timer brings about."""

    changes: list[tuple[str, InboxMessage]] = []
    timers: list[Timer] = []
    dropped: list[str] = []
    outcomes: list[Outcome] = []


def step_of(record: Any, alert: str) -> int | None:
    """How far an alert had come before a verdict; None if the part knows nothing of it."""
    entry = slice_of(record, "attention").alerts.get(alert)
    return entry.step if entry else None


def on_feedback(record: Any, event: StaffFeedback, part: str, before: int | None, now: float) -> Follow:
    """After `record` took in a verdict: timers that are no longer needed, a snooze's end, a label."""
    data, follow = event.data, Follow()
    if before is None or before == OVER:
        return follow
    if data.verdict in VERDICTS:
        follow.dropped = follow_ups(event.maison, part, data.alert)
        follow.outcomes.append(Outcome(decision=data.alert, y=int(data.verdict in ACCEPTED), at=now))
    elif data.verdict in ("claimed", "snoozed"):
        follow.dropped = follow_ups(event.maison, part, data.alert)[1:]
        if data.verdict == "snoozed":
            until = data.until.timestamp() if data.until else now + SNOOZE
            follow.timers.append(Timer(event.maison, part, f"snooze:{data.alert}", until))
            follow.dropped = follow.dropped[:-1]
    return follow


def on_timer(record: Any, timer: Timer, now: float) -> Follow:
    """A follow-up timer of an alert is due."""
    kind, _, alert = timer.name.partition(":")
    follow = Follow()
    entry = slice_of(record, "attention").alerts.get(alert)
    if entry is None or entry.step == OVER:
        return follow
    if kind == "expire":
        _expire(follow, entry, timer, alert, now)
    elif kind == "snooze" and entry.verdict == "snoozed":
        entry.step, entry.verdict, entry.revision = STEPS["seen"], "", entry.revision + 1
        follow.changes.append((entry.inbox, status_change(timer.maison, alert, entry.revision, "open", now)))
    elif kind.startswith("escalate") and entry.step < STEPS["claimed"]:
        level = int(kind[-1])
        entry.revision += 1
        follow.changes.append(
            (entry.inbox, status_change(timer.maison, alert, entry.revision, "open", now, level))
        )
        if level == 1:
            wait = timer.due - entry.at
            follow.timers.append(Timer(timer.maison, timer.oid, f"escalate2:{alert}", timer.due + wait))
    return follow


def _expire(follow: Follow, entry: Any, timer: Timer, alert: str, now: float) -> None:
    entry.step, entry.verdict, entry.revision = OVER, "expired", entry.revision + 1
    follow.changes.append((entry.inbox, status_change(timer.maison, alert, entry.revision, "expired", now)))
    follow.dropped = follow_ups(timer.maison, timer.oid, alert)
    follow.outcomes.append(Outcome(decision=alert, y=0, at=now))
