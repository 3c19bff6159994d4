"""Where a client stands among those of a maison: scores from 1 to 5, read off the tallies of all shards.

The clients compared are those who did the same within the last year (thirteen periods of 28 days, the current
one included). A score is the fifth in which the middle of a client's bucket lies: with half of all clients at
one order each, one order is worth 2, for the middle of that half lies at a quarter.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import accumulate

import msgspec

from feature_store.tally import DAY, PERIOD, middle

PERIODS = 13
LEAST = 20
"""Clients below which a fifth says nothing, and there are no scores."""


class Ladder(msgspec.Struct, frozen=True):
    """How many clients have what: `steps` ascending, and how many stand below each, then the count of all."""

    steps: tuple[int, ...] = ()
    below: tuple[int, ...] = (0,)

    @property
    def clients(self) -> int:
        """How many are compared."""
        return self.below[-1]

    def score(self, step: int) -> int | None:
        """1 (the lowest fifth) to 5; None where too few are compared.

        >>> ladder_of({1: 50, 2: 30, 9: 20}).score(1), ladder_of({1: 50, 2: 30, 9: 20}).score(9)
        (2, 5)
        """
        if self.clients < LEAST:
            return None
        at = bisect_left(self.steps, step)
        below = self.below[at]
        alike = self.below[at + 1] - below if at < len(self.steps) and self.steps[at] == step else 0
        return min(5, 1 + int(5 * (below + alike / 2) / self.clients))


def ladder_of(counts: Mapping[int, int]) -> Ladder:
    """A ladder from counts per step; a step nobody stands on is left out."""
    steps = sorted(step for step, count in counts.items() if count > 0)
    return Ladder(tuple(steps), (0, *accumulate(counts[step] for step in steps)))


class Scale(msgspec.Struct, frozen=True):
    """The ladders of a maison: by the first part of a cell (`r`, `c`, `m:EUR` ...).

    gap: days between two orders of a client, on average over all gaps; None where too few are known.
    """

    ladders: Mapping[str, Ladder] = {}
    gap: float | None = None

    def score(self, measure: str, step: int) -> int | None:
        """From 1 to 5, None where too few are compared."""
        return self.ladders.get(measure, Ladder()).score(step)

    def clients(self, measure: str) -> int:
        """How many are compared by a measure."""
        return self.ladders.get(measure, Ladder()).clients


def scales_of(tallies: Iterable[tuple[str, int]], now: float) -> dict[str, Scale]:
    """Maison -> scale, from (name, count) of the tallies of all shards; O(tallies)."""
    since = int(now) // PERIOD - PERIODS + 1
    counts: dict[str, dict[str, Counter[int]]] = {}
    gaps: dict[str, tuple[float, float]] = {}
    for name, count in tallies:
        maison, measure, *places = name.split("|")
        counts.setdefault(maison, {})
        if measure == "k" or measure.startswith("g:"):
            continue
        when, step = int(places[0]), int(places[-1])
        if (when * DAY if len(places) == 1 else when * PERIOD) >= since * PERIOD:
            counts[maison].setdefault(measure, Counter())[step] += count
            if measure == "c":
                gaps[maison] = _gaps(gaps.get(maison, (0.0, 0.0)), when, int(places[1]), step, count)
    return {
        maison: Scale(
            {measure: ladder_of(steps) for measure, steps in ladders.items()},
            _mean(*gaps.get(maison, (0.0, 0.0))),
        )
        for maison, ladders in counts.items()
    }


def _gaps(
    known: tuple[float, float], last: int, first: int, orders: int, clients: int
) -> tuple[float, float]:
    """Days between first and last orders, and gaps among them; within one period, a third of it."""
    repeats = middle(orders) - 1
    if repeats <= 0:
        return known
    between = (last - first or 1 / 3) * PERIOD / DAY
    return known[0] + between * clients, known[1] + repeats * clients


def _mean(days: float, gaps: float) -> float | None:
    return days / gaps if gaps >= LEAST else None


def counts_of(tallies: Iterable[tuple[str, int]]) -> dict[str, Counter[str]]:
    """Maison -> segment -> clients, from the same."""
    counts: dict[str, Counter[str]] = {}
    for name, count in tallies:
        maison, measure, *places = name.split("|")
        if measure == "k":
            counts.setdefault(maison, Counter())[places[0]] += count
    return counts
