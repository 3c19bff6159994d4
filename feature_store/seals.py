"""How far a lane has come, kept in the store beside what it wrote: a store that lost writes lost this too."""

from typing import Any

import msgspec

from feature_store import keys
from feature_store.scripts import Scripts, told

# ARGV: the seal that stands, empty: none; the new one. Sent twice it is written once.
_WRITE = """
local now = redis.call('GET', KEYS[1]) or ''
if now ~= ARGV[1] and now ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""


class Seal(msgspec.Struct, frozen=True, array_like=True):
    """All that the lane wrote up to this offset of its partition, included, stands."""

    epoch: str
    offset: int = -1


class Seals:
    """The seals of every lane. Raises `StoreAway`."""

    def __init__(self, redis: Any) -> None:
        self._redis, self._scripts = redis, Scripts(redis)

    async def read(self, lane: str, partition: int, epoch: str) -> Seal:
        """The seal as stored; one that was never written begins in this epoch."""
        raw = await told(self._redis.get(keys.seal(lane, partition)))
        return msgspec.msgpack.decode(raw, type=Seal) if raw else Seal(epoch)

    async def write(self, lane: str, partition: int, seal: Seal, after: Seal) -> bool:
        """To be called when everything up to the seal's offset has been written since `after` was read.

        False where that does not stand any more: the store has lost some of it meanwhile.
        """
        stands = msgspec.msgpack.encode(after) if after.offset >= 0 else b""
        name, new = keys.seal(lane, partition), msgspec.msgpack.encode(seal)
        return bool(await self._scripts.run(_WRITE, [name], [stands, new]))
