"""What follows an alert: verdicts close it, a snooze ends, nobody claims it, its time is over. Pure."""

from collections.abc import Container, Iterable, Mapping
from typing import Any, get_args

import msgspec

from agents.card import follow_ups, status_change
from agents.choice import ACCEPTANCE, RESPONSE, asked_of
from agents.verdict import becomes
from feature_store.features.attention import (
    ACCEPTED,
    DECLINED,
    ENDS,
    LIFTED,
    LOOKED_AFTER,
    OVER,
    SNOOZE,
    STEPS,
    WITHHELD,
    Proposed,
    further,
    is_over,
    keep,
)
from feature_store.record import own, slice_of
from feature_store.store import FOLLOW_UPS, Timer
from schemas.alerts import Answer, Given, InboxMessage, inbox_of
from schemas.events.client import PURPOSES
from schemas.events.staff import FeedbackData, StaffFeedback
from schemas.messages import Outcome
from schemas.times import iso

ANSWERED, REPLIED = "answered", "replied"
"""Timers at which it is looked whether a client answered; the second, where a word of theirs is an answer."""
FORGOTTEN = "forgotten"
"""The timer at which nobody waits any more for what comes of an alert of which the record knows nothing."""
FOLLOWED, REFUSED, ASKED, NO = "followed", "refused", "asked", "no"
"""Timers at which it is told what staff said of an alert; the third, that they asked a client who declined,
and the last that the client did."""
SAID = {FOLLOWED: (ACCEPTANCE, 1), REFUSED: (ACCEPTANCE, 0), ASKED: (ACCEPTANCE, 1), NO: (RESPONSE, 0)}
"""What it teaches, and which model."""
DISMISSED = frozenset({"dismissed", "never"})
"""Verdicts by which somebody refuses."""
ANSWERS: dict[str, Given] = {given: given for given in get_args(Given)}
KINDS = frozenset({*FOLLOW_UPS, ANSWERED, REPLIED, FORGOTTEN, *SAID})
WITHIN = 14 * 86_400.0
"""Seconds that a client has for an answer to what staff did: to buy, to come; to write or call, where staff
were asked to reach them."""


class Follow(msgspec.Struct, kw_only=True):
    """What a verdict or a timer brings about."""

    changes: list[tuple[str, InboxMessage]] = []
    timers: list[Timer] = []
    dropped: list[str] = []
    outcomes: list[tuple[str, Outcome]] = []
    """By model."""
    said: list[tuple[str, Outcome]] = []
    """What experiments hear now, and models when the time of the alert is over."""


def entry_of(record: Any, alert: str) -> Proposed | None:
    """What is known of an alert before a verdict, as a copy; None if it is over or unknown to the part."""
    entry = slice_of(record, "attention").alerts.get(alert)
    return msgspec.structs.replace(entry) if entry else None


