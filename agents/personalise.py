"""The agent that keeps the records and decides: events and timers -> `Effects`. Pure.

The shell reads what the slice's plan names (`agents/plan.py`), calls `personalise`, and performs the
effects in their order.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from agents.attention import DISMISSED, KINDS, Follow, entry_of, on_feedback, on_timer, unlabelled
from agents.book import BOOK, PURPOSE
from agents.deciding import NO_SCALE, Deciding
from agents.effects import Effects
from agents.enrol import enrol, leave
from agents.erase import erase, lets_serve, returns
from agents.experiments import MEASURE
from agents.foresee import WATCHED, is_due
from agents.moment import Moment
from agents.plan import NO_KEYS, Context, Keyring, Touch
from agents.registry import CLOCKS, MOVES, ON_TIMER, REVIEWED, WAKES
from agents.rule import where
from agents.state import linked, surprise_of, trusted
from agents.working_set import WorkingSet
from feature_store import record as records
from feature_store.denials import KEPT, denials_of
from feature_store.features.cases import case_of, ends
from feature_store.quality import flaws
from feature_store.store import NEVER, PartKey, Timer, View, membership
from feature_store.tally import CELLS, enrolled
from schemas.envelope import Event
from schemas.events.client import (
    ClientCase,
    ClientConsent,
    ClientErase,
    ClientProfile,
    ClientReview,
)
from schemas.events.staff import StaffFeedback
from schemas.events.store import StorePurchase
from schemas.ledger import entry_of as entry_of_ledger
from schemas.segments import Segment
from schemas.who import Who

FLAWED = "flawed"
"""The name of the mark of a part whose client's record wants repair."""
AS_WHOM = ("advisor", "birth_date", "country", "deceased", "gender", "language", "name")
"""Fields by which it is decided who is told of a client, in which words, and whether at all."""
PASSED = 3600.0
"""Seconds after a replay at which the books it filled are opened first."""
SEGMENTS = "segments"
"""The timer at which a client's segments are looked at again."""
FURTHER = frozenset({*WAKES, *CLOCKS, *REVIEWED, *WATCHED, *MOVES, ClientConsent, ClientCase, StorePurchase})
"""Events that bring about more than a change of the record: most are page views, and do not."""


def personalise(
    touches: Sequence[Touch],
    timers: Sequence[Timer],
    view: View,
    others: Mapping[PartKey, bytes | None],
    now: float,
    ctx: Context,
    silent: bool = False,
    keys: Keyring = NO_KEYS,
) -> Effects:
    """Applies events, then timers, to the records of a shard, and decides where a rule wakes.

    `others` holds the linked parts that are not in the view. `silent`: a replay, which changes records and
    links and never reaches people. `keys` open and seal what is personal. Nothing is read or written here.
    """
    working = WorkingSet(view, others, keys)
    run = _Run(working, now, ctx, silent, keys)
    for touch in touches:
        run.event(touch)
    for timer in timers:
        run.timer(timer)
    run.enrol()
    run.effects.erased += sorted(run.unasked.difference(run.effects.erased))
    run.effects.tallies = working.moves()
    run.effects.parts = working.encoded()
    return run.effects


