"""Keys of parts at hand: from the keyring where they are known, drawn anew where they are not.

A part may have several salts, so two processes may each draw one at the same moment, and a keyring that can't
be asked holds nothing up: what is new is told to `client.keys` before anything sealed with it.
"""

import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol

import msgspec
import orjson

from feature_store.store import PartKey, StoreAway
from schemas.messages import KeyChange
from schemas.sealing import NAME, SALT, Key
from streams import topics
from streams.asking import Answers, Asking
from streams.produce import Message

MOST = 100_000
"""Keys a gateway holds in memory; the one known longest goes first."""
AGAIN = 60.0
"""Seconds after which keys are looked up again: another process may have destroyed a key, or drawn one."""
OF_A_SHARD = 8_192
"""Keys a shard's lane holds."""


class Ring(Protocol):
    """Where salts are looked up: see `feature_store.keyring.Keyring`."""

    async def salts(self, parts: Collection[PartKey]) -> dict[PartKey, list[bytes] | None]: ...


class Fresh(msgspec.Struct, frozen=True, kw_only=True):
    """Keys that were just drawn, and what must be sent before what they seal."""

    keys: dict[PartKey, Key]
    messages: list[Message]


class Opener:
    """Opens for people: asks the keyring each time, so that what was destroyed a moment ago stays closed."""

    def __init__(self, ring: Ring, master: bytes) -> None:
        self._ring, self._master = ring, master
        self._asked = Asking(self._known)

    async def of(self, parts: Collection[PartKey]) -> dict[PartKey, Key]:
        """The keys of those parts that have one. Raises `StoreAway`."""
        return {part: key for part, key in (await self.known(parts)).items() if key is not None}

    def known(self, parts: Collection[PartKey]) -> Answers[PartKey, Key | None]:
        """The same, and None for a part whose key was destroyed: one that is in neither has none yet."""
        return self._asked.of(parts)

    async def _known(self, parts: Collection[PartKey]) -> dict[PartKey, Key | None]:
        found = await self._ring.salts(parts)
        return {
            part: Key(self._master, part, salts) if salts else None
            for part, salts in found.items()
            if salts is not None
        }


class Keys:
    """The keys one process knows. `known` holds None for a part whose key was destroyed."""

    def __init__(
        self,
        keyring: Ring | None,
        master: bytes,
        random: Callable[[int], bytes] = os.urandom,
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST,
    ) -> None:
        """Without a keyring nothing can be looked up, and every key is drawn anew."""
        self.known: dict[PartKey, Key | None] = {}
        self._keyring, self._master = keyring, master
        self._random, self._clock, self._most = random, clock, most
        self._looked = clock()
        self._silent, self._asking = False, 0

    async def look_up(self, parts: Iterable[PartKey]) -> None:
        """Takes into `known` what the keyring has of these parts. Raises `StoreAway`.

        What was known for long is forgotten here and nowhere else: whoever looked up finds it until then.
        """
        if self._keyring is None:
            return
        wanted, asked = dict.fromkeys(parts), set[PartKey]()
        # Once more for what was at hand and somebody else has forgotten meanwhile.
        while missing := self._missing(wanted, asked):
            asked.update(missing)
            found = await self._ask(self._keyring, missing)
            if self._are_old():  # forgotten before they can be asked for, they would be drawn anew each time
                self._looked = self._clock()
                self.known.clear()
            for part, salts in found.items():
                if salts is not None:
                    self._hold(part, Key(self._master, part, salts) if salts else None)

    async def _ask(self, keyring: Ring, parts: Collection[PartKey]) -> dict[PartKey, list[bytes] | None]:
        """One at a time while it gives none: whoever comes meanwhile goes on without. Raises `StoreAway`."""
        if self._silent and self._asking:
            raise StoreAway("the keyring has not answered whoever asked before")
        self._asking += 1
        try:
            found = await keyring.salts(parts)
        except StoreAway:
            self._silent = True
            raise
        finally:
            self._asking -= 1
        self._silent = False
        return found

    def _are_old(self) -> bool:
        return self._clock() > self._looked + AGAIN

    def _missing(self, wanted: Iterable[PartKey], asked: Collection[PartKey]) -> list[PartKey]:
        old = self._are_old()
        return [part for part in wanted if (old or part not in self.known) and part not in asked]

    async def complete(self, parts: Iterable[PartKey]) -> None:
        """Adds to `known` the salts that others drew for these parts since. Raises `StoreAway`.

        To be asked before a part's key is destroyed: one salt that is left opens what it sealed.
        """
        held = {part: key for part in parts if (key := self.known.get(part)) is not None}
        for part, salts in (await self._keyring.salts(list(held)) if self._keyring else {}).items():
            if salts:
                every = dict.fromkeys((*salts, *held[part].salts))
                self._hold(part, Key(self._master, part, [*every]))

    def draw(
        self, parts: Mapping[PartKey, tuple[str, str] | None], returning: Collection[PartKey] = ()
    ) -> Fresh:
        """Every part has a key afterwards, in `known` or fresh, unless it was destroyed: look them up before.

        `parts` -> the identifier it stands for, where that was said. `returning`: parts that get a new key
        also where theirs was destroyed. What is fresh is not `known` until `settle`, when Kafka has it.
        """
        fresh = Fresh(keys={}, messages=[])
        for part, named in parts.items():
            if part not in self.known or (part in returning and self.known[part] is None):
                self._draw(part, named, fresh, part not in returning)
        return fresh

    def settle(self, fresh: Fresh) -> None:
        """Kafka has these: from now on they are known."""
        for part, key in fresh.keys.items():
            self._hold(part, key)

    def forget(self, parts: Collection[PartKey]) -> None:
        """Looks them up again at their next use."""
        for part in parts:
            self.known.pop(part, None)

    def _draw(self, part: PartKey, named: tuple[str, str] | None, fresh: Fresh, unasked: bool) -> None:
        salt = self._random(SALT)
        key = fresh.keys[part] = Key(self._master, part, [salt])
        change = KeyChange(
            maison=part[0],
            oid=part[1],
            salt=salt,
            named=key.seal(orjson.dumps(named)) if named else None,
            unasked=unasked,
        )
        fresh.messages.append(key_message(change))

    def _hold(self, part: PartKey, key: Key | None) -> None:
        self.known[part] = key
        if len(self.known) > self._most:
            del self.known[next(iter(self.known))]


def key_message(change: KeyChange) -> Message:
    """A salt on its way to `client.keys`."""
    return Message(
        topic=topics.KEYS,
        key=_named(change.maison, change.oid, change.salt),
        value=msgspec.json.encode(change),
    )


def destroyed(part: PartKey, key: Key | None) -> list[Message]:
    """The tombstones of a part's salts, and that it has none."""
    gone = [tombstone(part, salt) for salt in key.salts] if key else []
    return [*gone, key_message(KeyChange(maison=part[0], oid=part[1], salt=b""))]


def tombstone(part: PartKey, salt: bytes) -> Message:
    """That this salt is destroyed."""
    return Message(topic=topics.KEYS, key=_named(*part, salt), value=None)


def _named(maison: str, oid: str, salt: bytes) -> bytes:
    return f"{maison}/{oid}/{salt[:NAME].hex()}".encode()
