"""Moment -> Decision: rules propose, guards veto, models weigh, silence competes. Pure, with its trace."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import msgspec

from agents.attention import FORGOTTEN, WITHIN, labels
from agents.book import BOOK
from agents.card import alert_of, digest, follow_ups, place_of, status_change, timer
from agents.choice import Arm, Scored, arm_of, choose
from agents.elsewhere import word_to_advisor
from agents.guard import CannotTell, Guard, Veto, spared, vetoed
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.rule import Rule, where
from feature_store.feature import short
from feature_store.features.attention import OVER, Proposed, coded, way_of
from feature_store.store import Timer
from schemas.alerts import (
    AlertChange,
    InboxMessage,
    inbox_of,
)
from schemas.events.client import PURPOSES
from schemas.messages import Example, Outcome

SHOWN = 3
"""Articles on a card: what can be shown while the client stands there."""

Score = Callable[[Moment, Proposal], Scored]
"""What models make of a proposal."""


class Considered(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the trace: what was proposed and why it was, or was not, said.

    probability: of acceptance; worth: what it was held to be worth, silence's in `silence`; chance: with
    which it was said. intimacy, attention, place, alert: as `Candidate` has them. x: what each model saw.
    proposal: what was proposed, where it was not called off.
    """

    action: str
    ref: str
    probability: float | None
    outcome: str
    guard: str | None = None
    worth: float | None = None
    silence: float | None = None
    chance: float | None = None
    intimacy: float = 0.0
    attention: float = 0.0
    place: str = ""
    alert: str = ""
    x: dict[str, dict[str, float]] = {}
    proposal: Proposal | None = None


