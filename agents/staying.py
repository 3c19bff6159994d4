"""When a guest comes and goes, and what is known of the stays ahead. Pure."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from agents.moment import Again, Moment
from agents.phrase import Phrase
from feature_store.feature import short
from feature_store.features.attention import called_off
from feature_store.features.requests import asked_with
from feature_store.features.stay import LEFT, Stay, lodges, stay_of
from feature_store.record import slice_of
from schemas.events.hotel import HotelArrival, HotelBooking, HotelCheckin, HotelCheckout, HotelService
from schemas.maison import Maison
from schemas.times import utc
from schemas.wording import many

OF_A_STAY = (HotelArrival, HotelBooking, HotelCheckin, HotelCheckout, HotelService)
"""Events that name a booking."""
DOORS_OPEN, NOON = time(15), time(12)
"""When rooms are ready and when they are left, where nobody says: local time."""
UNKNOWN = 400 * 86_400.0
"""Seconds ahead beyond which no hour is meant; booking systems say 9999 for one they don't know."""
_EPOCH = date(1999, 12, 31).toordinal()
"""The day before the first that a stay counts."""


def booking_of(moment: Moment) -> str:
    """The booking that an event or a timer is about; empty where it is about none."""
    event, timer = moment.event, moment.timer
    if isinstance(event, OF_A_STAY):
        return event.data.booking_id
    return timer.name.partition(":")[2] if timer is not None else ""


def staying(moment: Moment) -> Stay | None:
    """The stay that the moment is about, as far as it is known."""
    return stay_of(slice_of(moment.client, "stay"), booking_of(moment))


def ahead(moment: Moment) -> Iterator[tuple[str, Stay]]:
    """Stays that are expected, by booking."""
    for booking, stay in slice_of(moment.client, "stay").stays.items():
        if not (stay.cancelled or stay.step):
            yield booking, stay


def told_more_of(moment: Moment) -> Iterator[tuple[str, Stay]]:
    """Those of them on which it bears that more is told of a guest. Where two turn out to be one both parts
    are asked at once, and each looks at its own."""
    own = slice_of(moment.own, "stay").stays if moment.joined else {}
    return ((booking, stay) for booking, stay in ahead(moment) if booking in own or not moment.joined)


def told_at(moment: Moment, action: str, rooms: Iterable[str]) -> str:
    """Of several rooms, by booking, the one at which a guest is told of once: where the card stands, else the
    first."""
    return min(rooms, key=lambda booking: (not moment.is_open(action, booking), booking))


def asked_anew(moment: Moment, kind: str) -> Iterator[Again]:
    """Of a client who was taken for one with another each stay is looked at again, as theirs alone."""
    for booking, stay in slice_of(moment.client, "stay").stays.items():
        if not stay.cancelled and stay.step != LEFT:
            yield Again(due=moment.now, name=f"{kind}:{booking}")


def announced(moment: Moment, stay: Stay) -> int:
    """The hour announced, Unix seconds; 0 where none was, or where the booking has left that day since."""
    if not (stay.eta and stay.arrival) or stay.booked_at <= stay.eta_at:
        return stay.eta
    day = local(moment.maison, stay.site, stay.eta).toordinal() - _EPOCH
    return stay.eta if stay.arrival <= day <= stay.arrival + max(1, stay.nights) else 0


def expected_at(moment: Moment, stay: Stay) -> float | None:
    """When a guest is expected: the hour announced, else the hour of rooms; None where neither is known."""
    eta = announced(moment, stay)
    if eta and eta - moment.now < UNKNOWN:
        return float(eta)
    return _local(moment.maison, stay, stay.arrival, DOORS_OPEN) if stay.arrival else None


def quiet_for(moment: Moment, action: str, booking: str, seconds: float) -> float:
    """For how long a card of a stay is not told again: not at all while it is open, nor after it was taken
    back: the booking is there again, or the hour has moved and comes."""
    news = moment.is_open(action, booking) or called_off(
        slice_of(moment.client, "attention"), action, booking
    )
    return 0.0 if news else seconds


