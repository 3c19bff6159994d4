"""The store of client records: what it promises, and what crosses its border.

Promises, proven by one contract suite over every implementation:
- `read` returns a shard's fence and the parts asked for as of one moment.
- `apply` changes everything or nothing, and only if the fence is still, byte for byte, what `read` gave.
  A command sent twice, a zombie, a replay: the second one finds another fence and changes nothing.
- Links are written by one agent, versioned; an older version never replaces a newer one.
- Errors of the infrastructure raise `StoreAway`; nothing is retried inside that could apply twice.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from schemas.wording import PlainError

PartKey = tuple[str, str]
"""(maison, oid)"""

FOLLOW_UPS = ("expire", "escalate1", "escalate2", "snooze")
"""Kinds of timers that follow an alert."""
_SIGNS = {"expire": "!", "escalate1": "+", "escalate2": "*", "snooze": "~", "book": "%", "foresee": "^"}
"""What stands for the kinds that most timers are of: a set of the due spends its bytes on members. No sign
may stand in an oid."""

NEVER = 1e11
"""A timer from here on, in Unix seconds, never comes due: it marks a part, and is written, checkpointed and
gone with it. What lies beyond is when the mark was set."""

_KINDS = {sign: kind for kind, sign in _SIGNS.items()}
_SIGN = re.compile(r"([|!+*~%^])")


class StoreAway(RuntimeError):
    """The store did not answer; nothing is known of the last command."""


class OtherLayout(PlainError):
    """What stands there was kept by an older or a newer version; the text says what to do."""


class Fence(msgspec.Struct, frozen=True, array_like=True):
    """How far a shard has come: `epoch` of the log, `version` of the shard, last applied offset per topic."""

    epoch: str
    version: int = 0
    offsets: dict[str, int] = {}


class Timer(msgspec.Struct, frozen=True, array_like=True):
    """A touch that time makes: `name` is `kind:what`, or a kind alone; `due` in Unix seconds."""

    maison: str
    oid: str
    name: str
    due: float

    @property
    def member(self) -> str:
        """What names a timer; setting it again moves it. `lumiere|qjGJ8m2C0b1xYz_A!` and the alert's id."""
        kind, _, what = self.name.partition(":")
        if kind in _SIGNS:
            return f"{self.maison}|{self.oid}{_SIGNS[kind]}{what}"
        return f"{self.maison}|{self.oid}|{self.name}"


class View(msgspec.Struct, frozen=True):
    """What `read` saw. `raw` is the fence as stored, empty for a shard never written."""

    raw: bytes
    parts: Mapping[PartKey, bytes | None]
    links: Mapping[PartKey, tuple[str, ...]]
    due: Sequence[Timer] = ()

    @property
    def fence(self) -> Fence | None:
        """The fence, decoded; None for a shard never written."""
        return msgspec.msgpack.decode(self.raw, type=Fence) if self.raw else None


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """What `apply` changes, all of it or nothing. `seen` is the `raw` of the view it was computed from."""

    seen: bytes
    fence: Fence
    parts: Mapping[PartKey, bytes] = {}
    gone: Sequence[PartKey] = ()
    """Parts that are deleted."""
    timers: Sequence[Timer] = ()
    dropped: Sequence[str] = ()
    """Members of timers that are no longer wanted, or have been served."""
    tallies: Mapping[str, int] = {}
    """What is added to each tally of the shard."""
    members: Mapping[str, int] = {}
    """Who entered a segment, as `membership` spells it, and when in Unix seconds; 0: who left."""
    outbox: Sequence[bytes] = ()
    """What is to be told because of this write, once it stands; kept until a later write says it was."""
    told: int = 0
    """How many of the oldest in the outbox were told."""


class Links(msgspec.Struct, frozen=True, array_like=True):
    """The other parts of a client, as of `version` (the offset in `identity.links` that made them)."""

    version: int
    parts: tuple[str, ...]


class Store(Protocol):
    """Records, links and timers by shard. `partition_of` of the key's bytes gives an oid's shard."""

    async def read(
        self,
        shard: int,
        parts: Sequence[PartKey],
        linked: Sequence[PartKey] = (),
        due_by: float | None = None,
    ) -> View:
        """Fence, `parts`, the links of `linked`, and up to 500 timers due by `due_by` (none if None)."""
        ...

    async def peek(self, parts: Sequence[PartKey]) -> dict[PartKey, bytes | None]:
        """Parts of any shard, read without a fence."""
        ...

    async def links(self, parts: Sequence[PartKey]) -> dict[PartKey, tuple[str, ...]]:
        """The other parts of the client that each of these is part of."""
        ...

    async def apply(self, shard: int, write: Write) -> bool:
        """True if applied; False if the fence is not `write.seen` any more."""
        ...

    async def link(self, links: Mapping[PartKey, Links]) -> None:
        """Writes the links of parts, each only if its version is newer than the stored one."""
        ...

    async def timers(self, shard: int) -> int:
        """How many timers wait in a shard; marks, which never come due, are not counted."""
        ...

    async def marked(self, shard: int, most: int) -> list[Timer]:
        """The marks of a shard, the one set last first, read without a fence."""
        ...

    async def tallies(self, shard: int) -> dict[str, int]:
        """The tallies of a shard that are not zero, but for those of choice, read without a fence."""
        ...

    async def chosen(self, shard: int) -> dict[str, int]:
        """The tallies of choice (`of_choice`) that are not zero: they are many, and seldom read."""
        ...

    async def outbox(self, shard: int) -> list[bytes]:
        """What is still to be told, up to 500, the oldest first."""
        ...

    async def members(self, shard: int, maison: str, segment: str, most: int) -> dict[str, int]:
        """Parts of a shard that are in a segment, up to `most` or a little more, and since when."""
        ...


async def parts_of(store: Store, part: PartKey) -> list[PartKey]:
    """The parts of the client that this one is part of, itself first. Raises `StoreAway`."""
    return [part, *((part[0], oid) for oid in (await store.links([part]))[part])]


def of_choice(name: str) -> bool:
    """Whether a tally says which articles were chosen.

    >>> of_choice("lumiere|v|1a|2b"), of_choice("lumiere|r|20412")
    (True, False)
    """
    return name.partition("|")[2].startswith(("u|", "v|"))


def membership(maison: str, segment: str, oid: str) -> str:
    """What names a member of a segment.

    >>> membership("lumiere", "regulars", "qjGJ8m2C0b1xYz_A")
    'lumiere|regulars|qjGJ8m2C0b1xYz_A'
    """
    return f"{maison}|{segment}|{oid}"


def encode_fence(fence: Fence) -> bytes:
    """A fence as stored."""
    return msgspec.msgpack.encode(fence)


def timer_of(member: str, due: float) -> Timer:
    """The timer a stored member names.

    >>> [timer_of(f"lumiere|qjGJ8m2C0b1xYz_A{rest}", 0.0).name for rest in ("!JJr1OZ3aTyk", "%", "|cart:x")]
    ['expire:JJr1OZ3aTyk', 'book', 'cart:x']
    """
    maison, _, rest = member.partition("|")
    oid, sign, what = _SIGN.split(rest, maxsplit=1)
    kind = _KINDS.get(sign)
    return Timer(maison, oid, ":".join(filter(None, (kind, what))), due)
