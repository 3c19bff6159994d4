"""Which of what may be proposed is said, if any: Thompson sampling, with silence as one of the arms. Pure.

Of each arm the models say what it is worth and how far that may be off; the choice draws a worth for each
from a normal of that mean and spread and takes the largest (Thompson, 1933; Russo et al., A Tutorial on
Thompson Sampling, 2018). So what is little known is tried now and then, and what is known to be worth less
than silence is not said. Silence is worth a fixed price, that of interrupting somebody; nothing is drawn for
it. What must be said (a client stands there, a service, news of an open card) is not drawn for either. At one
moment in fifty an arm is taken by lot, so that nothing is given up for good when the world changes.

The chance with which each arm was taken is computed, not estimated, so that any other policy can be judged
by the log of this one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import erf, exp, pi, sqrt
from random import Random
from typing import Any

import msgspec

from agents.model import Belief, Model
from agents.moment import Moment, Proposal
from agents.phrase import Phrase, facts_of
from agents.reach import price_of
from agents.rule import where
from schemas.maison import Maison
from schemas.messages import Example, Outcome
from schemas.tiers import tier_of

ACCEPTANCE, RESPONSE = "acceptance", "response"
"""The models a choice rests on: whether staff follow, and whether the client then answers."""
FOLLOWED = 0.5
"""What of its value it is worth that staff follow an action that hopes for an answer; the rest is for it."""
INTIMACY = (0.0, 0.0, 0.02, 0.05)
"""What using a fact of a tier costs: of two actions that are worth the same, the less intimate is said."""
LOT = 0.02
"""The share of moments at which an arm is taken by lot, of those of which something may still be learned."""
REACH, POINTS = 6.0, 48
"""Standard deviations that the integral covers, and points it is taken at."""


NOBODY_KNOWS = Belief(0.0)
"""In place of what a model believes that has an error in it."""


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """What models see in a proposal, by model, and make of it; `response` where an answer is hoped for.
    `broken`: models that have an error in them, and what is wrong.
    """

    x: dict[str, dict[str, float]]
    acceptance: Belief
    response: Belief | None = None
    broken: list[tuple[str, str]] = []

    @property
    def p(self) -> float | None:
        """How likely staff are to follow; None where the model could not tell."""
        return None if self.acceptance is NOBODY_KNOWS else self.acceptance.p


class Arm(msgspec.Struct, frozen=True):
    """What something is worth, 0 to 1, and the standard deviation of that; what the intimacy of what it uses,
    and the client's attention, have taken from it.
    """

    worth: float
    spread: float = 0.0
    intimacy: float = 0.0
    attention: float = 0.0


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The arm taken, None for silence; the chance that each had, and that silence had."""

    taken: int | None
    chances: tuple[float, ...]
    silence: float


def asked_of(purpose: str) -> tuple[str, ...]:
    """The models asked of an action: to a service nobody is expected to answer."""
    return (ACCEPTANCE,) if purpose == "service" else (ACCEPTANCE, RESPONSE)


def learners(maison: Maison, name: str, models: Mapping[str, Model]) -> tuple[str, ...]:
    """The models of a house that learn what one does: itself, what judges in its place, and its shadows."""
    if not (maison.models or maison.shadow_models or maison.experiments):
        return (name,)
    arms = [arm for experiment in maison.experiments for arm in experiment.arms]
    named = [maison.models.get(name), *(arm.models.get(name) for arm in arms)]
    named += [other for other in maison.shadow_models if models[other].beside == name]
    return tuple(dict.fromkeys([name, *(other for other in named if other is not None)]))


def wrongly_judged(maison: Maison, models: Mapping[str, Model]) -> Iterator[str]:
    """All that is wrong with the models a file names, in sentences."""
    beside = {one.name: one.beside for one in models.values() if one.beside}
    arms = [(f"experiments.{one.name}", arm.models) for one in maison.experiments for arm in one.arms]
    for place, said in [("models", maison.models), *arms]:
        for name, other in said.items():
            if beside.get(other) != name:
                yield f"{place}: {other!r} does not stand beside {name!r}"
    for other in maison.shadow_models:
        if other not in beside:
            yield f"shadow_models: {other!r} is none of {', '.join(sorted(beside))}"


def told_to_all(
    maison: Maison, told: Iterable[tuple[str, Example | Outcome]], models: Mapping[str, Model]
) -> Iterator[tuple[str, Example | Outcome]]:
    """What becomes of something, for every model that waits to hear of it."""
    for name, item in told:
        others = learners(maison, name, models) if isinstance(item, Outcome) and name in models else (name,)
        yield from ((other, item) for other in others)


