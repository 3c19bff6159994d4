"""A rota: who is to be on duty where and when, so that alerts find them before any device says so."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from streams.import_kind import (
    Cells,
    Import,
    Made,
    RefusedRow,
    Terms,
    clock_of,
    date_of,
    need,
    site_of,
    staff_of,
)

LONGEST = timedelta(hours=16)
MIDNIGHT = ("24:00", "24:00:00")
"""At the end of a day: of the next one."""

FIELDS = {
    "staff": "id of the person in the maison file",
    "site": "id of the boutique or hotel in the maison file",
    "date": "the day the shift begins, YYYY-MM-DD or as --dates says",
    "from": "when it begins, 09:30 by the site's clock",
    "to": "when it ends, by the site's clock; earlier than from: the next day",
}
ALSO = {
    "staff": ("person", "employee", "advisor", "staff_id"),
    "site": ("store", "boutique", "location"),
    "date": ("day", "jour"),
    "from": ("start", "begin", "de", "début"),
    "to": ("end", "until", "à", "fin"),
}


def _make(line: int, cells: Cells, terms: Terms) -> Made:
    need(cells, FIELDS)
    site = site_of(cells, terms)
    staff = staff_of(cells, site, terms)
    day = date_of("date", cells["date"], terms.dates)
    begins = datetime.combine(day, clock_of("from", cells["from"]), ZoneInfo(site.timezone))
    ends = datetime.combine(
        day, time() if cells["to"] in MIDNIGHT else clock_of("to", cells["to"]), ZoneInfo(site.timezone)
    )
    if ends <= begins:
        ends += timedelta(days=1)
    if ends - begins > LONGEST:
        raise RefusedRow("to", "makes a shift of more than 16 hours")
    record = {
        "staff": staff,
        "site": site.id,
        "begins": begins.isoformat(),
        "ends": ends.isoformat(),
    }
    return Made(key="|".join(record.values()), record=record)


IMPORT = Import(name="rota", fields=FIELDS, also=ALSO, make=_make)
