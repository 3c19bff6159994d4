"""Which of several kinds is chosen: shares in nested cells, each drawn to that around it, then to one's own.

`agents/pooled.py` asks whether something comes; this asks which. Of the path `pillow/riviera/couples` each
prefix is a cell that counts what was chosen in it. The outermost holds every kind it has seen for as likely
as another, moved by what it saw; each further one is that around it, moved by its own: (chosen + K x around)
/ (seen + K). What somebody chose before moves the innermost once more: `OWN` choices stand for everybody.

A case is what is known (`in/PATH`; `own/KIND`: how often before) and what was chosen (`chose/KIND`); its
label says that it was. How likely that kind was held is what an estimator is judged by.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import isfinite
from typing import NamedTuple

from agents.forecast import Forecast, Lesson
from agents.model import State
from agents.moment import Moment
from agents.pooled import path_of
from schemas.envelope import Event

K = 10.0
"""Choices that a cell needs to weigh as much as what lies around it."""
OWN = 4.0
"""Own choices that weigh as much as everybody's."""
COUNTS = 2048
"""Counts kept; when there are more, what was seen counts half, and what is then less than one goes."""
UNKNOWN = 0.5
_IN, _OWN, _CHOSE = "in/", "own/", "chose/"


class Case(NamedTuple):
    """What is known of a choice, and what it was, where that is told."""

    path: str
    own: Mapping[str, float]
    chosen: str | None


class Shares:
    """An estimator of one maison: cell -> kind -> how often it was chosen there."""

    def __init__(self, counts: Mapping[str, Mapping[str, float]] | None = None) -> None:
        self.counts = {cell: dict(kinds) for cell, kinds in (counts or {}).items()}

    def seen(self, path: str) -> float:
        """Choices counted in a cell."""
        return sum(self.counts.get(path, {}).values())

    def shares(self, path: str, own: Mapping[str, float] | None = None) -> dict[str, float]:
        """Kind -> probability that it is chosen next, of all the outermost cell has seen; the sum is 1."""
        kinds = self.counts.get(path.partition("/")[0], {})
        shares = dict.fromkeys(kinds, 1 / len(kinds)) if kinds else {}
        for cell in _cells_of(path):
            shares = _moved(shares, self.counts.get(cell, {}), K)
        return _moved(shares, own or {}, OWN)

    def count(self, path: str, kind: str) -> None:
        """Takes in what was chosen."""
        for cell in _cells_of(path):
            kinds = self.counts.setdefault(cell, {})
            kinds[kind] = kinds.get(kind, 0.0) + 1
        while sum(map(len, self.counts.values())) > COUNTS:
            self.unsettle()

    def unsettle(self) -> None:
        """What was seen counts half, and what is then less than one goes."""
        for cell, kinds in [*self.counts.items()]:
            left = {kind: n / 2 for kind, n in kinds.items() if n >= 2}
            if left:
                self.counts[cell] = left
            else:
                del self.counts[cell]


def case_of(path: str, own: Mapping[str, float], chosen: str) -> dict[str, float]:
    """A case as it is told.

    >>> case_of("category", {"bags": 2}, "silk")
    {'in/category': 1.0, 'own/bags': 2, 'chose/silk': 1.0}
    """
    before = {_OWN + kind: n for kind, n in own.items()}
    return {_IN + path: 1.0, **before, _CHOSE + chosen: 1.0}


def cell_of(*words: object) -> str:
    """The path of a cell, from the outermost in; slashes within a word are none."""
    return next(iter(path_of(*words)))


def predict(estimator: Shares, x: Mapping[str, float]) -> float:
    """How likely what was chosen was held; `UNKNOWN` where nobody has chosen anything."""
    case = _read(x)
    shares = {} if case is None else estimator.shares(case.path, case.own)
    return shares.get(case.chosen or "", 0.0) if case is not None and shares else UNKNOWN


def learn(estimator: Shares, x: Mapping[str, float], y: int) -> None:
    """Takes in a case; one with strange numbers teaches nothing, nor one of what was not chosen."""
    case = _read(x)
    if y and case is not None and case.chosen is not None:
        estimator.count(case.path, case.chosen)


def dump(estimator: Shares) -> State:
    """All of it, as numbers."""
    return {cell: dict(kinds) for cell, kinds in estimator.counts.items()}


def load(state: State) -> Shares:
    """An estimator as it was dumped."""
    return Shares({cell: kinds for cell, kinds in state.items() if isinstance(kinds, dict)})


def which(name: str, wakes: type[Event], watch: Callable[[Moment], Iterable[Lesson]]) -> Forecast:
    """The forecast of which kind is chosen at an event."""
    return Forecast(
        name=name,
        wakes=frozenset({wakes}),
        watch=watch,
        new=Shares,
        predict=predict,
        learn=learn,
        dump=dump,
        load=load,
        unsettle=Shares.unsettle,
    )


def _read(x: Mapping[str, float]) -> Case | None:
    if not all(map(isfinite, x.values())):
        return None
    named = {begins: [name for name in x if name.startswith(begins)] for begins in (_IN, _OWN, _CHOSE)}
    if not named[_IN]:
        return None
    own = {name.removeprefix(_OWN): x[name] for name in named[_OWN] if x[name] > 0}
    chosen = next((name.removeprefix(_CHOSE) for name in named[_CHOSE]), None)
    return Case(named[_IN][0].removeprefix(_IN), own, chosen)


def _cells_of(path: str) -> Iterator[str]:
    """
    >>> [*_cells_of("pillow/riviera/couple")]
    ['pillow', 'pillow/riviera', 'pillow/riviera/couple']
    """
    words = path.split("/")
    return ("/".join(words[: n + 1]) for n in range(len(words)))


def _moved(around: Mapping[str, float], own: Mapping[str, float], weight: float) -> dict[str, float]:
    known = {kind: own[kind] for kind in around if kind in own}
    seen = sum(known.values()) + weight
    return {kind: (known.get(kind, 0.0) + weight * share) / seen for kind, share in around.items()}
