"""Inboxes in Redis (6.2 commands), alone or as a cluster: each is one slot and changes by one script."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from typing import Any

import msgspec

from feature_store.inbox import (
    LOG_LENGTH,
    START,
    Bucket,
    Entry,
    Grown,
    Held,
    Logged,
    PositionLost,
    Presence,
    Size,
    View,
    Write,
    decode_entry,
    decode_shown,
    encode_entry,
)
from feature_store.inbox_keys import grown_channel, inbox_keys, inbox_log_key
from feature_store.scripts import Scripts, told
from schemas.alerts import to_json

MOST = 2**64 - 1
"""The largest number in a position: Redis takes a larger one for an error of ours."""

# KEYS: meta, open, over, presence, keep, log, waiting. An entry is stored as "<position> <JSON>".
_READ = """
local meta = redis.call('HMGET', KEYS[1], 'version', 'epoch', 'offset', 'budgets')
local held = {}
if ARGV[1] == 'open' then
  held = redis.call('HGETALL', KEYS[2])
else
  for i = 2, #ARGV do
    local value = redis.call('HGET', KEYS[2], ARGV[i]) or redis.call('HGET', KEYS[3], ARGV[i])
    if value then held[#held + 1] = ARGV[i]; held[#held + 1] = value end
  end
end
local waiting = {}
for _, id in ipairs(redis.call('SMEMBERS', KEYS[7])) do
  local value = redis.call('HGET', KEYS[2], id)
  if value then waiting[#waiting + 1] = id; waiting[#waiting + 1] = value end
end
local last = redis.call('XREVRANGE', KEYS[6], '+', '-', 'COUNT', 1)
return {meta[1] or '0', meta[2] or '', meta[3] or '-1', redis.call('HGETALL', KEYS[4]), held,
        last[1] and last[1][1] or '0', waiting, meta[4] or '{}'}
"""

# ARGV: version, epoch, offset, now, log length, channel, inbox, number of shown, of entries, of presences,
# budgets (JSON, empty: as they were), then shown (id, JSON), entries (id, 'open', 'over' or 'waits', keep
# until, JSON) and presences (staff, JSON).
_APPLY = """
local meta = redis.call('HMGET', KEYS[1], 'version', 'epoch')
if tonumber(meta[1] or '0') ~= tonumber(ARGV[1]) then return 0 end
if meta[2] and meta[2] ~= '' and meta[2] ~= ARGV[2] then return 0 end
local last = redis.call('XREVRANGE', KEYS[6], '+', '-', 'COUNT', 1)
local before, at, positions = last[1] and last[1][1] or '0', 12, {}
for i = 1, tonumber(ARGV[8]) do
  local position = redis.call('XADD', KEYS[6], 'MAXLEN', '~', ARGV[5], '*', 's', ARGV[at + 1])
  redis.call('PUBLISH', ARGV[6], cmsgpack.pack({ARGV[7], before, position, ARGV[at + 1]}))
  positions[ARGV[at]], before = position, position
  at = at + 2
end
for i = 1, tonumber(ARGV[9]) do
  local id, over = ARGV[at], ARGV[at + 1] == 'over'
  local position = positions[id]
  if not position then
    local before = redis.call('HGET', KEYS[2], id) or redis.call('HGET', KEYS[3], id)
    position = before and string.match(before, '^(%S+) ') or '0'
  end
  redis.call('HDEL', over and KEYS[2] or KEYS[3], id)
  redis.call('HSET', over and KEYS[3] or KEYS[2], id, position .. ' ' .. ARGV[at + 3])
  redis.call(ARGV[at + 1] == 'waits' and 'SADD' or 'SREM', KEYS[7], id)
  redis.call('ZADD', KEYS[5], ARGV[at + 2], id)
  at = at + 4
end
for i = 1, tonumber(ARGV[10]) do
  redis.call('HSET', KEYS[4], ARGV[at], ARGV[at + 1])
  at = at + 2
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', '(' .. ARGV[4], 'LIMIT', 0, 100)) do
  redis.call('HDEL', KEYS[2], id)
  redis.call('HDEL', KEYS[3], id)
  redis.call('SREM', KEYS[7], id)
  redis.call('ZREM', KEYS[5], id)
end
if ARGV[11] ~= '' then redis.call('HSET', KEYS[1], 'budgets', ARGV[11]) end
redis.call('HSET', KEYS[1], 'version', ARGV[1] + 1, 'epoch', ARGV[2], 'offset', ARGV[3])
return 1
"""

_grown_decoder = msgspec.msgpack.Decoder(tuple[str, str, str, str])
_presence_decoder = msgspec.json.Decoder(Presence)
_budgets_decoder = msgspec.json.Decoder(dict[str, Bucket])


class RedisInboxes:
    """`Inboxes` on `redis.asyncio.Redis` or `redis.asyncio.RedisCluster`, made without decoding responses.

    `heard`: the maisons of which `grown` tells. Raises `StoreAway` when Redis is away. Commands may be sent
    twice: a second `apply` is refused.
    """

    def __init__(self, client: Any, heard: Iterable[str] = ()) -> None:
        self._client = client
        self._heard = [grown_channel(maison) for maison in heard]
        self._scripts = Scripts(client)

    async def read(self, wanted: Mapping[str, Collection[str]]) -> dict[str, View]:
        calls = {inbox: ["some", *ids] for inbox, ids in wanted.items()}
        return {inbox: _view(inbox, reply) for inbox, reply in (await self._run(_READ, calls)).items()}

    async def read_open(self, inboxes: Collection[str]) -> dict[str, View]:
        calls: dict[str, list[Any]] = {inbox: ["open"] for inbox in inboxes}
        return {inbox: _view(inbox, reply) for inbox, reply in (await self._run(_READ, calls)).items()}

    async def sizes(self, inboxes: Collection[str]) -> dict[str, Size]:
        return dict(zip(inboxes, await asyncio.gather(*map(self._size, inboxes)), strict=True))

    async def _size(self, inbox: str) -> Size:
        _, held, *_, waiting = inbox_keys(inbox)
        return Size(*await asyncio.gather(told(self._client.hlen(held)), told(self._client.scard(waiting))))

    async def apply(self, writes: Mapping[str, Write], now: float) -> set[str]:
        calls = {inbox: _arguments(inbox, write, now) for inbox, write in writes.items()}
        return {inbox for inbox, reply in (await self._run(_APPLY, calls)).items() if reply != 1}

    async def log(self, inbox: str, after: str, limit: int = 500) -> list[Logged]:
        if any(int(number) > MOST for number in after.split("-")):
            raise PositionLost(f"{inbox} has no position {after}")
        entries = await told(self._client.xrange(inbox_log_key(inbox), after, "+", limit + 1))
        if after != START:
            if not entries or entries[0][0].decode() != after:
                raise PositionLost(f"{inbox} has no position {after}")
            del entries[0]
        return [
            Logged(position=position.decode(), shown=decode_shown(fields[b"s"]))
            for position, fields in entries[:limit]
        ]

    async def grown(self) -> AsyncIterator[Grown]:
        async with self._client.pubsub() as listening:
            await told(listening.subscribe(*self._heard))
            while True:
                message = await told(listening.get_message(ignore_subscribe_messages=True, timeout=None))
                if message is not None:
                    inbox, before, position, shown = _grown_decoder.decode(message["data"])
                    entry = Logged(position=position, shown=decode_shown(shown))
                    yield Grown(inbox=inbox, before=before, entry=entry)

    async def _run(self, script: str, calls: Mapping[str, list[Any]]) -> dict[str, Any]:
        """All inboxes at once."""
        replies = await asyncio.gather(
            *(self._scripts.run(script, inbox_keys(inbox), arguments) for inbox, arguments in calls.items())
        )
        return dict(zip(calls, replies, strict=True))


def _arguments(inbox: str, write: Write, now: float) -> list[Any]:
    channel = grown_channel(inbox.partition("/")[0])
    arguments: list[Any] = [write.version, write.epoch, write.offset, now, LOG_LENGTH, channel, inbox]
    arguments += [len(write.shown), len(write.entries), len(write.presence)]
    arguments.append(b"" if write.budgets is None else to_json(write.budgets))
    for shown in write.shown:
        arguments += [shown.alert.id, to_json(shown)]
    for id, entry in write.entries.items():
        arguments += [id, _state(entry), entry.keep_until, encode_entry(entry)]
    for staff, presence in write.presence.items():
        arguments += [staff, to_json(presence)]
    return arguments


def _state(entry: Entry) -> str:
    return "over" if entry.over else "waits" if entry.waits else "open"


def _view(inbox: str, reply: list[Any]) -> View:
    version, epoch, offset, presence, held, position, waiting, budgets = reply
    return View(
        inbox=inbox,
        version=int(version),
        epoch=epoch.decode(),
        offset=int(offset),
        presence={
            staff.decode(): _presence_decoder.decode(value)
            for staff, value in zip(presence[::2], presence[1::2], strict=True)
        },
        held=_several(held),
        waiting=_several(waiting),
        budgets=_budgets_decoder.decode(budgets),
        position=position.decode(),
    )


def _several(pairs: list[bytes]) -> dict[str, Held]:
    return {id.decode(): _held(value) for id, value in zip(pairs[::2], pairs[1::2], strict=True)}


def _held(value: bytes) -> Held:
    position, _, entry = value.partition(b" ")
    return Held(entry=decode_entry(entry), position=position.decode())
