"""The systems that send events."""

from typing import Annotated

import msgspec
from msgspec import Meta


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A system that sends events, and whether it still does."""

    source: Annotated[str, Meta(description="as it names itself; `web`: all pages; `other`: beyond 200")]
    site: Annotated[str | None, Meta(description="the site it last spoke of, where it spoke of any")]
    last: Annotated[str, Meta(description="when it was last heard, ISO 8601 UTC")]
    silent: Annotated[bool, Meta(description="so many events are missing that it is no accident")]
    missed: Annotated[float, Meta(description="events it would have sent since, as it usually does")]
    usual: Annotated[float, Meta(description="events an hour at this hour of the week; 0: not known yet")]


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """Who speaks to the house."""

    sources: Annotated[list[Source], Meta(description="those that fell silent first")]
