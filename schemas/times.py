"""Times as text: ISO 8601 on the wire, Unix seconds within."""

from datetime import UTC, datetime

FIRST = datetime(1, 1, 2, tzinfo=UTC).timestamp()
_LAST = datetime(9999, 12, 30, tzinfo=UTC).timestamp()
"""The first and the last time that the calendar of every zone has."""


def seconds(text: str) -> float:
    """Unix seconds of an ISO 8601 time with a zone. Raises `ValueError`.

    >>> seconds("2026-11-22T10:00:00Z")
    1795341600.0
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    return at.timestamp()


def iso(at: float) -> str:
    """Unix seconds as ISO 8601 UTC, to the millisecond.

    >>> iso(1795341600.25)
    '2026-11-22T10:00:00.250Z'
    """
    return utc(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc(at: float) -> datetime:
    """Unix seconds as a time in UTC that every zone has too: some write never as `9999-12-31T23:59:59-05:00`.

    >>> iso(1e12)
    '9999-12-30T00:00:00.000Z'
    """
    return datetime.fromtimestamp(min(max(at, FIRST), _LAST), UTC)
