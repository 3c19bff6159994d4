"""A calendar: visits that clients have agreed on with the house, and invitations they have answered."""

from datetime import datetime
from typing import get_args
from zoneinfo import ZoneInfo

from schemas.events.client import AppointmentData
from streams.import_kind import (
    Cells,
    Import,
    Made,
    RefusedRow,
    Terms,
    clock_of,
    date_of,
    event_of,
    need,
    site_of,
    staff_of,
)
from streams.import_who import ALSO_WHO, IDENTIFIERS, who_of

_KINDS, _STATUSES = (
    get_args(get_args(AppointmentData.__annotations__[field])[0]) for field in ("kind", "status")
)
COMING = ("proposed", "accepted")
"""What is still to come; of what has passed the file says what became of it."""

FIELDS = {
    **dict.fromkeys(IDENTIFIERS, "identifier of the client; one at least in every row"),
    "appointment": "its id in the calendar; the same at every export",
    "site": "id of the boutique or hotel in the maison file",
    "date": "the day, YYYY-MM-DD or as --dates says",
    "from": "when it begins, 09:30 by the site's clock",
    "kind": f"{' or '.join(_KINDS)}; visit where absent",
    "status": f"{', '.join(_STATUSES)}; accepted where absent, of what is to come",
    "staff": "id of who receives the client, in the maison file",
    "country": "ISO 3166 code: whose a telephone number without a country code is",
}
ALSO = {
    **ALSO_WHO,
    "appointment": ("appointment_id", "uid", "booking", "rendez_vous", "rdv"),
    "site": ("store", "boutique", "location"),
    "date": ("day", "jour"),
    "from": ("start", "begin", "de", "début", "time", "heure"),
    "staff": ("person", "employee", "staff_id", "with"),
    "status": ("state", "statut"),
}


def _make(line: int, cells: Cells, terms: Terms) -> Made:
    who = who_of(cells, terms)
    need(cells, ("appointment", "site", "date", "from"))
    site = site_of(cells, terms)
    day, begins = date_of("date", cells["date"], terms.dates), clock_of("from", cells["from"])
    at = datetime.combine(day, begins, ZoneInfo(site.timezone))
    status = _one_of("status", cells.get("status", "accepted"), _STATUSES)
    if status in COMING and at <= terms.as_of:
        raise RefusedRow(
            "status", "it is past, and does not say what became of it: attended, missed, cancelled"
        )
    data = {
        "who": who,
        "appointment": cells["appointment"],
        "kind": _one_of("kind", cells.get("kind", "visit"), _KINDS),
        "site": site.id,
        "at": at.isoformat(),
        "status": status,
    }
    if "staff" in cells:
        data["staff"] = staff_of(cells, site, terms)
    event = event_of("client.appointment", line, "a", data, terms.as_of, terms)
    return Made(key=cells["appointment"], events=[event])


def _one_of(field: str, text: str, words: tuple[str, ...]) -> str:
    if text.casefold() not in words:
        raise RefusedRow(field, f"is none of {', '.join(words)}")
    return text.casefold()


IMPORT = Import(name="appointments", fields=FIELDS, also=ALSO, make=_make)
