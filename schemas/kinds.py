"""What kind of identifier each opaque id stands for: told where links are stated, for kinds weigh there."""

from collections.abc import Iterable

from schemas.who import RANK, Who, key_of


def kinds_of(maison: str, whos: Iterable[Who], pepper: bytes) -> dict[str, str]:
    """The kind of every identifier that stands in any of these, by its opaque id."""
    return {
        oid: kind
        for who in whos
        for kind in RANK
        if (value := getattr(who, kind)) and (oid := key_of(maison, Who(**{kind: value}), pepper))
    }
