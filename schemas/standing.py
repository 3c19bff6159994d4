"""What somebody is to the house since they left, or since their role or sites changed."""

from typing import Annotated

import msgspec
from msgspec import Meta

from schemas.codec import readable


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of `staff.standing` (compacted), keyed by `maison/staff`: the newest holds."""

    maison: Annotated[str, Meta(description="id of the house")]
    staff: Annotated[str, Meta(description="id of the person, in the maison file")]
    at: Annotated[float, Meta(description="Unix seconds: tokens issued until then are void")]
    left: Annotated[bool, Meta(description="they have left: every token of theirs is void")] = False
    to: Annotated[
        str | None, Meta(description="who looks after their clients since; null: nobody in particular")
    ] = None
    by: Annotated[str, Meta(description="who said so")] = ""

    def voids(self, issued: float | None) -> bool:
        """Whether a token issued then (None: it does not say) opens nothing any more.

        >>> changed = Standing(maison="lumiere", staff="camille", at=100.0)
        >>> changed.voids(99.0), changed.voids(101.0), changed.voids(None)
        (True, False, True)
        """
        return self.left or issued is None or issued <= self.at

    @property
    def key(self) -> bytes:
        """What its topic is compacted by."""
        return f"{self.maison}/{self.staff}".encode()


_decoder = msgspec.json.Decoder(Standing)


def decode_standing(value: bytes | None) -> Standing:
    """Raises `Unreadable`."""
    return readable(_decoder, value)
