"""Has the world changed under a model? ADWIN over its last errors (Bifet and Gavaldà, 2007). Pure.

An error is (y - p) squared, of a prediction made before its label was learned, kept in one byte. The window
is read anew every 32 labels, so what is found depends on the log alone and not on how it was cut into slices.
"""

import msgspec

KEPT = 512
"""Errors remembered, a byte each."""
EVERY = 32
"""Labels between two looks."""
DELTA = 0.002
"""How often, at most, a change is seen where there is none: in one of five hundred windows."""


class Change(msgspec.Struct, frozen=True):
    """What ADWIN cut off. `recent`: the errors since the change; `worse`: they are larger than before."""

    recent: bytes
    worse: bool


def remembered(recent: bytes, p: float, y: int) -> bytes:
    """The window with one more error.

    >>> [*remembered(b"", 0.5, 1)], len(remembered(bytes(512), 0.5, 1))
    ([63], 512)
    """
    return (recent + bytes([int(255 * min(1.0, (y - p) ** 2))]))[-KEPT:]


def change_in(recent: bytes) -> Change | None:
    """The last change within a window, None where there is none. About 0.3 µs an error."""
    from river.drift import ADWIN

    detector, found = ADWIN(delta=DELTA), False
    for error in recent:
        detector.update(error / 255)
        found = found or detector.drift_detected
    if not found:
        return None
    since = max(1, min(int(detector.width), len(recent) - 1))
    before, after = recent[:-since], recent[-since:]
    return Change(after, sum(after) / len(after) > sum(before) / len(before))
