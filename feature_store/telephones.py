"""Telephones that are rung: a hash of each maison, with how a browser's push service reaches each.

A telephone is one person's, for as long as the token lasts with which they asked for it. Where the hash is
lost nothing is read again: each page says its own anew when it is opened.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from feature_store import keys
from feature_store.scripts import Scripts, told

MOST = 5
"""Telephones of one person; who asks for one more loses the oldest."""

# KEYS: the hash. ARGV: id, whose, now, most, JSON. What has ended goes along the way, whoever's it was, and
# where nobody asks any more all of it with the last token.
_KEEP = """
local theirs, last = {}, cjson.decode(ARGV[5])['expires']
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local one = cjson.decode(all[i + 1])
  if one['expires'] <= tonumber(ARGV[3]) then
    redis.call('HDEL', KEYS[1], all[i])
  elseif all[i] ~= ARGV[1] then
    last = math.max(last, one['expires'])
    if one['staff'] == ARGV[2] then theirs[#theirs + 1] = {one['since'], all[i]} end
  end
end
table.sort(theirs, function (a, b) return a[1] > b[1] end)
for i = tonumber(ARGV[4]), #theirs do redis.call('HDEL', KEYS[1], theirs[i][2]) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[5])
redis.call('EXPIREAT', KEYS[1], math.ceil(last))
return 1
"""
# ARGV: id, JSON as it was read; one that was said anew since stays.
_FORGET = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
return redis.call('HDEL', KEYS[1], ARGV[1])
"""


class Telephone(msgspec.Struct, frozen=True, kw_only=True):
    """One browser of one person. endpoint: where its push service takes messages for it. p256dh, auth: what
    they are sealed with, base64url. Times in Unix seconds: expires and issued are the token's, since says
    when it was first asked for. seal: that a console wrote all this, under the secret of tokens.
    """

    id: str
    staff: str
    role: str
    sites: tuple[str, ...]
    endpoint: str
    p256dh: str
    auth: str
    expires: float
    issued: float | None
    since: float
    seal: str = ""


_decoder = msgspec.json.Decoder(Telephone)


def telephone_id(endpoint: str) -> str:
    """What a telephone is called: whoever knows its endpoint could try to ring it, so that stands nowhere."""
    return blake2b(endpoint.encode(), digest_size=12).hexdigest()


class Telephones:
    """The telephones of every maison, on one server or a cluster. Raises `StoreAway`."""

    def __init__(self, redis: Any) -> None:
        self._redis, self._scripts = redis, Scripts(redis)

    async def read(self, maison: str, id: str) -> Telephone | None:
        """One of them."""
        value = await told(self._redis.hget(keys.telephones(maison), id))
        return None if value is None else _decoder.decode(value)

    async def read_all(self, maison: str) -> Sequence[Telephone]:
        """All that a maison has, those that have ended among them."""
        return [_decoder.decode(value) for value in await told(self._redis.hvals(keys.telephones(maison)))]

    async def keep(self, maison: str, telephone: Telephone, now: float) -> None:
        """Adds one, or says it anew; of more than `MOST` of a person the oldest goes."""
        args = [telephone.id, telephone.staff, now, MOST, msgspec.json.encode(telephone)]
        await self._scripts.run(_KEEP, [keys.telephones(maison)], args)

    async def forget(self, maison: str, telephone: Telephone) -> bool:
        """Takes one away as it was read; whether it was there."""
        args = [telephone.id, msgspec.json.encode(telephone)]
        return bool(await self._scripts.run(_FORGET, [keys.telephones(maison)], args))
