"""Deny markers: what a client has limited or withdrawn, in force from before it is acknowledged.

A marker says when, and how strictly, a part spoke last against a purpose on a channel. It only ever gives way
to a later statement of its kind; what the client allowed since stands in their record, so whoever reads
compares the two (`streams.consents`). Written twice, or late, it changes nothing.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from feature_store import keys
from feature_store.features.consent import STATES, Consent, code, coded
from feature_store.scripts import Scripts, told
from feature_store.store import PartKey
from schemas.events.client import ConsentData
from schemas.who import oids_of

KEPT = 45 * 86_400
"""Seconds a marker is kept. The log keeps events for 30 days and alerts for 7: after that nothing older than
the withdrawal is on its way any more, and the record says no by itself."""
WITHDRAWN = 10_000
"""Withdrawals of a maison that are surely told to whoever asks since when."""
START = "0-0"
"""The position before the first."""

_DENY = """
for i = 2, #ARGV, 2 do
  local held = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '-1')
  if tonumber(ARGV[i + 1]) > held then redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return 1
"""


class Denial(NamedTuple):
    """A part said at `said` (see `features.consent.coded`) that `about` is limited or refused."""

    part: PartKey
    about: int
    said: int


def denials_of(part: PartKey, data: ConsentData, at: float, pepper: bytes) -> list[Denial]:
    """What a statement of `at` (Unix seconds) limits or refuses: for its part, and for all it names."""
    if data.state == "all":
        return []
    maison, oid = part
    named = dict.fromkeys((oid, *oids_of(maison, data.who, pepper)))
    about, said = code(data.purpose, data.channel), coded(data.state, at)
    return [Denial((maison, one), about, said) for one in named]


def denials_in(part: PartKey, said: Consent, now: float) -> list[Denial]:
    """The markers that what a record says would have left by `now`, for a store that has lost them."""
    since = coded(STATES[0], now - KEPT)
    every = (*said.given.items(), *said.beneath.items())
    return [Denial(part, about, one) for about, one in every if one > since and one % len(STATES)]


class Denials:
    """The markers in Redis, one server or a cluster. Raises `StoreAway`."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)

    async def deny(self, denials: Sequence[Denial]) -> None:
        """Returns when every marker stands and whoever follows `since` can know of it."""
        parts: dict[PartKey, list[Any]] = {}
        for denial in denials:
            parts.setdefault(denial.part, [KEPT]).extend((denial.about, denial.said))
        await asyncio.gather(
            *(self._scripts.run(_DENY, [keys.denial(*part)], args) for part, args in parts.items())
        )
        await asyncio.gather(
            *(
                told(self._redis.xadd(keys.withdrawals(maison), {"o": oid}, maxlen=WITHDRAWN))
                for maison, oid in parts
            )
        )

    async def read(self, parts: Collection[PartKey]) -> dict[PartKey, Consent]:
        """The markers of those parts that have any, each as a record keeps statements."""
        named = list(parts)
        got = await asyncio.gather(*(told(self._redis.hgetall(keys.denial(*part))) for part in named))
        return {
            part: Consent(given={int(about): int(said) for about, said in held.items()})
            for part, held in zip(named, got, strict=True)
            if held
        }

    async def since(self, maison: str, position: str) -> tuple[str, set[str]]:
        """Parts of a maison that withdrew something after a position, and the position after them."""
        got = await told(self._redis.xrange(keys.withdrawals(maison), f"({position}", "+", WITHDRAWN))
        oids = {fields[b"o"].decode() for _, fields in got}
        return (got[-1][0].decode() if got else position), oids
