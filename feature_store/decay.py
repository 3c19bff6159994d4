"""Weights that fade by half every `HALF_LIFE`, in whole numbers, whatever the order in which they come.

Forward decay (Cormode et al., 2009): a touch of weight w at time t adds w * 2^((t - L) / H) for a fixed
landmark L, so the order of events does not matter and nothing is rewritten as time passes; reading at
`now` divides by 2^((now - L) / H). One view read one half-life later is worth 0.5.

Weights are whole numbers of small units: a few bytes where a float takes nine, and a sum that is the same in
any order. The landmark moves on every four half-lives, which is a shift by four bits.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import floor, log2

import msgspec

from feature_store.vocabulary import Word

HALF_LIFE = 45 * 86_400.0
LANDMARK = 1_767_225_600.0
"""2026-01-01. A record's own landmark lies some eras after it, or before."""
ERA = 4
"""Half-lives after which the landmark of a record moves on."""

VIEW, SOCIAL, CART, WISH, TRIED, BOUGHT = 1.0, 0.5, 3.0, 3.0, 4.0, 8.0
"""What a touch tells of taste, one view being 1."""


class Fading(msgspec.Struct, array_like=True, gc=False):
    """Word, or its number in the vocabulary -> units; `since`: half-lives between `LANDMARK` and the record's
    own, a number of eras."""

    weights: dict[Word, int] = {}
    since: int = 0


def units_of(slice: Fading, weight: float, at: float, one: float) -> int:
    """What a touch adds, where weight 1 is `one` units at the landmark, which moves on if need be."""
    age = (at - LANDMARK) / HALF_LIFE - slice.since
    if age >= ERA or not slice.weights:
        eras = floor(age / ERA)
        slice.weights = {word: units >> ERA * eras for word, units in slice.weights.items()}
        slice.since, age = slice.since + ERA * eras, age - ERA * eras
    return int(one * weight * 2.0**age)


def strongest(weights: Mapping[Word, int], kept: int) -> dict[Word, int]:
    """The words of most weight, the first first."""
    words = sorted(weights, key=lambda word: (-weights[word], str(word)))[:kept]
    return {word: weights[word] for word in words}


def faded(slice: Fading, now: float, one: float) -> dict[Word, float]:
    """What each word is worth now, most first."""
    now_is = (now - LANDMARK) / HALF_LIFE - slice.since + log2(one)
    worth = {word: 2.0 ** (log2(units) - now_is) for word, units in slice.weights.items() if units > 0}
    return {word: worth[word] for word in sorted(worth, key=lambda word: (-worth[word], str(word)))}


def united(slices: Sequence[Fading]) -> tuple[dict[Word, int], int]:
    """The weights of several records under the latest of their landmarks, and that."""
    weights: dict[Word, int] = {}
    since = max((slice.since for slice in slices if slice.weights), default=0)
    for slice in slices:
        for word, units in slice.weights.items():
            weights[word] = weights.get(word, 0) + (units >> (since - slice.since))
    return weights, since


def each(slice: Fading, words: Iterable[Word], units: int) -> None:
    """Adds the same units to several words."""
    weights = slice.weights
    for word in words:
        weights[word] = weights.get(word, 0) + units
