"""Identifiers that look wrong, told while they can be read: further on there is only what stands for them."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import phonenumbers

from schemas.who import normalise, plain

LONGEST_EMAIL = 254
NO_MAILBOX = frozenset(
    {
        *(
            "noemail",
            "no-email",
            "no.email",
            "nomail",
            "no-mail",
            "no.mail",
            "none",
            "unknown",
            "notprovided",
        ),
        *("noreply", "no-reply", "no.reply", "donotreply", "do-not-reply"),
        *("reservation", "reservations", "booking", "bookings", "concierge", "reception", "frontdesk"),
    }
)
"""What stands before the @ where a form had to be filled in, or an agency or a hotel's desk gave its own."""
_FILLED = "0000000"
"""How a telephone number ends that was written to fill a field."""
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"(\+|00)[\d\s().-]{7,24}")


def doubting(event: Any) -> Any:
    """An event as sent, with the identifiers of `who` that look wrong named in `doubtful`; else as it is.

    They are taken all the same, for the sender's own e-mail may be the only name a client has there, but they
    link nothing: "n/a" is many people's, and so is a number without its country.
    """
    data = event.get("data") if isinstance(event, dict) else None
    who = data.get("who") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(who, dict):
        return event
    if "doubtful" not in data and LOOKS.keys().isdisjoint(who):
        return event
    kept = {field: value for field, value in data.items() if field != "doubtful"}
    said = {kind: who.get(kind) for kind in LOOKS}
    wrong = [kind for kind, text in said.items() if isinstance(text, str) and not LOOKS[kind](plain(text))]
    return {**event, "data": {**kept, "doubtful": wrong} if wrong else kept}


def _email(text: str) -> bool:
    """
    >>> _email("a.dupont@example.com"), _email("a.dupont@example"), _email("a dupont@example.com")
    (True, False, False)
    >>> _email("Reservations@agency.example"), _email("noemail@noemail.example")
    (False, False)
    """
    mailbox = text.strip().partition("@")[0].casefold()
    return (
        len(text) <= LONGEST_EMAIL
        and _EMAIL.fullmatch(text.strip()) is not None
        and mailbox not in NO_MAILBOX
    )


@lru_cache(maxsize=65_536)
def _phone(text: str) -> bool:
    """
    >>> _phone("+33 6 12 34 56 78"), _phone("06 12 34 56 78"), _phone("+33 6 12"), _phone("n/a")
    (True, False, False, False)
    >>> _phone("+33 6 00 00 00 00")
    False
    """
    if _PHONE.fullmatch(text.strip()) is None or re.sub(r"\D", "", text).endswith(_FILLED):
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(normalise("phone", text)))
    except phonenumbers.NumberParseException:
        return False


LOOKS: Mapping[str, Callable[[str], bool]] = {"email": _email, "phone": _phone}
"""Kind of identifier -> whether it looks as one does; a telephone number needs its country code."""
