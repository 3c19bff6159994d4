"""Whether a process is well."""

from typing import Annotated

import msgspec
from msgspec import Meta


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a process should be left running."""

    alive: Annotated[bool, Meta(description="false: start it again")]
    missing: Annotated[str, Meta(description="sentences that say what is wrong; empty when nothing is")]
    checks: Annotated[dict[str, str | None], Meta(description="check to its sentence; null when all is well")]


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a process can do its work now."""

    ready: Annotated[bool, Meta(description="false: send it nothing")]
    missing: Annotated[str, Meta(description="sentences that say what is wrong; empty when nothing is")]
    checks: Annotated[dict[str, str | None], Meta(description="check to its sentence; null when all is well")]
