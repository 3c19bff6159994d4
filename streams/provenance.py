"""What a field of the profile rests on: who said it, when, and what was said otherwise."""

from collections.abc import Container
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from feature_store.features.profile import Profile, claims
from feature_store.statement import UNKNOWN, Claim
from schemas.times import iso


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A value of a field and where it comes from."""

    value: Annotated[Any, Meta(description="as it was stated")]
    source: Annotated[str, Meta(description="the system that said it; a long name is shortened")]
    kind: Annotated[
        str,
        Meta(
            description="first_party, partner, third_party; unknown: the maison's file does not name the "
            "source; page: a web page said it"
        ),
    ]
    rank: Annotated[
        int | None, Meta(description="how far the source was believed then, 0 most; null: the file gave none")
    ]
    verified: Annotated[bool, Meta(description="it was checked, as on a passport")]
    since: Annotated[str, Meta(description="when it was last said so, ISO 8601")]
    because: Annotated[
        str | None, Meta(description="why it lost: a less reliable source, not verified, said earlier")
    ] = None
    lost: Annotated["list[Told]", Meta(description="what was said otherwise and is not believed")] = []


def provenance(slice: Profile, shown: Container[str]) -> dict[str, Told]:
    """Of each field among those `shown`, what is believed, and what lost to it and why."""
    return {field: _told(known) for field, known in claims(slice).items() if field in shown}


def _told(known: list[Claim]) -> Told:
    best, *others = known
    lost = [_one(claim, because=claim.outranked_by(best)) for claim in others]
    return _one(best, lost=lost)


def _one(claim: Claim, because: str | None = None, lost: list[Told] = []) -> Told:  # noqa: B006  frozen
    return Told(
        value=claim.value,
        source=claim.source,
        kind=claim.kind,
        rank=claim.rank if claim.rank < UNKNOWN else None,
        verified=claim.verified,
        since=iso(claim.at / 1000),
        because=because,
        lost=lost,
    )
