"""What stands for a key under which persons are compared, so that nothing readable is kept.

What is told of a person is sealed with the key of their part (`schemas/sealing.py`) and lost with it; of a
key, which many share, a keyed hash stands in the store.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import Any

import msgspec

from agents.matching.traits import Traits, packed, unpacked
from schemas.sealing import Key, Lost

LETTERS = 6
"""Of what stands for a key: 36 bits. Of ten million keys one in seven thousand shares what stands for it with
another; who has only that in common is compared in vain."""

Stand = Callable[[str], str]
"""Key -> six characters that stand for it."""


def stand_of(maison: str, pepper: bytes) -> Stand:
    """What stands for keys of a maison; another maison's are others.

    >>> len(stand_of("lumiere", b"pepper")("n mr"))
    6
    """
    secret = blake2b(f"identity|{maison}".encode(), key=pepper[:64]).digest()
    return partial(_stand, secret)


def _stand(secret: bytes, key: str) -> str:
    return urlsafe_b64encode(blake2b(key.encode(), key=secret, digest_size=6).digest()).decode()[:LETTERS]


def seal(said: Any, key: Key) -> bytes:
    """What is told of a person, sealed for their part."""
    return key.seal(msgspec.msgpack.encode(said))


def opened(sealed: bytes, key: Key | None) -> Any:
    """What was sealed; None once the key is destroyed, or where it was never sealed for this part."""
    if not sealed or key is None:
        return None
    try:
        return msgspec.msgpack.decode(key.open(sealed))
    except (Lost, ValueError):
        return None


def traits_in(sealed: bytes, key: Key | None) -> Traits:
    """The traits kept beside a part; none once its key is destroyed."""
    return unpacked(opened(sealed, key))


def seal_traits(traits: Traits, key: Key) -> bytes:
    """Traits, sealed for their part."""
    return seal(packed(traits), key)
