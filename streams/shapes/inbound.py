"""What senders of events are answered."""

from typing import Annotated

import msgspec
from msgspec import Meta


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a request that was not taken; the others were."""

    index: Annotated[int, Meta(description="its place among those sent, from 0")]
    id: Annotated[str | None, Meta(description="as it was sent; null where there is none worth repeating")]
    reason: Annotated[str, Meta(description="the field and what is wrong with it; repeats nothing personal")]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the events of one request."""

    accepted: Annotated[int, Meta(description="how many Kafka has")]
    quarantined: Annotated[
        int, Meta(description="how many of them wait until the maison declares their source; absent: none")
    ] = 0
    rejected: Annotated[list[Rejected], Meta(description="the others: mend them before sending them again")]


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a whole request was not taken by HTTP in."""

    error: Annotated[str, Meta(description="a sentence that repeats nothing personal")]
    field: Annotated[str | None, Meta(description="where in the event, such as data.lines[0].amount")]
    code: Annotated[str, Meta(description="with 401 only: `unauthorized`, as Segment's SDKs read it")] = ""
    message: Annotated[str, Meta(description="with 401 only: the sentence again, for the same")] = ""
