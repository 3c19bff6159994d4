"""Records that want repair."""

from typing import Annotated

import msgspec
from msgspec import Meta

from schemas.events.client import Fields


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that wants repair."""

    kind: Annotated[
        str,
        Meta(
            description="impossible_birth_date, impossible_timezone, impossible_language: no such value; "
            "contradiction: two systems say otherwise; doubtful_identifier: an e-mail or a number looks "
            "wrong; incomplete_stay_history: somebody comes again, and the hotel lacks this; duplicate: may "
            "be the same client as another"
        ),
    ]
    field: Annotated[str, Meta(description="field, or kind of identifier; of a duplicate the other's id")]


class Flawed(msgspec.Struct, frozen=True, kw_only=True):
    """A client whose record wants repair."""

    id: Annotated[str, Meta(description="opaque id, to read and to repair the record by")]
    since: Annotated[str, Meta(description="when it was last seen to be so, ISO 8601")]
    quality: Annotated[
        dict[str, float],
        Meta(description="completeness, validity, uniqueness, freshness, and all: their mean; 0 to 1"),
    ]
    wrong: Annotated[list[Wrong], Meta(description="what this reader may know of; never a value")]


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    """What wants repair."""

    clients: Annotated[list[Flawed], Meta(description="those this reader answers for, at most 100")]
    complete: Annotated[bool, Meta(description="false: there may be more; repair these first")]


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """Body of a repair: what is right, as the client or a document says."""

    fields: Annotated[Fields, Meta(description="fields of the profile as they are")] = Fields()
    right: Annotated[
        list[str], Meta(max_length=8, description="identifiers that are right as they are: email, phone")
    ] = []


class Repaired(msgspec.Struct, frozen=True, kw_only=True):
    """The repair is on its way to the record."""

    event: Annotated[str, Meta(description="id of the event")]
