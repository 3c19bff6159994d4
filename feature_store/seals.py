"""How far a lane has come, kept in the store beside what it wrote: a store that lost writes lost this too."""

from typing import Any

import msgspec

from feature_store import keys
from feature_store.scripts import told


class Seal(msgspec.Struct, frozen=True, array_like=True):
    """All that the lane wrote up to this offset of its partition, included, stands."""

    epoch: str
    offset: int = -1


class Seals:
    """The seals of every lane. Raises `StoreAway`."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis

    async def read(self, lane: str, partition: int, epoch: str) -> Seal:
        """The seal as stored; one that was never written begins in this epoch."""
        raw = await told(self._redis.get(keys.seal(lane, partition)))
        return msgspec.msgpack.decode(raw, type=Seal) if raw else Seal(epoch)

    async def write(self, lane: str, partition: int, seal: Seal) -> None:
        """To be called when everything up to the seal's offset has been written."""
        await told(self._redis.set(keys.seal(lane, partition), msgspec.msgpack.encode(seal)))
