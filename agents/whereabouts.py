"""Where a client may be now, as time zones: every place that is not ruled out. Pure."""

from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from agents.moment import Moment
from feature_store.features.profile import stated
from feature_store.features.stay import lodges
from feature_store.record import slice_of
from schemas.jurisdiction import zones_of

_CITIES = {
    "Europe/Paris": "nice, cannes, lyon, marseille, bordeaux, megève, courchevel, saint-tropez, deauville",
    "Europe/Zurich": "geneva, genève, lausanne, basel, bern, gstaad, st. moritz, lugano, zürich",
    "Europe/Rome": "milan, milano, roma, florence, firenze, venice, venezia, turin, naples, capri",
    "Europe/Berlin": "munich, münchen, hamburg, frankfurt, cologne, köln, düsseldorf, stuttgart",
    "Europe/Madrid": "barcelona, valencia, sevilla, marbella, ibiza, palma",
    "Europe/London": "edinburgh, manchester, oxford, cambridge",
    "Europe/Brussels": "antwerp, bruxelles, knokke",
    "Europe/Monaco": "monte-carlo, monte carlo",
    "America/New_York": "nyc, manhattan, boston, miami, palm beach, washington, atlanta, hamptons",
    "America/Chicago": "houston, dallas, austin",
    "America/Los_Angeles": "san francisco, beverly hills, san diego, seattle, las vegas, malibu",
    "America/Toronto": "montreal, montréal, ottawa",
    "America/Sao_Paulo": "rio de janeiro, são paulo",
    "Asia/Tokyo": "osaka, kyoto, nagoya, fukuoka, yokohama, kobe, sapporo, 東京, 大阪, 京都",
    "Asia/Shanghai": "beijing, shenzhen, guangzhou, chengdu, hangzhou, nanjing, 上海, 北京, 深圳, 广州, 杭州",
    "Asia/Hong_Kong": "香港",
    "Asia/Taipei": "台北, 臺北",
    "Asia/Seoul": "busan, 서울, 부산",
    "Asia/Dubai": "abu dhabi",
    "Asia/Riyadh": "jeddah",
    "Asia/Qatar": "doha",
    "Asia/Kolkata": "mumbai, delhi, new delhi, bangalore",
    "Australia/Sydney": "canberra",
    "America/Argentina/Buenos_Aires": "buenos aires",
}
"""Zone -> cities that the time zone database does not name: where a house's clients live."""


class Unreadable(ValueError):
    """A time zone is stated, and nobody knows which it is."""


@cache
def _places() -> dict[str, str]:
    """A place, in lower case -> its zone: the database's own cities, and those above."""
    named = {
        zone.rpartition("/")[2].replace("_", " ").casefold(): zone
        for zone in sorted(available_timezones())
        if zone.count("/") == 1 and not zone.startswith(("Etc/", "SystemV/", "US/"))
    }
    return named | {city.strip(): zone for zone, cities in _CITIES.items() for city in cities.split(",")}


def zone_of(place: str) -> str | None:
    """The time zone of a city as somebody wrote it; None where it is not known.

    >>> zone_of("Tokyo"), zone_of("Genève"), zone_of("Paris 16e"), zone_of("by the sea")
    ('Asia/Tokyo', 'Europe/Zurich', 'Europe/Paris', None)
    """
    words = place.casefold().replace(",", " ").split()
    tried = (" ".join(words[:count]) for count in range(len(words), 0, -1))
    return next((zone for part in tried if (zone := _places().get(part)) is not None), None)


def whereabouts(moment: Moment, site: str | None) -> list[ZoneInfo]:
    """Where the client may be: in our hotel, or at any place they live; else where `site` is.

    What a page says tells nobody where somebody is. Empty: nothing at all is known. Raises `Unreadable`.
    """
    stays = slice_of(moment.client, "stay").stays.values()
    here = [
        s for stay in stays if lodges(stay, moment.now) and (s := moment.maison.site(stay.site)) is not None
    ]
    if here:
        return [ZoneInfo(site.timezone) for site in here]
    known = _lives(moment)
    if not known and (near := moment.maison.site(site or "")) is not None:
        known = [near.timezone]
    return [_zone(name) for name in dict.fromkeys(known)]


def _lives(moment: Moment) -> list[str]:
    timezone, residences = _said(moment, "timezone"), _said(moment, "residences")
    known = [str(timezone)] if timezone is not None else []
    known += [zone for place in residences or () if (zone := zone_of(str(place))) is not None]
    return known or [*zones_of(str(_said(moment, "country") or ""))]


def _said(moment: Moment, field: str) -> Any:
    said = stated(slice_of(moment.client, "profile"), field)
    return None if said is None or said.page else said.value


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise Unreadable("a time zone is stated that nobody knows") from None
