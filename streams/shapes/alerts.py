"""What is open for a person, and who was first."""

from typing import Annotated

import msgspec
from msgspec import Meta

from schemas.alerts import Alert


class Alerts(msgspec.Struct, frozen=True, kw_only=True):
    """What is open for a person."""

    alerts: Annotated[list[Alert], Meta(description="most urgent first, then what ends or happens soonest")]
    waiting: Annotated[
        int, Meta(description="further ones that can wait: shown when this person has been left in peace")
    ]


class TakenBySomebody(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to the loser of a claim."""

    error: Annotated[str, Meta(description="a sentence for the person who asked")]
    claimed_by: Annotated[str, Meta(description="name of whoever was first")]
