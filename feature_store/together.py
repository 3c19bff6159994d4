"""Which articles go together: how often the clients of a maison chose both, from the tallies of all shards.

How much two are alike is the count of both over the geometric mean of each, shrunk while little is known
(cosine with a prior: Sarwar et al., 2001). Of 40 who chose the bag and 90 who chose the scarf, 18 chose both:
18 / (sqrt(40 * 90) + 5) = 0.28. What few chose says nothing, and would say too much of those few.
"""

from collections.abc import Iterable, Mapping
from heapq import nlargest
from math import sqrt

import msgspec

LEAST = 3
"""Parts that chose both, below which it is chance."""
PRIOR = 5.0
BESIDE = 20
"""Articles kept beside one."""


class Together(msgspec.Struct, frozen=True):
    """`beside`: `code_of` an article -> articles that go with it, by code -> how much, 0 to 1."""

    beside: Mapping[int, Mapping[int, float]] = {}


def together_of(chosen: Iterable[tuple[str, int]]) -> dict[str, Together]:
    """Maison -> what goes together, from (name, count); O(pairs)."""
    alone: dict[tuple[str, int], int] = {}
    both: list[tuple[str, int, int, int]] = []
    for name, count in chosen:
        maison, kind, *codes = name.split("|")
        if kind == "u":
            alone[maison, int(codes[0], 16)] = count
        elif count >= LEAST:
            both.append((maison, int(codes[0], 16), int(codes[1], 16), count))
    found: dict[str, dict[int, dict[int, float]]] = {}
    for maison, one, other, count in both:
        each = sqrt(alone.get((maison, one), count) * alone.get((maison, other), count))
        like = count / (each + PRIOR)
        beside = found.setdefault(maison, {})
        beside.setdefault(one, {})[other] = like
        beside.setdefault(other, {})[one] = like
    return {
        maison: Together({c: _nearest(near) for c, near in codes.items()}) for maison, codes in found.items()
    }


def _nearest(near: Mapping[int, float]) -> dict[int, float]:
    return {code: near[code] for code in nlargest(BESIDE, near, key=lambda c: (near[c], c))}
