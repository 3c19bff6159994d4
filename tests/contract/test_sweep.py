"""What a sweep finds and clears of all that stands in Redis, on one server and on a cluster."""

from collections.abc import AsyncIterator
from itertools import chain
from typing import Any

import pytest
from redis.exceptions import ConnectionError

from feature_store import keys
from feature_store.inbox_keys import inbox_keys
from feature_store.redis_store import RedisStore
from feature_store.redis_sweep import CLEARED, PIECE, clear_records, clear_the_rest, part_keys
from feature_store.store import Fence, PartKey, StoreAway, Timer, Write
from tests.contract.test_store import shard_of

SHARDS = range(5)
OID = "a" * 16
LINKED = (
    keys.links("lumiere", 3, OID),
    keys.alone("lumiere", 3, OID),
    keys.graph("lumiere"),
    keys.held("lumiere"),
    keys.nodes("lumiere", OID),
    keys.block("lumiere", "k" * 16),
    keys.model("lumiere", "acceptance"),
    keys.denial("lumiere", OID),
    keys.withdrawals("lumiere"),
    keys.seal("deliver", 3),
    keys.ring("lumiere", "a1"),
    *inbox_keys("lumiere/vendome"),
)
KEPT = (
    keys.salts("lumiere", OID),
    keys.sources("lumiere"),
    keys.standings("lumiere"),
    keys.silences("lumiere"),
    keys.telephones("lumiere"),
    keys.telephones_of("lumiere"),
    "somebody's own",
)
"""Keys without which no log can be read, what people of a house said, and what is not ours."""


class Ending:
    """A Redis that has so many keys deleted yet, then goes away: it deletes no more, and lists none."""

    def __init__(self, redis: Any, deletes: int = 0) -> None:
        self._redis, self._deletes = redis, deletes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._redis, name)

    async def delete(self, name: str) -> int:
        if self._deletes == 0:
            raise ConnectionError("gone")
        self._deletes -= 1
        return int(await self._redis.delete(name))

    async def scan_iter(self, *asked: Any, **how: Any) -> AsyncIterator[bytes]:
        if self._deletes == 0:
            raise ConnectionError("gone")
        async for name in self._redis.scan_iter(*asked, **how):
            yield name


class Growing:
    """A Redis whose table grows while it is listed: it names a key again, long after the first time."""

    def __init__(self, redis: Any) -> None:
        self._redis = redis

    async def scan_iter(self, *asked: Any, **how: Any) -> AsyncIterator[bytes]:
        for _ in range(2):
            async for name in self._redis.scan_iter(*asked, **how):
                yield name


def parts(count: int, maison: str = "lumiere") -> list[PartKey]:
    return [(maison, f"{n:016}") for n in range(count)]


async def write(redis: Any, shard: int, held: list[PartKey], epoch: str = "log-1") -> bool:
    """Gives a shard some of everything that a write can."""
    return await RedisStore(redis, shard_of).apply(
        shard,
        Write(
            seen=b"",
            fence=Fence(epoch, 1),
            parts=dict.fromkeys(held, b"a record"),
            timers=[Timer(*part, "cart", 5.0) for part in held[:50]],
            tallies={"lumiere|k|regulars": 1, "lumiere|u|1a": 1},
            members={f"lumiere|regulars|{held[0][1]}": 7},
            outbox=[b"still to be told"],
        ),
    )


async def found(redis: Any, shard: int | None = None) -> list[PartKey]:
    return [part async for piece in part_keys(redis, shard) for part in piece]


async def stands(redis: Any) -> set[str]:
    return {name.decode() async for name in redis.scan_iter()}


async def test_all_parts_are_found_and_of_a_shard_those_alone_that_are_in_it(redis: Any) -> None:
    one, other = parts(2), parts(3, "autre")
    assert await write(redis, 3, one)
    assert await write(redis, 4, other)
    for name in (*LINKED, *KEPT):
        await redis.set(name, b"no record")
    assert sorted(await found(redis)) == sorted(one + other)
    assert sorted(await found(redis, 3)) == one
    assert sorted(await found(redis, 4)) == other
    assert await found(redis, 2) == []


async def test_many_parts_come_in_pieces_each_once_though_redis_names_it_twice(redis: Any) -> None:
    held = parts(2 * PIECE + 200)
    assert await write(redis, 3, held)
    pieces = [piece async for piece in part_keys(redis, 3)]
    assert (len(pieces), max(map(len, pieces)) <= PIECE) == (3, True)
    assert sorted(chain(*pieces)) == held
    assert sorted(await found(Growing(redis))) == held


async def test_a_store_that_is_cleared_keeps_what_no_log_would_bring_back_and_what_is_not_ours(
    redis: Any,
) -> None:
    assert await write(redis, 3, parts(60))
    assert await write(redis, 4, parts(7, "autre"), "log-2")
    assert await write(redis, 11, parts(2, "avant"), "of a log that had more partitions")
    for shard in (3, 4, 11):
        await redis.set(keys.publishing(shard), b"under way")
        await redis.set(keys.checkpoint(shard), b"somebody's")
    for name in (*LINKED, *KEPT):
        await redis.set(name, b"something")
    assert await clear_records(redis, SHARDS) == 69
    assert await stands(redis) == {*LINKED, *KEPT}
    assert await clear_the_rest(redis) == len(LINKED)
    assert await stands(redis) == {*KEPT}


async def test_what_others_keep_beside_us_may_have_any_name(redis: Any) -> None:
    assert await write(redis, 3, parts(1))
    await redis.set(b"\xff\xfe{3}" + OID.encode(), b"theirs")
    assert parts(1)[0] in await found(redis)
    assert await clear_records(redis, SHARDS) == 1
    assert await clear_the_rest(redis) == 0
    assert await redis.get(b"\xff\xfe{3}" + OID.encode()) == b"theirs"


async def test_stopped_half_way_every_shard_stays_closed_until_it_is_cleared(redis: Any) -> None:
    for shard in SHARDS:
        assert await write(redis, shard, parts(1, f"house-{shard}"))
    with pytest.raises(StoreAway, match="Redis did not answer: ConnectionError"):
        await clear_records(Ending(redis, 3), SHARDS)
    for shard in SHARDS:
        closed = (await RedisStore(redis, shard_of).read(shard, ())).fence
        assert closed is not None
        assert closed.epoch == CLEARED
        assert not await write(redis, shard, parts(1))
    assert await clear_records(redis, SHARDS) == 2
    for shard in SHARDS:
        assert await write(redis, shard, parts(1))


async def test_a_redis_that_goes_away_is_told(redis: Any) -> None:
    await redis.set(keys.graph("lumiere"), b"a graph")
    with pytest.raises(StoreAway, match="Redis did not answer: ConnectionError"):
        await found(Ending(redis))
    with pytest.raises(StoreAway, match="Redis did not answer: ConnectionError"):
        await clear_the_rest(Ending(redis))
