"""What a silence keeps from the screens: held until it ends, or dropped, as the rule asks. Pure.

An entry that is held keeps its life in the inbox: it expires, is updated, is called off. Nobody is shown it.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from msgspec.structs import replace

from agents.deliver import Delivery, feedback, hearer
from agents.verdict import in_time
from agents.withdrawal import bare, retracted
from feature_store.inbox import START, Entry, Held, View, Write
from schemas.alerts import Shown
from schemas.silence import Silence, silenced
from schemas.times import iso

How = Literal["held", "dropped", "shadow"]
"""What became of an alert that nobody was shown."""
Silences = Mapping[str, Sequence[Silence]]
"""By maison, those in force."""


class Settled(NamedTuple):
    """An entry as silences leave it, what is shown of that, and how it was withheld, if it was just now."""

    entry: Entry
    shown: Shown | None = None
    how: How | None = None


def settled(entry: Entry, on_screen: bool, silences: Sequence[Silence], now: float) -> Settled:
    """Brings an entry in line with what is silenced now; twice is once.

    `on_screen`: somebody may be looking at it. What somebody has claimed is held, whatever its rule asks:
    they come back to it. A shadow keeps nothing. What may wait does so when the silence ends, until an
    interruption costs no more than it is worth.
    """
    alert = entry.alert
    silence = silenced(silences, alert.site, alert.action, now)
    if entry.over or entry.waits or (entry.withheld and silence is not None):
        return Settled(entry)
    if silence is not None:
        return _withheld(entry, on_screen, silence, now)
    if entry.withheld and entry.worth is not None and alert.claimed_by is None:
        return Settled(replace(entry, price=0.0))
    if entry.withheld and in_time(alert, now):
        alert = replace(alert, revision=alert.revision + 1, at=iso(now))
        return Settled(replace(entry, alert=alert, withheld=False), Shown(kind="alert", alert=alert))
    return Settled(entry)


def _withheld(entry: Entry, on_screen: bool, silence: Silence, now: float) -> Settled:
    alert = replace(entry.alert, revision=entry.alert.revision + 1, at=iso(now))
    holds = not silence.shadow and (alert.hold_or_drop == "hold" or alert.claimed_by is not None)
    after = replace(entry, alert=alert if holds else retracted(alert), withheld=holds)
    how: How = "held" if holds else "shadow" if silence.shadow else "dropped"
    return Settled(after, Shown(kind="retract", alert=bare(after.alert)) if on_screen else None, how)


def on_screen(held: Held | None) -> bool:
    """Whether it was shown, and not taken off the screens since."""
    return held is not None and held.position != START and not held.entry.withheld and not held.entry.over


def withheld(
    delivery: Delivery, views: Mapping[str, View], silences: Silences, now: float
) -> tuple[Delivery, dict[str, list[Settled]]]:
    """A delivery without what is silenced, and what changed of it, by inbox.

    What an inbox held back, and is silenced no longer, is shown with what comes to it.
    """
    changed = {
        inbox: _changed(write, views[inbox], silences.get(inbox.partition("/")[0], ()), now)
        for inbox, write in delivery.writes.items()
    }
    settled = {id: one for found in changed.values() for id, one in found.items()}
    heard = [one.shown.alert for one in settled.values() if one.shown and one.shown.kind == "alert"]
    told = [event for event in delivery.feedback if event.data.alert not in settled]
    told += [feedback(alert, hearer(alert), "delivered", now) for alert in heard]
    writes = {inbox: _without(write, changed[inbox]) for inbox, write in delivery.writes.items()}
    left = replace(delivery, writes=writes, feedback=told)
    return left, {inbox: list(found.values()) for inbox, found in changed.items()}


def _changed(write: Write, view: View, silences: Sequence[Silence], now: float) -> dict[str, Settled]:
    looked = {
        id: settled(entry, on_screen(view.held.get(id)), silences, now)
        for id, entry in write.entries.items()
        if silences or entry.withheld
    }
    return {id: one for id, one in looked.items() if one.how is not None or write.entries[id].withheld}


def _without(write: Write, changed: Mapping[str, Settled]) -> Write:
    """What was to be shown of those entries gives way to what may be."""
    if not changed:
        return write
    shown = [one for one in write.shown if one.alert.id not in changed]
    shown += [one.shown for one in changed.values() if one.shown is not None]
    entries = {id: changed[id].entry if id in changed else entry for id, entry in write.entries.items()}
    return replace(write, entries=entries, shown=tuple(shown))
