"""What time it is where a client is."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from feature_store.days import EPOCH, date_of

MORNING = time(9, 30)
_MORNING = 9.5 * 3600
DAY = 86_400.0
_UTC = ZoneInfo("UTC")


@lru_cache(maxsize=600)
def zone(name: object) -> ZoneInfo | None:
    """A time zone by its name; None for what names none: a client's page may state anything."""
    try:
        return ZoneInfo(name) if isinstance(name, str) else None
    except (ValueError, OSError, KeyError):
        return None


class Local:
    """The clock of a place: `east` of UTC in seconds, as at the moment it was made for.

    >>> Local("Asia/Tokyo", 1_795_262_400.0).east
    32400.0
    """

    __slots__ = ("east", "zone")

    def __init__(self, name: object, now: float) -> None:
        self.zone = zone(name) or _UTC
        self.east = (datetime.fromtimestamp(now, self.zone).utcoffset() or timedelta()).total_seconds()

    def day(self, at: float) -> date:
        """Which day it is there."""
        return date_of(int((at + self.east) // DAY))

    def midnight(self, day: date) -> float:
        """When a day begins there, but for the hour that a change of clocks may be off."""
        return (day.toordinal() - EPOCH) * DAY - self.east

    def morning(self, at: float) -> float:
        """The first half past nine at or after `at`, but for the hour that a change of clocks may be off."""
        days, rest = divmod(at + self.east - _MORNING, DAY)
        return at if not rest else (days + 1) * DAY + _MORNING - self.east

    def exact(self, morning: float) -> float:
        """Half past nine by the clock of that day, whatever was changed in between."""
        day = datetime.fromtimestamp(morning, UTC) + timedelta(seconds=self.east)
        return datetime.combine(day.date(), MORNING, self.zone).timestamp()
