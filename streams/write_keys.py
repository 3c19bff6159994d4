"""Write keys: which maison a sender speaks for, and what it may say.

A key comes as the user of Basic or as a Bearer token; a browser SDK puts it into the body. It is looked up by
a digest under a key drawn at start, so the time a lookup takes tells nothing about the secrets.
"""

import base64
import hmac
import os
from hashlib import blake2b
from typing import Literal, get_args

import msgspec

from streams.secret import entries_of

Scope = Literal["server", "web", "pos", "pms"]

SPOKEN: dict[str, tuple[str, ...]] = {
    "server": ("",),
    "web": ("web.",),
    "pos": ("store.", "client.profile", "client.consent", "client.appointment", "client.note"),
    "pms": ("hotel.", "client.profile", "client.consent", "client.link", "client.note"),
}
"""Scope -> beginnings of the event types it may send. A type nobody knows is held to the same table."""


class WriteKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a key opens. `proof_secret` (web only) never leaves the maison's server: see `proves`."""

    maison: str
    scope: Scope = "server"
    proof_secret: bytes | None = None

    def __repr__(self) -> str:
        return f"WriteKey(maison={self.maison!r}, scope={self.scope!r})"

    def may_send(self, type_: str) -> bool:
        """Whether an event of this type is this key's to send.

        >>> WriteKey(maison="lumiere", scope="web").may_send("store.purchase")
        False
        """
        return type_.startswith(SPOKEN[self.scope])

    def proves(self, proof: object, session: str | None, client_id: str | None) -> bool:
        """Whether the maison's server vouches that this session is this client's.

        `proof` is the hex HMAC-SHA256 of `session|client_id` under the key's proof secret. The key itself
        stands in a page for all to read, so a key without a proof secret proves nothing. Nor is a client
        with a `|` in its id ever proven: a visitor who names their own session could move the border.
        """
        if self.proof_secret is None or not isinstance(proof, str) or not session or not client_id:
            return False
        if "|" in client_id:
            return False
        expected = hmac.new(self.proof_secret, f"{session}|{client_id}".encode(), "sha256").hexdigest()
        return hmac.compare_digest(expected.encode(), proof.encode())


class WriteKeys:
    """All keys of a gateway."""

    def __init__(self, keys: dict[str, WriteKey]) -> None:
        self._salt = os.urandom(32)
        self._by_digest = {self._digest(secret): key for secret, key in keys.items()}
        self.maisons = frozenset(key.maison for key in keys.values())

    def find(self, presented: str) -> WriteKey | None:
        """The key that was presented, or None."""
        return self._by_digest.get(self._digest(presented))

    def _digest(self, secret: str) -> bytes:
        return blake2b(secret.encode(errors="surrogatepass"), digest_size=16, key=self._salt).digest()


def write_keys_from(text: str) -> WriteKeys:
    """Keys from `maison:key[:scope[:proof-secret]],...`, or one a line.

    Raises `ValueError`, which never repeats a key.

    >>> write_keys_from("lumiere:demo,lumiere:page:web:s3cret").find("page")
    WriteKey(maison='lumiere', scope='web')
    """
    keys: dict[str, WriteKey] = {}
    for number, entry in enumerate(entries_of(text), 1):
        where = f"PREVENANCE_WRITE_KEYS, entry {number}"
        maison, _, rest = entry.partition(":")
        secret, _, rest = rest.partition(":")
        scope, _, proof_secret = rest.partition(":")
        if not maison or not secret:
            raise ValueError(f"{where}: write it maison:key[:scope[:proof-secret]]")
        if scope and scope not in SPOKEN:
            raise ValueError(f"{where}: the scope is one of {', '.join(get_args(Scope))}")
        if proof_secret and scope != "web":
            raise ValueError(f"{where}: only a key of scope web has a proof secret")
        if secret in keys:
            raise ValueError(f"{where}: the same key stands there twice")
        named = msgspec.convert(scope or "server", Scope)
        keys[secret] = WriteKey(maison=maison, scope=named, proof_secret=proof_secret.encode() or None)
    return WriteKeys(keys)


def server_key(text: str, maison: str) -> str | None:
    """The first key of a maison that may say everything, as `write_keys_from` reads them.

    >>> server_key("lumiere:page:web, lumiere:demo", "lumiere"), server_key("", "lumiere")
    ('demo', None)
    """
    for entry in entries_of(text):
        of, _, rest = entry.partition(":")
        secret, _, scope = rest.partition(":")
        if of == maison and secret and scope in ("", "server"):
            return secret
    return None


def presented_key(authorization: str | None) -> str | None:
    """The key in an `Authorization` header (the user of Basic, or Bearer); None when there is none.

    >>> presented_key("Basic ZGVtbzo="), presented_key("Bearer demo"), presented_key("Digest x")
    ('demo', 'demo', None)
    """
    scheme, _, value = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[0] or None
    except ValueError:  # no base64, or of no text; letters beyond ASCII are told by no narrower one
        return None
