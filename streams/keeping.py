"""The lane that keeps the keyring: salts of `client.keys` in Redis, and no more where one is destroyed.

Said twice or again from the start it ends in the same: what was destroyed is destroyed again.
"""

import asyncio
import time
from collections.abc import Awaitable

import msgspec

from agents.plan import Dead
from feature_store.keyring import Keyring
from feature_store.seals import Seals
from feature_store.store import PartKey, StoreAway
from schemas.codec import Unreadable, readable
from schemas.messages import KeyChange
from schemas.sealing import NAME, SALT
from streams import gaps, topics
from streams.keys import tombstone
from streams.metrics import Metrics
from streams.patience import PATIENCE
from streams.produce import Producer
from streams.telling import put_aside
from streams.transport import Slice

LANE = "keys"
_decoder = msgspec.json.Decoder(KeyChange)


class Keeping:
    """The lane of `client.keys`."""

    def __init__(self, keyring: Keyring, producer: Producer, metrics: Metrics) -> None:
        self._keyring, self._producer, self._metrics = keyring, producer, metrics

    async def serve(self, slice: Slice, sound: Awaitable[object]) -> None:
        """Keeps and destroys, in order. Raises `StoreAway`."""
        await sound
        kept: list[tuple[PartKey, bytes, bool]] = []
        dead: list[Dead] = []
        for r in slice.records:
            try:
                part, salt, unasked = _said(r.key, r.value)
            except Unreadable as error:
                dead.append(Dead(r, str(error)))
                continue
            if len(salt) == SALT:
                kept.append((part, salt, unasked))
                continue
            await self._keep(kept)
            kept = []
            await self._keyring.destroy({part: [salt]})
        await self._keep(kept)
        await put_aside(self._producer, self._metrics, dead, LANE, topics.KEYS, slice.partition)

    async def _keep(self, salts: list[tuple[PartKey, bytes, bool]]) -> None:
        """Who drew one for somebody who was erased could not ask, or asked a store that had lost the mark: it
        is destroyed, and with it what it sealed."""
        if refused := await self._keyring.keep(salts):
            await self._producer.send([tombstone(part, salt) for part, salt in refused])

    async def tick(self, now: float) -> None:
        """Nothing is due here."""


def _said(key: bytes | None, value: bytes | None) -> tuple[PartKey, bytes, bool]:
    """The part, its salt, whether drawn unasked; of a destroyed one the name, of all the empty one.

    Raises `Unreadable`.
    """
    if value:
        change = readable(_decoder, value)
        if len(change.salt) not in (SALT, 0):
            raise Unreadable(f"a salt has {SALT} bytes - at `$.salt`")
        return (change.maison, change.oid), change.salt, change.unasked
    try:
        maison, oid, name = (key or b"").decode().split("/")
        salt = bytes.fromhex(name)
    except ValueError:
        raise Unreadable("a tombstone of no key") from None
    if len(salt) != NAME:
        raise Unreadable("a tombstone of no key")
    return (maison, oid), salt, False


async def caught_up(brokers: str, seals: Seals, epoch: str) -> None:
    """Returns when the keyring has all that `client.keys` holds now. Raises `StoreAway`, `KafkaAway`."""
    end = await asyncio.to_thread(gaps.end_of, brokers, topics.KEYS, 0)
    until = time.monotonic() + PATIENCE
    while (await seals.read(LANE, 0, epoch)).offset < end - 1:
        if time.monotonic() > until:
            raise StoreAway("keys of clients are not kept: does a worker run the agent `keys`?")
        await asyncio.sleep(0.02)
