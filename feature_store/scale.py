"""Where a client stands among those of a maison: scores from 1 to 5, read off the tallies of all shards.

The clients compared are those who did the same within the last year (thirteen periods of 28 days, the current
one included). A score is the fifth in which the middle of a client's bucket lies: with half of all clients at
one order each, one order is worth 2, for the middle of that half lies at a quarter.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import NamedTuple

import msgspec

from feature_store.features.orders import First, begun
from feature_store.tally import DAY, PERIOD, middle

PERIODS = 13
LEAST = 20
"""Clients below which a fifth says nothing, and there are no scores."""
HOUSE = 20.0
"""Gaps that the house's rhythm is worth beside those of clients who began alike."""


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
    """The ladders of a maison: by the first part of a cell (`r`, `m:EUR` ...; `c` of all that begin so).

    gap: days between two orders of a client, on average over all gaps; None where too few are known. alike:
    the same of clients who began with so many articles (`begun`), each drawn to `gap`.
    """

    ladders: Mapping[str, Ladder] = {}
    gap: float | None = None
    alike: Mapping[int, float] = {}

    def gap_of(self, first: First | None) -> float | None:
        """Days between orders of clients whose first was like this one; the house's where none is known."""
        return self.alike.get(begun(first), self.gap)

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
    gaps: dict[str, dict[int, Gaps]] = {}
    for name, count in tallies:
        maison, measure, *places = name.split("|")
        counts.setdefault(maison, {})
        if measure == "k" or measure.startswith("g:"):
            continue
        when, step = int(places[0]), int(places[-1])
        if (when * DAY if len(places) == 1 else when * PERIOD) >= since * PERIOD:
            if measure.startswith("c:"):
                began, alike = int(measure[2:]), gaps.setdefault(maison, {})
                alike[began] = _gaps(alike.get(began, Gaps()), when, int(places[1]), step, count)
                measure = "c"
            counts[maison].setdefault(measure, Counter())[step] += count
    return {
        maison: Scale(
            {measure: ladder_of(steps) for measure, steps in ladders.items()}, *_means(gaps.get(maison, {}))
        )
        for maison, ladders in counts.items()
    }


class Gaps(NamedTuple):
    """Days between first and last orders, and how many gaps lie between."""

    days: float = 0.0
    number: float = 0.0


def _gaps(known: Gaps, last: int, first: int, orders: int, clients: int) -> Gaps:
    """With those of so many more clients; within one period, a third of it."""
    repeats = middle(orders) - 1
    if repeats <= 0:
        return known
    between = (last - first or 1 / 3) * PERIOD / DAY
    return Gaps(known.days + between * clients, known.number + repeats * clients)


def _means(gaps: Mapping[int, Gaps]) -> tuple[float | None, dict[int, float]]:
    """Of all, and of clients who began alike, drawn to that of all."""
    days, count = sum(one.days for one in gaps.values()), sum(one.number for one in gaps.values())
    if count < LEAST:
        return None, {}
    house = days / count
    return house, {began: drawn(one, house) for began, one in gaps.items() if began}


def drawn(alike: Gaps, house: float) -> float:
    """Days between orders of clients alike, drawn to those of the house.

    >>> drawn(Gaps(600.0, 20.0), 50.0)
    40.0
    """
    return (HOUSE * house + alike.days) / (HOUSE + alike.number)


def counts_of(tallies: Iterable[tuple[str, int]]) -> dict[str, Counter[str]]:
    """Maison -> segment -> clients, from the same."""
    counts: dict[str, Counter[str]] = {}
    for name, count in tallies:
        maison, measure, *places = name.split("|")
        if measure == "k":
            counts.setdefault(maison, Counter())[places[0]] += count
    return counts
