"""Who an event is about, and the opaque id (`oid`) that stands for that person everywhere.

The Kafka key of an event is a pure function of the event: its strongest identifier by a fixed rank,
normalised, then keyed-hashed. Nothing personal stands in a key, a URL or a log.
"""

import re
import unicodedata
from base64 import urlsafe_b64encode
from contextlib import suppress
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated

import msgspec
import phonenumbers
from msgspec import Meta
from msgspec.structs import astuple

RANK = (
    "client_id",
    "loyalty_id",
    "guest_id",
    "card",
    "email",
    "phone",
    "app_user",
    "whatsapp",
    "messenger",
    "instagram",
    "wechat",
    "weibo",
    "line",
    "kakaotalk",
    "session",
    "device_id",
)
"""Kinds of identifier, strongest first. The order decides keys: it never changes."""

LINKABLE = frozenset(RANK) - {"device_id"}
"""A device is shared by many people (a boutique's tablet): it is never evidence of who is holding it."""

NOBODY = frozenset(
    {"null", "(null)", "undefined", "none", "nil", "nan", "n/a", "[object object]", "0", "-1"}
    | {"00000000-0000-0000-0000-000000000000"}
)
"""What programs write where they have no number of a client, in small letters."""
SPELLED = frozenset({"email", "phone"})
"""Kinds that have a form of their own: of these, what looks wrong is told as doubtful and links nothing."""

RENUMBERED = (
    (re.compile(r"\+521(\d{10})"), r"+52\1"),
    (re.compile(r"\+55(\d\d)(\d{8})"), r"+55\g<1>9\2"),
)
"""How mobile numbers of Mexico and Brazil were written before, and still are by WhatsApp; and how they are.
https://docs.360dialog.com/docs/useful/number-registration-issues/number-formats
"""
DIGITS = 15
"""Of a telephone number, with its country, at most: E.164."""

OID_BYTES = 12
OID = "oid:"
"""How an identifier begins that already is an opaque id, as it travels on Kafka."""
OPAQUE = re.compile(r"[A-Za-z0-9_-]{16}")
NUMBER = re.compile(r"[+\d\s()./\u2010-\u2015-]+")
"""What reads as a telephone number; WhatsApp has other ids too, of people who show none."""


