"""What a policy would have earned, from a log of another one's decisions. Pure, one line at a time.

With w the probability of the action under the policy over its propensity, r the reward and q what a model
expects, over n decisions:

    ips    mean of w r                                unbiased, and wild where w is large
    snips  sum of w r / sum of w                      steadier, and slightly biased
    dr     mean of sum_a pi(a) q(a) + w (r - q(a))    unbiased whatever q is, steady where q is good

Horvitz and Thompson (1952); Swaminathan and Joachims (2015); Dudík, Langford and Li (2011). Intervals are
normal ones of 95 %, that of snips by the delta method: trust them where `effective` is above a few hundred.
"""

from math import sqrt

import msgspec

from schemas.decisions import Logged

Z = 1.959963984540054


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A value a decision and its interval."""

    value: float
    low: float
    high: float


class Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one policy. `dr` is None unless every line has q.

    effective: how many decisions of its own the log is worth, (sum of w)^2 / sum of w^2. heaviest: the
    largest w.
    """

    decisions: int
    ips: Estimate
    snips: Estimate | None
    dr: Estimate | None
    effective: float
    heaviest: float


class _Sum:
    """A sum to the last bit, however many are added (Neumaier, 1974)."""

    __slots__ = ("rest", "sum")

    def __init__(self) -> None:
        self.sum = self.rest = 0.0

    def add(self, value: float) -> None:
        new = self.sum + value
        self.rest += (self.sum - new) + value if abs(self.sum) >= abs(value) else (value - new) + self.sum
        self.sum = new

    @property
    def total(self) -> float:
        return self.sum + self.rest


class Tally:
    """One policy's sums: bounded, whatever the length of the log."""

    def __init__(self) -> None:
        self.count, self.modelled, self.heaviest = 0, 0, 0.0
        self._w, self._ww, self._wr = _Sum(), _Sum(), _Sum()
        self._wwr, self._wwrr, self._dr, self._drdr = _Sum(), _Sum(), _Sum(), _Sum()

    def add(self, line: Logged, chances: list[float]) -> None:
        """Takes in a decision whose reward is known."""
        taken, reward = line.actions.index(line.action), line.reward or 0.0
        w = chances[taken] / line.propensity
        self.count += 1
        self.heaviest = max(self.heaviest, w)
        for sum, value in (
            (self._w, w), (self._ww, w * w), (self._wr, w * reward),
            (self._wwr, w * w * reward), (self._wwrr, (w * reward) ** 2),
        ):  # fmt: skip
            sum.add(value)
        if line.q is not None:
            expected = sum_of(chances, line.q) / sum_of(chances, [1.0] * len(chances))
            robust = expected + w * (reward - line.q[taken])
            self.modelled += 1
            self._dr.add(robust)
            self._drdr.add(robust * robust)

    def evaluated(self) -> Evaluated:
        """The estimates; needs at least one decision."""
        n, w, ww = self.count, self._w.total, self._ww.total
        snips = None
        if w > 0:
            value = self._wr.total / w
            spread = self._wwrr.total - 2 * value * self._wwr.total + value * value * ww
            snips = _around(value, sqrt(max(0.0, spread)) / w)
        return Evaluated(
            decisions=n,
            ips=_mean(self._wr.total, self._wwrr.total, n),
            snips=snips,
            dr=_mean(self._dr.total, self._drdr.total, n) if self.modelled == n else None,
            effective=w * w / ww if ww > 0 else 0.0,
            heaviest=self.heaviest,
        )


def sum_of(chances: list[float], values: list[float]) -> float:
    """Values weighed by their chances."""
    return sum(p * v for p, v in zip(chances, values, strict=True))


def _mean(total: float, squares: float, n: int) -> Estimate:
    mean = total / n
    return _around(mean, sqrt(max(0.0, squares / n - mean * mean) / n))


def _around(value: float, deviation: float) -> Estimate:
    return Estimate(value=value, low=value - Z * deviation, high=value + Z * deviation)


class Evaluation:
    """Reads a log line by line; `policies` is told at any time."""

    def __init__(self) -> None:
        self.waiting = self.twins = self.decisions = 0
        self._seen: set[int] = set()
        self._tallies: dict[str, Tally] = {}
        self._own = Tally()

    def add(self, line: Logged) -> None:
        """Takes in a line. One seen before, or whose reward is not known yet, is only counted."""
        mark = hash(line.context)
        if mark in self._seen:
            self.twins += 1
            return
        if line.reward is None:
            self.waiting += 1
            return
        self._seen.add(mark)
        self.decisions += 1
        self._own.add(line, [float(a == line.action) * line.propensity for a in line.actions])
        for policy, chances in line.policies.items():
            self._tallies.setdefault(policy, Tally()).add(line, chances)

    @property
    def logged(self) -> Estimate | None:
        """What the policy that wrote the log earned."""
        return self._own.evaluated().ips if self._own.count else None

    @property
    def policies(self) -> dict[str, Evaluated]:
        """What each policy would have earned, over the lines that name it."""
        return {name: tally.evaluated() for name, tally in sorted(self._tallies.items())}
