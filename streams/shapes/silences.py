"""The kill switch."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta


class Switch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a turn of the kill switch. Neither site nor action: the whole maison."""

    site: Annotated[str | None, Meta(description="id of the one site")] = None
    action: Annotated[str | None, Meta(description="the one action, named as its rule")] = None
    why: Annotated[str, Meta(min_length=1, max_length=200, description="for the audit and for colleagues")]
    until: (
        Annotated[datetime, Meta(tz=True, description="when it ends by itself; absent: when it is lifted")]
        | None
    ) = None
    lift: Annotated[bool, Meta(description="true: people are told again")] = False


class Silenced(msgspec.Struct, frozen=True, kw_only=True):
    """A turn of the kill switch, or what it comes to."""

    site: Annotated[str | None, Meta(description="the one site; null: all")]
    action: Annotated[str | None, Meta(description="the one action; null: all")]
    by: Annotated[str, Meta(description="id of who said so")]
    why: Annotated[str, Meta(description="in their words")]
    since: Annotated[str, Meta(description="when it was said, ISO 8601 UTC")]
    until: Annotated[str | None, Meta(description="when it ends by itself, ISO 8601 UTC; null: never")]
    lifted: Annotated[bool, Meta(description="true: from `since` on people are told again")]
    shadow: Annotated[bool, Meta(description="true: the maison file says so; nothing is kept for later")]


class SilenceList(msgspec.Struct, frozen=True, kw_only=True):
    """What people are told nothing of."""

    silences: Annotated[list[Silenced], Meta(description="in force now, where this person works")]
    turns: Annotated[
        list[Silenced],
        Meta(description="the newest 200 turns of the switch, oldest first; for managers, platform, privacy"),
    ]
