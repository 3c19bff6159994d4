"""Telephones that are rung: a hash of each maison, with how a browser's push service reaches each.

A telephone is one person's, for as long as the token lasts with which they asked for it. Where the hash is
lost nothing is read again: each page says its own anew when it is opened.
"""

from collections.abc import Sequence
from hashlib import blake2b
from math import ceil
from typing import Any

import msgspec

from feature_store import keys
from feature_store.scripts import Scripts, told

MOST = 5
"""Telephones of one person; who asks for one more loses the oldest."""

# KEYS: the hash, and one of whose they are. ARGV: id, whose, seconds until their token ends, most, JSON.
# Where nobody asks any more all goes with the last token. Those of others are not looked at: while it looks
# Redis does nothing else.
_KEEP = """
local theirs = {}
for id in string.gmatch(redis.call('HGET', KEYS[2], ARGV[2]) or '', '%S+') do
  local known = id ~= ARGV[1] and redis.call('HGET', KEYS[1], id)
  local one = known and cjson.decode(known)
  if one and one['staff'] == ARGV[2] then theirs[#theirs + 1] = {one['since'], id} end
end
table.sort(theirs, function (a, b) return a[1] > b[1] end)
local ids = {ARGV[1]}
for i, one in ipairs(theirs) do
  if i < tonumber(ARGV[4]) then ids[#ids + 1] = one[2] else redis.call('HDEL', KEYS[1], one[2]) end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[5])
redis.call('HSET', KEYS[2], ARGV[2], table.concat(ids, ' '))
for _, key in ipairs(KEYS) do
  if redis.call('TTL', key) < tonumber(ARGV[3]) then redis.call('EXPIRE', key, ARGV[3]) end
end
return 1
"""
# ARGV: id and JSON of each, as it was read; one that was said anew since stays.
_FORGET = """
local gone = 0
for i = 1, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    gone = gone + redis.call('HDEL', KEYS[1], ARGV[i])
  end
end
return gone
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

    async def read_all(self, maison: str, now: float) -> Sequence[Telephone]:
        """All that a maison has at `now`, Unix seconds; those that have ended go along the way."""
        told_of = [_decoder.decode(value) for value in await told(self._redis.hvals(keys.telephones(maison)))]
        if ended := [one for one in told_of if one.expires <= now]:
            await self.forget(maison, *ended)
        return [one for one in told_of if one.expires > now]

    async def keep(self, maison: str, telephone: Telephone, now: float) -> None:
        """Adds one, or says it anew; of more than `MOST` of a person the oldest goes."""
        hashes = [keys.telephones(maison), keys.telephones_of(maison)]
        lasts = ceil(telephone.expires - now)
        args = [telephone.id, telephone.staff, lasts, MOST, msgspec.json.encode(telephone)]
        await self._scripts.run(_KEEP, hashes, args)

    async def forget(self, maison: str, *telephones: Telephone) -> bool:
        """Takes them away as they were read; whether any was there."""
        args = [said for one in telephones for said in (one.id, msgspec.json.encode(one))]
        return bool(await self._scripts.run(_FORGET, [keys.telephones(maison)], args))
