"""Segments and who is in them."""

from typing import Annotated

import msgspec
from msgspec import Meta


class SegmentCount(msgspec.Struct, frozen=True, kw_only=True):
    """One segment, and how many clients it holds now."""

    id: Annotated[str, Meta(description="of the segment, in the maison file")]
    name: Annotated[str, Meta(description="as people say it")]
    team: Annotated[str, Meta(description="id of the team that hears who comes and goes")]
    clients: Annotated[int, Meta(description="how many are in it, exact as of the last seconds")]


class Segments(msgspec.Struct, frozen=True, kw_only=True):
    """The segments of the caller's teams; a manager's, all of the maison."""

    segments: Annotated[list[SegmentCount], Meta(description="in the order of the maison file")]


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A client who is in a segment."""

    client: Annotated[str, Meta(description="opaque id: what `GET /v1/clients/{oid}` takes")]
    since: Annotated[str, Meta(description="when they entered, ISO 8601 UTC")]


class Members(msgspec.Struct, frozen=True, kw_only=True):
    """Who is in a segment."""

    id: Annotated[str, Meta(description="of the segment")]
    members: Annotated[list[Member], Meta(description="up to 200, those who entered last first")]
    complete: Annotated[bool, Meta(description="false: there are more, and these are some of them")]
