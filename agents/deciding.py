"""What a moment brings about: rules and forecasts are asked, and effects follow from their answers. Pure."""

from collections.abc import Container, Sequence

import msgspec

from agents.attention import Follow, pushed_out
from agents.book import BOOK, next_due
from agents.choice import Scored, scored, told_to_all
from agents.decide import Considered, Decision, decide
from agents.effects import Effects, sealed
from agents.experiments import Part, complained, ended, exposed, measured, part_of, settled
from agents.foresee import foresee
from agents.moment import Moment, Proposal
from agents.plan import Context, Keyring
from agents.rates import RATES, rates_of
from agents.registry import BOOKED, BY_MODEL, GUARDS
from agents.rule import Rule, where
from agents.tracing import traced
from agents.working_set import WorkingSet
from feature_store import record as records
from feature_store.features.attention import Proposed, keep
from feature_store.features.fatigue import propose
from feature_store.features.recency import Recency
from feature_store.scale import Scale
from feature_store.store import PartKey, Timer
from feature_store.together import Together
from schemas.alerts import AlertChange, InboxMessage
from schemas.envelope import Event

NO_SCALE, NO_TOGETHER = Scale(), Together()


class Deciding:
    """Decides for the clients of one slice. `silent`: nobody is told anything."""

    def __init__(
        self, working: WorkingSet, effects: Effects, now: float, ctx: Context, keys: Keyring, silent: bool
    ) -> None:
        self._working, self._effects, self._now, self._ctx = working, effects, now, ctx
        self._keys, self._silent = keys, silent

    def moment(
        self,
        part: PartKey,
        id: str,
        at: float,
        now: float,
        event: Event | None = None,
        timer: Timer | None = None,
        anew: bool = False,
    ) -> Moment:
        """A moment of a client, at which something may be decided."""
        maison, ctx = part[0], self._ctx
        return Moment(
            id=f"{maison}|{id}",
            maison=ctx.maisons[maison],
            part=part[1],
            event=event,
            timer=timer,
            client=self._working.client(part),
            at=at,
            now=now,
            silences=ctx.silences.get(maison, ()),
            scale=ctx.scales.get(maison, NO_SCALE),
            estimators=ctx.estimators,
            house=ctx.houses[maison],
            together=ctx.together.get(maison, NO_TOGETHER),
            anew=anew,
            own=self._working.held[part],
        )

    def decide(self, moment: Moment, woken: Sequence[Rule]) -> None:
        """Asks the rules that are woken, and does what the house's experiments make of the answer."""
        part = moment.maison.id, moment.part
        own = self._experiments(part)
        if own.maison is not moment.maison or own.arms:
            moment = msgspec.structs.replace(moment, maison=own.maison, arms=own.arms)
        without = self._ctx.without
        asked = [rule for rule in woken if rule.name not in without] if without else woken
        guards = [guard for guard in GUARDS if guard.name not in without] if without else GUARDS
        decision = decide(moment, asked, guards, self._score)
        self._perform(part, decision)
        self._expose(part, own, moment, decision)
        trace = traced(moment, decision, self._adds, self._keys.get(part))
        if trace is not None:
            self._effects.traces.append(trace)

    def foresee(self, moment: Moment, erased: bool = False) -> None:
        """Asks what is forecast of a client, and teaches what became of earlier forecasts."""
        made, effects = foresee(moment, erased), self._effects
        effects.teach(moment.maison.id, made.lessons)
        for timer in made.timers:
            effects.set(timer)
        for member in made.dropped:
            effects.drop(member)
        effects.broken += made.broken
        if made.odd is not None:
            effects.oddities[made.odd] += 1

    def follow(self, part: PartKey, follow: Follow, dismissed: bool = False) -> None:
        """What became of an alert: whoever has it is told, and models learn."""
        effects = self._effects
        if not self._silent:
            self._say(part, follow.changes)
        for member in follow.dropped:
            effects.drop(member)
        for timer in follow.timers:
            effects.set(timer)
        effects.teach(part[0], told_to_all(self._ctx.maisons[part[0]], follow.outcomes, BY_MODEL))
        known = [*follow.said, *follow.outcomes]
        if known and (maison := self._ctx.maisons[part[0]]).experiments:
            effects.teach(part[0], settled(maison, known, dismissed))

    def book(self, part: PartKey, at: float, asked: float | None = None) -> None:
        """Sets the timer of the client's book to what comes after `at`: of an event that comes late it may be
        past, and is served at once. `asked`: when it is to be opened again at the latest.
        """
        due = next_due(self.moment(part, "", at, at), BOOKED, self._effects.broken)
        timer = Timer(*part, BOOK, min((at for at in (due, asked) if at is not None), default=0.0))
        self._effects.set_or_drop(timer)

    def complained(self, part: PartKey) -> None:
        """Tells the experiments that a client is in of their complaint."""
        self._effects.teach(part[0], complained(self._experiments(part), self._now))

    def measure(self, part: PartKey, timer: Timer, recency: Recency | None) -> None:
        """Tells experiments whether a client bought, came or complained; without `recency` nobody knows."""
        own, effects = self._experiments(part), self._effects
        told, timers = measured(own, timer.name, part[1], recency, timer.due, self._now)
        effects.teach(part[0], told)
        for name, due in timers:
            effects.set(Timer(*part, name, due))

    def _experiments(self, part: PartKey) -> Part:
        """The experiments a client is in, by the smallest id of all that is linked."""
        maison = self._ctx.maisons[part[0]]
        if not maison.experiments:
            return Part(maison, {}, [])
        rates = rates_of(self._ctx.estimators.get((part[0], RATES.name)))
        return part_of(maison, min([part[1], *self._working.linked(part)]), rates)

    def _expose(self, part: PartKey, own: Part, moment: Moment, decision: Decision) -> None:
        if own.arms or own.ended:
            lessons, timers = exposed(moment, decision, own.client)
            self._effects.teach(part[0], [*lessons, *ended(own, moment.id, self._now)])
            for name, due in timers:
                self._effects.set(Timer(*part, name, due))

    def _score(self, moment: Moment, proposal: Proposal) -> Scored:
        """Of a client who may not be profiled a model sees what it sees of somebody nobody knows."""
        if not moment.allows("profiling"):
            moment = msgspec.structs.replace(moment, client=records.Record())
        made = scored(moment, proposal, BY_MODEL, self._ctx.estimators)
        self._effects.broken += made.broken
        return made

    def _adds(self, maison: str, model: str, x: dict[str, float]) -> dict[str, float]:
        try:
            return BY_MODEL[model].adds(self._ctx.estimators.get((maison, model)), x)
        except Exception as error:
            self._effects.broken.append((model, where(error)))
            return {}

    def _perform(self, part: PartKey, decision: Decision) -> None:
        effects, working = self._effects, self._working
        effects.counts["moment"] += 1
        effects.broken += decision.broken
        beyond: dict[str, Proposed] = {}
        if decision.entries:
            beyond = keep(records.own(working.change(part), "attention"), decision.entries)
        untold = {id for id in beyond if id in decision.entries and decision.entries[id].revision == 1}
        changes = [one for one in decision.changes if not _tells(one[1], untold)]
        self._say(part, changes)
        for line in decision.trace:
            if line.guard is not None:
                effects.vetoes[(line.guard, line.action)] += 1
        for _, change in changes:
            if isinstance(change, AlertChange) and change.alert.recommendations:
                skus = [article.sku for article in change.alert.recommendations]
                propose(records.own(working.held[part], "fatigue"), skus, change.alert.id, self._now)
        for timer in decision.timers:
            effects.set(timer)
        for member in decision.dropped:
            effects.drop(member)
        maison = self._ctx.maisons[part[0]]
        effects.teach(part[0], told_to_all(maison, decision.examples, BY_MODEL))
        if maison.experiments:  # of what was called off nobody will know
            effects.teach(part[0], settled(maison, decision.examples, dismissed=False))
        if beyond:
            self.follow(part, pushed_out(*part, beyond, untold, self._now))
            decision.trace.extend(
                Considered(action=entry.action, ref=entry.ref, probability=None, outcome="retracted")
                for entry in beyond.values()
            )

    def _say(self, part: PartKey, changes: list[tuple[str, InboxMessage]]) -> None:
        key = self._keys.get(part)
        self._effects.alerts += changes if key is None else sealed(changes, key)


def _tells(change: InboxMessage, alerts: Container[str]) -> bool:
    return isinstance(change, AlertChange) and change.alert.id in alerts
