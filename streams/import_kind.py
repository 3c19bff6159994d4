"""What one kind of import is: the columns it understands, and what it makes of a row. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Literal

import msgspec
import phonenumbers

from schemas.jurisdiction import country_of
from schemas.maison import Maison, Site

Dates = Literal["ymd", "dmy", "mdy"]
OLDEST = 130
"""Years nobody lives."""

_MIDNIGHT = r"(?:[T ]0?0:00(?::00(?:\.0+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"
"""What a database writes after a day. Any other hour is that of a zone, in which it may be another day."""
_DATE = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})" + _MIDNIGHT)
_LETTERED = re.compile(r"\d.*[^\W\d_]|\.0$", re.DOTALL)
"""Letters behind a digit would be dialled as on a keypad, and the 0 of a decimal number as well."""
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::00)?")
DIGITS = 15
"""Of a whole number; a longer one is a slip."""
YES = frozenset({"yes", "y", "true", "1", "oui", "o", "si", "ja", "all"})
NO = frozenset({"no", "n", "false", "0", "non", "nein", "none"})


class RefusedRow(ValueError):
    """A row, or a cell of it, is not taken: which field, and why; the text repeats no value."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field, self.reason = field, reason


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How the rows of a file are to be read.

    as_of: when what it says was true, for a row that does not say. digest: names the file.
    """

    maison: Maison
    source: str
    digest: str
    as_of: datetime
    dates: Dates | None = None
    region: str | None = None

    @property
    def country(self) -> str | None:
        """Whose a telephone number without a country code is: as told, else the one country of all sites."""
        if self.region:
            return self.region.upper()
        countries = {country_of(site.timezone) for site in self.maison.sites}
        return countries.pop() if len(countries) == 1 else None


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What a row comes to.

    key: whom or what it is about; a second row of the same key is a duplicate. events: as they are sent.
    record: a line of a file beside the maison's, for what is no event. left_out: cells that count for
    nothing, each with its field and reason.
    """

    key: str
    events: list[dict[str, Any]] = []
    record: dict[str, str] | None = None
    left_out: list[tuple[str, str]] = []


