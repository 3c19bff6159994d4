"""How often a source speaks, by hour of the week, learned from what it sent; when silence means something.

A till that sends forty events an hour on Saturday afternoons and none at night is missed on a Saturday after
ten quiet minutes and never at night. Silence is told when so many events should have come that none by
chance is improbable: where arrivals are independent and seven are expected, none come with probability
e^-7, one in a thousand.
"""

from collections.abc import Callable, Mapping

import msgspec

HOUR = 3600.0
WEEK = 168
"""Hours."""
FRESH = 0.3
"""Weight of the newest week against all before it."""
MISSED = 7.0
"""Expected events of which none came: from then on a source is silent."""
LOOKED = 2 * WEEK
"""Hours of silence that are counted at most."""
UNKNOWN = -1.0


class Rhythm(msgspec.Struct, array_like=True, frozen=True):
    """What is known of one source. `last` in Unix seconds; `rates` in events an hour, by hour of the week.

    `hour` (since 1970) is being counted; `whole`: it was from its beginning.
    """

    last: float
    hour: int
    count: int = 0
    whole: bool = False
    site: str = ""
    rates: tuple[float, ...] = (UNKNOWN,) * WEEK


def heard(known: Rhythm | None, counts: Mapping[int, int], last: float, site: str) -> Rhythm:
    """After events in these hours (hour since 1970 to how many). An hour that is over teaches its rate.

    Hours without a word teach that there is nothing to hear, unless they were an outage.
    """
    first = min(counts)
    rhythm = known or Rhythm(last, first)
    rates = list(rhythm.rates)
    hour, count, whole = rhythm.hour, rhythm.count, rhythm.whole
    for now in sorted(counts):
        if now > hour:
            outage = missed(rhythm, now * HOUR) >= MISSED
            if whole:
                _learn(rates, hour, count)
            for quiet in range(hour + 1, min(now, hour + 1 + WEEK)) if not outage else ():
                _learn(rates, quiet, 0)
            hour, count, whole = now, 0, True
        count += counts[now]
    rates = [round(rate, 3) for rate in rates]
    return Rhythm(max(last, rhythm.last), hour, count, whole, site or rhythm.site, tuple(rates))


def missed(rhythm: Rhythm, now: float, is_open: Callable[[float], bool] = lambda at: True) -> float:
    """How many events should have come since it was last heard; in hours when its site is shut, none.

    `is_open` is asked of the beginning of each hour, Unix seconds.
    """
    expected, at = 0.0, rhythm.last
    ends = min(now, rhythm.last + LOOKED * HOUR)
    while at < ends:
        hour = int(at // HOUR)
        until = min(ends, (hour + 1) * HOUR)
        if is_open(hour * HOUR):
            expected += max(0.0, rhythm.rates[hour % WEEK]) * (until - at) / HOUR
        at = until
    return expected


def usual(rhythm: Rhythm, now: float) -> float:
    """Events an hour at this hour of the week; 0 where it is not known yet."""
    return max(0.0, rhythm.rates[int(now // HOUR) % WEEK])


def _learn(rates: list[float], hour: int, count: int) -> None:
    known = rates[hour % WEEK]
    rates[hour % WEEK] = float(count) if known < 0 else known + FRESH * (count - known)
