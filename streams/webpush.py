"""Web Push: a message sealed for one browser (RFC 8291), signed as ours (RFC 8292). Pure.

Of `cryptography` and PyJWT, which are here anyway: pywebpush brings a second HTTP client, and http-ece, of
which there is no wheel and since 2024 no release, for what is forty lines.
"""

import os
import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping
from hashlib import blake2b
from urllib.parse import urlsplit

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SERVICES: Mapping[str, str] = {
    "fcm.googleapis.com": "google",
    ".push.services.mozilla.com": "mozilla",
    ".push.apple.com": "apple",
    ".notify.windows.com": "microsoft",
}
"""Push services of browsers: a host, or with a dot before it how hosts end; and what they are called here."""
OTHER = "other"
LONGEST = 1024
"""Characters of an endpoint."""
SIZE = 320
"""Bytes of every message before it is sealed: by its length none can be told from another."""
SIGNED_FOR = 12 * 3600
"""Seconds that a signature holds: a service takes none of more than a day."""
RECORD = 4096
_NAME = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]+")
"""A host by name; an address of IPv6 with a zone may end as those of a push service do."""

_CURVE = ec.SECP256R1()
_KEY, _AUTH = 65, 16


class Unfit(ValueError):
    """It can't be used; the text is the end of a sentence that names it."""


class Subscriber(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser lets others seal with: its public key, and what its push service is not told."""

    key: bytes
    auth: bytes


def subscriber(p256dh: str, auth: str) -> Subscriber:
    """As a browser says them, base64url. Raises `Unfit`."""
    key, secret = _bytes(p256dh), _bytes(auth)
    if len(secret) != _AUTH:
        raise Unfit("auth: 16 bytes, base64url")
    try:
        if len(key) != _KEY:
            raise ValueError
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, key)
    except ValueError:
        raise Unfit("p256dh: a point of P-256, uncompressed, base64url") from None
    return Subscriber(key=key, auth=secret)


def sealed(text: bytes, to: Subscriber, own: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """The body of a message, `aes128gcm` of one record. `own` and `salt` (16 bytes) are of this one alone."""
    ours = _point(own.public_key())
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, to.key))
    secret = _hkdf(to.auth, b"WebPush: info\0" + to.key + ours, 32, shared)
    key = _hkdf(salt, b"Content-Encoding: aes128gcm\0", 16, secret)
    nonce = _hkdf(salt, b"Content-Encoding: nonce\0", 12, secret)
    header = salt + struct.pack("!IB", RECORD, len(ours)) + ours
    return header + AESGCM(key).encrypt(nonce, text + b"\x02", None)


def message(said: Mapping[str, object], to: Subscriber) -> bytes:
    """A message of JSON, as long as every other."""
    text = msgspec.json.encode(said)
    return sealed(text.ljust(SIZE), to, ec.generate_private_key(_CURVE), os.urandom(16))


class Signer:
    """Who sends: a key of P-256, and whom a push service may write to. `key` is what pages subscribe with."""

    def __init__(self, private: str, contact: str) -> None:
        """`private`: 32 bytes, base64url. Raises `Unfit`."""
        number = int.from_bytes(_bytes(private))
        try:
            if len(_bytes(private)) != 32:
                raise ValueError
            self._private = ec.derive_private_key(number, _CURVE)
        except ValueError:
            raise Unfit("is no key: draw one with `prevenance push-key`") from None
        self._contact = contact
        self.key = _text(_point(self._private.public_key()))

    def __repr__(self) -> str:
        return "Signer(***)"

    def headers(self, endpoint: str, now: float) -> dict[str, str]:
        """What says to the service of an endpoint who sends, at Unix seconds `now`."""
        where = urlsplit(endpoint)
        claims = {"aud": f"{where.scheme}://{where.netloc}", "exp": int(now) + SIGNED_FOR}
        token = jwt.encode({**claims, "sub": self._contact}, self._private, algorithm="ES256")
        return {"Authorization": f"vapid t={token}, k={self.key}"}


def new_key() -> str:
    """A private key, as `Signer` takes it."""
    return _text(ec.generate_private_key(_CURVE).private_numbers().private_value.to_bytes(32))


def service_of(endpoint: str, more: tuple[str, ...] = ()) -> str:
    """Whose an endpoint is: a browser names it, and would have us call whatever it names.

    `more`: hosts, or host:port, of push services besides those that are known. Raises `Unfit`.
    """
    try:
        where = urlsplit(endpoint)
        host, port = where.hostname or "", where.port
    except ValueError:
        raise Unfit("endpoint: no address") from None
    plain = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint and "\\" not in endpoint
    if not plain or len(endpoint) > LONGEST or where.scheme != "https" or "@" in where.netloc:
        raise Unfit("endpoint: an https address of a push service")
    if where.netloc in more:
        return OTHER
    for known, name in SERVICES.items():
        ours = host == known or (known[0] == "." and host.endswith(known))
        if ours and port in (None, 443) and _NAME.fullmatch(host):
            return name
    raise Unfit("endpoint: of no push service that is known here")


def topic(alert: str) -> str:
    """What a message is replaced by, of one alert: 32 letters that say nothing."""
    return _text(blake2b(alert.encode(), digest_size=24).digest())


def _hkdf(salt: bytes, info: bytes, length: int, secret: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Nothing where it is no base64url."""
    try:
        return urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except (Error, ValueError):
        return b""
