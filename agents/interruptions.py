"""Staff's budget of interruptions, spent on what is worth most of what all clients bring to an inbox. Pure.

Whoever hears of an inbox's alerts, a person or its team, has a bucket. It holds half of the interruptions
they may have in an hour and fills up at that rate, so that no hour has more than all of them. What comes to a
screen or changes there takes one out. What may wait needs one, and must be worth what it costs: nothing where
nobody was interrupted lately, and the more the emptier the bucket is. Such a price spends it on what is worth
most, of what has come and of what is still to come, which nobody knows.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from agents.card import digest
from agents.deliver import Delivery, feedback, hearer
from agents.withdrawal import retracted
from agents.withholding import Silences
from feature_store.inbox import Bucket, Entry, View, Write
from schemas.alerts import Shown
from schemas.events.staff import StaffFeedback
from schemas.maison import Maison
from schemas.silence import Silence, silenced
from schemas.times import iso, seconds
from schemas.traces import Candidate, Trace, Traced, body_of

HOUR = 3600.0
AT_ONCE = 0.5
"""The share of an hour's interruptions that may come at once; as many come back over an hour."""
AHEAD = 60.0
"""Seconds by which clocks of hosts may differ: what was spent later was by one that is set right since."""
WAITING = 24
"""Alerts that may wait in an inbox: beyond, what is worth least is dropped."""
WAITS, SPARED = "waits for a quieter moment", "was not worth one more interruption"
"""What became of an alert that its hearers were spared, as a trace has it."""


def price(left: float, most: float) -> float:
    """What something must be worth, 0 to 1, where `left` of `most` interruptions are left; 1: none is.

    >>> price(4.0, 4.0), price(2.0, 4.0), price(0.9, 4.0)
    (0.0, 0.25, 1.0)
    """
    return 1.0 if left < 1.0 else (1.0 - left / most) ** 2


def affords(left: float, most: float, worth: float) -> bool:
    """Whether somebody may be interrupted for what is worth so much."""
    return left >= 1.0 and max(0.0, worth) >= price(left, most)


class Purse:
    """The budgets of an inbox at a moment, by hearer."""

    def __init__(self, maison: Maison, budgets: Mapping[str, Bucket], now: float) -> None:
        self._maison, self._budgets, self._now = maison, dict(budgets), now
        self._capacities: dict[str, float] = {}
        self.touched = False

    def price(self, hearer: str) -> float:
        """What interrupting them costs."""
        return price(self._left(hearer), self._most(hearer))

    def affords(self, hearer: str, worth: float) -> bool:
        """Whether they may be interrupted for so much."""
        return affords(self._left(hearer), self._most(hearer), worth)

    def spend(self, hearer: str) -> None:
        """They are interrupted, whether or not they could afford it: nobody owes anything."""
        self._budgets[hearer] = Bucket(max(0.0, self._left(hearer) - 1.0), self._now)
        self.touched = True

    @property
    def budgets(self) -> dict[str, Bucket]:
        """Those that are not full again."""
        return {one: bucket for one, bucket in self._budgets.items() if self._left(one) < self._most(one)}

    def _most(self, hearer: str) -> float:
        if hearer not in self._capacities:
            self._capacities[hearer] = AT_ONCE * self._maison.interruptions_of(hearer)
        return self._capacities[hearer]

    def _left(self, hearer: str) -> float:
        most, known = self._most(hearer), self._budgets.get(hearer)
        if known is None or known.at > self._now + AHEAD:
            return most
        return min(most, known.left + most * max(0.0, self._now - known.at) / HOUR)


class Within(NamedTuple):
    """An inbox within its budgets: the write, what is shown at last, and what its hearers were spared."""

    write: Write
    released: list[Entry]
    spared: list[Entry]


