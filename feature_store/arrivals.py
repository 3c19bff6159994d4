"""How much later than announced guests arrive: counts by means of transport and hour, and what they foretell.

Each guest's remembered stays that had an hour announced and a check-in stand in a cell of the maison's
tallies (`l:taxi1|period|bin`), so the counts are those of everybody's latest arrivals, exact after twins
and kills. They are read as a distribution: a means' own, drawn towards all arrivals' by `PRIOR` of them,
and an hour's drawn towards its means' likewise; then moved by what the guest's own arrivals add, drawn
towards nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from feature_store.features.stay import Stay
from feature_store.lateness import MEASURE, WIDTH, measure_of, way_of
from feature_store.scale import LEAST, Ladder, Scale

PRIOR = 20.0
"""Arrivals that the wider distribution counts for in a narrower one."""
OWN = 4.0
"""Arrivals of others that one guest's own habit is weighed against."""
WITHIN = 0.8
"""The share of arrivals that lie in the interval."""


class Expected(NamedTuple):
    """Seconds after the hour announced (below zero: before it): the middle, and between which four in five
    arrive; `seen`: arrivals of all guests that it rests on."""

    late: int
    low: int
    high: int
    seen: int


def expected(scale: Scale, stays: Iterable[Stay], by: str, eta: int) -> Expected | None:
    """When somebody announced for `eta` is likely to come; None where too few arrivals are known.

    `stays`: the guest's own, of which those with a known lateness count. O(cells of the maison).
    """
    cells = {name: _counts(ladder) for name, ladder in scale.ladders.items() if name.startswith(MEASURE)}
    whole = sum(cells.values(), Counter[int]())
    if whole.total() < LEAST:
        return None
    way, name = way_of(by), measure_of(by, eta)
    everybody = _shares(whole, {}, 0.0)
    alike = sum((c for n, c in cells.items() if n[len(MEASURE) : -1] == way), Counter[int]())
    shares = _shares(cells.get(name, Counter()), _shares(alike, everybody, PRIOR), PRIOR)
    middle = _quantile(shares, 0.5)
    own = [late - middle for stay in stays if (late := stay.late) is not None and stay.eta != eta]
    moved = sum(max(-3600.0, min(3600.0, one)) for one in own) / (len(own) + OWN)
    low, high = (_quantile(shares, share) for share in ((1 - WITHIN) / 2, (1 + WITHIN) / 2))
    return Expected(round(middle + moved), round(low + moved), round(high + moved), whole.total())


def _counts(ladder: Ladder) -> Counter[int]:
    return Counter({step: ladder.below[n + 1] - ladder.below[n] for n, step in enumerate(ladder.steps)})


def _shares(counts: Counter[int], wider: Mapping[int, float], weight: float) -> dict[int, float]:
    total = counts.total() + weight
    return {bin: (counts[bin] + weight * wider.get(bin, 0.0)) / total for bin in sorted({*counts, *wider})}


def _quantile(shares: Mapping[int, float], share: float) -> float:
    """Within a bin arrivals are taken to be spread evenly."""
    below = 0.0
    for bin, mass in shares.items():
        if mass and below + mass >= share - 1e-12:
            return (bin + (share - below) / mass) * WIDTH
        below += mass
    return (max(shares) + 1.0) * WIDTH
