"""The agent that keeps the records and decides: events and timers -> `Effects`. Pure.

The shell reads what the slice's plan names (`agents/plan.py`), calls `personalise`, and performs the
effects in their order.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from agents.attention import DISMISSED, KINDS, Follow, entry_of, on_feedback, on_timer, unlabelled
from agents.book import BOOK, PURPOSE, next_due
from agents.choice import Scored, scored, told_to_all
from agents.decide import Decision, decide
from agents.effects import Effects, sealed
from agents.enrol import enrol, leave
from agents.erase import erase, returns
from agents.experiments import MEASURE, Part, complained, ended, exposed, measured, part_of, settled
from agents.foresee import WATCHED, foresee, is_due
from agents.moment import Moment, Proposal
from agents.plan import NO_KEYS, Context, Keyring, Touch
from agents.rates import RATES, rates_of
from agents.registry import BOOKED, BY_MODEL, CLOCKS, GUARDS, MOVES, ON_TIMER, REVIEWED, WAKES
from agents.rule import Rule
from agents.state import linked, surprise_of, trusted
from agents.tracing import traced
from feature_store import record as records
from feature_store.denials import KEPT, denials_of
from feature_store.features.attention import keep
from feature_store.features.fatigue import propose
from feature_store.quality import flaws
from feature_store.scale import Scale
from feature_store.store import NEVER, PartKey, Timer, View, membership
from feature_store.tally import CELLS, Cells, enrolled, moved
from feature_store.together import Together
from schemas.alerts import AlertChange, InboxMessage
from schemas.envelope import Event
from schemas.events.client import (
    ClientCase,
    ClientConsent,
    ClientErase,
    ClientProfile,
    ClientReview,
    ClientSurprise,
)
from schemas.events.staff import StaffFeedback
from schemas.events.store import StorePurchase
from schemas.ledger import entry_of as entry_of_ledger
from schemas.segments import Segment
from schemas.who import Who

FLAWED = "flawed"
"""The name of the mark of a part whose client's record wants repair."""
OPENED = frozenset({"open", "opened", "new"})
"""Words by which a case begins; its later steps are the same complaint."""
PASSED = 3600.0
"""Seconds after a replay at which the books it filled are opened first."""
SEGMENTS = "segments"
"""The timer at which a client's segments are looked at again."""
FURTHER = frozenset({*WAKES, *CLOCKS, *REVIEWED, *WATCHED, *MOVES, ClientConsent, ClientCase, StorePurchase})
"""Events that bring about more than a change of the record: most are page views, and do not."""
NO_SCALE, NO_TOGETHER = Scale(), Together()


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
    run = _Run(view, others, now, ctx, silent, keys)
    for touch in touches:
        run.event(touch)
    for timer in timers:
        run.timer(timer)
    run.enrol()
    run.count()
    run.effects.parts = {part: records.encode(record, keys.get(part)) for part, record in run.dirty.items()}
    return run.effects


