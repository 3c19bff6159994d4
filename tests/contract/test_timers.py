"""Timers in many small sets are the timers that were set: on Redis and on a cluster, however many."""

from hashlib import sha1
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from feature_store import keys
from feature_store.changes import Changes
from feature_store.redis_store import RedisStore
from feature_store.redis_sweep import clear_records
from feature_store.redis_timers import RedisTimers
from feature_store.scripts import Scripts
from feature_store.store import NEVER, Fence, Timer, Write, timer_of
from tests.contract.test_store import SHARDS, parts_in, shard_of

PARTS = parts_in(3, 200)


def some(random: Random, now: float, count: int) -> dict[str, Timer]:
    """Timers of many parts, some of which are set again."""
    timers = (
        Timer(*random.choice(PARTS), f"kind:{random.randrange(20)}", now + n + random.random())
        for n in random.choices((*range(2_000), 10**7), k=count)
    )
    return {timer.member: timer for timer in timers}


class Shard:
    """A store's shard, and what should wait in it."""

    def __init__(self, redis: Any) -> None:
        self.redis, self.changes = redis, Changes(redis)
        self.store = RedisStore(redis, shard_of)
        self.waiting: dict[str, float] = {}
        self._version = 0

    async def write(self, timers: list[Timer], dropped: list[str]) -> None:
        self._version += 1
        seen = (await self.store.read(3, ())).raw
        fence = Fence("log", self._version)
        assert await self.store.apply(3, Write(seen=seen, fence=fence, timers=timers, dropped=dropped))
        for member in dropped:
            self.waiting.pop(member, None)
        self.waiting |= {timer.member: timer.due for timer in timers}

    async def due(self, by: float) -> list[tuple[float, str]]:
        return [(timer.due, timer.member) for timer in (await self.store.read(3, (), (), by)).due]

    async def is_right(self, by: float) -> None:
        """Whoever asks is told what waits."""
        due = sorted((at, member) for member, at in self.waiting.items() if at <= by)
        assert await self.due(by) == due[:500]
        assert await self.store.timers(3) == len(self.waiting)
        assert await self.changes.all_timers(3) == self.waiting
        asked = [*[*self.waiting][:300], "lumiere|nobody|cart"]
        assert await self.changes.timers(3, asked) == {m: self.waiting.get(m) for m in asked}

    async def buckets(self) -> list[bytes]:
        return sorted(await self.redis.keys(f"{keys.due(3)}:[0-9]*"))


async def test_timers_that_are_set_moved_and_dropped_by_the_thousand_wait_exactly(redis: Any) -> None:
    shard, random = Shard(redis), Random(1)
    for round in range(12):
        new = some(random, 1000.0 * round, 400)
        dropped = [*random.sample(sorted(shard.waiting), min(150, len(shard.waiting))), "lumiere|no|cart"]
        await shard.write(list(new.values()), [member for member in dropped if member not in new])
        await shard.is_right(by=random.uniform(0, 15_000))
    assert len(shard.waiting) > 1_500
    assert len(await shard.buckets()) > 70
    served = [member for _, member in await shard.due(NEVER - 1)]
    while served:
        await shard.write([], served)
        served = [member for _, member in await shard.due(NEVER - 1)]
    assert (shard.waiting, await shard.buckets()) == ({}, [])
    await shard.is_right(by=1e9)


async def test_every_bucket_stays_as_small_as_redis_packs_it(redis: Any) -> None:
    shard = Shard(redis)
    for n in range(10):
        await shard.write([Timer(*part, f"expire:{n}", 5.0 + n) for part in PARTS], [])
        for bucket in await shard.buckets():
            assert await redis.object("encoding", bucket) in (b"ziplist", b"listpack")
    assert 15 < 2_000 / len(await shard.buckets()) < 25


async def test_timers_that_are_set_one_at_a_time_wait_exactly_from_the_first_on(redis: Any) -> None:
    shard = Shard(redis)
    for n, part in enumerate(PARTS):
        await shard.write([Timer(*part, "cart", 5.0 + n)], [])
        await shard.is_right(by=50.0)
    assert len(await shard.buckets()) == 10


