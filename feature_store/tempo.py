"""A client's own rhythm of purchase, and when the next one is to be expected. Pure, from how often and when.

Gaps between orders are taken to be exponential, and the mean gap of a client to vary over clients as an
inverse gamma around that of clients who began alike, worth `ALIKE` gaps: the estimate is the mean of both,
weighed by how many gaps each rests on. Four orders over 300 days where clients who began alike come every 180
days: (2 x 180 + 300) / (2 + 3) = 132 days, of which the client's own gaps are three fifths. Theirs in turn is
drawn to the house's (`Scale.gap_of`).
"""

import msgspec

from feature_store.features.frequency import Frequency

DAY = 86_400.0
ALIKE = 2.0
"""Gaps that the rhythm of clients alike is worth beside a client's own."""
USUAL = 180.0
"""Days between orders of a house of which too few clients are known."""


class Tempo(msgspec.Struct, frozen=True):
    """`gap` in days, `next` in Unix seconds; `own`: how much of it is the client's own, 0 to 1."""

    gap: float
    next: float
    own: float

    def overdue(self, now: float) -> float:
        """Gaps since the last order beyond the first: above 0, they are late.

        >>> Tempo(100.0, 200 * DAY, 0.5).overdue(250 * DAY)
        0.5
        """
        return (now - self.next) / (self.gap * DAY)


def tempo_of(frequency: Frequency, alike: float | None) -> Tempo | None:
    """The tempo of a client who has bought; `alike`: days between orders of clients alike, where known.

    >>> tempo_of(Frequency(4, 0, int(300 * DAY)), 180.0)
    Tempo(gap=132.0, next=37324800.0, own=0.6)
    """
    if not frequency.orders:
        return None
    gaps = frequency.orders - 1
    between = max(0, frequency.last - frequency.first) / DAY
    gap = max(1.0, (ALIKE * (alike or USUAL) + between) / (ALIKE + gaps))
    return Tempo(gap, frequency.last + gap * DAY, gaps / (ALIKE + gaps))
