"""Places by what time it is there now: for tests that run at any hour of the real day."""

import time


def zone_where_it_is(hour: int) -> str:
    """A time zone in which it is that hour (0 to 23) now; signs in these names are the other way round."""
    ahead = (hour - time.gmtime().tm_hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"
