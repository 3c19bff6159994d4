"""What a client allows."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from schemas.case import Case
from schemas.envelope import Channel, Text, Utc
from schemas.events.client import Purpose
from schemas.ledger import Statement


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a purpose now."""

    purpose: Annotated[str, Meta(description="what the client's data may be used for")]
    channel: Annotated[str | None, Meta(description="on this channel; null: the purpose as a whole")]
    state: Annotated[str, Meta(description="all: allowed; one_to_one: to a person only; none: not allowed")]
    why: Annotated[
        Literal["stated", "expired", "default"],
        Meta(description="stated by the client; expired: what was stated is over, so as if nothing had been; "
             "default: nothing was stated, so as the law they are under presumes"),
    ]  # fmt: skip
    since: Annotated[str | None, Meta(description="when it was stated, ISO 8601 UTC")]
    expires: Annotated[str | None, Meta(description="when that ends, ISO 8601 UTC; null: never")]


class ClientConsents(msgspec.Struct, frozen=True, kw_only=True):
    """What a client allows, all linked parts as one."""

    id: Annotated[str, Meta(description="the opaque id that was asked for")]
    maison: Annotated[str, Meta(description="id of the house")]
    parts: Annotated[list[str], Meta(description="opaque ids of all linked parts, this one among them")]
    law: Annotated[
        str, Meta(description="row of the maison's consent table: a country, EU, default, or strictest")
    ]
    allows: Annotated[list[Allowed], Meta(description="every purpose, and channels that were spoken of")]
    ledger: Annotated[
        list[Statement] | None, Meta(description="every statement, for the role privacy; else null")
    ]


class Spoken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client said by letter or telephone, entered for them by who answers for their rights."""

    purpose: Purpose
    state: Annotated[
        Literal["all", "one_to_one", "none"],
        Meta(description="all: allowed; one_to_one: to a person only; none: refused or withdrawn"),
    ]
    channel: Annotated[Channel, Meta(description="on this channel only; absent: on all")] | None = None
    case: Annotated[Case | None, Meta(description="where the evidence is; required but for a refusal")] = None
    wording: Annotated[Text, Meta(description="version of the text they had before them")] | None = None
    at: (
        Annotated[
            str,
            Meta(
                max_length=40,
                description="when they said it: a day, 2026-11-21, or an instant with its zone; absent: now. "
                "Of a day a refusal counts from the end, anything else from the beginning, UTC",
            ),
        ]
        | None
    ) = None
    expires: Annotated[Utc, Meta(description="from then on it says nothing; never of a refusal")] | None = (
        None
    )


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """What a client said is stored, and in force where it refuses."""

    id: Annotated[str, Meta(description="of the statement in the ledger; said again the same, the same")]
    at: Annotated[str, Meta(description="when it counts from, ISO 8601 UTC")]
    parts: Annotated[list[str], Meta(description="opaque ids of the parts it was told of")]
    holds: Annotated[
        bool, Meta(description="false: something they said later holds; it is kept and changes nothing")
    ]
