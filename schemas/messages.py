"""What the agents tell one another: links, examples and outcomes, snapshots."""

from typing import Annotated

import msgspec
from msgspec import Meta


class LinkChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`personalise` -> `identity.links`, keyed by maison: these parts are (or are not) one client.

    `source` and `id` name the event that states it; `evidence` is a short reason without personal data.
    `kinds` says what each part is the id of, `declared` whether the event says so in so many words: what
    merely stands together weighs less. `compared`: how the two compared when a person judged them.
    `told`: what the event says of the person whose part is the first, sealed.
    """

    maison: str
    parts: tuple[Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{16}$")], ...]
    linked: bool
    source: str
    id: str
    evidence: str
    at: float
    kinds: tuple[str, ...] = ()
    declared: bool = False
    compared: str = ""
    told: bytes = b""


class KeyChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of `client.keys` (compacted), keyed by `maison/oid/name of the salt`: one salt of a part.

    `named`: the identifier the part stands for, as JSON `[kind, value]` sealed with that key. A tombstone
    destroys the salt; an empty salt says that all were destroyed, and that none is drawn unasked.
    """

    maison: str
    oid: str
    salt: bytes
    named: bytes | None = None


class Example(msgspec.Struct, frozen=True, kw_only=True, tag="example", omit_defaults=True):
    """A decision and the features it was made with. `at` is Unix seconds. One outcome follows.

    `chance`: with which it was taken; `others`: what else might have been, `silence` among them, with theirs.
    """

    decision: str
    x: dict[str, float]
    at: float
    chance: float = 1.0
    others: dict[str, float] = {}


class Outcome(msgspec.Struct, frozen=True, kw_only=True, tag="outcome"):
    """What became of a decision: `y` is 1 accepted, 0 refused or not answered in time, None no label."""

    decision: str
    y: int | None
    at: float


class Examples(msgspec.Struct, frozen=True, kw_only=True):
    """One message of `model.examples`, keyed by `maison/model`: all that one slice taught one model."""

    maison: str
    model: str
    items: list[Example | Outcome]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One message of `model.snapshots` (compacted, msgpack), keyed by `maison/model`.

    `offset` is the next offset of `model.examples` to learn from; workers refuse an older one within an
    `epoch`. `state` holds numbers only.
    """

    maison: str
    model: str
    epoch: str
    offset: int
    learned: int
    loss: float
    at: float
    state: dict[str, float | int | dict[str, float]]
