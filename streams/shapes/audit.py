"""Who looked at whom."""

from typing import Annotated

import msgspec
from msgspec import Meta

from schemas.audit import Handled, TelephoneAsked, Viewed


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """Who looked at whom, who did what with dead letters, and whose telephones ring."""

    views: Annotated[list[Viewed], Meta(description="the newest, oldest first")]
    letters: Annotated[
        list[Handled], Meta(description="what was done with dead letters, the newest, oldest first")
    ]
    telephones: Annotated[
        list[TelephoneAsked], Meta(description="whose telephones are rung, the newest, oldest first")
    ]
    complete: Annotated[bool, Meta(description="false: there may be older ones, or more than were asked for")]
