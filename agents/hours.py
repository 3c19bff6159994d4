"""How long what is asked of the people of a place stands: by the hours in which they are there. Pure."""

from datetime import timedelta

from agents.moment import Moment
from schemas.times import utc

HOUR = 3600.0
MOST = 14 * 24
"""Hours that are looked through: a house that is shut for longer is taken to be open."""


def after_open(moment: Moment, site: str | None, hours: int) -> float:
    """When a site will have been open for so many hours since what happened; where no site is named, any
    whose hours are said. What comes in the night is still there in the morning.
    """
    named = moment.maison.site(site or "")
    sites = [named] if named else [one for one in moment.maison.sites if one.hours]
    at, left = utc(moment.at), hours
    for later in range(MOST if sites else 0):
        left -= any(one.open_within(at + timedelta(hours=later)) for one in sites)
        if not left:
            return moment.at + (later + 1) * HOUR
    return moment.at + hours * HOUR
