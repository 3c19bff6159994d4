"""Nobody is written to or called in their night or on a holiday, wherever they are; the morning comes.

| who the card asks to contact | where it must be day |
| --- | --- |
| a guest in one of our hotels | at that hotel |
| a client who states a time zone, residences, or else a country | at all of these: many live at two places |
| a client of whom no place is known | at the site the card belongs to |
| a client of whom no place is known, for no site | nowhere: vetoed |
| a client whose time zone nobody can read | nowhere: vetoed, the record wants repair |
| the last two, or it is never day at all of them, and the card looks after them | at its site |

Day is from the morning hour to the evening hour by the clock there, but on the holidays of the house's
sites in that zone. A card of no site that looks after somebody is of the house's first. In the night what
may wait does, until it is day at all these places. A letter by post, and an answer to what the client has
just written or dialled, wait for nothing.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from agents.guard import Guard, Threshold, Wait
from agents.moment import Moment, Proposal
from agents.whereabouts import Unreadable, whereabouts
from schemas.events.chat import CallIncoming, ChatMessage

BEGINS = Threshold(
    guard="quiet_hours", name="begins", default=21, least=19, most=22, says="the evening hour, 0 to 24"
)
ENDS = Threshold(
    guard="quiet_hours", name="ends", default=9, least=8, most=11, says="the morning hour, 0 to 24"
)
SILENT = frozenset({"mail", "store"})
"""Channels that wake nobody."""
AWAKE = 900.0
"""Seconds after which somebody who wrote may have gone to bed."""
TRIES = 60
"""How often a later morning is looked for: holidays and places far apart may push it on."""


def _check(moment: Moment, proposal: Proposal) -> str | None:
    if not proposal.contact or proposal.channel in SILENT or _writes(moment):
        return None
    day = _theirs(moment, proposal)
    if isinstance(day, str) and proposal.care:  # somebody waits for an answer, and would for good
        near = moment.maison.site(proposal.site or "") or moment.maison.sites[0]
        day = _day(moment, [ZoneInfo(near.timezone)]) or day
    if isinstance(day, str):
        return day
    return None if day <= moment.now else Wait("it is night, or a holiday, where they may be", day)


def _theirs(moment: Moment, proposal: Proposal) -> float | str:
    """The first second from now on at which it is day wherever they may be, or why nobody can tell."""
    try:
        zones = whereabouts(moment, proposal.site)
    except Unreadable as error:
        return str(error)
    if not zones:
        return "nobody knows what time it is for them"
    return _day(moment, zones) or "it is never day at all the places they may be"


def _writes(moment: Moment) -> bool:
    """Whether the client has just written or dialled: they are awake."""
    event = moment.event
    if isinstance(event, CallIncoming) or (isinstance(event, ChatMessage) and event.data.direction == "in"):
        return moment.now - moment.at < AWAKE
    return False


def _day(moment: Moment, zones: Sequence[ZoneInfo]) -> float | None:
    """The first second from now on at which it is day everywhere; None where there is none for weeks."""
    begins, ends = BEGINS.of(moment.maison), ENDS.of(moment.maison)
    holidays = {zone: _holidays(moment, zone) for zone in zones}
    at = moment.now
    for _ in range(TRIES):
        later = max(_morning(at, zone, begins, ends, holidays[zone]) for zone in zones)
        if later <= at:
            return at
        at = later
    return None


def _morning(at: float, zone: ZoneInfo, begins: float, ends: float, holidays: frozenset[str]) -> float:
    """`at` itself where it is day there, else when the next morning begins."""
    here = datetime.fromtimestamp(at, UTC).astimezone(zone)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0)
    hour = here.hour + here.minute / 60 + here.second / 3600
    if here.date().isoformat() in holidays or hour >= begins:
        midnight += timedelta(days=1)
    elif hour >= ends:
        return at
    return (midnight + timedelta(hours=ends)).timestamp()


def _holidays(moment: Moment, zone: ZoneInfo) -> frozenset[str]:
    sites = (site for site in moment.maison.sites if site.timezone == zone.key)
    return frozenset(day for site in sites for day in site.holidays)


GUARD = Guard(
    name="quiet_hours",
    version=3,
    says="No client is written to or called in their own night or on a holiday; what may wait, does.",
    check=_check,
    thresholds=(BEGINS, ENDS),
)
