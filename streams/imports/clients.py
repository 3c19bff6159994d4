"""A client base: who they are, what is known of them, and what they allowed where there is proof of it."""

from datetime import datetime, timedelta
from typing import Any, get_args

from schemas.envelope import Channel
from schemas.events.client import PURPOSES
from streams.import_kind import (
    NO,
    YES,
    Cells,
    Import,
    Made,
    RefusedRow,
    Terms,
    answer_of,
    birth_date_of,
    event_of,
    moment_of,
)
from streams.import_who import ALSO_WHO, IDENTIFIERS, advisor_of, key_of, who_of

EASTMOST = timedelta(hours=14)
"""By which the clock that is furthest ahead is before UTC."""
STATED = ("name", "language", "gender", "timezone", "profession", "advisor")

FIELDS = {
    **dict.fromkeys(IDENTIFIERS, "identifier of the client; one at least in every row"),
    "name": "as staff should say it",
    "first_name": "put before last_name where there is no name",
    "last_name": "put after first_name where there is no name",
    "language": "BCP 47 tag",
    "gender": "as declared",
    "birth_date": "YYYY-MM-DD, or as --dates says",
    "residences": "cities, parted by ;",
    "timezone": "IANA name",
    "profession": "in the client's words",
    "country": "ISO 3166 code: whose a telephone number without a country code is",
    "advisor": "id of the assigned advisor in the maison file",
    "size_": "a size by kind: size_ring, size_shoe ...",
    "preference_": "a preference by word: preference_wine, preference_pillow ...",
    "consent_": "consent_PURPOSE or consent_PURPOSE_CHANNEL: yes, no, all, one_to_one or none",
    "consent_proof": "where the evidence of the row's consents is; without it no yes counts",
    "consent_wording": "version of the text that was shown",
    "consent_date": "when they were given; where absent, as the row",
    "consent_expires": "until when they hold",
    "updated": "when the row was last true: a day, or a time with its zone",
}
ALSO = {
    **ALSO_WHO,
    "first_name": ("firstname", "given_name", "prénom", "prenom"),
    "last_name": ("lastname", "surname", "family_name", "nom"),
    "name": ("full_name", "fullname", "display_name"),
    "birth_date": ("birthday", "birthdate", "date_of_birth", "dob", "date_de_naissance"),
    "language": ("lang", "langue", "preferred_language"),
    "gender": ("sex", "civilité", "sexe"),
    "residences": ("city", "ville", "residence"),
    "updated": ("updated_at", "last_modified", "modified"),
}
_OF_CONSENT = frozenset({"consent_proof", "consent_wording", "consent_date", "consent_expires"})


def _make(line: int, cells: Cells, terms: Terms) -> Made:
    who = who_of(cells, terms)
    at = _told("updated", cells, terms) or terms.as_of
    profile = event_of("client.profile", line, "p", {"who": who, "fields": _fields(cells, terms)}, at, terms)
    consents, left_out = _consents(line, who, cells, at, terms)
    return Made(key=key_of(who), events=[profile, *consents], left_out=left_out)


def _told(field: str, cells: Cells, terms: Terms) -> datetime | None:
    """When something was so, None where the row does not say: no later than the file, or it would outweigh
    what was said since. A day that has begun where the file was written may not have in UTC.
    """
    if field not in cells:
        return None
    at = moment_of(field, cells[field], terms.dates)
    if at > terms.as_of + EASTMOST:
        raise RefusedRow(field, "is later than the file itself")
    return min(at, terms.as_of)


def _fields(cells: Cells, terms: Terms) -> dict[str, Any]:
    fields: dict[str, Any] = {field: cells[field] for field in STATED if field in cells}
    if "name" not in fields:
        names = [cells[part] for part in ("first_name", "last_name") if part in cells]
        fields |= {"name": " ".join(names)} if names else {}
    if "birth_date" in cells:
        fields["birth_date"] = birth_date_of(cells["birth_date"], terms).isoformat()
    if "residences" in cells:
        fields["residences"] = [city for part in cells["residences"].split(";") if (city := part.strip())]
    if "advisor" in cells:
        fields["advisor"] = advisor_of(cells, terms)
    for group, prefix in (("sizes", "size_"), ("preferences", "preference_")):
        found = {f.removeprefix(prefix): v for f, v in cells.items() if f.startswith(prefix)}
        fields |= {group: found} if found else {}
    return fields


def _consents(
    line: int, who: dict[str, str], cells: Cells, at: datetime, terms: Terms
) -> tuple[list[Any], list[tuple[str, str]]]:
    """What was refused counts as it stands; what was allowed, with its proof alone."""
    events, left_out = [], []
    proof = cells.get("consent_proof")
    said = _told("consent_date", cells, terms) or at
    more: dict[str, Any] = {"wording": cells["consent_wording"]} if "consent_wording" in cells else {}
    if "consent_expires" in cells:
        until = moment_of("consent_expires", cells["consent_expires"], terms.dates)
        more["expires"] = until.isoformat()
    for field, cell in cells.items():
        if not field.startswith("consent_") or field in _OF_CONSENT:
            continue
        purpose, channel = _about(field)
        state = _state(field, cell)
        if state != "none" and not proof:
            left_out.append((field, "allowed without proof: it counts for nothing"))
            continue
        data = {"who": who, "purpose": purpose, "state": state, **({"channel": channel} if channel else {})}
        data |= {**more, **({"proof": proof} if proof else {})}
        events.append(event_of("client.consent", line, field, data, said, terms))
    return events, left_out


def _about(field: str) -> tuple[str, str | None]:
    name = field.removeprefix("consent_")
    for purpose in PURPOSES:
        if name == purpose:
            return purpose, None
        if name.startswith(f"{purpose}_") and name.removeprefix(f"{purpose}_") in get_args(Channel):
            return purpose, name.removeprefix(f"{purpose}_")
    raise RefusedRow(field, "names no purpose, or no channel, of consent")


def _state(field: str, cell: str) -> str:
    word = cell.casefold()
    if word in ("all", "one_to_one", "none"):
        return word
    if word in YES | NO:
        return "all" if answer_of(field, cell) else "none"
    raise RefusedRow(field, "is none of yes, no, all, one_to_one, none")


IMPORT = Import(name="clients", fields=FIELDS, also=ALSO, make=_make)
