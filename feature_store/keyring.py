"""Salts of the parts' keys in Redis: what `client.keys` says, at hand. A destroyed one leaves a mark.

One writer, the lane that follows `client.keys`; it may say the same again.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from feature_store import keys
from feature_store.scripts import Scripts, told
from feature_store.store import PartKey
from schemas.sealing import SALT

_KEEP = """
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known == '' and ARGV[3] == '1' then return -1 end
known = known or ''
for i = 1, #known, 16 do if string.sub(known, i, i + 15) == ARGV[2] then return 0 end end
redis.call('HSET', KEYS[1], ARGV[1], known .. ARGV[2])
return 1
"""
_DESTROY = """
local known, left = redis.call('HGET', KEYS[1], ARGV[1]) or '', ''
for i = 1, #known, 16 do
  local salt = string.sub(known, i, i + 15)
  if ARGV[2] ~= '' and string.sub(salt, 1, 4) ~= ARGV[2] then left = left .. salt end
end
redis.call('HSET', KEYS[1], ARGV[1], left)
return 1
"""


class Keyring:
    """Salts of every part, in one Redis or cluster."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)

    async def salts(self, parts: Collection[PartKey]) -> dict[PartKey, list[bytes] | None]:
        """The salts of each part, oldest first; none left: they were destroyed; None: nothing is known.

        Raises `StoreAway`.
        """
        asked = list(parts)
        pipe = self._redis.pipeline(transaction=False)
        for part in asked:
            pipe.hget(keys.salts(*part), part[1].encode())
        got = await told(pipe.execute())
        return {part: _cut(value) for part, value in zip(asked, got, strict=True)}

    async def keep(self, salts: Sequence[tuple[PartKey, bytes, bool]]) -> list[tuple[PartKey, bytes]]:
        """Adds salts, in order; those that were drawn unasked, the third says, not to parts whose own were
        destroyed: these are what it gives. Raises `StoreAway`.
        """
        by_part: dict[PartKey, list[tuple[bytes, bool]]] = {}
        for part, salt, unasked in salts:
            by_part.setdefault(part, []).append((salt, unasked))
        refused = await asyncio.gather(*(self._keep(part, some) for part, some in by_part.items()))
        return [one for of_part in refused for one in of_part]

    async def _keep(self, part: PartKey, salts: Sequence[tuple[bytes, bool]]) -> list[tuple[PartKey, bytes]]:
        refused = []
        for salt, unasked in salts:
            asked = [part[1].encode(), salt, int(unasked)]
            if await self._scripts.run(_KEEP, [keys.salts(*part)], asked) < 0:
                refused.append((part, salt))
        return refused

    async def destroy(self, salts: Mapping[PartKey, Collection[bytes]]) -> None:
        """Destroys salts by their names (their first four bytes; none: all of them). Raises `StoreAway`."""
        for part, names in salts.items():
            for name in names:
                await self._scripts.run(_DESTROY, [keys.salts(*part)], [part[1].encode(), name])


def _cut(value: bytes | None) -> list[bytes] | None:
    return None if value is None else [value[i : i + SALT] for i in range(0, len(value), SALT)]
