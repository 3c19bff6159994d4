"""What a policy would have earned, from a log of another one's decisions. Pure, one line at a time.

With w the probability of the action under the policy over its propensity, r the reward and q what a model
expects, over n decisions:

    ips    mean of w r                                unbiased, and wild where w is large
    snips  sum of w r / sum of w                      steadier, and slightly biased
    dr     mean of sum_a pi(a) q(a) + w (r - q(a))    unbiased whatever q is, steady where q is good

Horvitz and Thompson (1952); Swaminathan and Joachims (2015); Dudík, Langford and Li (2011). Intervals are
normal ones of 95 %, by the delta method: trust them where `effective` is above a few hundred.

Of more cards than silences it is not known what they earned. So what is known of an action stands for what is
not: of 100 cards of which 60 are known each of these counts 100 / 60. That holds where it does not depend on
what it would have earned whether it is known.
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


class _Action:
    """What is known of the decisions at which one action was taken, and of how many nothing is."""

    def __init__(self) -> None:
        self.count = self.unknown = 0
        self.w, self.ww, self.wr = _Sum(), _Sum(), _Sum()
        self.wwr, self.wwrr, self.dr, self.drdr = _Sum(), _Sum(), _Sum(), _Sum()

    @property
    def stands(self) -> float:
        """For how many decisions each that is known stands."""
        return (self.count + self.unknown) / self.count


class Tally:
    """One policy's sums, an action each: bounded, whatever the length of the log."""

    def __init__(self) -> None:
        self.modelled, self.heaviest = 0, 0.0
        self._actions: dict[str, _Action] = {}

    def add(self, line: Logged, chances: list[float]) -> None:
        """Takes in a decision whose reward is known."""
        taken, reward = line.actions.index(line.action), line.reward or 0.0
        w = chances[taken] / line.propensity
        of = self._of(line.action)
        of.count += 1
        self.heaviest = max(self.heaviest, w)
        for sum, value in (
            (of.w, w), (of.ww, w * w), (of.wr, w * reward),
            (of.wwr, w * w * reward), (of.wwrr, (w * reward) ** 2),
        ):  # fmt: skip
            sum.add(value)
        if line.q is not None:
            expected = sum_of(chances, line.q) / sum_of(chances, [1.0] * len(chances))
            robust = expected + w * (reward - line.q[taken])
            self.modelled += 1
            of.dr.add(robust)
            of.drdr.add(robust * robust)

    def waits(self, action: str, more: int) -> None:
        """Of so many more decisions at which it was taken nobody knows what came."""
        self._of(action).unknown += more

    @property
    def count(self) -> int:
        """Decisions whose reward is known."""
        return sum(of.count for of in self._actions.values())

    def evaluated(self) -> Evaluated:
        """The estimates; needs at least one decision."""
        known = [of for of in self._actions.values() if of.count]

        def total(name: str, power: int = 1) -> float:
            of_each: list[float] = [of.stands**power * getattr(of, name).total for of in known]
            return sum(of_each)

        n, nn = (sum(of.stands**power * of.count for of in known) for power in (1, 2))
        w, ww, robust = total("w"), total("ww", 2), self.modelled == self.count
        return Evaluated(
            decisions=self.count,
            ips=_ratio(total("wr"), n, total("wwrr", 2), total("wr", 2), nn),
            snips=_ratio(total("wr"), w, total("wwrr", 2), total("wwr", 2), ww) if w > 0 else None,
            dr=_ratio(total("dr"), n, total("drdr", 2), total("dr", 2), nn) if robust else None,
            effective=w * w / ww if ww > 0 else 0.0,
            heaviest=self.heaviest,
        )

    def _of(self, action: str) -> _Action:
        return self._actions.setdefault(action, _Action())


def sum_of(chances: list[float], values: list[float]) -> float:
    """Values weighed by their chances."""
    return sum(p * v for p, v in zip(chances, values, strict=True))


def _ratio(over: float, under: float, squares: float, products: float, unders: float) -> Estimate:
    """A sum over another, and how far that may be off: by the sums of the squares and products of both."""
    value = over / under
    deviation = sqrt(max(0.0, squares - 2 * value * products + value * value * unders)) / under
    return Estimate(value=value, low=value - Z * deviation, high=value + Z * deviation)


class Evaluation:
    """Reads a log line by line; `policies` is told at any time."""

    def __init__(self) -> None:
        self.twins = self.decisions = 0
        self._seen: set[int] = set()
        self._unknown: dict[int, tuple[str, tuple[str, ...]]] = {}
        self._tallies: dict[str, Tally] = {}
        self._own = Tally()

    @property
    def waiting(self) -> int:
        """Decisions whose reward is not known."""
        return len(self._unknown)

    def add(self, line: Logged) -> None:
        """Takes in a line. One whose reward is not known counts until another tells it, one told before as a
        twin."""
        mark = hash(line.context)
        if mark in self._seen or (line.reward is None and mark in self._unknown):
            self.twins += 1
            return
        if line.reward is None:
            self._unknown[mark] = line.action, tuple(line.policies)
            self._wait(*self._unknown[mark], 1)
            return
        if mark in self._unknown:
            self._wait(*self._unknown.pop(mark), -1)
        self._seen.add(mark)
        self.decisions += 1
        self._own.add(line, [float(a == line.action) * line.propensity for a in line.actions])
        for policy, chances in line.policies.items():
            self._tally(policy).add(line, chances)

    def _wait(self, action: str, policies: tuple[str, ...], more: int) -> None:
        for tally in (self._own, *map(self._tally, policies)):
            tally.waits(action, more)

    def _tally(self, policy: str) -> Tally:
        return self._tallies.setdefault(policy, Tally())

    @property
    def logged(self) -> Estimate | None:
        """What the policy that wrote the log earned."""
        return self._own.evaluated().ips if self._own.count else None

    @property
    def policies(self) -> dict[str, Evaluated]:
        """What each policy would have earned, over the lines that name it."""
        return {name: tally.evaluated() for name, tally in sorted(self._tallies.items()) if tally.count}
