"""Pairs of clients that wait for a person's word."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class HeldClient(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two clients of a pair."""

    id: Annotated[str, Meta(description="opaque id of their strongest part; opens their record")]
    alias: Annotated[str, Meta(description="a name that says nothing, as this reader reads it elsewhere")]
    parts: Annotated[int, Meta(description="how many identifiers are linked")]


class HeldPair(msgspec.Struct, frozen=True, kw_only=True):
    """Two clients who may be one person."""

    pair: Annotated[str, Meta(description="what names the pair in a verdict")]
    clients: Annotated[list[HeldClient], Meta(description="the two")]
    shared: Annotated[list[str], Meta(description="kinds of identifier that were stated with both")]
    numbers: Annotated[list[str], Meta(description="kinds of number of which each has their own")]
    fields: Annotated[
        dict[str, str],
        Meta(
            description="how name, born, place, code (postal), work, email and phone compare: equal, close, "
            "partly, different, absent (not known of both); empty where they were not compared"
        ),
    ]
    bits: Annotated[
        float, Meta(description="what the comparison weighs, in bits, after what people have answered so far")
    ]


class HeldPairs(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a person's word."""

    held: Annotated[list[HeldPair], Meta(description="those that share an identifier first, then the surest")]
    complete: Annotated[bool, Meta(description="false: there are more; answer these first")]


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a verdict on a pair."""

    verdict: Annotated[
        Literal["same", "different"],
        Meta(description="same: one person; different: two, and never asked again"),
    ]
    reason: Annotated[str, Meta(min_length=1, max_length=200, description="how the person knows")]


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict that was taken."""

    pair: Annotated[str, Meta(description="the pair")]
    verdict: Annotated[str, Meta(description="same or different")]
