"""Whom a row is about, and whose client they are."""

import re
from contextlib import suppress

import phonenumbers

from schemas.who import NUMBER, RANK, normalise
from streams.import_kind import Cells, RefusedRow, Terms, phone_of

IDENTIFIERS = tuple(kind for kind in RANK if kind not in ("session", "device_id"))
LONGEST_ID = 256
_DECIMAL = re.compile(r"\d+\.0")
"""What becomes of whole numbers in a column that has blanks too: 1234.0 is another client than 1234."""
MOBILE = (
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
)
"""What a number without its country may be on WhatsApp: Germany has lines that begin with every country's."""
ALSO_WHO = {
    "client_id": ("id", "client", "customer_id", "customer", "numero_client", "contact_id"),
    "email": ("e_mail", "mail", "email_address", "e_mail_address", "courriel", "adresse_email"),
    "phone": ("mobile", "telephone", "téléphone", "tel", "phone_number", "portable"),
    "loyalty_id": ("loyalty", "loyalty_number", "membership"),
    "advisor": ("sales_associate", "advisor_id", "conseiller", "vendeur"),
}
"""Other names by which files call them."""


def who_of(cells: Cells, terms: Terms) -> dict[str, str]:
    """The identifiers of a row, numbers in E.164. Raises `RefusedRow` where there is none, or one is bad."""
    who = {kind: cells[kind] for kind in IDENTIFIERS if kind in cells}
    if not who:
        raise RefusedRow("", "names nobody: one identifier at least")
    for kind, value in who.items():
        if len(value) > LONGEST_ID:
            raise RefusedRow(kind, f"too long: at most {LONGEST_ID} characters")
        if _DECIMAL.fullmatch(value):
            raise RefusedRow(kind, "is a decimal number: export the column as text")
        if kind == "phone" or (kind == "whatsapp" and NUMBER.fullmatch(value)):
            who[kind] = _number(kind, value, cells.get("country", terms.country or "").upper() or None)
        if kind == "email" and (value.count("@") != 1 or " " in value or value[0] == "@" or value[-1] == "@"):
            raise RefusedRow("email", "is no e-mail address")
        if not normalise(kind, who[kind]):
            raise RefusedRow(kind, "is blank")
    return who


def _number(kind: str, value: str, country: str | None) -> str:
    """A number in E.164. WhatsApp writes its own with the country and no plus. Raises `RefusedRow`."""
    abroad = None
    if kind == "whatsapp" and value[0] in "123456789":
        with suppress(RefusedRow):
            abroad = phone_of(kind, f"+{value}", None)
    try:
        here = phone_of(kind, value, country)
    except RefusedRow:
        if abroad is None:
            raise
        return abroad
    if abroad is None or abroad == here:
        return here
    if phonenumbers.number_type(phonenumbers.parse(here)) in MOBILE:
        raise RefusedRow(kind, "may be a number of here or of abroad: write it with + and its country")
    return abroad


def key_of(who: dict[str, str]) -> str:
    """The strongest identifier, in its one spelling."""
    kind = next(kind for kind in RANK if kind in who)
    return f"{kind}|{normalise(kind, who[kind])}"


def advisor_of(cells: Cells, terms: Terms) -> str:
    """Somebody of the maison. Raises `RefusedRow`."""
    if terms.maison.person(cells["advisor"]) is None:
        raise RefusedRow("advisor", "is nobody of the maison file")
    return cells["advisor"]
