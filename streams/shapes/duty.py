"""Whether somebody is there."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Presence = Literal["on", "busy", "off"]


class Duty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of a word of one's own: from now on, until another is said or the day ends."""

    site: Annotated[str, Meta(description="id of one of this person's sites")]
    status: Annotated[Presence, Meta(description="on: there; busy: there, and with a client; off: gone home")]


class Duties(msgspec.Struct, frozen=True, kw_only=True):
    """Where this person is held to be, by what was said last and by the rota."""

    sites: Annotated[dict[str, Presence], Meta(description="each of their sites: on, busy or off")]