Cells = Mapping[str, str]
"""Field to cell, those that are not blank."""


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of file. `fields`: name to what it holds; a name that ends in `_` stands for all that begin so.

    also: other names by which files call a field. make: raises `RefusedRow`.
    """

    name: str
    fields: Mapping[str, str]
    also: Mapping[str, Sequence[str]] = {}
    make: Callable[[int, Cells, Terms], Made]

    def field_of(self, column: str) -> str | None:
        """The field of a column, None where it is not understood."""
        name = folded(column)
        if name in self.fields:
            return name
        if any(f.endswith("_") and name.startswith(f) and name != f for f in self.fields):
            return name
        return next((field for field, names in self.also.items() if name in names), None)


def folded(name: str) -> str:
    """
    >>> folded(" E-Mail address ")
    'e_mail_address'
    """
    return re.sub(r"[\s\-./]+", "_", name.strip().casefold()).strip("_")


def event_of(type_: str, line: int, part: str, data: dict[str, Any], at: datetime, terms: Terms) -> Any:
    """An event whose id says file, line and part: sent again it is the same event."""
    return {
        "specversion": "1.0",
        "type": type_,
        "source": terms.source,
        "id": f"import:{terms.digest}:{line}:{part}",
        "maison": terms.maison.id,
        "time": at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": data,
    }


def is_whole(text: str) -> bool:
    """Whether a cell is a whole number of at most `DIGITS` digits."""
    return text.isdecimal() and len(text) <= DIGITS


def date_of(field: str, text: str, dates: Dates | None) -> date:
    """A date that can be read in one way only, or in the order that was told. Raises `RefusedRow`.

    >>> date_of("birth_date", "25/12/1980", None)
    datetime.date(1980, 12, 25)
    >>> date_of("birth_date", "03/04/1980", None)
    Traceback (most recent call last):
    ...
    streams.import_kind.RefusedRow: birth_date: day or month first? say --dates dmy or --dates mdy
    """
    found = _DATE.fullmatch(text)
    if found is None:
        raise RefusedRow(field, "is no date: write YYYY-MM-DD")
    first, second, third = found.groups()
    try:
        if len(first) == 4:
            return date(int(first), int(second), int(third))
        if len(third) != 4:
            raise RefusedRow(field, "has a year of two digits: write all four")
        one, two = int(first), int(second)
        told = dates in ("dmy", "mdy")  # ymd says nothing of a date that ends with its year
        if not told and one <= 12 and two <= 12 and one != two:
            raise RefusedRow(field, "day or month first? say --dates dmy or --dates mdy")
        month_first = dates == "mdy" or (not told and two > 12)
        day, month = (two, one) if month_first else (one, two)
        return date(int(third), month, day)
    except RefusedRow:
        raise
    except ValueError:
        raise RefusedRow(field, "is a day that no calendar has") from None


def need(cells: Cells, fields: Iterable[str]) -> None:
    """Raises `RefusedRow` where one of them is not said."""
    for field in fields:
        if not cells.get(field):
            raise RefusedRow(field, "is missing")


def site_of(cells: Cells, terms: Terms) -> Site:
    """The site that a row names. Raises `RefusedRow`."""
    site = terms.maison.site(cells.get("site", ""))
    if site is None:
        raise RefusedRow("site", "is none of the maison file")
    return site


def staff_of(cells: Cells, site: Site, terms: Terms) -> str:
    """The person that a row names, of those who work at a site. Raises `RefusedRow`."""
    if not terms.maison.works_at(cells["staff"], site.id):
        raise RefusedRow("staff", "is nobody who works at this site")
    return cells["staff"]


def clock_of(field: str, text: str) -> time:
    """A time of day. Raises `RefusedRow`.

    >>> clock_of("from", "9:30")
    datetime.time(9, 30)
    """
    found = _TIME.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise RefusedRow(field, "is no time of day: write 09:30")
    return time(int(found[1]), int(found[2]))


def birth_date_of(text: str, terms: Terms) -> date:
    """A date somebody alive can be born on. Raises `RefusedRow`."""
    born = date_of("birth_date", text, terms.dates)
    if not 0 <= terms.as_of.year - born.year <= OLDEST or born > terms.as_of.date():
        raise RefusedRow("birth_date", "nobody alive was born then")
    return born


def moment_of(field: str, text: str, dates: Dates | None) -> datetime:
    """A day, or a time with its zone. Raises `RefusedRow`."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        day = date_of(field, text, dates)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    if at.tzinfo is None:
        if at.time() == datetime.min.time():
            return at.replace(tzinfo=UTC)
        raise RefusedRow(field, "has a time and no zone: write 2026-11-25T10:00:00+01:00, or a day alone")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise RefusedRow(field, "is a time that no calendar has") from None


def phone_of(field: str, text: str, country: str | None) -> str:
    """A number in E.164. Raises `RefusedRow`.

    >>> phone_of("phone", "06 12 34 56 78", "FR")
    '+33612345678'
    """
    try:
        number = phonenumbers.parse("+" + text[2:] if text.startswith("00") else text, country)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and country is None:
            raise RefusedRow(
                field, "has no country code: say whose numbers these are with --region"
            ) from None
        raise RefusedRow(field, "is no telephone number") from None
    if _LETTERED.search(text) and not number.extension:
        raise RefusedRow(field, "is no telephone number")
    if not phonenumbers.is_valid_number(number):
        raise RefusedRow(field, "is a number that cannot exist")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def answer_of(field: str, text: str) -> bool:
    """Yes or no. Raises `RefusedRow`."""
    word = text.casefold()
    if word in YES or word in NO:
        return word in YES
    raise RefusedRow(field, "is neither yes nor no")