class _Run:
    """The working state of one slice."""

    def __init__(
        self,
        view: View,
        others: Mapping[PartKey, bytes | None],
        now: float,
        ctx: Context,
        silent: bool,
        keys: Keyring,
    ) -> None:
        self.view, self.others, self.now, self.ctx, self.silent = view, others, now, ctx, silent
        self.keys = keys
        key, decode = keys.get, records.decode
        self.held: dict[PartKey, Any] = {p: decode(value, key(p)) for p, value in view.parts.items()}
        self.dirty: dict[PartKey, Any] = {}
        """The records among those held that changed."""
        self.stood: dict[tuple[PartKey, Callable[[Any], Cells]], Cells] = {}
        """The cells that parts stood in before anything moved them."""
        self.concerned: dict[PartKey, set[type[Event]]] = {}
        """Parts of whom something changed that a segment may ask for, and by what."""
        self.effects = Effects()

    def event(self, touch: Touch) -> None:
        event: Any = touch.event
        part, at, kind = touch.part, touch.at, type(event)
        record, house = self.held[part], self.ctx.houses[event.maison]
        if kind is ClientErase:
            self._erase(part, event, at)
            return
        if kind is ClientSurprise and (record.x > 0 or self.view.parts[part] is None):
            return  # nobody has a record for what others buy them
        if record.x > 0:
            if not returns(event, at, record.x):
                self.effects.counts["erased"] += 1
                return
            record.x = -int(at)
        if at < -record.x:  # of the time before they came back, in whatever order the log is read again
            self.effects.counts["erased"] += 1
            return
        if kind is StaffFeedback:
            before = entry_of(record, event.data.alert)
            records.touch(record, event, at, house)
            self.dirty[part] = record
            dismissed = event.data.verdict in DISMISSED
            self._follow(part, on_feedback(record, event, part[1], before, at, self.now), dismissed)
            return
        if kind is ClientReview:
            self._concern(part, kind)
            if not self.silent and self._moment(part, "", at, at).allows(PURPOSE):
                self.effects.set(Timer(*part, BOOK, int(self.now)))  # at once: nothing due is put off
            return
        if kind in CELLS:
            self._stand(part, CELLS[kind])
        lane = at if self.silent else self.now  # a replay comes in order and needs no longer memory
        if not records.touch(record, event, at, house, lane):
            self.effects.counts["duplicate"] += 1
            return
        self.dirty[part] = record
        if kind in self.ctx.concerned:
            self._concern(part, kind)
        said = trusted(event)
        if said is not None or kind is ClientProfile:
            self._link(part, event, said, at)
        if kind in FURTHER:
            self._further(part, event, at)

    def _link(self, part: PartKey, event: Any, said: Who | None, at: float) -> None:
        maison, key = self.ctx.maisons[part[0]], self.keys.get(part)
        change = linked(event, said, part, self.held[part], at, maison, self.ctx.pepper, key)
        if change is not None:
            self.effects.links.append(change)

    def _further(self, part: PartKey, event: Any, at: float) -> None:
        """What an event brings about besides the record that it changed."""
        kind = type(event)
        if kind is ClientConsent:
            self.effects.ledger.append(entry_of_ledger(event, part[1], at, self.keys.get(part)))
        if kind in REVIEWED:
            self._review(part, at)
        if kind is StorePurchase and (surprise := surprise_of(event, part, self.ctx.pepper)) is not None:
            self.effects.surprises.append(surprise)
        if kind is ClientCase:
            self._complained(part, event)
        if self.silent:
            if kind in MOVES and self._moment(part, "", at, at).allows(PURPOSE):
                self.effects.set(Timer(*part, BOOK, self.now + PASSED))
            return
        for clock in CLOCKS.get(kind, ()):
            self._clock(part, clock(self.held[part], event, at))
        woken, watched = WAKES.get(kind), kind in WATCHED
        if woken or watched:
            moment = self._moment(part, f"{event.source}|{event.id}", at, self.now, event)
            if kind is ClientConsent:
                self._deny(part, event, at)
            if woken:
                self._decide(moment, woken)
            if watched:
                self._foresee(moment)
        if kind in MOVES:
            self._book(part, at)

    def _book(self, part: PartKey, at: float, asked: float | None = None) -> None:
        """Sets the timer of the client's book to what comes after `at`: of an event that comes late it may be
        past, and is served at once. `asked`: when it is to be opened again at the latest.
        """
        due = next_due(self._moment(part, "", at, at), BOOKED)
        timer = Timer(*part, BOOK, min((at for at in (due, asked) if at is not None), default=0.0))
        if timer.due:
            self.effects.set(timer)
        else:
            self.effects.drop(timer.member)

    def _review(self, part: PartKey, at: float) -> None:
        """Marks the part while something in its client's record wants repair."""
        mark = Timer(part[0], part[1], FLAWED, NEVER + at)
        if flaws(self._client(part), at):
            self.effects.set(mark)
        else:
            self.effects.drop(mark.member)

    def _erase(self, part: PartKey, event: ClientErase, at: float) -> None:
        record = self.held[part]
        if abs(record.x) >= int(at):
            return
        for cells in (*CELLS.values(), (enrolled,)):
            self._stand(part, cells)
        effects = self.effects
        waiting = records.slice_of(record, "attention").alerts
        self._follow(part, Follow(outcomes=unlabelled(waiting, self.now)))
        for change in leave(self.ctx.maisons[part[0]], part[1], record, self.now):
            effects.changes.append(change)
            effects.members[membership(part[0], change.segment, part[1])] = 0
        for name in (FLAWED, SEGMENTS, BOOK):
            effects.drop(Timer(*part, name, 0.0).member)
        gone = erase(part, record, self.view.links.get(part, ()), event, at, self.now)
        self.held[part] = self.dirty[part] = gone.record
        effects.alerts += gone.changes
        effects.erased.append(part)
        effects.further += gone.further
        for member in gone.dropped:
            effects.drop(member)

    def _stand(self, part: PartKey, kinds: Sequence[Callable[[Any], Cells]]) -> None:
        for cells in kinds:
            if (part, cells) not in self.stood:
                self.stood[part, cells] = cells(self.held[part])

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

    def _concern(self, part: PartKey, kind: type[Event]) -> None:
        self.concerned.setdefault(part, set()).add(kind)

    def _enrol(self, part: PartKey, segments: Sequence[Segment]) -> None:
        maison, oid = part
        if self.view.parts[part] is None and part not in self.dirty:  # named by a link, and never heard of
            return
        if self.held[part].x > 0:  # erased
            return
        self._stand(part, (enrolled,))
        done = enrol(
            segments,
            self.ctx.maisons[maison],
            oid,
            self._parts(part),
            self.ctx.scales.get(maison, NO_SCALE),
            self.now,
        )
        effects = self.effects
        effects.reviews.update({(maison, other): None for other in done.reviews})
        if not done.dirty:
            return
        self.dirty[part] = self.held[part]
        effects.changes += done.changes
        for change in done.changes:
            since = int(self.now) if change.change == "entered" else 0
            effects.members[membership(maison, change.segment, oid)] = since
        if done.look is not None:
            timer = Timer(maison, oid, SEGMENTS, done.look)
            effects.set(timer) if timer.due else effects.drop(timer.member)

    def count(self) -> None:
        """Tells which cells parts have left and which they have come to."""
        tallies = self.effects.tallies
        for (part, cells), before in self.stood.items():
            if (after := cells(self.held[part])) != before:
                for name, change in moved(part[0], before, after).items():
                    tallies[name] += change

    def _deny(self, part: PartKey, said: ClientConsent, at: float) -> None:
        """What a withdrawal sets before it is acknowledged is set again from the log."""
        if at > self.now - KEPT:
            self.effects.denials += denials_of(part, said.data, at, self.ctx.pepper)

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
            follow = on_timer(self.held[part], self._client(part), timer, self.now)
            if follow.changes:
                self.dirty[part] = self.held[part]
            self._follow(part, follow)
        elif kind == MEASURE:
            recency = records.slice_of(self._client(part), "recency")
            house = self.ctx.maisons[part[0]]
            told = measured(house, timer.name, part[1], recency, timer.due, self.now)
            self.effects.teach(part[0], told)
        elif is_due(timer):
            self._foresee(self._moment(part, timer.member, timer.due, self.now, timer=timer))
        elif kind in ON_TIMER:
            at = timer.due
            self._decide(
                self._moment(part, f"{timer.member}|{at}", at, self.now, timer=timer), ON_TIMER[kind]
            )
            if kind == BOOK:
                held = self.effects.timers.get(timer.member)
                self._book(part, self.now, held.due if held is not None else None)

    def _timer_of_erased(self, part: PartKey, kind: str, timer: Timer) -> None:
        """What still waited for a client who was erased ends without a label, and nothing else happens."""
        if kind in KINDS:
            self._follow(part, Follow(outcomes=unlabelled([timer.name.partition(":")[2]], self.now)))
        elif kind == MEASURE:
            house = self.ctx.maisons[part[0]]
            self.effects.teach(part[0], measured(house, timer.name, part[1], None, timer.due, self.now))
        elif is_due(timer):
            self._foresee(self._moment(part, timer.member, timer.due, self.now, timer=timer), erased=True)

    def _clock(self, part: PartKey, said: tuple[str, float] | None) -> None:
        if said is None:
            return
        timer = Timer(part[0], part[1], said[0], said[1])
        if timer.due:
            self.effects.set(timer)
        else:
            self.effects.drop(timer.member)

    def _decide(self, moment: Moment, woken: Sequence[Rule]) -> None:
        part = moment.maison.id, moment.part
        own = self._experiments(part)
        if own.maison is not moment.maison or own.arms:
            moment = msgspec.structs.replace(moment, maison=own.maison, arms=own.arms)
        without = self.ctx.without
        asked = [rule for rule in woken if rule.name not in without] if without else woken
        guards = [guard for guard in GUARDS if guard.name not in without] if without else GUARDS
        decision = decide(moment, asked, guards, self._score)
        self._effect(part, decision)
        self._expose(part, own, moment, decision)
        trace = traced(moment, decision, self._adds, self.keys.get(part))
        if trace is not None:
            self.effects.traces.append(trace)

    def _experiments(self, part: PartKey) -> Part:
        """The experiments a client is in, by the smallest id of all that is linked."""
        maison = self.ctx.maisons[part[0]]
        if not maison.experiments:
            return Part(maison, {}, [])
        rates = rates_of(self.ctx.estimators.get((part[0], RATES.name)))
        return part_of(maison, min([part[1], *self.view.links.get(part, ())]), rates)

    def _expose(self, part: PartKey, own: Part, moment: Moment, decision: Decision) -> None:
        if own.arms or own.ended:
            lessons, timers = exposed(moment, decision)
            self.effects.teach(part[0], [*lessons, *ended(own, moment.id, self.now)])
            for name, due in timers:
                self.effects.set(Timer(*part, name, due))

    def _complained(self, part: PartKey, case: ClientCase) -> None:
        if case.data.kind == "complaint" and case.data.status.lower() in OPENED and not self.silent:
            own = self._experiments(part)
            self.effects.teach(part[0], complained(own.maison, own.arms, case.data.case, self.now))

    def _adds(self, maison: str, model: str, x: dict[str, float]) -> dict[str, float]:
        return BY_MODEL[model].adds(self.ctx.estimators.get((maison, model)), x)

    def _moment(
        self,
        part: PartKey,
        id: str,
        at: float,
        now: float,
        event: Event | None = None,
        timer: Timer | None = None,
    ) -> Moment:
        return Moment(
            id=f"{part[0]}|{id}",
            maison=self.ctx.maisons[part[0]],
            part=part[1],
            event=event,
            timer=timer,
            client=self._client(part),
            at=at,
            now=now,
            silences=self.ctx.silences.get(part[0], ()),
            scale=self.ctx.scales.get(part[0], NO_SCALE),
            estimators=self.ctx.estimators,
            house=self.ctx.houses[part[0]],
            together=self.ctx.together.get(part[0], NO_TOGETHER),
        )

    def _score(self, moment: Moment, proposal: Proposal) -> Scored:
        """Of a client who may not be profiled a model sees what it sees of somebody nobody knows."""
        if not moment.allows("profiling"):
            moment = msgspec.structs.replace(moment, client=records.Record())
        return scored(moment, proposal, BY_MODEL, self.ctx.estimators)

    def _look_again(self, part: PartKey) -> None:
        if part[0] in self.ctx.segments and self.view.parts[part] is not None:
            records.own(self.held[part], "segments").look = 0
            self.dirty[part] = self.held[part]
            self._concern(part, ClientReview)

    def _client(self, part: PartKey) -> Any:
        """The client: this part and those linked to it, as far as they are known."""
        if not self.view.links.get(part):
            return self.held[part]
        return records.merge([*self._parts(part).values()])

    def _parts(self, part: PartKey) -> dict[str, Any]:
        """The records of a client's parts that are known, by id; this part's first."""
        found = {part[1]: self.held[part]}
        for oid in self.view.links.get(part, ()):
            other = (part[0], oid)
            if other in self.held:
                found[oid] = records.beside(self.held[other])
            elif (value := self.others.get(other)) is not None:
                found[oid] = records.beside(records.decode(value, self.keys.get(other)))
        return found

    def _effect(self, part: PartKey, decision: Decision) -> None:
        effects = self.effects
        effects.counts["moment"] += 1
        self._say(part, decision.changes)
        for line in decision.trace:
            if line.guard is not None:
                effects.vetoes[(line.guard, line.action)] += 1
        for _, change in decision.changes:
            if isinstance(change, AlertChange) and change.alert.recommendations:
                skus = [article.sku for article in change.alert.recommendations]
                propose(records.own(self.held[part], "fatigue"), skus, change.alert.id, self.now)
        if decision.entries:
            keep(records.own(self.held[part], "attention"), decision.entries)
            self.dirty[part] = self.held[part]
        for timer in decision.timers:
            effects.set(timer)
        for member in decision.dropped:
            effects.drop(member)
        effects.teach(part[0], told_to_all(self.ctx.maisons[part[0]], decision.examples, BY_MODEL))

    def _follow(self, part: PartKey, follow: Follow, dismissed: bool = False) -> None:
        effects = self.effects
        if not self.silent:
            self._say(part, follow.changes)
        for member in follow.dropped:
            effects.drop(member)
        for timer in follow.timers:
            effects.set(timer)
        effects.teach(part[0], told_to_all(self.ctx.maisons[part[0]], follow.outcomes, BY_MODEL))
        if follow.outcomes and (maison := self.ctx.maisons[part[0]]).experiments:
            effects.teach(part[0], settled(maison, follow.outcomes, dismissed))

    def _say(self, part: PartKey, changes: list[tuple[str, InboxMessage]]) -> None:
        key = self.keys.get(part)
        self.effects.alerts += changes if key is None else sealed(changes, key)

    def _foresee(self, moment: Moment, erased: bool = False) -> None:
        made, effects = foresee(moment, erased), self.effects
        effects.teach(moment.maison.id, made.lessons)
        for timer in made.timers:
            effects.set(timer)
        for member in made.dropped:
            effects.drop(member)
        if made.odd is not None:
            effects.oddities[made.odd] += 1
