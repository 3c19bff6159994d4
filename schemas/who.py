"""Who an event is about, and the opaque id (`oid`) that stands for that person everywhere.

The Kafka key of an event is a pure function of the event: its strongest identifier by a fixed rank,
normalised, then keyed-hashed. Nothing personal stands in a key, a URL or a log.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated

import msgspec
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

OID_BYTES = 12


class Who(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One or more identifiers of one person. `oid` alone is used by feedback on an alert."""

    client_id: str | None = None
    loyalty_id: str | None = None
    guest_id: str | None = None
    card: str | None = None
    email: str | None = None
    phone: str | None = None
    app_user: str | None = None
    whatsapp: str | None = None
    messenger: str | None = None
    instagram: str | None = None
    wechat: str | None = None
    weibo: str | None = None
    line: str | None = None
    kakaotalk: str | None = None
    session: str | None = None
    device_id: str | None = None
    oid: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{16}$")] | None = None


def normalise(kind: str, value: str) -> str:
    """The one spelling of an identifier: case and spaces of an e-mail, punctuation of a number.

    >>> normalise("email", " A.Dupont@Example.com ")
    'a.dupont@example.com'
    >>> normalise("phone", "0033 6 12-34-56-78")
    '+33612345678'
    """
    value = value.strip()
    if kind == "email":
        return value.casefold()
    if kind in ("phone", "whatsapp"):
        digits = "".join(c for c in value if c.isdecimal())
        if value.startswith("00"):
            return "+" + digits[2:]
        return "+" + digits if value.startswith("+") or kind == "whatsapp" else digits
    return value


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
    return oid_of(maison, kind, value, pepper) if normalise(kind, value) else None


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


def several(who: Who) -> bool:
    """Whether more than one linkable identifier stands here: cheap, asked of every event."""
    standing = len(RANK) + 1 - astuple(who).count(None)
    return standing - (who.device_id is not None) > 1
