"""A copy, in Redis, of what a topic says last of each of many: a hash per maison.

A hash without its seal was emptied, and says nothing of anybody.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from feature_store.scripts import Scripts, told

_SEAL = b""
"""The field that stands in every hash that is whole; nothing else has an empty name."""

# KEYS: the hash. ARGV: whether to seal it, then (name, at, JSON); older than what stands is not kept.
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


class Dated(Protocol):
    """Something said at a time, Unix seconds."""

    @property
    def at(self) -> float: ...


S = TypeVar("S", bound=Dated)


class Copies(Generic[S]):
    """The copies of every maison. Raises `StoreAway`."""

    def __init__(
        self, redis: Any, key: Callable[[str], str], name: Callable[[S], str], decode: Callable[[bytes], S]
    ) -> None:
        self._redis, self._key, self._name, self._decode = redis, key, name, decode
        self._scripts = Scripts(redis)

    async def read(self, maison: str, name: str) -> tuple[bool, S | None]:
        """Whether the maison's hash is whole, and what it says of one."""
        sealed, value = await told(self._redis.hmget(self._key(maison), [_SEAL, name]))
        return sealed is not None, self._decode(value) if value else None

    async def read_all(self, maison: str) -> Mapping[str, S] | None:
        """All that was ever said, by name; None where the hash is not whole."""
        found = await told(self._redis.hgetall(self._key(maison)))
        if _SEAL not in found:
            return None
        return {name.decode(): self._decode(value) for name, value in found.items() if name != _SEAL}

    async def write(self, maison: str, said: Iterable[S], *, whole: bool = False) -> None:
        """Keeps the newer of each; `whole`: these are all there are, and the hash is sealed."""
        args: list[Any] = ["1" if whole else "0"]
        for one in said:
            args += [self._name(one), one.at, msgspec.json.encode(one)]
        await self._scripts.run(_WRITE, [self._key(maison)], args)
