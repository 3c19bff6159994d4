"""How many records a slice has: as many as the loop computes in one turn that nobody has to wait for long."""

from collections.abc import Callable

TURN = 0.015
"""CPU seconds for which one slice is to keep the loop: an urgent event comes after it. A longer one is
cheaper by the record, for the same clients come again and caches stay warm: a seventh from 500 to 1,000."""
FIRST = 500
"""Records of a slice whose topic has not been met."""
FEWEST, MOST = 100, 2_000
_NEWEST = 0.1
"""How much the newest slice counts beside all before: one collection of garbage makes no events dear."""

Sizes = Callable[[str], int]
"""The most records that a slice of a topic may have."""


def steady(_: str) -> int:
    """As many of every topic: for agents that do little with a record."""
    return FIRST


class Pace:
    """What a record of each topic has cost this process; asked from any thread.

    A view costs a sixth of what a check-in does, and a slow hour of the machine twice a fast one.

    >>> pace = Pace()
    >>> pace.computed("web.clicks", 500, seconds=0.005)
    >>> pace.size("web.clicks"), pace.size("store.checkins")
    (1500, 500)
    """

    def __init__(self) -> None:
        self._each: dict[str, float] = {}

    def size(self, topic: str) -> int:
        """How many records the next slice of the topic may have."""
        each = self._each.get(topic)
        return FIRST if each is None else max(FEWEST, round(TURN / each))

    def computed(self, topic: str, records: int, seconds: float) -> None:
        """Takes note of a slice and its CPU seconds; one far from full tells more of itself than of records.

        Not of the time that passed: where others want the core, slices would become smaller, each event then
        dearer, and the core scarcer.
        """
        if records * 2 < self.size(topic):
            return
        each, known = seconds / records, self._each.get(topic)
        self._each[topic] = max(each if known is None else known + _NEWEST * (each - known), TURN / MOST)
