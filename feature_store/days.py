"""Days as slices keep them: two bytes, since 1970, UTC."""

DAY = 86_400
_LATEST = 2**16 - 1


def day_of(at: float) -> int:
    """The day of a time in Unix seconds.

    >>> day_of(1_795_262_400), day_of(-1.0)
    (20778, 0)
    """
    return min(max(int(at // DAY), 0), _LATEST)
