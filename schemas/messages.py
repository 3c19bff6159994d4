"""What the agents tell one another: links, examples and outcomes, snapshots."""

from typing import Annotated

import msgspec
from msgspec import Meta


class LinkChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`personalise` -> `identity.links`, keyed by maison: these parts are (or are not) one client."""

    maison: Annotated[str, Meta(description="id of the house")]
    parts: Annotated[
        tuple[Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{16}$")], ...], Meta(description="opaque ids")
    ]
    linked: Annotated[bool, Meta(description="true: they are one client; false: they are not")]
    source: Annotated[str, Meta(description="source of the event that states it")]
    id: Annotated[str, Meta(description="id of that event, within its source")]
    evidence: Annotated[str, Meta(description="a short reason without personal data")]
    at: Annotated[float, Meta(description="when it was stated, Unix seconds")]
    kinds: Annotated[tuple[str, ...], Meta(description="what each part is the id of")] = ()
    declared: Annotated[
        bool,
        Meta(description="the event says so in so many words; what merely stands together weighs less"),
    ] = False
    compared: Annotated[str, Meta(description="how the two compared when a person judged them")] = ""
    told: Annotated[
        bytes, Meta(description="what the event says of the person whose part is the first, sealed")
    ] = b""


class KeyChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of `client.keys` (compacted), keyed by `maison/oid/name of the salt`: one salt of a part.

    A tombstone destroys the salt; an empty salt says that all were destroyed, and that none is drawn unasked.
    """

    maison: Annotated[str, Meta(description="id of the house")]
    oid: Annotated[str, Meta(description="opaque id of the part")]
    salt: Annotated[bytes, Meta(description="what, with the master key, makes the part's key")]
    named: Annotated[
        bytes | None,
        Meta(description="the identifier the part stands for, as JSON `[kind, value]` sealed with that key"),
    ] = None
    unasked: Annotated[
        bool, Meta(description="nobody asked to be served again: none of a part whose salts were destroyed")
    ] = False


class Example(msgspec.Struct, frozen=True, kw_only=True, tag="example", omit_defaults=True):
    """A decision and the features it was made with. One outcome follows."""

    decision: Annotated[str, Meta(description="id of the decision")]
    x: Annotated[dict[str, float], Meta(description="features, by name, as the model was asked with them")]
    at: Annotated[float, Meta(description="when it was made, Unix seconds")]
    chance: Annotated[float, Meta(description="with which probability it was taken")] = 1.0
    others: Annotated[
        dict[str, float],
        Meta(description="what else might have been, `silence` among them, each with its probability"),
    ] = {}


class Outcome(msgspec.Struct, frozen=True, kw_only=True, tag="outcome"):
    """What became of a decision."""

    decision: Annotated[str, Meta(description="id of the decision")]
    y: Annotated[
        int | None, Meta(description="1: accepted; 0: refused, or not answered in time; null: no label")
    ]
    at: Annotated[float, Meta(description="when that was known, Unix seconds")]


class Examples(msgspec.Struct, frozen=True, kw_only=True):
    """One message of `model.examples`, keyed by `maison/model`: all that one slice taught one model."""

    maison: Annotated[str, Meta(description="id of the house")]
    model: Annotated[str, Meta(description="name of the model")]
    items: Annotated[list[Example | Outcome], Meta(description="in the order of the slice")]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One message of `model.snapshots` (compacted, msgpack), keyed by `maison/model`."""

    maison: Annotated[str, Meta(description="id of the house")]
    model: Annotated[str, Meta(description="name of the model")]
    epoch: Annotated[str, Meta(description="of the log of examples; another one where that was made anew")]
    offset: Annotated[
        int,
        Meta(description="next offset of `model.examples` to learn from; workers refuse an older one"),
    ]
    learned: Annotated[int, Meta(description="examples with a label that it has learned from")]
    loss: Annotated[float, Meta(description="running log loss, of which about the last fifty labels count")]
    at: Annotated[float, Meta(description="when it was taken, Unix seconds")]
    state: Annotated[
        dict[str, float | int | dict[str, float]], Meta(description="the model itself, in numbers alone")
    ]
    layout: Annotated[int, Meta(description="how it is kept; a reader of another layout leaves it alone")] = 1
