"""Books: which advisor looks after which client."""

from streams.import_kind import Cells, Import, Made, RefusedRow, Terms, event_of
from streams.import_who import ALSO_WHO, IDENTIFIERS, advisor_of, key_of, who_of

FIELDS = {
    **dict.fromkeys(IDENTIFIERS, "identifier of the client; one at least in every row"),
    "advisor": "id of the advisor in the maison file",
    "country": "ISO 3166 code: whose a telephone number without a country code is",
}


def _make(line: int, cells: Cells, terms: Terms) -> Made:
    who = who_of(cells, terms)
    if "advisor" not in cells:
        raise RefusedRow("advisor", "is missing: whose client is it")
    data = {"who": who, "fields": {"advisor": advisor_of(cells, terms)}}
    said = event_of("client.profile", line, "advisor", data, terms.as_of, terms)
    return Made(key=key_of(who), events=[said])


IMPORT = Import(name="books", fields=FIELDS, also=ALSO_WHO, make=_make)
