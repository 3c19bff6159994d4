"""What a model says, bent to what came of it, as labels come. Pure.

Ten bins of what was said count how far what came lay from it; what is said next is moved by that, drawn to
nothing by `DOUBT` labels, and between the middles of two bins by both. A worked example: of 60 things held
0.95 likely 59 came, two more than the 57 that were said; so of the next it is said that 0.95 + 2 / 80 =
0.975.

A posterior that is pulled towards a prior is too modest at both ends, where there is much to learn from; this
is taken back where labels say so, and comes again where the world changes.
"""

from agents.model import State

BINS = 10
DOUBT = 20.0
"""Labels that a bin needs to move what is said by half of what it saw."""
KEEPS = 0.99
"""About the last hundred labels of a bin count."""
LEAST = 0.005
"""Nearer to 0 or 1 nothing is moved: of what is held impossible nobody is in doubt, so it would be tried no
more, and nothing would ever tell that it is not."""


class Bins:
    """How often each bin was said, and how many more came than that; `bent` is what to say instead."""

    __slots__ = ("more", "seen")

    def __init__(self, seen: list[float] | None = None, more: list[float] | None = None) -> None:
        self.seen, self.more = seen or [0.0] * BINS, more or [0.0] * BINS

    def bent(self, p: float) -> float:
        """What is likely where a model says `p`; 0 to 1.

        >>> bins = Bins()
        >>> bins.seen[9], bins.more[9] = 60.0, 2.0
        >>> bins.bent(0.95), bins.bent(0.5)
        (0.975, 0.5)
        """
        at = max(0.0, min(BINS - 1.0, p * BINS - 0.5))
        low = min(int(at), BINS - 2)
        share = at - low
        moved = (1 - share) * self._moved(low) + share * self._moved(low + 1)
        return max(min(p, LEAST), min(max(p, 1 - LEAST), p + moved))

    def learn(self, p: float, y: int) -> None:
        """Takes in what came of something that a model held `p` likely."""
        bin = min(BINS - 1, int(p * BINS))
        self.seen[bin] = KEEPS * self.seen[bin] + 1
        self.more[bin] = KEEPS * self.more[bin] + y - p

    def dump(self) -> State:
        """All of it, as numbers."""
        return {
            name: {str(bin): n for bin, n in enumerate(of)}
            for name, of in (("seen", self.seen), ("more", self.more))
        }

    def _moved(self, bin: int) -> float:
        return self.more[bin] / (self.seen[bin] + DOUBT)


def bins_of(state: State) -> Bins:
    """Bins as they were dumped; new ones where there are none."""
    seen, more = state.get("seen"), state.get("more")
    if not (isinstance(seen, dict) and isinstance(more, dict)):
        return Bins()
    return Bins(*([of.get(str(bin), 0.0) for bin in range(BINS)] for of in (seen, more)))
