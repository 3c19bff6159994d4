"""The kill switch: what people are told nothing of, since when, by whom, why, and until when."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta

from schemas.codec import readable


class Silence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of `silences`: the newest of a scope holds, and all of them are the audit of the switch.

    The scope is a maison, a site of it, an action, or an action at a site.
    """

    maison: Annotated[str, Meta(description="id of the house")]
    site: Annotated[str | None, Meta(description="id of the boutique or hotel; null: all of them")] = None
    action: Annotated[str | None, Meta(description="name of the next action; null: all of them")] = None
    at: Annotated[float, Meta(description="since when, Unix seconds")]
    by: Annotated[str, Meta(description="who said so")]
    why: Annotated[str, Meta(description="the reason they gave")]
    until: Annotated[float | None, Meta(description="until when, Unix seconds; null: until it is lifted")] = (
        None
    )
    lifted: Annotated[bool, Meta(description="from `at` on people are told again")] = False
    shadow: Annotated[
        bool, Meta(description="the maison file asks for it, and nothing is kept for later")
    ] = False

    @property
    def scope(self) -> str:
        """What is silenced, as one word.

        >>> Silence(maison="lumiere", site="vendome", at=0.0, by="ines", why="fire drill").scope
        'vendome/'
        """
        return f"{self.site or ''}/{self.action or ''}"

    def holds(self, now: float) -> bool:
        """Whether it is in force."""
        return not self.lifted and (self.until is None or self.until > now)

    def covers(self, site: str | None, action: str) -> bool:
        """Whether an action that matters at a site is within its scope.

        >>> drill = Silence(maison="lumiere", site="vendome", at=0.0, by="ines", why="fire drill")
        >>> drill.covers("vendome", "boutique_welcome"), drill.covers(None, "boutique_welcome")
        (True, False)
        """
        return self.site in (None, site) and self.action in (None, action)


def silenced(silences: Iterable[Silence], site: str | None, action: str, now: float) -> Silence | None:
    """The silence that covers an action at a site now; one that keeps nothing for later before any other."""
    covering = [one for one in silences if one.covers(site, action) and one.holds(now)]
    return max(covering, key=lambda one: one.shadow, default=None)


_decoder = msgspec.json.Decoder(Silence)


def decode_silence(value: bytes | None) -> Silence:
    """Raises `Unreadable`."""
    return readable(_decoder, value)
