"""What a client is given and what is erased of them."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from schemas.case import Case
from schemas.ledger import Statement
from streams.provenance import Told


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """An identifier by which the house knows a client."""

    kind: Annotated[str, Meta(description="email, card, client_id ...")]
    value: Annotated[str, Meta(description="as it was first told")]


class Purpose(msgspec.Struct, frozen=True, kw_only=True):
    """What a part of an export serves."""

    of: Annotated[str, Meta(description="the part")]
    serves: Annotated[str, Meta(description="its purpose, in words")]


class Recipient(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of the house who has looked."""

    at: Annotated[str, Meta(description="when, ISO 8601 UTC")]
    staff: Annotated[str, Meta(description="id of the person in the maison file")]
    role: Annotated[str, Meta(description="advisor, concierge, manager, team, platform or privacy")]
    saw: Annotated[list[str], Meta(description="rows of the table of tiers")]


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """An alert about the client, in one of its revisions."""

    at: Annotated[str, Meta(description="when, ISO 8601 UTC")]
    action: Annotated[str, Meta(description="the next action that was proposed")]
    title: Annotated[str, Meta(description="in one line")]
    why: Annotated[list[str], Meta(description="its reasons")]
    say: Annotated[str | None, Meta(description="the words that were drafted")]


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """All that the house holds of a client; logs as far back as they are kept."""

    client: Annotated[str, Meta(description="the opaque id that was asked for")]
    maison: Annotated[str, Meta(description="name of the house")]
    made_at: Annotated[str, Meta(description="ISO 8601 UTC")]
    parts: Annotated[list[str], Meta(description="opaque ids of all linked parts")]
    identifiers: Annotated[list[Named], Meta(description="by which the client is known")]
    profile: Annotated[
        dict[str, Told], Meta(description="of each field what holds, who said it, and what lost and why")
    ]
    features: Annotated[
        dict[str, Any],
        Meta(description="feature to its values now, facts, scores and what is expected among them"),
    ]
    consents: Annotated[list[Statement], Meta(description="every statement, as the ledger has it")]
    purposes: Annotated[list[Purpose], Meta(description="what each part serves")]
    recipients: Annotated[list[Recipient], Meta(description="who has looked, the newest thousand")]
    alerts: Annotated[list[Proposed], Meta(description="what was proposed about the client, and why")]
    events: Annotated[
        list[dict[str, Any]], Meta(description="as they were sent, identifiers as opaque ids; oldest first")
    ]
    waiting: Annotated[
        list[dict[str, Any]],
        Meta(description="events of undeclared sources, which wait and count for nothing"),
    ]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where an erasure reached."""

    where: Annotated[str, Meta(description="the topic, or what of Redis")]
    what: Annotated[str, Meta(description="what became of what stood there")]


class Erase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That a client is to be forgotten, and why."""

    case: Annotated[Case | None, Meta(description="where what they asked for is kept")] = None


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """A client is forgotten."""

    client: Annotated[str, Meta(description="the opaque id that was asked for")]
    maison: Annotated[str, Meta(description="id of the house")]
    parts: Annotated[list[str], Meta(description="opaque ids of all that was linked")]
    asked_by: Annotated[str, Meta(description="id of the person who asked for it")]
    asked_at: Annotated[str, Meta(description="ISO 8601 UTC")]
    case: Annotated[str | None, Meta(description="reference of the case file; null: none was given")]
    done_at: Annotated[str, Meta(description="when every place below had been reached, ISO 8601 UTC")]
    erased: Annotated[list[Place], Meta(description="what was erased where")]
    receipt: Annotated[
        str, Meta(description="all of the above as a JWT signed by the house (EdDSA): see /v1/receipts/key")
    ]


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """The public key of the house's receipts, as a JWK."""

    x: Annotated[str, Meta(description="the key, base64url")]
    kty: Annotated[str, Meta(description="OKP")] = "OKP"
    crv: Annotated[str, Meta(description="Ed25519")] = "Ed25519"