def leaves_at(maison: Maison, stay: Stay) -> float | None:
    """When a guest is to leave; None where that is not known, or has happened."""
    if not stay.arrival or stay.nights < 1 or stay.step == LEFT:
        return None
    return _local(maison, stay, stay.arrival + stay.nights, NOON)


def party(moment: Moment, stay: Stay) -> list[Phrase]:
    """Who comes and for how long, in one phrase; none where neither is known."""
    said = []
    if stay.party is not None:
        adults, children = stay.party
        with_children = f" and {many(children, 'child', 'children')}" if children else ""
        said.append(many(adults, "adult") + with_children)
    if stay.nights > 0:
        said.append(many(stay.nights, "night"))
    if stay.remote:
        said.append("already checked in remotely")
    facts = slice_of(moment.client, "facts")
    if not facts.stays and facts.bookings <= 1:
        said.append("first stay on record")
    return [Phrase(", ".join(said), "stay.party")] if said else []


def requested(moment: Moment, booking: str) -> list[Phrase]:
    """What the guest asked for with that booking, in their own words."""
    words = asked_with(slice_of(moment.client, "requests"), booking)
    return [Phrase(f"Asked for with the booking: {words}", "requests.asked")] if words else []


def lodged(moment: Moment, stay: Stay) -> list[Phrase]:
    """The room, where one is named, before who they are and for how long: in one phrase."""
    told = party(moment, stay)
    if not stay.room:
        return told
    said, facts = [room_of(stay), *told], [fact for one in told for fact in one.facts]
    return [Phrase(", ".join(said), "stay.room", *facts)]


def room_of(stay: Stay) -> str:
    """What staff call the room: a number or a name.

    >>> room_of(Stay("riviera", room="214")), room_of(Stay("riviera", room="Suite Azur"))
    ('Room 214', 'Suite Azur')
    """
    return f"Room {stay.room}" if any(map(str.isdigit, stay.room)) else stay.room


def here(moment: Moment) -> Stay | None:
    """The stay of a guest who is in one of the house's hotels now; of several the last that began."""
    stays = slice_of(moment.client, "stay").stays.values()
    now = [s for s in stays if lodges(s, moment.now) and moment.maison.site(s.site) is not None]
    return max(now, key=lambda s: (s.step_at, s.site), default=None)


def is_here(moment: Moment, site: str) -> bool:
    """Whether they are in that hotel now, in whichever room."""
    stays = slice_of(moment.client, "stay").stays.values()
    return any(stay.site == short(site) and lodges(stay, moment.now) for stay in stays)


def lodging(moment: Moment) -> list[Phrase]:
    """In which of the house's hotels they are now, and in which room."""
    stay = here(moment)
    site = moment.maison.site(stay.site) if stay is not None else None
    if stay is None or site is None:
        return []
    if not stay.room:
        return [Phrase(f"Stays at {site.name}", "stay.site")]
    return [Phrase(f"Stays at {site.name}, {room_of(stay)}", "stay.site", "stay.room")]


def seen_to_by(moment: Moment) -> tuple[str | None, str | None]:
    """Site and person that see to a client who stands before nobody: their advisor, else the hotel they stay
    in; None and None for whoever answers for the house."""
    if (advisor := moment.advisor) is not None:
        return (advisor.sites[0] if advisor.sites else None), advisor.id
    stay = here(moment)
    return (stay.site if stay is not None else None), None


def local(maison: Maison, site: str, at: float) -> datetime:
    """A time by the clock of a site."""
    found = maison.site(site)
    return utc(at).astimezone(ZoneInfo(found.timezone if found else "UTC"))


def on_the_day(there: datetime, hour: float) -> float:
    """An hour of that day there, in Unix seconds."""
    return datetime.combine(there.date(), time(int(hour), int(hour % 1 * 60)), there.tzinfo).timestamp()


def _local(maison: Maison, stay: Stay, day: int, hour: time) -> float:
    site = maison.site(stay.site)
    zone = ZoneInfo(site.timezone if site else "UTC")
    return datetime.combine(date.fromordinal(day + _EPOCH), hour, zone).timestamp()