def on_feedback(
    record: Any, event: StaffFeedback, part: str, before: Proposed | None, at: float, now: float
) -> Follow:
    """After `record` took in a verdict: timers that are no longer needed, a snooze's end, a label; and of an
    answer, or that it was shown to nobody, the word to its inbox, which may lose what it knew of that. Of an
    answer also where the record has forgotten the alert: the console says where it is.

    The first acceptance, or an end without one, is the label; what was shown to nobody was refused by nobody.
    Models hear it when the alert's time is over, whatever it is: silence is known no sooner, and of alerts
    that stand for three days they would hear at once who accepts them, and in one morning who never did.
    What was accepted and hopes for an answer has a second one, when the client has had time for it: from `at`
    on, when staff followed. A dismissal teaches what its reason says: who was asked, and declined, answered,
    which is told no sooner, for the same reason.
    """
    data, follow = event.data, Follow()
    if data.verdict == LIFTED:  # which is said of an action, not of an alert
        return follow
    until = None
    if data.verdict == "snoozed":
        until = data.until.timestamp() if data.until else now + SNOOZE
    if before is None:
        if data.place is not None and not is_over(slice_of(record, "attention"), data.alert):
            follow.changes += _told(event, data.place, 1, at, until)
        return follow
    follow.changes += _told(event, before.place, before.revision, at, until)
    unseen = data.verdict == WITHHELD
    ended = unseen or data.verdict in ENDS
    declined, hoped = data.because == DECLINED, RESPONSE in asked_of(PURPOSES[before.purpose])
    if not before.accepted and (ended or data.verdict in ACCEPTED):
        if (said := _said(data)) is None:
            y = _unanswered(before) if data.verdict == "expired" else None
            follow.outcomes += labels(before, data.alert, y, now)
        else:
            model, y = SAID[said]
            follow.said.append((model, Outcome(decision=data.alert, y=y, at=now)))
            follow.timers.append(Timer(event.maison, part, f"{said}:{data.alert}", before.until))
            if hoped and said == REFUSED:
                follow.outcomes.append((RESPONSE, Outcome(decision=data.alert, y=None, at=now)))
        if data.verdict in ACCEPTED and hoped:
            kind = REPLIED if before.way else ANSWERED
            follow.timers.append(Timer(event.maison, part, f"{kind}:{data.alert}", at + WITHIN))
    expire, *others = follow_ups(event.maison, part, data.alert)
    if ended:
        follow.dropped = [expire, *others]
    elif STEPS[data.verdict] >= STEPS["claimed"]:
        follow.dropped = others
    if ended and declined and hoped:
        follow.timers.append(Timer(event.maison, part, f"{NO}:{data.alert}", at + WITHIN))
        waits = (Timer(event.maison, part, f"{kind}:{data.alert}", 0.0) for kind in (ANSWERED, REPLIED))
        follow.dropped += [timer.member for timer in waits]
    if until is not None:
        snooze = Timer(event.maison, part, f"snooze:{data.alert}", until)
        follow.timers.append(snooze)
        follow.dropped.remove(snooze.member)
    return follow


def _said(data: FeedbackData) -> str | None:
    """What staff said, as the timer at which it is told is named: whoever asked the client followed. None of
    what was done already, or shown to nobody, which tells nothing, and where nobody said anything."""
    if data.verdict in ACCEPTED:
        return FOLLOWED
    if data.because == DECLINED:
        return ASKED
    return REFUSED if data.verdict in DISMISSED and data.because != LOOKED_AFTER else None


def _told(
    event: StaffFeedback, place: str, revision: int, at: float, until: float | None
) -> list[tuple[str, InboxMessage]]:
    """What the inbox of `place` is told of a verdict."""
    data, maison, inbox = event.data, event.maison, inbox_of(event.maison, place)
    if data.verdict == WITHHELD:
        return [(inbox, status_change(maison, data.alert, revision + 1, "retracted", at))]
    if (given := ANSWERS.get(data.verdict)) is None:
        return []
    answer = Answer(
        staff=data.staff, verdict=given, until=None if until is None else iso(until), say=data.text
    )
    return [(inbox, status_change(maison, data.alert, revision, becomes(given), at, answer=answer))]


def on_timer(record: Any, client: Any, timer: Timer, now: float) -> Follow:
    """A follow-up timer of an alert is due. `client`: what all linked parts know of it.

    An event of another part may have moved or ended the alert; its later revision counts.
    """
    kind, _, alert = timer.name.partition(":")
    follow = Follow()
    if kind in (ANSWERED, REPLIED):
        y = _answer(client, timer.due, words=kind == REPLIED)
        follow.outcomes.append((RESPONSE, Outcome(decision=alert, y=y, at=now)))
        return follow
    if kind in SAID:
        model, y = SAID[kind]
        follow.outcomes.append((model, Outcome(decision=alert, y=y, at=now)))
        return follow
    if kind == FORGOTTEN:
        follow.outcomes += unlabelled([alert], now)
        return follow
    if any(is_over(slice_of(known, "attention"), alert) for known in (record, client)):
        if kind == "expire" and own(record, "attention").alerts.pop(alert, None) is not None:
            follow.dropped = follow_ups(timer.maison, timer.oid, alert)  # another part has ended it
        return follow
    entry = _newest(record, client, alert)
    if entry is None and kind == "expire":  # the record has lost it: nobody will label it now, but of what
        # staff said of it before, and of what the client has answered until then, is told first
        follow.timers.append(Timer(timer.maison, timer.oid, f"{FORGOTTEN}:{alert}", timer.due + WITHIN + 1))
    if entry is None:
        return follow
    if kind == "expire" and entry.until > now:
        follow.timers.append(Timer(timer.maison, timer.oid, timer.name, entry.until))
        return follow
    inbox = inbox_of(timer.maison, entry.place)
    if kind == "expire":
        _expire(follow, entry, timer, alert, now)
        keep(own(record, "attention"), {})
    elif kind == "snooze" and entry.verdict == "snoozed":
        entry.step, entry.verdict, entry.revision = STEPS["seen"], "", entry.revision + 1
        follow.changes.append((inbox, status_change(timer.maison, alert, entry.revision, "open", now)))
    elif kind.startswith("escalate") and entry.step < STEPS["claimed"]:
        level = int(kind[-1])
        entry.revision += 1
        follow.changes.append((inbox, status_change(timer.maison, alert, entry.revision, "open", now, level)))
        if level == 1:
            wait = timer.due - entry.at
            follow.timers.append(Timer(timer.maison, timer.oid, f"escalate2:{alert}", timer.due + wait))
    return follow


