"""How much each likeness weighs: a Fellegi-Sunter model in bits, and what people's verdicts teach it.

`M`: how often a field compares so among two records of one person, `U`: of two. Both were counted on the
half of the persons of splink's "historical figures with errors" whose cluster id has an even CRC-32 (40,000
pairs of one, 300,000 of two; rounded); e-mail and telephone, which it lacks, by analogy from its `fake_1000`.
The model: Fellegi and Sunter, A Theory for Record Linkage, 1969.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import log2
from typing import NamedTuple

from agents.matching.compare import ABSENT, CLOSE, DIFFERENT, PARTLY, SAME
from agents.matching.traits import FIELDS

LEVELS = SAME + CLOSE + PARTLY + DIFFERENT

M: Mapping[str, tuple[float, ...]] = {
    "name": (0.281, 0.309, 0.300, 0.110),
    "born": (0.506, 0.426, 0.067, 0.001),
    "place": (0.808, 0.020, 0.001, 0.171),
    "code": (0.595, 0.112, 0.177, 0.116),
    "work": (0.855, 0.009, 0.001, 0.135),
    "email": (0.700, 0.200, 0.001, 0.099),
    "phone": (0.700, 0.150, 0.001, 0.149),
}
"""Field -> how often each of `LEVELS` among records of one person that both have the field."""
U: Mapping[str, tuple[float, ...]] = {
    "name": (0.000002, 0.00004, 0.0148, 0.985158),
    "born": (0.0019, 0.0193, 0.0903, 0.8885),
    "place": (0.0048, 0.0043, 0.0001, 0.9908),
    "code": (0.00001, 0.00006, 0.0104, 0.98953),
    "work": (0.0364, 0.0032, 0.0001, 0.9603),
    "email": (0.00001, 0.0001, 0.0001, 0.99979),
    "phone": (0.00001, 0.0001, 0.0001, 0.99979),
}
"""The same among records of two persons."""

SURE = 24.0
"""Bits from which two are linked, if name and birth date let them be."""
UNSURE = 16.0
"""Bits from which a person is asked."""
AGAINST = 0.0
"""Bits below which two parts speak against their being one, whatever others they are alike with."""

TRUST = 200.0
"""Verdicts that weigh as much as the model did before any was given."""


class Verdict(NamedTuple):
    """What a person said of a pair, and how its fields compared when they said it."""

    levels: str
    same: bool


def bits(levels: str) -> float:
    """The weight of evidence of one comparison, before any verdict: log2(m/u), summed.

    >>> round(bits("~~....."), 1), bits("......."), bits("xx.....") < -9
    (17.4, 0.0, True)
    """
    return _bits(levels)


@lru_cache(maxsize=65_536)
def _bits(levels: str) -> float:
    return weigh(levels, _WEIGHTS)


def sure(levels: str) -> bool:
    """Whether two are linked: enough speaks for it, and neither name nor birth date against it.

    A family shares name, address and telephone; what tells its people apart is first name and birth date.
    """
    name, born = levels[0], levels[1]
    return name in SAME + CLOSE and born in SAME + CLOSE + ABSENT and bits(levels) >= SURE


def unsure(levels: str) -> bool:
    """Whether two are worth a person's look."""
    return bits(levels) >= UNSURE


def learned(verdicts: Iterable[Verdict]) -> list[dict[str, float]]:
    """The weights after these verdicts, one table a field; their order does not matter.

    The mean of a Dirichlet posterior: `TRUST` pseudo-counts spread as `M` and `U`, and one for each verdict.
    """
    same = [dict.fromkeys(LEVELS, 0) for _ in FIELDS]
    different = [dict.fromkeys(LEVELS, 0) for _ in FIELDS]
    for verdict in verdicts:
        for field, level in enumerate(verdict.levels[: len(FIELDS)]):
            if level in LEVELS:
                (same if verdict.same else different)[field][level] += 1
    return [
        {
            level: log2(_mean(M[field][n], same[at], level) / _mean(U[field][n], different[at], level))
            for n, level in enumerate(LEVELS)
        }
        for at, field in enumerate(FIELDS)
    ]


def weigh(levels: str, weights: list[dict[str, float]]) -> float:
    """Bits by weights that were learned."""
    return sum((weights[n][level] for n, level in enumerate(levels) if level != ABSENT), start=0.0)


def _mean(prior: float, counts: Mapping[str, int], level: str) -> float:
    return (TRUST * prior + counts[level]) / (TRUST + sum(counts.values()))


_WEIGHTS = learned(())
