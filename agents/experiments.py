"""Test and learn: whose arm is which, what it changes, what is counted, when it is rolled back. Pure.

A client is in the arm of the smallest id among their linked parts: whichever part an event comes by.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import log
from typing import Any, Literal, NamedTuple

import msgspec

from agents.card import digest
from agents.choice import ACCEPTANCE
from agents.decide import Considered, Decision
from agents.guard import HELD_OUT
from agents.moment import Moment
from agents.rates import NAME, Rates, in_windows, key_of, of_window
from agents.sequential import log_evidence, log_mismatch
from feature_store.features.recency import Recency
from schemas.alerts import AlertChange
from schemas.experiments import Arm, Experiment
from schemas.maison import Maison
from schemas.messages import Example, Outcome

DAY = 86_400.0
MEASURE = "measure"
"""The timer at which it is known whether a client bought or came, and that they did not complain."""
COMPLAINED = "complained"
UNEVEN = 1_000.0
"""How much must speak against the shares, as an e-value."""
ROLLED_BACK = "rolled_back"
"""What is counted of an arm once it was rolled back, so that it stays so."""

Verdict = Literal["running", "better", "worse", "dismissed", "complained", "vetoed", "rolled_back"]
GONE: frozenset[str] = frozenset({"worse", "dismissed", "complained", "vetoed", "rolled_back"})
"""Verdicts after which nobody is in an arm any more: things are as today."""
Lesson = tuple[str, Example | Outcome]


class Part(NamedTuple):
    """A client's part in the experiments of a house. `client`: the smallest id of their parts."""

    maison: Maison
    arms: Mapping[str, str]
    ended: list[tuple[Experiment, Arm]]
    """Arms that were to be theirs and must go, which nobody has written down yet."""
    client: str = ""


def part_of(maison: Maison, client: str, rates: Rates) -> Part:
    """The house as it is for a client, by their arms. `client`: the smallest id of their parts."""
    arms: dict[str, str] = {}
    ended = []
    for experiment in maison.experiments:
        arm = experiment.drawn(client)
        if arm is None:
            continue
        if (verdict := judged(experiment, arm, rates)) in GONE:
            if verdict != ROLLED_BACK:
                ended.append((experiment, arm))
            continue
        arms[experiment.name] = arm.name
        maison = _as(maison, arm)
    return Part(maison, arms, ended, client)


def _as(maison: Maison, arm: Arm) -> Maison:
    said: dict[str, Any] = {"tone": arm.tone, "interruption": arm.silence}
    changed = {field: value for field, value in said.items() if value is not None}
    if arm.models:
        changed["models"] = maison.models | arm.models
    if arm.guards:
        own = maison.guards
        changed["guards"] = own | {name: own.get(name, {}) | of for name, of in arm.guards.items()}
    return msgspec.structs.replace(maison, **changed) if changed else maison


def judged(experiment: Experiment, arm: Arm, rates: Rates) -> Verdict:
    """What is known of an arm against the control, whenever one looks; O(limits)."""
    control, own = experiment.control.name, arm.name
    if own == control:
        return "running"
    if rates.of(key_of(experiment.name, own, ROLLED_BACK)).n:
        return "rolled_back"
    enough = log((len(experiment.arms) - 1) * (2 + len(experiment.limits)) / experiment.alpha)

    def against(measure: str, margin: float = 0.0, *, control_first: bool = False) -> bool:
        mine = rates.of(key_of(experiment.name, own, measure))
        theirs = rates.of(key_of(experiment.name, control, measure))
        one, other = (theirs, mine) if control_first else (mine, theirs)
        return log_evidence(one, other, margin) >= enough

    for harm, margin in experiment.limits.items():
        if against(harm, margin):
            return harm
    if against(experiment.measure, control_first=True):
        return "worse"
    return "better" if against(experiment.measure) else "running"


