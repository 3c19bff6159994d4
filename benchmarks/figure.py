"""A figure, and what must be said beside it: how busy the machine was, and how fast its Python is."""

import os
import sys
from collections.abc import Iterator, Sequence
from time import process_time

import msgspec


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number. `load`: the load average of the last minute when it was taken."""

    name: str
    value: float
    unit: str
    load: float


def figure(name: str, value: float, unit: str) -> Figure:
    """A figure as measured just now, to four significant digits."""
    return Figure(name=name, value=float(f"{value:.4g}"), unit=unit, load=round(os.getloadavg()[0], 2))


def say(text: str) -> None:
    """Progress, on stderr."""
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()


def loop_ns() -> float:
    """CPU nanoseconds of one turn of a small Python loop: 30 to 50 on a common server of 2020.

    Figures of two machines compare only after division by it; within one run they compare as they are.
    """
    return min(_turns(200_000) for _ in range(5))


def _turns(turns: int) -> float:
    began, total = process_time(), 0
    for i in range(turns):
        total += i & 3
    return (process_time() - began) / turns * 1e9


def percentiles(name: str, waits: Sequence[float]) -> Iterator[Figure]:
    """What half, 95 and 99 of a hundred of these waits, in seconds, are no longer than: in milliseconds."""
    for p, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        yield figure(f"{name}.{p}", percentile(waits, share) * 1e3, "ms")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of all lie, by nearest rank.

    >>> percentile([1.0, 2.0, 3.0, 4.0], 0.5), percentile([1.0, 2.0, 3.0, 4.0], 0.99)
    (2.0, 4.0)
    """
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]