class _Run:
    """What the events and timers of one slice bring about, one after another."""

    def __init__(self, working: WorkingSet, now: float, ctx: Context, silent: bool, keys: Keyring) -> None:
        self.working, self.now, self.ctx, self.silent, self.keys = working, now, ctx, silent, keys
        self.held = working.held
        self.concerned: dict[PartKey, set[type[Event]]] = {}
        """Parts of whom something changed that a segment may ask for, and by what."""
        self.unasked: set[PartKey] = set()
        """Parts that stay erased though a consent of before brought a key along: it is destroyed again."""
        self.effects = Effects()
        self.deciding = Deciding(working, self.effects, now, ctx, keys, silent)

    def event(self, touch: Touch) -> None:
        event: Any = touch.event
        part, at, kind = touch.part, touch.at, type(event)
        record, house = self.held[part], self.ctx.houses[event.maison]
        if kind is ClientErase:
            self._erase(part, event, at)
            return
        if record.x > 0:
            if not returns(event, at, record.x):
                self.effects.counts["erased"] += 1
                if lets_serve(event) and self.keys.get(part) is not None:
                    self.unasked.add(part)
                return
            self.unasked.discard(part)
            record.x = -int(at)
        if record.x < 0 and at < -record.x:  # before they came back, in whatever order the log is read again
            self.effects.counts["erased"] += 1
            return
        if kind is StaffFeedback:
            before = entry_of(record, event.data.alert)
            records.touch(record, event, at, house)
            self.working.change(part)
            dismissed = event.data.verdict in DISMISSED
            follow = on_feedback(record, event, part[1], before, at, self.now)
            self.deciding.follow(part, follow, dismissed)
            return
        if kind is ClientReview:
            self._concern(part, kind)
            joined = self._looks_after(part) and self._tells(part, event.data.joined)
            if not self.silent and (event.data.parted or joined):
                self.deciding.decide(self._reviewed(part, event, at), WAKES[kind])
            if not self.silent and self._opens_book(part) and self._has_book(part, at):
                self.effects.set(Timer(*part, BOOK, int(self.now)))  # at once: nothing due is put off
            return
        news = False
        if kind in CELLS:
            self.working.stand(part, CELLS[kind])
            news = kind is ClientCase and _is_news(record, event)
        told = kind is ClientProfile or (kind is ClientConsent and event.data.channel is not None)
        known = self._known(part, event, at) if told and not self.silent else None
        lane = at if self.silent else self.now  # a replay comes in order and needs no longer memory
        if not records.touch(record, event, at, house, lane):
            self._again(part, event, at)
            return
        self.working.dirty[part] = record
        if kind in self.ctx.concerned:
            self._concern(part, kind)
        said = trusted(event)
        if said is not None or kind is ClientProfile:
            self._link(part, event, said, at)
        if kind in FURTHER and not _only_changes(event):
            self._further(part, event, at, news, known is not None and known != self._known(part, event, at))

    def _again(self, part: PartKey, event: Any, at: float) -> None:
        """An event that was applied before; or an order that is not what it was, which is no second one."""
        record, house = self.held[part], self.ctx.houses[event.maison]
        self._surprise(part, event)
        if not (type(event) is StorePurchase and records.tell_anew(record, event, at, house)):
            self.effects.counts["duplicate"] += 1
            return
        self.working.dirty[part] = record
        if StorePurchase in self.ctx.concerned:
            self._concern(part, StorePurchase)

    def _surprise(self, part: PartKey, event: Any) -> None:
        """Whom an order is a gift for hears of it, whichever of its reports says so."""
        if type(event) is StorePurchase and (told := surprise_of(event, part, self.ctx.pepper)) is not None:
            self.effects.surprises.append(told)

    def _link(self, part: PartKey, event: Any, said: Who | None, at: float) -> None:
        maison, key = self.ctx.maisons[part[0]], self.keys.get(part)
        change = linked(event, said, part, self.held[part], at, maison, self.ctx.pepper, key)
        if change is not None:
            self.effects.links.append(change)

    def _known(self, part: PartKey, event: Any, at: float) -> list[Any] | None:
        """As whom a client is told of, or whether they may be reached on the channel that is spoken of; None
        where nothing that was told of them stands."""
        moment = self.deciding.moment(part, "", at, self.now)
        if not moment.open_alerts():
            return None
        if isinstance(event, ClientConsent):
            return [moment.allows(event.data.purpose, event.data.channel)]
        return _as_whom(moment)

    def _looks_after(self, part: PartKey) -> bool:
        """Whether something that was told of this part stands, or it has a stay."""
        record = self.held[part]
        stays = records.slice_of(record, "stay").stays
        return bool(stays or records.slice_of(record, "attention").alerts)

    def _tells(self, part: PartKey, joined: Collection[str]) -> bool:
        """Whether parts that are theirs from now on tell more than what was looked at on a page."""
        known = self.working.parts(part) if joined else {}
        return any(records.told_of(known[oid]) for oid in joined if oid in known)

    def _opens_book(self, part: PartKey) -> bool:
        """Whether this is the part of a client that opens their book when all are looked at: two at the same
        moment would tell the same twice."""
        parts = self.working.parts(part).items()
        known = [oid for oid, one in parts if one.x <= 0 and records.heard_of(one)]
        return part[1] == min(known, default=None)

    def _reviewed(self, part: PartKey, review: ClientReview, at: float) -> Moment:
        """The moment of a client whose parts are others than before; `anew` where what stands was told of
        somebody else than who they are with all that is linked."""
        moment = self._told(part, review, at, anew=review.data.parted)
        if review.data.parted:
            return moment
        parts = self.working.parts(part)
        was = records.merge([known for oid, known in parts.items() if oid not in review.data.joined])
        anew = _as_whom(msgspec.structs.replace(moment, client=was)) != _as_whom(moment)
        return msgspec.structs.replace(moment, was=was, anew=anew)

    def _further(self, part: PartKey, event: Any, at: float, news: bool, anew: bool) -> None:
        """What an event brings about besides its record. `news`: it tells of a case that was not open;
        `anew`: of somebody else than what stands was told of."""
        kind = type(event)
        if kind is ClientConsent:
            self.effects.ledger.append(entry_of_ledger(event, part[1], at, self.keys.get(part)))
        if kind in REVIEWED:
            self._review(part, at)
        self._surprise(part, event)
        if news and _complains(event) and not self.silent:
            self.deciding.complained(part)
        if self.silent:
            if kind in MOVES and self._has_book(part, at):
                self.effects.set(Timer(*part, BOOK, self.now + PASSED))
            return
        for name, clock in CLOCKS.get(kind, ()):
            try:
                if (said := clock(self.held[part], event, at)) is not None:
                    self.effects.set_or_drop(Timer(*part, *said))
            except Exception as error:  # as in `decide`: the others are asked all the same
                self.effects.broken.append((name, where(error)))
        woken, watched = WAKES.get(kind), kind in WATCHED
        if woken or watched:
            moment = self._told(part, event, at, anew)
            if kind is ClientConsent:
                self._deny(part, event, at)
            if woken:
                self.deciding.decide(moment, woken)
            if watched:
                self.deciding.foresee(moment)
        if kind in MOVES:
            self.deciding.book(part, at, self.now if anew else None)

    def _told(self, part: PartKey, event: Any, at: float, anew: bool) -> Moment:
        return self.deciding.moment(part, f"{event.source}|{event.id}", at, self.now, event, anew=anew)

    def _has_book(self, part: PartKey, at: float) -> bool:
        return self.deciding.moment(part, "", at, at).allows(PURPOSE)

    def _review(self, part: PartKey, at: float) -> None:
        """Marks the part while something in its client's record wants repair."""
        mark = Timer(*part, FLAWED, NEVER + at)
        if flaws(self.working.client(part), at):
            self.effects.set(mark)
        else:
            self.effects.drop(mark.member)

    def _deny(self, part: PartKey, said: ClientConsent, at: float) -> None:
        """What a withdrawal sets before it is acknowledged is set again from the log."""
        if at > self.now - KEPT:
            self.effects.denials += denials_of(part, said.data, at, self.ctx.pepper)

    def _erase(self, part: PartKey, event: ClientErase, at: float) -> None:
        record, effects = self.held[part], self.effects
        if abs(record.x) >= int(at):
            return
        for cells in (*CELLS.values(), (enrolled,)):
            self.working.stand(part, cells)
        waiting = records.slice_of(record, "attention").alerts
        self.deciding.follow(part, Follow(outcomes=unlabelled(waiting, self.now)))
        for change in leave(self.ctx.maisons[part[0]], part[1], record, self.now):
            effects.changes.append(change)
            effects.members[membership(part[0], change.segment, part[1])] = 0
        for name in (FLAWED, SEGMENTS, BOOK):
            effects.drop(Timer(*part, name, 0.0).member)
        gone = erase(part, record, self.working.linked(part), event, at, self.now)
        self.held[part] = self.working.dirty[part] = gone.record
        effects.alerts += gone.changes
        effects.erased.append(part)
        effects.further += gone.further
        for member in gone.dropped:
            effects.drop(member)

    def timer(self, timer: Timer) -> None:
        part = (timer.maison, timer.oid)
        self.effects.drop(timer.member)
        if timer.maison not in self.ctx.maisons:
            return
        kind = timer.name.partition(":")[0]
        if self.held[part].x > 0:
            self._timer_of_erased(part, kind, timer)
        elif kind == SEGMENTS:
            self._look_again(part)
        elif kind in KINDS:
            follow = on_timer(self.held[part], self.working.client(part), timer, self.now)
            if follow.changes or follow.dropped:
                self.working.change(part)
            self.deciding.follow(part, follow)
        elif kind == MEASURE:
            known, client = records.heard_of(self.held[part]), self.working.client(part)
            self.deciding.measure(part, timer, records.slice_of(client, "recency") if known else None)
        elif is_due(timer):
            self.deciding.foresee(self._rung(part, timer.member, timer))
        elif kind in ON_TIMER:
            self.deciding.decide(self._rung(part, f"{timer.member}|{timer.due}", timer), ON_TIMER[kind])
            if timer.name == BOOK:
                held = self.effects.timers.get(timer.member)
                self.deciding.book(part, self.now, held.due if held is not None else None)

    def _timer_of_erased(self, part: PartKey, kind: str, timer: Timer) -> None:
        """What still waited for a client who was erased ends without a label, and nothing else happens."""
        if kind in KINDS:
            waiting = [timer.name.partition(":")[2]]
            self.deciding.follow(part, Follow(outcomes=unlabelled(waiting, self.now)))
        elif kind == MEASURE:
            self.deciding.measure(part, timer, None)
        elif is_due(timer):
            self.deciding.foresee(self._rung(part, timer.member, timer), erased=True)

    def _rung(self, part: PartKey, id: str, timer: Timer) -> Moment:
        return self.deciding.moment(part, id, timer.due, self.now, timer=timer)

    def _look_again(self, part: PartKey) -> None:
        if part[0] in self.ctx.segments and records.heard_of(self.held[part]):
            records.own(self.working.change(part), "segments").look = 0
            self._concern(part, ClientReview)

    def _concern(self, part: PartKey, kind: type[Event]) -> None:
        self.concerned.setdefault(part, set()).add(kind)

    def enrol(self) -> None:
        """Brings the segments of whoever changed up to date, once each.

        A replay has read no linked parts: it has them looked at when it has passed.
        """
        for part, kinds in self.concerned.items():
            segments = self.ctx.segments[part[0]].changed_by(kinds) if part[0] in self.ctx.segments else ()
            if segments and self.silent:
                self.effects.set(Timer(*part, SEGMENTS, int(self.now)))
            elif segments:
                self._enrol(part, segments)

    def _enrol(self, part: PartKey, segments: Sequence[Segment]) -> None:
        maison, oid = part
        parts = {oid: one for oid, one in self.working.parts(part).items() if records.heard_of(one)}
        if oid not in parts or self.held[part].x > 0:  # named by a link or a gift, never heard of; erased
            return
        self.working.stand(part, (enrolled,))
        effects, scale = self.effects, self.ctx.scales.get(maison, NO_SCALE)
        try:
            done = enrol(segments, self.ctx.maisons[maison], oid, parts, scale, self.now)
        except Exception as error:  # who is in a segment stays as it was: what happened is not lost for it
            effects.broken.append((SEGMENTS, where(error)))
            return
        effects.reviews.update({(maison, other): None for other in done.reviews})
        if not done.dirty:
            return
        self.working.change(part)
        effects.changes += done.changes
        for change in done.changes:
            since = int(self.now) if change.change == "entered" else 0
            effects.members[membership(maison, change.segment, oid)] = since
        if done.look is not None:
            effects.set_or_drop(Timer(maison, oid, SEGMENTS, done.look))


def _as_whom(moment: Moment) -> list[Any]:
    return [moment.profile(field) for field in AS_WHOM]


def _only_changes(event: Any) -> bool:
    """Whether it places no order, but tells what one is by now."""
    return type(event) is StorePurchase and event.data.changed


def _is_news(record: Any, case: ClientCase) -> bool:
    """A case that was not open; a system that keeps cases tells them again with each change."""
    known = case_of(records.slice_of(record, "cases"), case.data.case)
    return known is None or known.over


def _complains(case: ClientCase) -> bool:
    return case.data.kind == "complaint" and not ends(case.data.status)
