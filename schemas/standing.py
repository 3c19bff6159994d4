"""What somebody is to the house since they left, or since their role or sites changed."""

import msgspec

from schemas.codec import readable


class Standing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of `staff.standing` (compacted), keyed by `maison/staff`: the newest holds.

    `at`, Unix seconds: tokens issued until then are void; where `left`, all are. `to`: who looks after
    their clients since; None with `left`: nobody in particular. `by`: who said so.
    """

    maison: str
    staff: str
    at: float
    left: bool = False
    to: str | None = None
    by: str = ""

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
