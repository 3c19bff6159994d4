"""The record of a client, and notes on it."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from feature_store.features.notes import LONGEST
from schemas.who import Who
from streams.provenance import Told


class Lookup(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a lookup: identifiers stand here and never in a URL."""

    who: Annotated[Who, Meta(description="one or more identifiers of one person; the strongest is looked up")]
    at: (
        Annotated[
            str, Meta(description="site where it is read, as with `GET /v1/clients/{oid}`; absent: all")
        ]
        | None
    ) = None


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """The record of a client, all linked parts as one, as far as the reader may know it."""

    id: Annotated[str, Meta(description="the opaque id that was asked for")]
    maison: Annotated[str, Meta(description="id of the house")]
    parts: Annotated[list[str], Meta(description="opaque ids of all linked parts, this one among them")]
    facts: Annotated[
        dict[str, Any],
        Meta(
            description="exact counts of all time: visits, views, purchases, returns, bookings, stays, "
            "messages; spend: currency to purchases less returns, in minor units"
        ),
    ]
    features: Annotated[
        dict[str, Any], Meta(description="feature to its values now; platform: without profile and consent")
    ]
    profile: Annotated[
        dict[str, Any],
        Meta(description="what the client stated; an alias where the name is withheld; platform: empty"),
    ]
    masked: Annotated[
        list[str],
        Meta(description="what is withheld from this reader, by rows of the table of tiers: facts.spend"),
    ]
    fields: Annotated[
        dict[str, Told],
        Meta(description="of each field of the profile, who said it, and what lost and why; masked alike"),
    ]
    circle: Annotated[
        str,
        Meta(
            description="what this reader is to the client: assigned, serving, free (nobody is assigned), "
            "manager, team, house, privacy, platform"
        ),
    ]
    unspoken: Annotated[list[str], Meta(description="what this reader knows and does not say to the client")]


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a note."""

    text: Annotated[str, Meta(min_length=1, max_length=LONGEST, description="in the advisor's own words")]
    tier: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=3,
                description="how intimate it is; absent: 2, relationship, but for what it plainly states",
            ),
        ]
        | None
    ) = None


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a wish that is lifted, and its answer."""

    action: Annotated[
        str,
        Meta(
            min_length=1, max_length=64, description="an action of `features.attention.never`: birthday ..."
        ),
    ]


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """A note that Kafka has."""

    fields: Annotated[
        list[str], Meta(description="fields of the profile that it plainly states: sizes.ring ...")
    ]
