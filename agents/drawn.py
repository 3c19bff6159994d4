"""What the choice drew, as lines of the decision log, so that another policy is judged by it. Pure.

Of each inbox and moment: what competed, silence among it, what was taken and with which chance, and what came
of it. Where something had to be said nothing was drawn, and there is no line.

A line has three policies beside the one in force, as yardsticks: `rules` says what its rule holds worth most,
always; `best` what models hold worth most, or nothing where silence is worth more; `silence` nothing.

A refusal is known at once, an answer of the client two weeks after staff followed: who judged by what is
known so far would count refusals before answers. So no line has a reward, whatever was taken and became of
it, before all is known that could have come of any of what competed.
"""

from collections.abc import Iterator, Mapping

from agents.attention import WITHIN
from agents.choice import ACCEPTANCE, FOLLOWED, RESPONSE
from agents.why import SAID
from schemas.decisions import Logged
from schemas.traces import Candidate, Trace

SILENCE = "silence"
LEAST = 1e-4
"""What a chance is held to be that was rounded to nothing by whoever logged it."""

Labels = Mapping[tuple[str, str], int | None]
"""Model, alert -> what the model was told: whether staff followed, whether the client then answered; 1, 0, or
None where nobody will know."""


def drawn(id: str, trace: Trace, labels: Labels, now: float, price: float) -> Iterator[Logged]:
    """The lines of a decision by its id; the reward is null while it is not known, by `now` (Unix seconds).

    Where staff followed it is `value`, of which half is for the client's answer where one is hoped for; less
    what interrupting somebody costs the house: its `price`, of all lines the same, whatever an arm of an
    experiment held silence to be worth. 0 of silence.
    """
    places: dict[str, list[Candidate]] = {}
    for one in trace.candidates:
        if one.chance is not None and one.silence is not None and one.place:
            places.setdefault(one.place, []).append(one)
    for place, several in places.items():
        yield _line(f"{id}/{place}", several, labels, now, price)


def _line(context: str, several: list[Candidate], labels: Labels, now: float, price: float) -> Logged:
    names = [*_names(several), SILENCE]
    chances = [one.chance or 0.0 for one in several]
    chances.append(max(0.0, 1.0 - sum(chances)))
    taken = next((n for n, one in enumerate(several) if one.outcome in SAID), len(several))
    worths = [*((one.worth or 0.0) for one in several), price]
    values = [(one.value or 0.0) for one in several]
    said = several[taken] if taken < len(several) else None
    told = {} if said is None else _told(said.alert, labels)
    return Logged(
        context=context,
        actions=names,
        action=names[taken],
        propensity=min(1.0, max(LEAST, chances[taken])),
        reward=_reward(said, told, price) if _known_by(several) <= now else None,
        labels=told,
        policies={
            "rules": _always(values.index(max(values)), len(names)),
            "best": _always(worths.index(max(worths)), len(names)),
            SILENCE: _always(len(several), len(names)),
        },
        q=[*(_expected(one) - price for one in several), 0.0],
        x={name: one.x for name, one in zip(names, several, strict=False)},
    )


def _names(several: list[Candidate]) -> list[str]:
    """Actions, each once: the second of a name has its number behind it."""
    seen: dict[str, int] = {}
    names = []
    for one in several:
        seen[one.action] = nth = seen.get(one.action, 0) + 1
        names.append(one.action if nth == 1 else f"{one.action} {nth}")
    return names


def _told(alert: str, labels: Labels) -> dict[str, int | None]:
    return {model: labels[model, alert] for model in (ACCEPTANCE, RESPONSE) if (model, alert) in labels}


def _known_by(several: list[Candidate]) -> float:
    """When all is known that may have come of any of them: time to follow it, then for an answer."""
    return max(one.until + WITHIN * _hopes(one) for one in several)


def _hopes(one: Candidate) -> bool:
    """Whether the client is hoped to answer: then the model of answers was asked."""
    return RESPONSE in one.x


def _reward(said: Candidate | None, told: Mapping[str, int | None], price: float) -> float | None:
    if said is None:
        return 0.0
    followed, share = told.get(ACCEPTANCE), 1.0
    if followed and _hopes(said):
        answered = told.get(RESPONSE)
        if answered is None:
            return None
        share = FOLLOWED + (1 - FOLLOWED) * answered
    return None if followed is None else followed * share * (said.value or 0.0) - price


def _expected(one: Candidate) -> float:
    """What models hold that it earns: its worth before what its intimacy and the client's attention cost."""
    return (one.worth or 0.0) + one.intimacy + one.attention


def _always(which: int, of: int) -> list[float]:
    return [float(n == which) for n in range(of)]