async def test_a_bucket_that_is_parted_may_leave_nothing_on_one_side(redis: Any) -> None:
    def even(timer: Timer) -> bool:
        return not sha1(timer.member.encode()).digest()[3] % 2

    shard = Shard(redis)
    timers = [timer for n, part in enumerate(PARTS) if even(timer := Timer(*part, "cart", 5.0 + n))]
    await shard.write(timers[:30], [])
    assert len(await shard.buckets()) == 1
    await shard.is_right(by=50.0)


async def test_what_is_due_is_found_behind_buckets_whose_first_was_moved_or_dropped(redis: Any) -> None:
    shard = Shard(redis)
    await shard.write([Timer(*part, "cart", 1000.0) for part in PARTS], [])
    moved, emptied, late = [
        [timer_of(member.decode(), 1000.0) for member in await redis.zrange(bucket, 0, -1)]
        for bucket in (await shard.buckets())[:3]
    ]
    earlier = {timer.member: replace(timer, due=2.0) for timer in emptied}
    first, last = replace(moved[0], due=1.0), replace(late[0], due=3.0)
    await shard.write([first, *earlier.values(), last], [])
    await shard.write([moved[0]], [*earlier])
    assert await RedisTimers(redis, Scripts(redis)).due(3, by=10.0, most=2) == [last]


async def test_all_timers_of_a_large_shard_are_told_and_marks_among_them(redis: Any) -> None:
    shard = Shard(redis)
    for n in range(21):
        await shard.write([Timer(*part, f"expire:{n}", 5.0 + n) for part in PARTS], [])
    assert len(await shard.buckets()) > 200
    marked = [Timer(*part, "flawed", NEVER + n) for n, part in enumerate(PARTS[:4])]
    await shard.write(marked, [])
    assert len(shard.waiting) == 21 * len(PARTS) + 4
    assert await shard.changes.all_timers(3) == shard.waiting
    assert await shard.store.timers(3) == 21 * len(PARTS)
    assert await shard.store.marked(3, 9) == marked[::-1]
    assert await shard.store.marked(3, 3) == marked[:0:-1]


async def test_timers_that_an_older_version_kept_in_one_set_are_taken_over_by_whoever_comes_first(
    redis: Any,
) -> None:
    old = {Timer(*part, "cart", 1.0 + n).member: 1.0 + n for n, part in enumerate(PARTS)}
    flawed = Timer(*PARTS[0], "flawed", NEVER + 7)
    await redis.zadd(keys.due(3), old | {flawed.member: flawed.due})
    shard = Shard(redis)
    shard.waiting = dict(old)
    assert await shard.due(3.0) == [
        (1.0 + n, Timer(*part, "cart", 0.0).member) for n, part in enumerate(PARTS[:3])
    ]
    assert await shard.store.marked(3, 9) == [flawed]
    assert sorted(await redis.zrange(keys.due(3), 0, -1)) == await shard.buckets()
    await shard.write([], [*[*old][:50], flawed.member])
    await shard.is_right(by=1e9)


async def test_a_write_that_takes_timers_over_drops_a_mark_among_them(redis: Any) -> None:
    flawed = Timer(*PARTS[0], "flawed", NEVER + 7)
    await redis.zadd(keys.due(3), {flawed.member: flawed.due})
    shard = Shard(redis)
    await shard.write([], [flawed.member])
    assert await shard.store.marked(3, 9) == []


@pytest.mark.parametrize("how", ["forgotten", "cleared"])
async def test_a_shard_that_is_made_again_has_no_timer_left(redis: Any, how: str) -> None:
    shard = Shard(redis)
    marked = [Timer(*part, "flawed", NEVER + 7) for part in PARTS]
    await shard.write([Timer(*part, "cart", 5.0) for part in PARTS] + marked, [])
    await (shard.changes.forget(3) if how == "forgotten" else clear_records(redis, range(SHARDS)))
    assert await redis.keys(f"{keys.due(3)}*") == []
    assert (await shard.due(1e9), await shard.store.timers(3), await shard.store.marked(3, 9)) == ([], 0, [])
