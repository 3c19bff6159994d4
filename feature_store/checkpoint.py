"""What the checkpoint topic holds: parts, timers and how far each shard has come, sealed. Pure.

The key of a record names what it is: `maison|oid` a part, the member of a timer that timer, `mark|shard` the
mark of a shard. A mark says: the newest record of every part and timer of this shard is true as of these
offsets, or of later ones. So the mark and the log from there on make the shard again.
"""

import re
from hashlib import blake2b
from typing import TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from feature_store.store import PartKey
from schemas.wording import PlainError

FORMAT = b"\x01"
"""The first byte of a value: how the rest is to be read."""
NONCE = 12
"""Random bytes of each value, never used twice under one key."""

_PART = re.compile(r"([^|{}]+)\|([A-Za-z0-9_-]{16})")
_MARK = "mark|"


class Unopened(PlainError):
    """A record of the topic can't be opened; the text says why and what to do."""


class Kept(msgspec.Struct, frozen=True, array_like=True):
    """A part as it was stored when the shard had applied `offsets` (the last per topic) of log `epoch`."""

    epoch: str
    offsets: dict[str, int]
    record: bytes


class Waiting(msgspec.Struct, frozen=True, array_like=True):
    """A timer that waited; `due` in Unix seconds."""

    epoch: str
    due: float


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """All that was published of a shard is true as of `offsets` or later."""

    epoch: str
    offsets: dict[str, int]


K = TypeVar("K", Kept, Waiting, Mark)


def cipher_of(secret: bytes) -> AESGCM:
    """The cipher of the topic: AES-256-GCM under a key that only this use has."""
    return AESGCM(blake2b(b"records.checkpoint", key=secret[:64], digest_size=32).digest())


def part_name(part: PartKey) -> str:
    """The key of a part in the topic.

    >>> part_name(("lumiere", "qjGJ8m2C0b1xYz_A"))
    'lumiere|qjGJ8m2C0b1xYz_A'
    """
    return f"{part[0]}|{part[1]}"


def mark_name(shard: int) -> str:
    """The key of a shard's mark."""
    return f"{_MARK}{shard}"


def part_of(name: str) -> PartKey | None:
    """The part a key names, None where it names a timer or a mark.

    >>> part_of("lumiere|qjGJ8m2C0b1xYz_A"), part_of("lumiere|qjGJ8m2C0b1xYz_A|cart:x"), part_of("mark|3")
    (('lumiere', 'qjGJ8m2C0b1xYz_A'), None, None)
    """
    found = _PART.fullmatch(name)
    return (found[1], found[2]) if found else None


def sealed(cipher: AESGCM, name: str, kept: Kept | Waiting | Mark, nonce: bytes) -> bytes:
    """The value of a record. It opens under its own key alone, so no record can stand in for another."""
    return FORMAT + nonce + cipher.encrypt(nonce, msgspec.msgpack.encode(kept), name.encode())


def opened(cipher: AESGCM, name: str, value: bytes, kind: type[K]) -> K:
    """What was sealed. Raises `Unopened`."""
    if value[:1] != FORMAT:
        raise Unopened(
            f"a checkpoint has format {value[:1].hex()}, this version knows {FORMAT.hex()}: upgrade it"
        )
    nonce, rest = value[1 : 1 + NONCE], value[1 + NONCE :]
    try:
        return msgspec.msgpack.decode(cipher.decrypt(nonce, rest, name.encode()), type=kind)
    except (InvalidTag, ValueError):
        raise Unopened(
            "a checkpoint can't be opened: it was sealed under another PREVENANCE_MASTER_KEY; give back the "
            "one it was made with, or do without checkpoints (--log-only)"
        ) from None
