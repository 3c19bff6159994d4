"""What clients and others said in words: the personal slices of a part, deflated and sealed as one.

One seal costs 32 bytes, however much is under it, and names and words that slices share are kept once. It is
opened when somebody asks, and made anew only where something in it has changed.
"""

import zlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from feature_store.vocabulary import SAID
from schemas.sealing import Key

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(dict[str, msgspec.Raw])
_WINDOW, _MEMORY = -12, 5
"""Raw deflate over four kilobytes: as small as with more, and begun in half the time."""
_USUAL = b"".join(map(_encoder.encode, SAID))
"""What deflate finds as if it had just been said."""


class Locked:
    """The personal slices as stored, by letter, until somebody asks for one.

    open: letter -> the slice of these bytes.
    """

    __slots__ = ("_key", "_open", "_raws", "_slices", "stored")

    def __init__(self, stored: bytes, key: Key, open: Mapping[str, Callable[[msgspec.Raw], Any]]) -> None:
        self.stored, self._key, self._open = stored, key, open
        self._raws: dict[str, msgspec.Raw] | None = None
        self._slices: dict[str, Any] = {}

    def slices(self) -> dict[str, msgspec.Raw]:
        """All that lies in it, but what no feature knows any more. Raises `Lost`."""
        if self._raws is None:
            held = _decoder.decode(_inflated(self._key.open(self.stored)))
            self._raws = {letter: raw for letter, raw in held.items() if letter in self._open}
        return self._raws

    def read(self, letter: str) -> Any:
        """One of them, None where there is none; it is not to be changed. Raises `Lost`."""
        if letter in self._slices:
            return self._slices[letter]
        raw = self.slices().get(letter)
        self._slices[letter] = None if raw is None else self._open[letter](raw)
        return self._slices[letter]


def locked(slices: Mapping[str, Any], key: Key) -> bytes:
    """Slices by letter as they are stored. The same slices and key give the same bytes."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, _WINDOW, _MEMORY, zdict=_USUAL)
    return key.seal(deflate.compress(_encoder.encode(slices)) + deflate.flush())


def _inflated(stored: bytes) -> bytes:
    return zlib.decompressobj(_WINDOW, zdict=_USUAL).decompress(stored)
