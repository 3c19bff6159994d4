"""A rota: who is to be on duty where and when, so that alerts find them before any device says so."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from streams.import_kind import Cells, Import, Made, RefusedRow, Terms, date_of

LONGEST = timedelta(hours=16)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::00)?")

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
    for field in FIELDS:
        if field not in cells:
            raise RefusedRow(field, "is missing")
    site = terms.maison.site(cells["site"])
    if site is None:
        raise RefusedRow("site", "is none of the maison file")
    if not terms.maison.works_at(cells["staff"], site.id):
        raise RefusedRow("staff", "is nobody who works at this site")
    day = date_of("date", cells["date"], terms.dates)
    begins = datetime.combine(day, _clock("from", cells["from"]), ZoneInfo(site.timezone))
    ends = datetime.combine(day, _clock("to", cells["to"]), ZoneInfo(site.timezone))
    if ends <= begins:
        ends += timedelta(days=1)
    if ends - begins > LONGEST:
        raise RefusedRow("to", "makes a shift of more than 16 hours")
    record = {
        "staff": cells["staff"],
        "site": site.id,
        "begins": begins.isoformat(),
        "ends": ends.isoformat(),
    }
    return Made(key="|".join(record.values()), record=record)


def _clock(field: str, text: str) -> time:
    found = _TIME.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        if found is not None and field == "to" and (found[1], found[2]) == ("24", "00"):
            return time()  # of the next day
        raise RefusedRow(field, "is no time of day: write 09:30")
    return time(int(found[1]), int(found[2]))


IMPORT = Import(name="rota", fields=FIELDS, also=ALSO, make=_make)
