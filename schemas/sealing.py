"""Sealing: what a client or somebody else said in words is readable only while the part's key exists.

A part's key is drawn from the master secret and from salts that belong to that part alone: whoever destroys
the salts has destroyed every copy of what was sealed, in logs and backups too. AES-256-GCM with a nonce made
of text and key, as AES-GCM-SIV does (RFC 8452): the same text gives the same bytes, so a computation done
again gives the same record, and no two texts share a nonce.
"""

from collections.abc import Sequence
from hashlib import blake2b

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SALT = 16
"""Bytes of a salt."""
NAME, _NONCE = 4, 12
"""Bytes of a salt that name it beside what was sealed with it."""


class Lost(LookupError):
    """The key that would open it is gone, or it was never sealed for this part."""


class Key:
    """What seals for one part with its newest salt, and opens what any of its salts sealed.

    >>> key = Key(master_of(b"secret"), ("lumiere", "qjGJ8m2C0b1xYz_A"), [bytes(16)])
    >>> key.open(key.seal(b"Aline"))
    b'Aline'
    """

    __slots__ = ("_ciphers", "_newest", "_part", "salts")

    def __init__(self, master: bytes, part: tuple[str, str], salts: Sequence[bytes]) -> None:
        """`salts`: oldest first, one at least; `part` is (maison, oid)."""
        self.salts = tuple(salts)
        self._part = "/".join(part).encode()
        self._newest = salts[-1][:NAME]
        self._ciphers = {s[:NAME]: _drawn(master, self._part, s) for s in salts}

    def seal(self, text: bytes) -> bytes:
        """32 bytes more than `text`."""
        cipher, nonces = self._ciphers[self._newest]
        nonce = blake2b(text, digest_size=_NONCE, key=nonces).digest()
        return self._newest + nonce + cipher.encrypt(nonce, text, self._part)

    def open(self, sealed: bytes) -> bytes:
        """Raises `Lost`."""
        held = self._ciphers.get(sealed[:NAME])
        if held is None:
            raise Lost("sealed with another key")
        try:
            return held[0].decrypt(sealed[NAME : NAME + _NONCE], sealed[NAME + _NONCE :], self._part)
        except (InvalidTag, ValueError):
            raise Lost("not what was sealed") from None

    def __repr__(self) -> str:
        return "Key(***)"


def _drawn(master: bytes, part: bytes, salt: bytes) -> tuple[AESGCM, bytes]:
    drawn = blake2b(part, digest_size=64, key=master, salt=salt).digest()
    return AESGCM(drawn[:32]), drawn[32:]


def master_of(secret: bytes) -> bytes:
    """The master key, 32 bytes, of a secret of any length."""
    return blake2b(secret, digest_size=32, person=b"prevenance-seal").digest()
