"""The rhythms of all sources of a maison: one hash, a field a source, written by every gateway in turn."""

from collections.abc import Mapping
from typing import Any

import msgspec

from feature_store import keys
from feature_store.rhythm import Rhythm
from feature_store.scripts import Scripts, told

MOST = 200
"""Sources of a maison; further ones are counted as one, `other`."""
OTHER = "other"

# KEYS: the hash. ARGV: (source, what was read, what is written); answers with the sources that changed since.
_WRITE = """
local refused = {}
for i = 1, #ARGV, 3 do
  local stands = redis.call('HGET', KEYS[1], ARGV[i]) or ''
  if stands == ARGV[i + 1] then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
  else
    refused[#refused + 1] = ARGV[i]
  end
end
return refused
"""


class Read(msgspec.Struct, frozen=True):
    """A rhythm as it stands: `raw` is what a write compares with."""

    raw: bytes
    rhythm: Rhythm


class Rhythms:
    """Raises `StoreAway`."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)

    async def read(self, maison: str) -> dict[str, Read]:
        """All sources of a maison."""
        found = await told(self._redis.hgetall(keys.sources(maison)))
        return {
            source.decode(): Read(raw, msgspec.msgpack.decode(raw, type=Rhythm))
            for source, raw in found.items()
        }

    async def write(self, maison: str, before: Mapping[str, Read], after: Mapping[str, Rhythm]) -> set[str]:
        """Writes each that is as it was read; the others, which another gateway wrote, are returned."""
        args: list[Any] = []
        for source, rhythm in after.items():
            raw = before[source].raw if source in before else b""
            args += [source, raw, msgspec.msgpack.encode(rhythm)]
        refused = await self._scripts.run(_WRITE, [keys.sources(maison)], args)
        return {source.decode() for source in refused}
