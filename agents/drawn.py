"""What the choice drew, as lines of the decision log, so that another policy is judged by it. Pure.

Of each inbox and moment: what competed, silence among it, what was taken and with which chance, and what came
of it. Where something had to be said nothing was drawn, and there is no line.

A line has three policies beside the one in force, as yardsticks: `rules` says what its rule holds worth most,
always; `best` what models hold worth most, or nothing where silence is worth more; `silence` nothing.
"""

from collections.abc import Iterator, Mapping

from agents.why import SAID
from schemas.decisions import Logged
from schemas.traces import Candidate, Trace

SILENCE = "silence"
LEAST = 1e-4
"""What a chance is held to be that was rounded to nothing by whoever logged it."""

Labels = Mapping[str, int | None]
"""Alert -> whether staff followed: 1, 0, or None where nobody will know."""


def drawn(id: str, trace: Trace, labels: Labels) -> Iterator[Logged]:
    """The lines of a decision by its id; the reward is null while it is not known.

    The reward is `value` where staff followed, less what saying nothing is worth; 0 of silence.
    """
    places: dict[str, list[Candidate]] = {}
    for one in trace.candidates:
        if one.chance is not None and one.silence is not None and one.place:
            places.setdefault(one.place, []).append(one)
    for place, several in places.items():
        yield _line(f"{id}/{place}", several, labels)


def _line(context: str, several: list[Candidate], labels: Labels) -> Logged:
    names = [*_names(several), SILENCE]
    chances = [one.chance or 0.0 for one in several]
    chances.append(max(0.0, 1.0 - sum(chances)))
    price = several[0].silence or 0.0
    taken = next((n for n, one in enumerate(several) if one.outcome in SAID), len(several))
    worths = [*((one.worth or 0.0) for one in several), price]
    values = [(one.value or 0.0) for one in several]
    return Logged(
        context=context,
        actions=names,
        action=names[taken],
        propensity=min(1.0, max(LEAST, chances[taken])),
        reward=_reward(several[taken], labels, price) if taken < len(several) else 0.0,
        policies={
            "rules": _always(values.index(max(values)), len(names)),
            "best": _always(worths.index(max(worths)), len(names)),
            SILENCE: _always(len(several), len(names)),
        },
        q=[*((one.probability or 0.0) * (one.value or 0.0) - price for one in several), 0.0],
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


def _reward(said: Candidate, labels: Labels, price: float) -> float | None:
    followed = labels.get(said.alert)
    return None if followed is None else followed * (said.value or 0.0) - price


def _always(which: int, of: int) -> list[float]:
    return [float(n == which) for n in range(of)]