def clients_of(experiment: Experiment, rates: Rates) -> dict[str, int]:
    """How many clients each arm has in the window of which most are known, by arm; of those that go on. A
    client counts once in a window, however often they are told of, and again in each that follows. Who
    complains is known at once, all others as the window ends: of one of which more complained it has not.
    """
    going = [arm.name for arm in experiment.arms if judged(experiment, arm, rates) not in GONE]
    counted: dict[str, dict[str, int]] = {}
    quiet = Counter[str]()
    for arm in going:
        for window, clients in in_windows(rates, experiment.name, arm).items():
            counted.setdefault(window, dict.fromkeys(going, 0))[arm] = int(clients.n)
            quiet[window] += int(clients.n - 2 * clients.yes)
    over = [counted[window] for window in counted if quiet[window] > 0]
    return max(over, key=lambda by_arm: sum(by_arm.values()), default=dict.fromkeys(going, 0))


def uneven(experiment: Experiment, clients: Mapping[str, int]) -> bool:
    """Whether something beside chance picks who is in which arm, so that nothing else counted holds; told
    wrongly in one of a thousand experiments, however often one looks.
    """
    shares = [arm.share for arm in experiment.arms if arm.name in clients]
    return log_mismatch([*clients.values()], shares) >= log(UNEVEN)


def exposed(moment: Moment, decision: Decision, client: str) -> tuple[list[Lesson], list[tuple[str, float]]]:
    """What a decision adds to the experiments a `client`, by the smallest id of their parts, is in: lessons,
    and timers (name, due).
    """
    lessons: list[Lesson] = []
    timers: list[tuple[str, float]] = []
    for experiment in moment.maison.experiments:
        arm = moment.arms.get(experiment.name)
        lines = [line for line in decision.trace if line.action == experiment.action]
        if arm is None or not lines:
            continue
        lessons += _vetoed(experiment, arm, moment, lines)
        for change in _new_alerts(decision, experiment.action):
            lessons += _asked(experiment, arm, change.alert.id, moment.now)
        if any(_counts(experiment, line) for line in lines):
            waiting, timer = _awaited(experiment, arm, client, moment.part, moment.now, moment.now)
            lessons += waiting
            timers.append(timer)
    return lessons, timers


def settled(maison: Maison, outcomes: Iterable[Lesson], dismissed: bool) -> list[Lesson]:
    """What became of alerts, for the experiments that wait for it; who waits for nothing learns nothing."""
    return [
        (NAME, Outcome(decision=f"{told.decision}/{experiment.name}/{measure}", y=y, at=told.at))
        for model, told in outcomes
        if model == ACCEPTANCE and isinstance(told, Outcome)
        for experiment in maison.experiments
        for measure, y in (("accepted", told.y), ("dismissed", None if told.y is None else int(dismissed)))
    ]


def measured(
    own: Part, name: str, part: str, recency: Recency | None, due: float, now: float
) -> tuple[list[Lesson], list[tuple[str, float]]]:
    """Whether a client bought, or came, in the window that ends at `due`, that they did not complain in it,
    and the next window they count in: who was once to be told counts in each from then on. Whom an arm speaks
    to are soon not to be told again, and beside them others would seem to be moved by silence.

    Without `recency`, of one who was erased meanwhile or whose record has lapsed, nobody knows, nor of who
    did since and may have before; and of an experiment that is in the maison file no more nobody asks, but
    what waits under a client's id is let go. `name`: of the timer; of several linked parts each has one, and
    the first that is due tells what is counted of their client.
    """
    window, at, *client = name.split("/")
    experiment = next((e for e in own.maison.experiments if e.name == window.partition(":")[2]), None)
    y = quiet = None
    further: list[Lesson] = []
    timers: list[tuple[str, float]] = []
    if recency is not None and experiment is not None:
        length = experiment.days * DAY
        last = recency.purchase if experiment.measure == "bought" else recency.visit
        y, quiet = None if last >= due else int(last >= due - length), 0
        if (arm := own.arms.get(experiment.name)) is not None:
            # a second more, for whole windows may lie a hair before where they end
            further, timer = _awaited(experiment, arm, own.client, part, now + 1 - length, now)
            timers.append(timer)
    id = f"{(*client, part)[0]}/{window}/{at}"
    told = ((id, y), (f"{id}/{COMPLAINED}", quiet))
    return [*((NAME, Outcome(decision=id, y=y, at=now)) for id, y in told), *further], timers