class Passed(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal that no guard held back, and what it is worth."""

    proposal: Proposal
    scored: Scored
    arm: Arm
    must: bool


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from a moment. `entries` go into the part's attention, by alert id.

    `examples`: what models are to learn, each with its model's name. `broken`: rules and guards that have an
    error in them, and what is wrong.
    """

    changes: list[tuple[str, InboxMessage]]
    entries: dict[str, Proposed]
    timers: list[Timer]
    dropped: list[str]
    examples: list[tuple[str, Example | Outcome]]
    trace: list[Considered]
    broken: list[tuple[str, str]] = []


def decide(moment: Moment, rules: Sequence[Rule], guards: Sequence[Guard], score: Score) -> Decision:
    """The decision at a moment, whatever the order of rules. O(rules + proposals x guards)."""
    decision = Decision(changes=[], entries={}, timers=[], dropped=[], examples=[], trace=[])
    passed: list[Passed] = []
    for rule in rules:
        for said in _asked(rule, moment, decision):
            match said:
                case Withdraw():
                    _withdraw(moment, said, decision)
                case Again():
                    _again(moment, said, decision)
                case Proposal():
                    _weigh(moment, said, guards, score, decision, passed)
    passed.sort(key=lambda p: (-p.arm.worth, p.proposal.action, p.proposal.ref))
    places: dict[str, list[Passed]] = {}
    for one in passed:
        places.setdefault(place_of(moment.maison, one.proposal.site), []).append(one)
    for place, several in places.items():
        _choose(moment, place, several, guards, decision)
    return decision


def _asked(rule: Rule, moment: Moment, decision: Decision) -> Iterable[Proposal | Withdraw | Again]:
    """What a rule says. One that has an error in it says nothing, and what it has offered is taken back, for
    nobody knows whether that may stand; where it is there to take back, all that stands.
    """
    try:
        return [*rule.propose(moment)]
    except Exception as error:
        decision.broken.append((rule.name, where(error)))
        reason = f"had an error in it: {type(error).__name__}"
        decision.trace.append(Considered(action=rule.name, ref="", probability=None, outcome=reason))
    return [
        Withdraw(action=entry.action, ref=entry.ref, status="retracted")
        for entry in moment.open_alerts().values()
        if rule.calls_off or (entry.action == rule.name and PURPOSES[entry.purpose] != "service")
    ]


def _choose(
    moment: Moment, place: str, several: list[Passed], guards: Sequence[Guard], decision: Decision
) -> None:
    """One card an inbox and moment, or none: what must be said before what may, and care before that."""
    musts = [one for one in several if one.must]
    arms = [one for one in musts if one.proposal.care] or musts or several
    silence = None if musts else moment.maison.interruption
    choice = choose([one.arm for one in arms], silence, f"{moment.id}|{place}")
    said = None if choice.taken is None else arms[choice.taken]
    chances = {id(one): chance for one, chance in zip(arms, choice.chances, strict=True)}
    for one in several:
        if one is not said:
            outcome = "outranked" if said is not None else "silence was worth more"
            _note(decision, one, outcome, silence, chances.get(id(one), 0.0), place)
    if said is None:
        return
    others: dict[str, float] = {}
    for one in several:
        if one is not said:
            action = one.proposal.action  # one may be proposed twice: two events to invite to
            others[action] = others.get(action, 0.0) + chances.get(id(one), 0.0)
    if silence is not None:
        others["silence"] = choice.silence
    if _say(moment, said, chances[id(said)], others, silence, decision):
        _inform_advisor(moment, said.proposal, guards, decision)


def _may_wait(moment: Moment, proposal: Proposal) -> bool:
    """Whether silence competes: not with a service, nor with news of what somebody has before them."""
    if proposal.present or proposal.purpose == "service":
        return False
    return not (proposal.updates and moment.alike(proposal.action, proposal.ref))


def _weigh(
    moment: Moment,
    proposal: Proposal,
    guards: Sequence[Guard],
    score: Score,
    decision: Decision,
    passed: list[Passed],
) -> None:
    if proposal.valid_to <= moment.now:
        decision.trace.append(_considered(proposal, "too late"))
        return
    try:
        proposal = _shown(spared(moment, proposal, guards))
    except CannotTell as failed:
        _held_back(moment, proposal, failed.veto, decision)
        return
    if not _vetoed(moment, proposal, guards, decision):
        scored, must = score(moment, proposal), not _may_wait(moment, proposal)
        arm = arm_of(moment, proposal, scored, must)
        passed.append(Passed(proposal=proposal, scored=scored, arm=arm, must=must))


def _shown(proposal: Proposal) -> Proposal:
    """With as many articles as a card holds."""
    if len(proposal.recommendations) <= SHOWN:
        return proposal
    return msgspec.structs.replace(proposal, recommendations=proposal.recommendations[:SHOWN])


def _vetoed(moment: Moment, proposal: Proposal, guards: Sequence[Guard], decision: Decision) -> bool:
    veto = vetoed(moment, proposal, guards)
    if veto is None:
        return False
    _held_back(moment, proposal, veto, decision)
    return True


def _held_back(moment: Moment, proposal: Proposal, veto: Veto, decision: Decision) -> None:
    decision.trace.append(_considered(proposal, veto.reason, guard=veto.guard))
    if veto.broken:
        decision.broken.append((veto.guard, veto.broken))
    if veto.until is not None:
        _hold(moment, proposal, veto.until, decision)


def _hold(moment: Moment, proposal: Proposal, until: float, decision: Decision) -> None:
    """Asks its rule again then, of the client as they will be; where that is too late it is dropped.

    What waits of a book has a timer of its own: the book's goes by what is to come, and moves.
    """
    name = moment.timer.name if moment.timer is not None else proposal.timer
    if name is not None and name.partition(":")[0] == BOOK:
        name = f"{BOOK}:{digest(proposal.action, proposal.ref)}"
    if name is not None and proposal.hold_or_drop == "hold" and until < proposal.valid_to:
        decision.timers.append(timer(moment, name, until))


def _say(
    moment: Moment,
    passed: Passed,
    chance: float,
    others: dict[str, float],
    silence: float | None,
    decision: Decision,
) -> bool:
    """True for a new alert, False for an update."""
    proposal, p = passed.proposal, passed.scored.p
    place = place_of(moment.maison, proposal.site)
    inbox = inbox_of(moment.maison.id, place)
    open = moment.alike(proposal.action, proposal.ref) if proposal.updates else []
    if open and open[0][1].place != place:  # it is for somebody else now
        _withdraw(moment, Withdraw(action=proposal.action, ref=proposal.ref, status="retracted"), decision)
        open = []
    for twin, same in open[1:]:  # parts that were not known to be one client had a card each
        if twin not in decision.entries:
            _call_off(moment, twin, _before(same, open[0][1]), "retracted", decision)
    id, entry = open[0] if open else (digest(moment.id, inbox), None)
    revision = entry.revision + 1 if entry else 1
    alert = alert_of(moment, proposal, id, revision, p)
    assigned = moment.advisor.id if moment.advisor else None
    worth = None if passed.must else passed.arm.worth
    change = AlertChange(alert=alert, assigned=proposal.staff or assigned, worth=worth)
    decision.changes.append((inbox, change))
    decision.entries[id] = Proposed(
        coded(proposal.action),
        short(proposal.ref),
        place,
        entry.at if entry else int(moment.now),
        int(proposal.valid_to),
        revision,
        entry.step if entry else 0,
        entry.verdict if entry else "",
        entry.staff if entry else "",
        PURPOSES.index(proposal.purpose),
        entry.accepted if entry else False,
        way_of(proposal.channel) if proposal.contact else 0,
        _also(proposal),
        proposal.urgency,
    )
    decision.timers.append(timer(moment, f"expire:{id}", proposal.valid_to))
    if entry is None:
        decision.examples.extend(
            (model, Example(decision=id, x=x, at=moment.now, chance=chance, others=others))
            for model, x in passed.scored.x.items()
        )
        if proposal.escalate is not None:
            decision.timers.append(timer(moment, f"escalate1:{id}", moment.now + proposal.escalate))
    _note(decision, passed, "updated" if entry else "said", silence, chance, place, id)
    return entry is None


def _also(proposal: Proposal) -> int:
    return sum(1 << PURPOSES.index(purpose) for purpose in {*proposal.also})


def _inform_advisor(moment: Moment, proposal: Proposal, guards: Sequence[Guard], decision: Decision) -> None:
    """Nobody is asked to act on it, so no model is asked and none learns from it."""
    told = word_to_advisor(moment, proposal)
    if told is None or _vetoed(moment, told, guards, decision):
        return
    place = place_of(moment.maison, told.site)
    inbox = inbox_of(moment.maison.id, place)
    id = digest(moment.id, inbox, "fyi")
    alert = alert_of(moment, told, id, 1, None)
    decision.changes.append((inbox, AlertChange(alert=alert, assigned=told.staff)))
    decision.entries[id] = Proposed(
        coded(told.action), short(told.ref), place, int(moment.now), int(told.valid_to),
        purpose=PURPOSES.index(told.purpose), also=_also(told), urgency=told.urgency,
    )  # fmt: skip
    decision.timers.append(timer(moment, f"expire:{id}", told.valid_to))
    decision.trace.append(_considered(told, "said"))


def _withdraw(moment: Moment, withdraw: Withdraw, decision: Decision) -> None:
    open = moment.alike(withdraw.action, withdraw.ref)
    known = [  # two rules may call off the same
        (id, entry) for id, entry in open if id not in decision.entries and withdraw.alert in (None, id)
    ]
    for id, entry in known:
        _call_off(moment, id, _before(entry, open[0][1]), withdraw.status, decision)
    if known:
        decision.trace.append(
            Considered(action=withdraw.action, ref=withdraw.ref, probability=None, outcome=withdraw.status)
        )


def _before(entry: Proposed, first: Proposed) -> Proposed:
    """Of several that tell the same the first was told last: what becomes of it is what became of that."""
    return entry if entry is first else msgspec.structs.replace(entry, at=min(entry.at, first.at - 1))


def _call_off(
    moment: Moment, id: str, entry: Proposed, status: Literal["retracted", "done"], decision: Decision
) -> None:
    inbox = inbox_of(moment.maison.id, entry.place)
    decision.changes.append(
        (inbox, status_change(moment.maison.id, id, entry.revision + 1, status, moment.now))
    )
    decision.entries[id] = msgspec.structs.replace(
        entry, revision=entry.revision + 1, step=OVER, verdict=status
    )
    decision.dropped.extend(follow_ups(moment.maison.id, moment.part, id))
    if moment.parted:  # who it was told of with may know that staff followed it: that is told first
        decision.timers.append(timer(moment, f"{FORGOTTEN}:{id}", entry.until + WITHIN + 1))
    elif not entry.accepted:  # what staff followed has its label, and the client's answer is still awaited
        decision.examples.extend(labels(entry, id, None, moment.now))


def _again(moment: Moment, again: Again, decision: Decision) -> None:
    name = again.name or (moment.timer.name if moment.timer is not None else None)
    if name is None:
        return
    asked = timer(moment, name, again.due)
    if again.due:
        decision.timers.append(asked)
    else:
        decision.dropped.append(asked.member)


def _note(
    decision: Decision,
    passed: Passed,
    outcome: str,
    silence: float | None,
    chance: float,
    place: str,
    alert: str = "",
) -> None:
    decision.trace.append(
        Considered(
            action=passed.proposal.action,
            ref=passed.proposal.ref,
            probability=passed.scored.p,
            outcome=outcome,
            worth=passed.arm.worth,
            silence=silence,
            chance=chance,
            intimacy=passed.arm.intimacy,
            attention=passed.arm.attention,
            place=place,
            alert=alert,
            x=passed.scored.x,
            proposal=passed.proposal,
        )
    )


def _considered(proposal: Proposal, outcome: str, guard: str | None = None) -> Considered:
    return Considered(
        action=proposal.action,
        ref=proposal.ref,
        probability=None,
        outcome=outcome,
        guard=guard,
        proposal=proposal,
    )
