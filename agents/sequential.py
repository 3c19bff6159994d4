"""Counts that may be looked at after every client: tests and intervals that stay valid whenever one stops.

For a rate p and counts of yes and no, M(p) = B(a + yes, b + no) / B(a, b) / p^yes (1 - p)^no is a martingale
that starts at 1: the likelihood, mixed over a beta prior, against that of p. By Ville's inequality it ever
reaches 1/alpha with probability alpha at most, so {p: M(p) < 1/alpha} holds the truth at all times at once
(Robbins, Statistical methods related to the law of the iterated logarithm, 1970; Howard et al., Time-uniform
confidence sequences, 2021). For two arms the product of both is one under the truth of both; the least it is
over all truths in which there is no difference is evidence against that (Turner, Ly and Gruenwald, Generic
E-variables for exact sequential k-sample tests, 2024). Exact from the first client on: no normal is assumed.
Of several arms the likelihood of how many clients each has, mixed over a Dirichlet prior, against that of
their shares is one too (Lindon and Malek, Anytime-valid inference for multinomial count data, 2022).
"""

from collections.abc import Sequence
from math import inf, lgamma, log
from typing import NamedTuple

PRIOR = 1.0
"""Both parameters of the beta prior: every rate is as likely as another."""
STEPS = 60
"""Halvings of an interval that is searched: far below what is shown."""


class Count(NamedTuple):
    """Of `n` the number that said yes."""

    yes: float
    n: float

    @property
    def rate(self) -> float | None:
        """None of nobody."""
        return self.yes / self.n if self.n else None


def log_evidence(one: Count, other: Count, margin: float = 0.0) -> float:
    """How much speaks against `one` being at most `margin` above `other`; log of an e-value, 0 for nothing.

    At `log(1 / alpha)` or more it is told that `one` is higher, wrongly in at most `alpha` of all
    experiments, however often one looks.

    >>> log_evidence(Count(60, 150), Count(20, 150)) > log(1 / 0.05)
    True
    """
    if not one.n or not other.n or one.yes / one.n <= other.yes / other.n + margin:
        return 0.0
    mixed = _mixture(one) + _mixture(other)
    return max(0.0, mixed - _likeliest(one, other, margin))


def log_mismatch(counts: Sequence[float], shares: Sequence[float]) -> float:
    """How much speaks against clients having been drawn by these shares; log of an e-value.

    At `log(1 / alpha)` or more it is told that they were not, wrongly in at most `alpha` of all experiments,
    however often one looks.

    >>> log_mismatch([600, 480], [0.5, 0.5]) > log(1 / 0.05), log_mismatch([560, 520], [0.5, 0.5]) < 0
    (True, True)
    """
    arms, all_shares = len(counts), sum(shares)
    mixed = lgamma(arms) - lgamma(sum(counts) + arms) + sum(lgamma(n + 1) for n in counts)
    drawn = zip(counts, shares, strict=True)
    return mixed - sum(n * log(share / all_shares) for n, share in drawn)


def interval(count: Count, alpha: float) -> tuple[float, float]:
    """Where the rate lies, at all times at once, but for `alpha` of all experiments.

    >>> low, high = interval(Count(10, 100), 0.05)
    >>> round(low, 3), round(high, 3)
    (0.029, 0.228)
    """
    if not count.n:
        return 0.0, 1.0
    bound, rate = _mixture(count) - log(1 / alpha), count.yes / count.n

    def edge(inside: float, outside: float) -> float:
        for _ in range(STEPS):
            middle = (inside + outside) / 2
            if _likelihood(count, middle) > bound:
                inside = middle
            else:
                outside = middle
        return inside

    return edge(rate, 0.0), edge(rate, 1.0)


def _mixture(count: Count) -> float:
    yes, no = count.yes + PRIOR, count.n - count.yes + PRIOR
    return _beta(yes, no) - _beta(PRIOR, PRIOR)


def _beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _likelihood(count: Count, rate: float) -> float:
    """Log of it."""
    no = count.n - count.yes
    if (rate <= 0 and count.yes) or (rate >= 1 and no):
        return -inf
    return (count.yes * log(rate) if count.yes else 0.0) + (no * log(1 - rate) if no else 0.0)


def _likeliest(one: Count, other: Count, margin: float) -> float:
    """The log-likelihood of the likeliest truth in which `one` is `margin` above `other`; it is concave.

    Where the counts say more than that, no truth with less is likelier.
    """
    if margin == 0.0:
        both = Count(one.yes + other.yes, one.n + other.n)
        return _likelihood(both, both.yes / both.n)

    def at(rate: float) -> float:
        return _likelihood(other, rate) + _likelihood(one, rate + margin)

    low, high = 0.0, 1.0 - margin
    for _ in range(STEPS):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        if at(left) < at(right):
            low = left
        else:
            high = right
    return at((low + high) / 2)
