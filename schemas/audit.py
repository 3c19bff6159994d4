"""Who looked at which client: an entry for each view of a client by a person, on `access.audit`."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from schemas.codec import readable
from schemas.tiers import Circle


class Viewed(msgspec.Struct, frozen=True, kw_only=True):
    """One view. It names facts by their rows of the table of tiers, and holds none."""

    at: Annotated[str, Meta(description="when, ISO 8601 UTC; before anything was shown")]
    maison: Annotated[str, Meta(description="id of the house")]
    client: Annotated[str, Meta(description="opaque id that was asked for")]
    parts: Annotated[
        list[str], Meta(description="opaque ids of all that was then linked to it, it among them")
    ]
    staff: Annotated[str, Meta(description="id of who looked, as their token says")]
    role: Annotated[str, Meta(description="advisor, concierge, manager, team, platform or privacy")]
    circle: Annotated[
        Circle | Literal["platform"], Meta(description="what the reader was to the client at that moment")
    ]
    via: Annotated[
        Literal["record", "lookup", "alert", "export", "quality", "consent", "why"],
        Meta(description="how the client was come upon"),
    ]
    alerts: Annotated[list[str], Meta(description="why: open alerts by which the reader served the client")]
    facts: Annotated[list[str], Meta(description="rows of the table of tiers that were shown")]
    tiers: Annotated[list[int], Meta(description="tiers that were shown")]
    masked: Annotated[list[str], Meta(description="rows that were withheld")]


_decoder: msgspec.json.Decoder[Viewed] = msgspec.json.Decoder(Viewed)


def decode_viewed(value: bytes | None) -> Viewed:
    """Raises `Unreadable`."""
    return readable(_decoder, value)