class Who(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One or more identifiers of one person. `oid` alone is used by feedback on an alert."""

    client_id: Annotated[str | None, Meta(description="number of the client in the maison's systems")] = None
    loyalty_id: Annotated[str | None, Meta(description="number in the loyalty programme")] = None
    guest_id: Annotated[str | None, Meta(description="the hotel system's number of a guest")] = None
    card: Annotated[str | None, Meta(description="client card or chip, as door and till read it")] = None
    email: Annotated[str | None, Meta(description="e-mail address; case does not matter")] = None
    phone: Annotated[
        str | None,
        Meta(description="telephone number with its country code (+33 ...); spaces and dashes do not matter"),
    ] = None
    app_user: Annotated[str | None, Meta(description="account in the house's own app")] = None
    whatsapp: Annotated[
        str | None, Meta(description="WhatsApp number with its country code, or its id of who shows none")
    ] = None
    messenger: Annotated[str | None, Meta(description="Messenger's id towards the house's page")] = None
    instagram: Annotated[str | None, Meta(description="Instagram's id towards the house's account")] = None
    wechat: Annotated[str | None, Meta(description="openid towards the house's official account")] = None
    weibo: Annotated[str | None, Meta(description="user id on Weibo")] = None
    line: Annotated[str | None, Meta(description="user id towards the house's LINE account")] = None
    kakaotalk: Annotated[str | None, Meta(description="user id towards the house's KakaoTalk channel")] = None
    session: Annotated[
        str | None,
        Meta(description="one visit of one browser or app; leads to a client once a login links it"),
    ] = None
    device_id: Annotated[
        str | None,
        Meta(description="a browser or a device, often shared: never evidence of who is holding it"),
    ] = None
    oid: (
        Annotated[
            str, Meta(pattern="^[A-Za-z0-9_-]{16}$", description="the opaque id an alert gave its client")
        ]
        | None
    ) = None


Whom = Annotated[
    Who,
    Meta(
        description="whom it is about: every identifier the sender has of this one person; several that a "
        "trusted source states together are linked"
    ),
]


def normalise(kind: str, value: str) -> str:
    """The one spelling of an identifier: case and spaces of an e-mail, E.164 of a number with its country.

    Where more stands than a number, an extension or a second one, it is nobody else's: it stays as it is.

    >>> normalise("email", " A.Dupont@Example.com ")
    'a.dupont@example.com'
    >>> normalise("phone", "0033 6 12-34-56-78"), normalise("whatsapp", "+33 (0)6 12 34 56 78")
    ('+33612345678', '+33612345678')
    >>> normalise("whatsapp", "FR.13491208655302741918")
    'FR.13491208655302741918'
    >>> normalise("phone", "\u202a+33612345678\u202c"), normalise("phone", "+49 30 123456 ext 7")
    ('+33612345678', '+49 30 123456 ext 7')
    >>> normalise("email", "aline@xn--bcher-kva.example"), normalise("email", "Ａline@bücher.example\u200b")
    ('aline@bücher.example', 'aline@bücher.example')
    """
    value = plain(value)
    if kind == "email":
        return _domain_read(value).casefold()
    if kind in ("phone", "whatsapp"):
        value = value.removeprefix("whatsapp:")
        digits = "".join(c for c in value if c.isdecimal())
        if not NUMBER.fullmatch(value) or len(digits) > DIGITS:
            return value if digits or kind == "whatsapp" else ""
        if value.startswith("00"):
            return _e164("+" + digits[2:])
        return _e164("+" + digits) if value.startswith("+") or kind == "whatsapp" else digits
    return value


def plain(value: str) -> str:
    """A text as it is usually written: letters of full width, and accents set apart, are as others are, and
    what can't be seen, as is copied along with a number from a telephone, is not there.
    """
    value = value.strip()
    if value.isascii():
        return value
    usual = unicodedata.normalize("NFKC", value)
    return "".join(c for c in usual if unicodedata.category(c) != "Cf").strip()


def _domain_read(address: str) -> str:
    """A browser writes the domain of an address in ASCII, a person as it reads."""
    if "xn--" in address:
        mailbox, at, domain = address.rpartition("@")
        with suppress(UnicodeError):
            return mailbox + at + domain.encode("ascii").decode("idna")
    return address


def nobody(kind: str, value: str) -> bool:
    """Whether an identifier says that there is none: it would be everybody of whom a program knows none.

    >>> nobody("client_id", "undefined"), nobody("card", " NULL "), nobody("loyalty_id", "0042")
    (True, True, False)
    """
    return kind in LINKABLE and kind not in SPELLED and plain(value).casefold() in NOBODY


@lru_cache(maxsize=65_536)
def _e164(number: str) -> str:
    """A number as its country writes it for abroad; as it stands where no country has such numbers.

    >>> _e164("+5215512345678"), _e164("+553187654321"), _e164("+551132654321")
    ('+525512345678', '+5531987654321', '+551132654321')
    """
    for before, now in RENUMBERED:
        if before.fullmatch(number) and not _valid(number) and _valid(renumbered := before.sub(now, number)):
            number = renumbered
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        return number


def _valid(number: str) -> bool:
    return phonenumbers.is_valid_number(phonenumbers.parse(number))


def oid_of(maison: str, kind: str, value: str, pepper: bytes) -> str:
    """Opaque id of one identifier in one maison: 16 URL-safe characters, 96 bits of keyed BLAKE2b.

    >>> oid_of("lumiere", "email", "a@b.fr", b"pepper") == oid_of("lumiere", "email", "A@b.fr ", b"pepper")
    True
    >>> oid_of("lumiere", "email", "a@b.fr", b"pepper") == oid_of("autre", "email", "a@b.fr", b"pepper")
    False
    """
    text = f"{maison}|{kind}|{normalise(kind, value)}".encode()
    return urlsafe_b64encode(blake2b(text, digest_size=OID_BYTES, key=pepper).digest()).decode()


@lru_cache(maxsize=65_536)
def _known(maison: str, kind: str, value: str, pepper: bytes) -> str | None:
    """The id, or None for a blank: it would be everybody who left a form empty."""
    if value.startswith(OID):
        return value[len(OID) :] if OPAQUE.fullmatch(value, len(OID)) else None
    return oid_of(maison, kind, value, pepper) if normalise(kind, value) else None


def opaque(maison: str, kind: str, value: str, pepper: bytes) -> str:
    """The opaque id of an identifier, or of one in whose place it stands already, as in events that travel.

    >>> opaque("lumiere", "card", "oid:qjGJ8m2C0b1xYz_A", b"pepper")
    'qjGJ8m2C0b1xYz_A'
    """
    return (
        (_known(maison, kind, value, pepper) or "") if stands(value) else oid_of(maison, kind, value, pepper)
    )


def stands(value: str) -> bool:
    """Whether an opaque id stands in place of an identifier."""
    return value.startswith(OID) and OPAQUE.fullmatch(value, len(OID)) is not None


def key_of(maison: str, who: Who, pepper: bytes) -> str | None:
    """The id an event is keyed by: that of its strongest identifier; None when it names nobody."""
    if who.oid is not None:
        return who.oid
    for kind in RANK:
        value = getattr(who, kind)
        if value and (oid := _known(maison, kind, value, pepper)):
            return oid
    return None


def oids_of(maison: str, who: Who, pepper: bytes) -> tuple[str, ...]:
    """Ids of all linkable identifiers in a `who`, strongest first."""
    return tuple(
        oid
        for kind in RANK
        if kind in LINKABLE and (value := getattr(who, kind)) and (oid := _known(maison, kind, value, pepper))
    )


def strongest(who: Who) -> str | None:
    """The kind of the strongest identifier; None where nobody is named.

    >>> strongest(Who(email="a@b.fr", card="c-1"))
    'card'
    """
    return next((kind for kind in RANK if getattr(who, kind)), None)


def several(who: Who) -> bool:
    """Whether more than one linkable identifier stands here: cheap, asked of every event."""
    standing = len(RANK) + 1 - astuple(who).count(None)
    return standing - (who.device_id is not None) > 1
