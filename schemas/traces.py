"""Why and why not: what each decision considered, on `decisions`; mostly one message a slice, sealed."""

from typing import Annotated

import msgspec
from msgspec import Meta

from schemas.codec import Unreadable

Sentence = tuple[str, tuple[str, ...]]
"""Words, and the facts of `schemas/tiers.py` that they tell."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was proposed, and what became of it.

    outcome: said, updated, outranked, `silence was worth more`, too late, done, retracted, or the reason of
    `guard`. probability: of acceptance. worth, silence: what it and saying nothing were held to be worth;
    chance: with which it was said. value: what its rule says acceptance is worth. until: when its time is
    over, Unix seconds. intimacy, attention: what the facts it uses, and reaching the client again, cost of
    its worth. place: the inbox it competed for, within its maison; alert: by what id it was said. x: what
    each model saw; adds: of those that judged, what each of that added to the log-odds of a yes. title, why:
    what it says, with the facts told.
    """

    action: str
    outcome: str
    guard: str | None = None
    probability: float | None = None
    worth: float | None = None
    silence: float | None = None
    chance: float | None = None
    value: float | None = None
    until: int = 0
    intimacy: float = 0.0
    attention: float = 0.0
    place: str = ""
    alert: str = ""
    x: dict[str, dict[str, float]] = {}
    adds: dict[str, dict[str, float]] = {}
    title: Sentence | None = None
    why: list[Sentence] = []


class Trace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One decision. `woke`: the type of the event, or the kind of timer, at which it was made.

    arms: of the experiments that ran, which arm the client was in.
    """

    woke: str
    candidates: list[Candidate]
    arms: dict[str, str] = {}


class Traced(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A decision on its way. A message of `decisions` is a list of them: all that one slice decided."""

    maison: Annotated[str, Meta(description="id of the house")]
    oid: Annotated[str, Meta(description="opaque id of the part it is about")]
    id: Annotated[str, Meta(description="id of the decision")]
    at: Annotated[float, Meta(description="when it was made, Unix seconds")]
    body: Annotated[bytes, Meta(description="its trace, msgpack: what was considered, and what became of it")]
    sealed: Annotated[bool, Meta(description="whether `body` is sealed with the key of its part")] = False


_traced = msgspec.msgpack.Decoder(list[Traced])
_trace = msgspec.msgpack.Decoder(Trace)


def pack(traced: list[Traced]) -> bytes:
    """What a slice decided, or a portion of it, as one message."""
    return msgspec.msgpack.encode(traced)


def body_of(trace: Trace) -> bytes:
    """As `Traced.body` has it where it is not sealed."""
    return msgspec.msgpack.encode(trace)


def unpacked(value: bytes | None) -> list[Traced]:
    """Raises `Unreadable`."""
    try:
        return _traced.decode(value or b"")
    except msgspec.DecodeError:
        raise Unreadable("no list of decisions") from None


def trace_of(body: bytes) -> Trace:
    """Raises `Unreadable`."""
    try:
        return _trace.decode(body)
    except msgspec.DecodeError:
        raise Unreadable("no trace of a decision") from None
