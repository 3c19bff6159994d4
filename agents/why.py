"""Why and why not, of one logged decision: a sentence for staff, numbers for the platform. Pure.

Facts before predictions: staff read the facts an action rests on, never a probability.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from agents.guard import Guard
from agents.interruptions import SPARED, WAITS
from schemas.tiers import Circle, may_know
from schemas.traces import Candidate, Sentence, Trace

Reader = Circle | Literal["platform"]
SAID = frozenset({"said", "updated"})
QUIET, OUTRANKED, LATE = "silence was worth more", "outranked", "too late"
HELD = "guard"
"""What the name of a guard is held to tell: no row of the tiers has it, for it may give away a loss."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence, the candidates it speaks of, the facts it shows, and those it withholds."""

    text: str
    candidates: list[Candidate]
    shown: frozenset[str]
    withheld: frozenset[str]


def sentence(
    trace: Trace,
    circle: Circle,
    raised: Mapping[str, int],
    guards: Mapping[str, Guard],
    here: Callable[[Sequence[str]], bool] | None = None,
) -> Told:
    """What was decided and why, in one sentence, for a circle that may know so much.

    here: whether facts may be told at the place where it is read, where it is read at one. An action whose
    name gives away what may not be known, or of which nobody logged what it tells, is not spoken of.
    """
    shown: set[str] = set()
    withheld: set[str] = set()

    def known(said: Sentence) -> bool:
        open_ = all(may_know(fact, circle, raised) for fact in said[1]) and (here is None or here(said[1]))
        (shown if open_ else withheld).update(said[1])
        return open_

    tellable = [one for one in trace.candidates if here is None or one.title is not None]
    spoken = [one for one in tellable if known(("", _named_by(one)))]
    told = [_clause(one, known, guards) for one in sorted(spoken, key=lambda one: one.outcome not in SAID)]
    if len(spoken) < len(trace.candidates):
        told.append(
            "the rest is not for you to know" if told else "what was considered is not for you to know"
        )
    text = "; ".join(dict.fromkeys(told))
    return Told(
        text=f"{text[:1].upper()}{text[1:]}." if text else "Nothing was considered.",
        candidates=spoken,
        shown=frozenset(shown),
        withheld=frozenset(withheld - shown),
    )


def _named_by(one: Candidate) -> tuple[str, ...]:
    """The facts that the name of an action tells: those of its title and of its first reason, for which it
    was proposed; of one that was called off without saying any, words.
    """
    if one.title is None:
        return ("words",)
    return one.title[1] + (one.why[0][1] if one.why else ())


def _clause(one: Candidate, known: Callable[[Sentence], bool], guards: Mapping[str, Guard]) -> str:
    action = one.action.replace("_", " ")
    if one.outcome in SAID:
        reasons = [said[0].rstrip(".") for said in one.why if known(said)]
        because = f" because {', '.join(reasons[:2])}" if reasons else ""
        return f"{action} was proposed{because}"
    if one.guard is not None:
        guard = guards.get(one.guard)
        why = guard.says.rstrip(".") if guard is not None and known(("", (HELD,))) else ""
        held = f": {why[:1].lower()}{why[1:]}" if why else ""
        return f"{action} was held back by discretion{held}"
    plain = {
        QUIET: "was not worth an interruption",
        OUTRANKED: "gave way to what mattered more",
        LATE: "came too late",
        "done": "was over: it had happened",
        "retracted": "was called off",
    }
    return f"{action} {plain.get(one.outcome, one.outcome)}"


def changes(one: Candidate, trace: Trace) -> list[str]:
    """What would have changed the outcome, in numbers: for the platform team."""
    if one.guard is not None:
        return [f"the guard {one.guard} letting it pass"]
    if one.outcome == QUIET and one.worth is not None and one.silence is not None:
        return [*_worth_more(one, one.silence, "silence"), *_reached(one), *_against(one)]
    if one.outcome in (WAITS, SPARED):
        price = one.silence or 0.0
        bought = _worth_more(one, price, "an interruption then") if price < 1 else []
        return [*bought, "fewer interruptions within the hour before"]
    if one.outcome == OUTRANKED:
        best = max((c for c in trace.candidates if c.outcome in SAID and c.worth is not None),
                   key=lambda c: c.worth or 0.0, default=None)  # fmt: skip
        if best is None or best.worth is None:
            return ["nothing that had to be said at the same place"]
        return [*_worth_more(one, best.worth, best.action), *_reached(one), *_against(one)]
    if one.outcome in SAID and one.silence is not None and one.worth is not None:
        return [f"a worth under {one.silence:.2f}, that of silence, instead of {one.worth:.2f}"]
    return []


def _worth_more(one: Candidate, than: float, what: str) -> list[str]:
    worth = one.worth or 0.0
    said = [f"a worth of {than:.2f}, that of {what}, instead of {worth:.2f}"]
    cost = one.intimacy + one.attention
    brings = worth + cost
    if one.probability and brings > 0 and (needed := one.probability * (than + cost) / brings) <= 1:
        said.append(f"acceptance of {needed:.2f} instead of {one.probability:.2f}")
    return said


def _reached(one: Candidate) -> list[str]:
    return [f"fewer contacts lately, which cost {one.attention:.2f}"] if one.attention else []


def _against(one: Candidate) -> list[str]:
    adds = [(amount, name, model) for model, of in one.adds.items() for name, amount in of.items()]
    amount, name, model = min(adds, default=(0.0, "", ""))
    return [f"{name}, which took {-amount:.2f} from the log-odds of {model}"] if amount < 0 else []
