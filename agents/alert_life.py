"""The life of an alert in its inbox, by what the topic says of it; people: `agents/verdict.py`. Pure."""

from math import inf
from typing import Any

import msgspec

from agents.verdict import REMEMBERED, answered, show
from feature_store.inbox import Entry
from schemas.alerts import (
    OVER,
    Addressee,
    Alert,
    AlertChange,
    Answer,
    Grounds,
    Shown,
    Status,
    StatusChange,
)
from schemas.times import iso, seconds

CALLED_OFF = frozenset({"retracted", "done"})
"""What the topic may say of an alert once, and which is never taken back."""

URGENT = 4
"""The least urgency at which what its holder leaves may wait for nobody in particular."""

_OUR_OWN = ("revision", "status", "for_", "claimed_by", "snoozed_until", "accepted", "escalated")


def incoming(
    entry: Entry | None, change: AlertChange, addressee: Addressee, now: float
) -> tuple[Entry, Shown | None]:
    """What an alert of the topic does to its entry: the entry afterwards, and what is shown of it.

    A revision already seen does nothing, and nothing leaves a status that is over. `addressee` is where
    routing sends it now: used for a new alert and when it escalates, otherwise it stays whose it was. What
    sleeps is woken by news that can't wait for its hour.
    """
    alert = change.alert
    keep_until = seconds(alert.valid_to) + REMEMBERED
    if entry is None:
        return _first(change, addressee, keep_until, now)
    if alert.revision <= entry.seen:
        return entry, None
    entry = msgspec.structs.replace(entry, seen=alert.revision, keep_until=max(keep_until, entry.keep_until))
    if entry.over:
        return entry, None
    if alert.status in OVER or seconds(alert.valid_to) <= now:
        return _close(entry, alert.status if alert.status in OVER else "expired", alert.at)
    merged = msgspec.structs.replace(alert, **_kept(entry.alert))
    if entry.alert.accepted:
        merged = _resting(merged, entry.alert)
    woken = _woken(merged, inf if _presses(alert, entry.alert) else now)
    return show(entry, _escalated(woken, change.escalated, addressee))


def status(
    entry: Entry, change: StatusChange, addressee: Addressee, now: float
) -> tuple[Entry, Shown | None]:
    """What a status of the topic does to an entry: closes it, wakes it, or escalates it.

    What somebody claimed does not escalate, and a snooze is ended only by a wake as late as the snooze.
    What was called off is off whatever its revision, and expired what is past its time: two linked parts
    count theirs without each other, so an update and a retraction may carry the same one; and a record that
    lost writes does not know how often it escalated.
    """
    if isinstance(change.answer, Answer):
        return answered(entry, change.answer, seconds(change.at), now)
    at = max(now, seconds(change.at))
    ends = change.status == "expired" and seconds(entry.alert.valid_to) <= at
    if change.revision <= entry.seen and change.status not in CALLED_OFF and not ends:
        return entry, None
    entry = msgspec.structs.replace(entry, seen=max(change.revision, entry.seen))
    if entry.over:
        return entry, None
    if change.status in OVER:
        return _close(entry, change.status, change.at)
    woken = _woken(entry.alert, at)
    woken = msgspec.structs.replace(woken, at=change.at)
    return show(entry, _escalated(woken, change.escalated, addressee))


def handed_over(
    entry: Entry, left: str, addressee: Addressee, team: Addressee, now: float
) -> tuple[Entry, Shown | None]:
    """What becomes of an entry when somebody leaves: what was for them, or held by them, is `addressee`'s.

    What they had claimed is free again, with the words as they left them; of that what is urgent is `team`'s.
    """
    alert = entry.alert
    if entry.over or left not in (alert.for_.staff, alert.claimed_by):
        return entry, None
    if alert.for_.staff == left:
        alert = msgspec.structs.replace(alert, for_=addressee)
    if alert.claimed_by == left:
        alert = _free(alert, team)
    return show(entry, msgspec.structs.replace(alert, at=iso(now)))


def signed_off(
    entry: Entry, staff: str, team: Addressee, at: float, now: float
) -> tuple[Entry, Shown | None]:
    """What becomes of an entry when the duty of somebody ends at `at`: what they had taken from their team is
    free again for whoever is there, and so are what was given them for being there, and what they took and is
    urgent. What else is for them alone waits for them.
    """
    alert = entry.alert
    theirs, taken = alert.for_.staff == staff, alert.claimed_by == staff
    given = theirs and entry.routed and alert.claimed_by in (None, staff)
    if entry.over or not (taken or given) or (entry.answered or at) > at:
        return entry, None
    if theirs and not given and alert.urgency < URGENT:
        return entry, None
    alert = _free(alert, team) if taken else alert
    return show(entry, msgspec.structs.replace(alert, for_=team if given else alert.for_, at=iso(now)))


def _free(alert: Alert, team: Addressee) -> Alert:
    """Open again. Nothing waits any more for somebody to claim it, so what is urgent escalates at once."""
    alert = msgspec.structs.replace(alert, status="open", claimed_by=None, accepted=False, snoozed_until=None)
    return _escalated(alert, 1, team) if alert.urgency >= URGENT else alert


def _first(
    change: AlertChange, addressee: Addressee, keep_until: float, now: float
) -> tuple[Entry, Shown | None]:
    alert = change.alert
    status: Status = alert.status if alert.status in OVER else "open"
    if status == "open" and seconds(alert.valid_to) <= now:
        status = "expired"
    alert = msgspec.structs.replace(
        alert, revision=1, status=status, for_=addressee, escalated=change.escalated, claimed_by=None
    )
    routed = addressee.staff is not None and change.alert.for_.staff is None
    seen = change.alert.revision
    entry = Entry(alert=alert, seen=seen, keep_until=keep_until, worth=change.worth, routed=routed)
    return entry, None if entry.over else Shown(kind="alert", alert=alert)


def _kept(old: Alert) -> dict[str, Any]:
    """The inbox's own state, which survives an update; who accepted keeps the words they decided on."""
    names = (*_OUR_OWN, "say", "language", "meaning") if old.accepted else _OUR_OWN
    return {name: getattr(old, name) for name in names}


def _resting(alert: Alert, old: Alert) -> Alert:
    """With what the older words rest on, which are the words it has."""
    if isinstance(alert.grounds, Grounds) and isinstance(old.grounds, Grounds):
        grounds = msgspec.structs.replace(alert.grounds, say=old.grounds.say)
        return msgspec.structs.replace(alert, grounds=grounds)
    return alert


def _presses(alert: Alert, asleep: Alert) -> bool:
    """Whether it can't wait until what sleeps is to wake: it has become more urgent, or what is awaited comes
    sooner than was known when it was put off, and before that hour."""
    until, due, known = asleep.snoozed_until, alert.due, asleep.due
    sooner = until and due and seconds(due) < min(seconds(until), seconds(known) if known else inf)
    return alert.urgency > asleep.urgency or bool(sooner)


def _woken(alert: Alert, now: float) -> Alert:
    if alert.status != "snoozed" or alert.snoozed_until is None or seconds(alert.snoozed_until) > now:
        return alert
    return msgspec.structs.replace(
        alert, status="claimed" if alert.claimed_by else "open", snoozed_until=None
    )


def _escalated(alert: Alert, level: int, addressee: Addressee) -> Alert:
    if level <= alert.escalated or alert.claimed_by is not None:
        return alert
    return msgspec.structs.replace(alert, escalated=level, for_=addressee)


def _close(entry: Entry, status: Status, at: str) -> tuple[Entry, Shown | None]:
    return show(entry, msgspec.structs.replace(entry.alert, status=status, at=at))