def complained(part: Part, at: float) -> list[Lesson]:
    """A complaint, told at once, of a client who was to be told something, or not, in an earlier window."""
    before = ((one, at - one.days * DAY) for one in part.maison.experiments)
    ids = (f"{part.client}/{_window(one, then)[0]}/{COMPLAINED}" for one, then in before)
    return [(NAME, Outcome(decision=id, y=1, at=at)) for id in ids]


def ended(part: Part, id: str, at: float) -> list[Lesson]:
    """That arms are rolled back is written down, for good, by the first who would have been in one."""
    return [
        lesson
        for experiment, arm in part.ended
        for lesson in _at_once(
            experiment, arm.name, ROLLED_BACK, f"{id}/{experiment.name}/{ROLLED_BACK}", 1, at
        )
    ]


def _awaited(
    experiment: Experiment, arm: str, client: str, part: str, at: float, now: float
) -> tuple[list[Lesson], tuple[str, float]]:
    """What waits of a client who counts in the window of `at`, and the timer (name, due) that ends it."""
    name, due = _window(experiment, at)
    counted = of_window(experiment.name, arm, int(at // (experiment.days * DAY)))
    x = {key_of(experiment.name, arm, COMPLAINED): 1.0, counted: 1.0}
    lessons: list[Lesson] = [(NAME, Example(decision=f"{client}/{name}/{COMPLAINED}", x=x, at=now))]
    if experiment.measure != "accepted":
        lessons.append(_example(experiment, arm, experiment.measure, f"{client}/{name}", now))
    return lessons, (name if client == part else f"{name}/{client}", due)


def _asked(experiment: Experiment, arm: str, alert: str, at: float) -> list[Lesson]:
    """A card: whether it is accepted or dismissed is known later."""
    return [
        _example(experiment, arm, measure, f"{alert}/{experiment.name}/{measure}", at)
        for measure in ("accepted", "dismissed")
    ]


def _vetoed(experiment: Experiment, arm: str, moment: Moment, lines: Iterable[Considered]) -> list[Lesson]:
    """Who is held out was held back by no other guard: as in the other arms, that counts as a no."""
    stopped = [line.guard not in (None, HELD_OUT) for line in lines]
    id = f"{digest(moment.id)}/{experiment.name}/vetoed"
    return _at_once(experiment, arm, "vetoed", id, int(all(stopped)), moment.now)


def _counts(experiment: Experiment, line: Considered) -> bool:
    """Whether a choice was to be made about it, or would have been but for the holdout: whatever was chosen.

    Who is spoken to is picked by models, as likelier to answer than others: beside a holdout that holds these
    others too, they would seem to be moved by what was said. Where an arm tries out a guard, whatever guards
    say, for the same reason.
    """
    if line.guard is None:
        return line.chance is not None
    return line.guard == HELD_OUT or any(arm.guards for arm in experiment.arms)


def _new_alerts(decision: Decision, action: str) -> list[AlertChange]:
    return [
        change
        for _, change in decision.changes
        if isinstance(change, AlertChange) and change.alert.revision == 1 and change.alert.action == action
    ]


def _window(experiment: Experiment, now: float) -> tuple[str, float]:
    """All that happens in one window is measured once: by what the client does in the whole next one."""
    length = experiment.days * DAY
    at = int(now // length)
    return f"{MEASURE}:{experiment.name}/{at}", (at + 2) * length


def _example(experiment: Experiment, arm: str, measure: str, id: str, at: float) -> Lesson:
    return NAME, Example(decision=id, x={key_of(experiment.name, arm, measure): 1.0}, at=at)


def _at_once(experiment: Experiment, arm: str, measure: str, id: str, y: int, at: float) -> list[Lesson]:
    return [_example(experiment, arm, measure, id, at), (NAME, Outcome(decision=id, y=y, at=at))]
