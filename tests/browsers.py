"""A browser that subscribes: it opens what it is sent as RFC 8291 has it, written apart from what seals."""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from streams.webpush import Subscriber, subscriber


def bytes_of(text: str) -> bytes:
    """Of base64url without its end."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


class Browser:
    """With an endpoint of a push service."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._private, self._auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        public = self._private.public_key()
        self._public = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.p256dh, self.auth = _text(self._public), _text(self._auth)

    @property
    def subscriber(self) -> Subscriber:
        return subscriber(self.p256dh, self.auth)

    @property
    def subscription(self) -> dict[str, Any]:
        """As a page is told of it."""
        return {"endpoint": self.endpoint, "keys": {"p256dh": self.p256dh, "auth": self.auth}}

    def opened(self, body: bytes) -> Any:
        """What a message says. Raises where it is not for this browser."""
        salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
        assert len(body) - 21 - length <= size
        theirs = body[21 : 21 + length]
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self._private.exchange(ec.ECDH(), point)

        def derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
            return HKDF(SHA256(), length, salt, info).derive(secret)

        secret = derived(self._auth, shared, b"WebPush: info\0" + self._public + theirs, 32)
        key = derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derived(salt, secret, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, body[21 + length :], None)
        text, _, rest = padded.rpartition(b"\x02")
        assert rest == b""
        return json.loads(text)
