"""Days as slices keep them: two bytes, since 1970, UTC."""

from datetime import date

DAY = 86_400
EPOCH = date(1970, 1, 1).toordinal()
_LATEST = 2**16 - 1
_LAST = date.max.toordinal()


def day_of(at: float) -> int:
    """The day of a time in Unix seconds.

    >>> day_of(1_795_262_400), day_of(-1.0)
    (20778, 0)
    """
    return min(max(int(at // DAY), 0), _LATEST)


def date_of(day: int) -> date:
    """The date of such a day; of one beyond the calendar its last, or first: some write never as its last
    second in UTC, which further east is past it, or as its first.

    >>> date_of(20778)
    datetime.date(2026, 11, 21)
    """
    return date.fromordinal(min(max(EPOCH + day, 1), _LAST))
