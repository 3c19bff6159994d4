"""What a client allows."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

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
