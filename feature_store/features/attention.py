"""What was proposed to staff about this client, and what they made of it.

Entries are opened by the agent that decides (see `agents/attention.py`) and closed by feedback; a claim
that arrives after a dismissal changes nothing. Accepting is a promise, not the end: what was accepted can
still move or be called off.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature, House
from schemas.events.staff import StaffFeedback

KEPT = 6
"""Proposals remembered per part; the oldest goes first, those that are over before those that are not, and
a `never` last of all."""

STEPS = {"delivered": 1, "seen": 2, "claimed": 3, "snoozed": 3, "accepted": 3, "edited": 3}
OVER = 4
ENDS = ("done", "dismissed", "never", "expired")
ACCEPTED = ("accepted", "edited", "done")
SNOOZE = 15 * 60.0
"""Seconds of a snooze that names no end."""


class Proposed(msgspec.Struct, array_like=True):
    """`ref`: what it is about (a booking, an article); times in Unix seconds; `step` as in `STEPS`.

    `purpose`: the consent it needs; `accepted`: somebody said that they follow it.
    """

    action: str
    ref: str
    inbox: str
    at: int
    until: int
    revision: int = 1
    step: int = 0
    verdict: str = ""
    staff: str = ""
    purpose: str = "service"
    accepted: bool = False


class Attention(msgspec.Struct, array_like=True):
    """Alert id -> what is known of it."""

    alerts: dict[str, Proposed] = {}


def _feedback(slice: Attention, event: StaffFeedback, at: float, house: House) -> None:
    data = event.data
    entry = slice.alerts.get(data.alert)
    if entry is None or entry.step == OVER:
        return
    entry.accepted = entry.accepted or data.verdict in ACCEPTED
    if data.verdict in ENDS:
        entry.step, entry.verdict, entry.staff = OVER, data.verdict, data.staff
    elif STEPS[data.verdict] >= entry.step:
        entry.step, entry.verdict, entry.staff = STEPS[data.verdict], data.verdict, data.staff


def bound(slice: Attention) -> None:
    """Drops entries beyond `KEPT`."""
    while len(slice.alerts) > KEPT:
        alerts = slice.alerts
        del alerts[min(alerts, key=lambda a: (_weight(alerts[a]), alerts[a].at, a))]


def _weight(entry: Proposed) -> int:
    return 2 if entry.verdict == "never" else int(entry.step != OVER)


def _values(slice: Attention, now: float) -> dict[str, Any]:
    verdicts = [p.verdict for p in slice.alerts.values()]
    return {
        "open": sum(p.step < OVER and p.until > now for p in slice.alerts.values()),
        "accepted": sum(p.accepted for p in slice.alerts.values()),
        "dismissed": sum(v in ("dismissed", "never") for v in verdicts),
        "last": max((p.at for p in slice.alerts.values()), default=None),
    }


def _merge(slices: Sequence[Attention]) -> Attention:
    merged: dict[str, Proposed] = {}
    for slice in slices:
        for alert, entry in slice.alerts.items():
            known = merged.get(alert)
            if known is None or further(entry, known):
                merged[alert] = entry
    attention = Attention(merged)
    bound(attention)
    return attention


def further(a: Proposed, b: Proposed) -> bool:
    """Whether `a` knows more of the same alert than `b`."""
    return (a.step, a.accepted, a.revision) > (b.step, b.accepted, b.revision)


FEATURE = Feature(
    name="attention",
    letter="a",
    slice=Attention,
    on={StaffFeedback: _feedback},
    values=_values,
    merge=_merge,
    ordered="of several verdicts on one alert the first that ends it stands",
)