def afforded(
    delivery: Delivery,
    views: Mapping[str, View],
    maisons: Mapping[str, Maison],
    silences: Silences,
    now: float,
) -> Delivery:
    """A delivery within the budgets of whoever hears it, with what had waited and can be afforded now."""
    writes, released = dict(delivery.writes), list[StaffFeedback]()
    spared = {inbox: list(entries) for inbox, entries in delivery.spared.items()}
    for inbox, view in views.items():
        before = writes.get(inbox)
        if view.waiting or (before is not None and before.shown):
            maison = maisons[inbox.partition("/")[0]]
            write = before or Write(version=view.version, epoch=view.epoch, offset=view.offset)
            after = within(write, view, maison, silences.get(maison.id, ()), now)
            if after.write is not write:
                writes[inbox] = after.write
            if after.spared:
                spared[inbox] = [*spared.get(inbox, ()), *after.spared]
            released += [feedback(e.alert, hearer(e.alert), "delivered", now) for e in after.released]
    unseen = {entry.alert.id for entries in spared.values() for entry in entries}
    told = [event for event in delivery.feedback if event.data.alert not in unseen]
    return replace(delivery, writes=writes, feedback=told, released=released, spared=spared)


def within(write: Write, view: View, maison: Maison, silences: Sequence[Silence], now: float) -> Within:
    """One inbox: what must be said spends first, then what may wait, the most valuable before the others."""
    purse = Purse(maison, view.budgets, now)
    entries = {id: held.entry for id, held in view.waiting.items()} | write.entries
    new = {one.alert.id for one in write.shown if one.kind == "alert" and _may_wait(entries[one.alert.id])}
    for id in {one.alert.id for one in write.shown if one.kind != "retract"} - new:
        purse.spend(hearer(entries[id].alert))
    released, spared = dict[str, Entry](), dict[str, Entry]()
    for entry in sorted((e for id, e in entries.items() if id in new or e.waits), key=_rank):
        id, who = entry.alert.id, hearer(entry.alert)
        if not purse.affords(who, entry.worth or 0.0):
            if id in new:
                spared[id] = _spared(entry, purse.price(who), now)
        elif id in new:
            purse.spend(who)
        elif _ready(entry, silences, now):
            purse.spend(who)
            released[id] = _released(entry, now)
    spared |= _beyond(entries | released | spared, now)
    if not (spared or purse.touched):
        return Within(write, [], [])
    shown = [one for one in write.shown if one.alert.id not in spared]
    shown += [Shown(kind="alert", alert=entry.alert) for entry in released.values()]
    entries = write.entries | released | spared
    write = replace(write, entries=entries, shown=tuple(shown), budgets=purse.budgets)
    return Within(write, [*released.values()], [*spared.values()])


def _beyond(entries: Mapping[str, Entry], now: float) -> dict[str, Entry]:
    """What is worth least of more than may wait."""
    waiting = sorted((entry for entry in entries.values() if entry.waits), key=_rank)
    return {entry.alert.id: _dropped(entry, entry.price or 0.0, now) for entry in waiting[WAITING:]}


def _may_wait(entry: Entry) -> bool:
    return entry.worth is not None and entry.alert.claimed_by is None and not entry.over


def _ready(entry: Entry, silences: Sequence[Silence], now: float) -> bool:
    alert = entry.alert
    return seconds(alert.valid_to) > now and silenced(silences, alert.site, alert.action, now) is None


def _rank(entry: Entry) -> tuple[float, str]:
    return -(entry.worth or 0.0), entry.alert.id


def _released(entry: Entry, now: float) -> Entry:
    alert = replace(entry.alert, revision=entry.alert.revision + 1, at=iso(now))
    return replace(entry, alert=alert, withheld=False, price=None)


def _spared(entry: Entry, price: float, now: float) -> Entry:
    if entry.alert.hold_or_drop == "hold":
        return replace(entry, withheld=True, price=price)
    return _dropped(entry, price, now)


def _dropped(entry: Entry, price: float, now: float) -> Entry:
    alert = replace(retracted(entry.alert), revision=entry.alert.revision + 1, at=iso(now))
    return replace(entry, alert=alert, withheld=False, price=price, closed="withheld")


def why_spared(entry: Entry, now: float) -> Traced:
    """Why somebody was spared an alert, as `decisions` has it. Unsealed: it has no word of the client's."""
    alert = entry.alert
    outcome = WAITS if entry.waits else SPARED
    candidate = Candidate(
        action=alert.action,
        outcome=outcome,
        probability=alert.confidence,
        worth=entry.worth,
        silence=entry.price,
    )
    return Traced(
        maison=alert.maison,
        oid=alert.client.id,
        id=digest(alert.id, outcome),
        at=now,
        body=body_of(Trace(woke="budget", candidates=[candidate])),
    )
