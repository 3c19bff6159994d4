"""What a decision considered, as it is logged, sealed for the client's part. Pure."""

from collections.abc import Callable, Sequence

from agents.card import digest
from agents.choice import ACCEPTANCE, RESPONSE
from agents.decide import Considered, Decision
from agents.moment import Moment
from agents.phrase import facts_of
from schemas.sealing import Key
from schemas.traces import Candidate, Sentence, Trace, Traced, body_of

Adds = Callable[[str, str, dict[str, float]], dict[str, float]]
"""Maison, model, what it saw -> what each feature adds to its log-odds of a yes."""
DIGITS = 4
"""Digits after the point that are kept of a number."""


def traced(moment: Moment, decision: Decision, adds: Adds, key: Key | None) -> Traced | None:
    """A decision as `decisions` has it; None where nothing was considered."""
    if not decision.trace:
        return None
    event = moment.event
    woke = (
        type(event).__struct_config__.tag
        if event is not None
        else moment.timer.name.partition(":")[0]
        if moment.timer is not None
        else ""
    )
    maison = moment.maison
    judges = [maison.models.get(model, model) for model in (ACCEPTANCE, RESPONSE)]  # a shadow adds nothing
    trace = Trace(
        woke=str(woke),
        candidates=[_candidate(line, maison.id, judges, adds) for line in decision.trace],
        arms=dict(moment.arms),
    )
    body = body_of(trace)
    return Traced(
        maison=maison.id,
        oid=moment.part,
        id=digest(moment.id),
        at=moment.now,
        body=body if key is None else key.seal(body),
        sealed=key is not None,
    )


def _candidate(line: Considered, maison: str, judges: Sequence[str], adds: Adds) -> Candidate:
    proposal, x = line.proposal, line.x
    return Candidate(
        action=line.action,
        outcome=line.outcome,
        guard=line.guard,
        probability=_short(line.probability),
        worth=_short(line.worth),
        silence=_short(line.silence),
        chance=_short(line.chance),
        value=None if proposal is None else proposal.value,
        until=0 if proposal is None else int(proposal.valid_to),
        intimacy=_short(line.intimacy) or 0.0,
        attention=_short(line.attention) or 0.0,
        place=line.place,
        alert=line.alert,
        x=x,
        adds={model: adds(maison, model, x[model]) for model in judges if model in x},
        title=None if proposal is None else _told(proposal.title),
        why=[] if proposal is None else _all(proposal.why),
    )


def _told(sentence: str) -> Sentence:
    return str(sentence), tuple(facts_of(sentence))


def _all(sentences: Sequence[str]) -> list[Sentence]:
    return [_told(sentence) for sentence in sentences]


def _short(number: float | None) -> float | None:
    return None if number is None else round(number, DIGITS)
