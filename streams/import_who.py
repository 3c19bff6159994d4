"""Whom a row is about, and whose client they are."""

from schemas.who import RANK, normalise
from streams.import_kind import Cells, RefusedRow, Terms, phone_of

IDENTIFIERS = tuple(kind for kind in RANK if kind not in ("session", "device_id"))
LONGEST_ID = 256
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
        if kind in ("phone", "whatsapp"):
            who[kind] = phone_of(kind, value, cells.get("country", terms.country or "").upper() or None)
        if kind == "email" and (value.count("@") != 1 or " " in value or value[0] == "@" or value[-1] == "@"):
            raise RefusedRow("email", "is no e-mail address")
        if not normalise(kind, who[kind]):
            raise RefusedRow(kind, "is blank")
    return who


def key_of(who: dict[str, str]) -> str:
    """The strongest identifier, in its one spelling."""
    kind = next(kind for kind in RANK if kind in who)
    return f"{kind}|{normalise(kind, who[kind])}"


def advisor_of(cells: Cells, terms: Terms) -> str:
    """Somebody of the maison. Raises `RefusedRow`."""
    if terms.maison.person(cells["advisor"]) is None:
        raise RefusedRow("advisor", "is nobody of the maison file")
    return cells["advisor"]
