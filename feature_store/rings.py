"""Which telephones were rung for an alert, so that several consoles ring each once: a hash of each alert.

An alert is loud while it wants somebody and quiet once somebody has it or nobody is needed; each turn begins
a stage, and so does one that is passed on. A telephone is claimed for a stage before it is rung, for a
while: whoever is killed meanwhile is followed by another. The hash goes a day after the alert has ended.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from feature_store import keys
from feature_store.scripts import Scripts
from feature_store.telephones import Telephone

TRIES = 6
"""How often one telephone is tried in a stage."""
LEASE = 15.0
"""Seconds for which a telephone is claimed: longer than any try takes."""
KEPT = 86_400
"""Seconds a hash is kept after its alert has ended."""

# KEYS: the hash. ARGV: revision, loud (1, 0), level, since, now, until when a claim holds, until when it is
# kept, tries, room, then (telephone, whose, since when). A telephone is "<stage> <tries> <until>", or `done`
# for the last, or `vain` where it was not reached.
_STEP = """
local revision, loud, level = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local known = redis.call('HMGET', KEYS[1], 'revision', 'stage', 'loud', 'level', 'since')
if not known[1] and loud == '0' then return {1, 0, {}} end
local stage, stood, since = known[2], known[3], known[5]
if not known[1] or revision > tonumber(known[1]) then
  if stood ~= loud or (loud == '1' and level > tonumber(known[4])) then
    stage, stood, since = ARGV[1], loud, ARGV[4]
    redis.call('HSET', KEYS[1], 'stage', stage, 'loud', loud, 'level', level, 'since', since)
  end
  redis.call('HSET', KEYS[1], 'revision', revision)
end
redis.call('EXPIREAT', KEYS[1], ARGV[7])
if stood ~= loud then return {0, 0, {}} end
local now, room, left, mine = tonumber(ARGV[5]), tonumber(ARGV[9]), 0, {}
for i = 10, #ARGV, 3 do
  local field = 't:' .. ARGV[i]
  local held = redis.call('HGET', KEYS[1], field)
  local of, tries, ends = string.match(held or '', '^(%d+) (%d+) (%S+)$')
  local seen = redis.call('HGET', KEYS[1], 's:' .. ARGV[i + 1])
  local wanted
  if of == stage then
    wanted = ends ~= 'done' and ends ~= 'vain' and tonumber(tries) < tonumber(ARGV[8])
  else
    wanted = loud == '1' or (held and ends ~= 'vain')
    tries, ends = '0', '0'
  end
  if loud == '1' then
    local unseen = not seen or tonumber(seen) < tonumber(since)
    wanted = wanted and unseen and tonumber(ARGV[i + 2]) <= tonumber(since)
  end
  if wanted then
    if tonumber(ends) > now or room == 0 then
      left = left + 1
    else
      tries, room = tonumber(tries) + 1, room - 1
      redis.call('HSET', KEYS[1], field, stage .. ' ' .. tries .. ' ' .. ARGV[6])
      mine[#mine + 1] = ARGV[i]
      mine[#mine + 1] = tries
    end
  end
end
return {tonumber(stage), left, mine}
"""
# ARGV: telephone, stage, until. Of a later stage, or of a hash that is gone, nothing is said any more.
_SETTLE = """
local of, tries = string.match(redis.call('HGET', KEYS[1], 't:' .. ARGV[1]) or '', '^(%d+) (%d+) ')
if of == ARGV[2] then redis.call('HSET', KEYS[1], 't:' .. ARGV[1], of .. ' ' .. tries .. ' ' .. ARGV[3]) end
return 1
"""
_SAW = """
redis.call('HSET', KEYS[1], 's:' .. ARGV[1], ARGV[2])
redis.call('EXPIREAT', KEYS[1], ARGV[3])
return 1
"""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody heard of an alert. level: how often it was passed on. since: when it began to want
    somebody; ends: when its time is over; Unix seconds.
    """

    maison: str
    alert: str
    revision: int
    loud: bool
    level: int
    since: float
    ends: float


class Step(NamedTuple):
    """stage: 0 where the store has heard more of the alert than whoever asks. left: how many telephones wait,
    or are another's. mine: those to ring now, and which try it is."""

    stage: int
    left: int
    mine: Mapping[str, int]


class Rings:
    """What was rung for each alert, on one server or a cluster. Raises `StoreAway`."""

    def __init__(self, redis: Any) -> None:
        self._scripts = Scripts(redis)

    async def step(self, call: Call, telephones: Iterable[Telephone], now: float, room: int) -> Step:
        """Claims, of these telephones, at most `room` that are still to be rung. Loud: whose owners asked
        before it became so, and have not seen it since. Quiet: those that were reached when it was loud.
        """
        args: list[Any] = [
            *(call.revision, int(call.loud), call.level, call.since, now, now + LEASE),
            *(int(max(call.ends, now)) + KEPT, TRIES, room),
        ]
        for one in telephones:
            args += [one.id, one.staff, one.since]
        stage, left, mine = await self._scripts.run(_STEP, [keys.ring(call.maison, call.alert)], args)
        tries = {id.decode(): int(count) for id, count in zip(mine[::2], mine[1::2], strict=True)}
        return Step(stage, left, tries)

    async def done(self, call: Call, telephone: str, stage: int, reached: bool) -> None:
        """That telephone is not tried again in this stage; of one that was not reached nothing is over."""
        await self._settle(call, telephone, stage, "done" if reached else "vain")

    async def later(self, call: Call, telephone: str, stage: int, until: float) -> None:
        """It is tried again from then on, Unix seconds, by whoever looks first."""
        await self._settle(call, telephone, stage, until)

    async def _settle(self, call: Call, telephone: str, stage: int, until: float | str) -> None:
        await self._scripts.run(_SETTLE, [keys.ring(call.maison, call.alert)], [telephone, stage, until])

    async def saw(self, maison: str, alert: str, staff: str, now: float, ends: float) -> None:
        """Somebody has the alert before their eyes."""
        args = [staff, now, int(max(ends, now)) + KEPT]
        await self._scripts.run(_SAW, [keys.ring(maison, alert)], args)