def scored(
    moment: Moment,
    proposal: Proposal,
    models: Mapping[str, Model],
    estimators: Mapping[tuple[str, str], Any],
) -> Scored:
    """What the models of a house make of a proposal; who learned nothing yet says so. On the word of one that
    has an error in it nothing is said but what must be, and nothing learned.
    """
    x, beliefs, maison = dict[str, dict[str, float]](), dict[str, Belief](), moment.maison
    broken: list[tuple[str, str]] = []
    for name in asked_of(proposal.purpose):
        judge, beliefs[name] = maison.models.get(name, name), NOBODY_KNOWS
        for one in learners(maison, name, models):
            try:
                x[one] = models[one].x(moment, proposal)
                if one == judge:
                    beliefs[name] = models[one].believe(estimators.get((maison.id, one)), x[one])
            except Exception as error:
                broken.append((one, where(error)))
                x.pop(one, None)
    return Scored(x=x, acceptance=beliefs[ACCEPTANCE], response=beliefs.get(RESPONSE), broken=broken)


def arm_of(moment: Moment, proposal: Proposal, scored: Scored, must: bool) -> Arm:
    """Acceptance is worth what its rule says; of an action that hopes for an answer, half is for that. Less
    what it costs: the intimacy of what it uses, and the client's attention.

    `must`: it will be said, so nothing is tried: its spread is 0.
    """
    worth, spread = scored.acceptance.p, scored.acceptance.spread
    if scored.response is not None:
        answer, unsure = scored.response.p, scored.response.spread
        share = FOLLOWED + (1 - FOLLOWED) * answer
        spread = sqrt((spread * share) ** 2 + ((1 - FOLLOWED) * worth * unsure) ** 2)
        worth *= share
    intimacy, attention = INTIMACY[_tier(moment, proposal)], price_of(moment, proposal)
    spread = 0.0 if must else spread * proposal.value
    return Arm(worth * proposal.value - intimacy - attention, spread, intimacy, attention)


def choose(arms: Sequence[Arm], silence: float | None, seed: str) -> Choice:
    """The arm taken. `silence`: what it is worth; None where something must be said. O(arms^2).

    The same arms and the same seed give the same choice. Of arms that tie, the first is taken.
    """
    unsure = [i for i, arm in enumerate(arms) if arm.spread]
    chances, quiet = _chances(arms, silence)
    if not unsure:
        best = max(range(len(arms)), key=lambda i: arms[i].worth)
        spoken = silence is None or arms[best].worth >= silence
        return Choice(taken=best if spoken else None, chances=chances, silence=quiet)
    random = Random(seed)  # noqa: S311  a trial, not a secret
    drawn = [arm.worth + arm.spread * random.gauss(0.0, 1.0) for arm in arms]
    taken: int | None = max(range(len(arms)), key=lambda i: drawn[i])
    if silence is not None and drawn[taken or 0] < silence:
        taken = None
    if random.random() < LOT:
        taken = random.choice(unsure)
    lots = tuple(LOT / len(unsure) * (i in unsure) + (1 - LOT) * chance for i, chance in enumerate(chances))
    return Choice(taken=taken, chances=lots, silence=(1 - LOT) * quiet)


def _chances(arms: Sequence[Arm], silence: float | None) -> tuple[tuple[float, ...], float]:
    quiet = 0.0
    if silence is not None:
        quiet = 1.0
        for arm in arms:
            quiet *= _below(silence, arm)
    raw = [_wins(i, arms, silence) for i in range(len(arms))]
    whole = sum(raw) + quiet
    return tuple(chance / whole for chance in raw), quiet / whole


def _wins(i: int, arms: Sequence[Arm], silence: float | None) -> float:
    """The chance that this arm's draw is the largest: one integral, by the midpoint rule.

    It begins where the arm beats silence, and all that is certain: a step within it would cost the rule its
    precision, up to a quarter of the chance.
    """
    own = arms[i]
    if not own.spread:
        return _best_at(own.worth, i, arms, silence)
    sure = [other.worth for j, other in enumerate(arms) if j != i and not other.spread]
    beaten = max(sure if silence is None else [silence, *sure], default=own.worth - REACH * own.spread)
    low = max(-REACH, (beaten - own.worth) / own.spread)
    if low >= REACH:
        return 0.0
    step = (REACH - low) / POINTS
    total = 0.0
    for n in range(POINTS):
        z = low + (n + 0.5) * step
        total += exp(-z * z / 2) * _best_at(own.worth + own.spread * z, i, arms, silence)
    return total * step / sqrt(2 * pi)


def _best_at(worth: float, i: int, arms: Sequence[Arm], silence: float | None) -> float:
    if silence is not None and worth < silence:
        return 0.0
    chance = 1.0
    for j, other in enumerate(arms):
        if j != i:
            chance *= _below(worth, other, j < i)
    return chance


def _below(worth: float, arm: Arm, first: bool = True) -> float:
    """The chance that an arm's draw is less; at a tie of what is certain the `first` is taken."""
    if not arm.spread:
        return float(arm.worth < worth or (arm.worth == worth and not first))
    return 0.5 * (1.0 + erf((worth - arm.worth) / (arm.spread * sqrt(2.0))))


def _tier(moment: Moment, proposal: Proposal) -> int:
    raised = moment.maison.tiers
    told = (proposal.title, proposal.say or Phrase(""), *proposal.why)
    return max((tier_of(fact, raised) for sentence in told for fact in facts_of(sentence)), default=0)
