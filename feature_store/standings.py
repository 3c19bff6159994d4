"""Who has left, or has another role since: asked before anything is shown to a person.

A hash per maison, of one field per person that anything ever changed for. It is a copy of the compacted
topic `staff.standing`; a hash without its seal was emptied and says nothing of anybody.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from feature_store import keys
from feature_store.scripts import Scripts, told
from schemas.standing import Standing, decode_standing

_SEAL = b""
"""The field that stands in every hash that is whole; no person has an empty id."""

# KEYS: the hash. ARGV: whether to seal it, then (staff, at, JSON); older than what stands is not kept.
_WRITE = """
for i = 2, #ARGV, 3 do
  local known = redis.call('HGET', KEYS[1], ARGV[i])
  if not known or cjson.decode(known)['at'] <= tonumber(ARGV[i + 1]) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
  end
end
if ARGV[1] == '1' then redis.call('HSET', KEYS[1], '', '1') end
return 1
"""


class Standings:
    """The standings of every maison. Raises `StoreAway`."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)

    async def read(self, maison: str, staff: str) -> tuple[bool, Standing | None]:
        """Whether the maison's hash is whole, and what it says of this person."""
        sealed, value = await told(self._redis.hmget(keys.standings(maison), [_SEAL, staff]))
        return sealed is not None, decode_standing(value) if value else None

    async def read_all(self, maison: str) -> Mapping[str, Standing] | None:
        """Everybody whose standing changed; None where the hash is not whole."""
        found = await told(self._redis.hgetall(keys.standings(maison)))
        if _SEAL not in found:
            return None
        return {staff.decode(): decode_standing(value) for staff, value in found.items() if staff != _SEAL}

    async def write(self, maison: str, standings: Iterable[Standing], *, whole: bool = False) -> None:
        """Keeps the newer of each; `whole`: these are all there are, and the hash is sealed."""
        args: list[Any] = ["1" if whole else "0"]
        for one in standings:
            args += [one.staff, one.at, msgspec.json.encode(one)]
        await self._scripts.run(_WRITE, [keys.standings(maison)], args)
