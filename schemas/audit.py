"""Who looked at which client, who did what with dead letters, and whose telephones ring: `access.audit`."""

from contextlib import suppress
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from schemas.codec import Unreadable, readable
from schemas.tiers import Circle

Via = Literal["record", "lookup", "alert", "export", "quality", "consent", "why", "erasure", "statement"]


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
        Via,
        Meta(
            description="how the client was come upon; of two nothing was shown: erasure, they were to be "
            "forgotten; statement, what they said of consent was entered for them"
        ),
    ]
    alerts: Annotated[list[str], Meta(description="why: open alerts by which the reader served the client")]
    facts: Annotated[list[str], Meta(description="rows of the table of tiers that were shown")]
    tiers: Annotated[list[int], Meta(description="tiers that were shown")]
    masked: Annotated[list[str], Meta(description="rows that were withheld")]
    case: Annotated[str, Meta(description="reference of the case file, where one was given")] = ""


class Handled(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody did with dead letters of one house. It names letters, and holds nothing of them."""

    at: Annotated[str, Meta(description="when, ISO 8601 UTC; before it was done")]
    maison: Annotated[str, Meta(description="id of the house; empty for letters that name none")]
    by: Annotated[str, Meta(description="who, as the command was told")]
    act: Annotated[
        Literal["listed", "shown", "tried", "put back", "discarded"],
        Meta(description="tried: it was asked what would become of them if they were put back"),
    ]
    letters: Annotated[list[str], Meta(description="their ids")]
    clients: Annotated[list[str], Meta(description="opaque ids that they are keyed by")]
    why: Annotated[str, Meta(description="of what is discarded")] = ""
    patch: Annotated[
        list[str], Meta(description="what a patch changes: operations and paths, no values")
    ] = []


class TelephoneAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody asked that a telephone of theirs be rung for alerts, or that it be rung no more."""

    at: Annotated[str, Meta(description="when, ISO 8601 UTC; before it was done")]
    maison: Annotated[str, Meta(description="id of the house")]
    staff: Annotated[str, Meta(description="id of the person, as their token says")]
    role: Annotated[str, Meta(description="advisor, concierge, manager or team")]
    telephone: Annotated[str, Meta(description="its id; by it nobody can be rung")]
    rings: Annotated[bool, Meta(description="whether it is rung from then on")]
    until: Annotated[str | None, Meta(description="when their token ends, ISO 8601 UTC")] = None


AuditEntry = Viewed | Handled | TelephoneAsked

_viewed: msgspec.json.Decoder[Viewed] = msgspec.json.Decoder(Viewed)
_handled: msgspec.json.Decoder[Handled] = msgspec.json.Decoder(Handled)

_asked: msgspec.json.Decoder[TelephoneAsked] = msgspec.json.Decoder(TelephoneAsked)


def decode_entry(value: bytes | None) -> AuditEntry:
    """Raises `Unreadable`."""
    with suppress(Unreadable):
        return readable(_viewed, value)
    with suppress(Unreadable):
        return readable(_handled, value)
    return readable(_asked, value)