def pushed_out(
    maison: str, part: str, beyond: Mapping[str, Proposed], untold: Container[str], now: float
) -> Follow:
    """What follows where more is open than a record follows: what goes is taken back from its inbox, unless
    nobody was told of it, and nobody will know what would have become of it. For what staff followed the
    answer is still awaited."""
    follow = Follow()
    for alert, entry in beyond.items():
        if alert not in untold:
            change = status_change(maison, alert, entry.revision + 1, "retracted", now)
            follow.changes.append((inbox_of(maison, entry.place), change))
        follow.dropped += follow_ups(maison, part, alert)
        if not entry.accepted:
            follow.outcomes += labels(entry, alert, None, now)
    return follow


def unlabelled(alerts: Iterable[str], now: float) -> list[tuple[str, Outcome]]:
    """The end of alerts of which nobody will know what became of them: what waits for a label is let go."""
    return [(m, Outcome(decision=alert, y=None, at=now)) for alert in alerts for m in (ACCEPTANCE, RESPONSE)]


def _newest(record: Any, client: Any, alert: str) -> Proposed | None:
    """What is known of an alert, in the part's own slice."""
    alerts = own(record, "attention").alerts
    known = slice_of(client, "attention").alerts.get(alert)
    if alert in alerts and known is not None and further(known, alerts[alert]):
        alerts[alert] = msgspec.structs.replace(known)
    entry: Proposed | None = alerts.get(alert)
    return entry


def _expire(follow: Follow, entry: Proposed, timer: Timer, alert: str, now: float) -> None:
    y = _unanswered(entry)
    entry.step, entry.verdict, entry.revision = OVER, "expired", entry.revision + 1
    inbox = inbox_of(timer.maison, entry.place)
    follow.changes.append((inbox, status_change(timer.maison, alert, entry.revision, "expired", now)))
    follow.dropped = follow_ups(timer.maison, timer.oid, alert)
    if not entry.accepted:
        follow.outcomes += labels(entry, alert, y, now)


def _unanswered(entry: Proposed) -> int | None:
    """What it tells that nobody followed an alert in time: what nobody saw was refused by nobody, though it
    lay in their inbox; and of what somebody has taken nobody knows whether they followed it.
    """
    return 0 if STEPS["seen"] <= entry.step and entry.verdict != "claimed" else None


def labels(entry: Proposed, alert: str, accepted: int | None, now: float) -> list[tuple[str, Outcome]]:
    """Of what nobody followed it is never known whether the client would have answered."""
    labels = [(ACCEPTANCE, Outcome(decision=alert, y=accepted, at=now))]
    if not accepted and RESPONSE in asked_of(PURPOSES[entry.purpose]):
        labels.append((RESPONSE, Outcome(decision=alert, y=None, at=now)))
    return labels


def _answer(client: Any, due: float, *, words: bool) -> int | None:
    """Whether the client bought or came (or wrote) in time. Read at the end, so their order does not matter.

    The record knows when each was last: of who did none in time, and one since, it is not known.
    """
    recency = slice_of(client, "recency")
    answers = (recency.purchase, recency.visit, *([recency.word] if words else []))
    if any(due - WITHIN < at <= due for at in answers):
        return 1
    return None if any(at > due for at in answers) else 0
