"""What every store of client records promises, on memory, Redis and a Redis cluster."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from string import ascii_letters

import msgspec
import pytest
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from feature_store import keys
from feature_store.memory_store import AT_ONCE, DUE_AT_ONCE, MemoryStore
from feature_store.redis_store import TTL, RedisStore
from feature_store.store import NEVER, Fence, Links, PartKey, Store, StoreAway, Timer, View, Write, membership
from streams.connect import open_redis
from streams.topics import partition_of
from tests.brokers.redis import Redis as RedisServer
from tests.waiting import wait_until

SHARDS = 16


def shard_of(key: bytes) -> int:
    return partition_of(key, SHARDS)


def parts_in(shard: int, count: int = 1, maison: str = "lumiere") -> list[PartKey]:
    """Parts whose records live in a shard."""
    names = (f"client-{n:08}" for n in range(100_000))
    found = ((maison, oid) for oid in names if shard_of(oid.encode()) == shard)
    return [next(found) for _ in range(count)]


@pytest.fixture(params=["memory", "redis", "cluster"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore(shard_of)
    elif request.param == "redis":
        async with open_redis(request.getfixturevalue("redis_url")) as client:
            yield RedisStore(client, shard_of)
    else:
        cluster = request.getfixturevalue("redis_cluster")
        async with RedisCluster.from_url(cluster.url) as client:
            await client.flushall(target_nodes=RedisCluster.ALL_NODES)
            yield RedisStore(client, shard_of)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


def fence(version: int = 1, **offsets: int) -> Fence:
    return Fence("log-1", version, offsets)


def timer(name: str, due: float, part: PartKey | None = None) -> Timer:
    maison, oid = part or parts_in(3)[0]
    return Timer(maison, oid, name, due)


async def due(store: Store, shard: int = 3, by: float = 1e12) -> list[tuple[str, float]]:
    return [(t.name, t.due) for t in (await store.read(shard, (), (), by)).due]


async def test_a_shard_never_written_is_empty(store: Store) -> None:
    [part] = parts_in(3)
    view = await store.read(3, [part], [part], 1e12)
    assert (view.raw, view.fence, dict(view.parts), dict(view.links), list(view.due)) == (
        b"",
        None,
        {part: None},
        {part: ()},
        [],
    )
    assert await store.timers(3) == 0


async def test_what_was_applied_is_read_back_together(store: Store) -> None:
    one, other, nobody = parts_in(3, 3)
    written = Write(
        seen=b"",
        fence=fence(1, **{"web.clicks": 41, "store.checkins": 7}),
        parts={one: b"\x00\xffone", other: b"other"},
        timers=[timer("cart", 1_795_264_200.125, one)],
    )
    assert await store.apply(3, written)
    view = await store.read(3, [one, nobody, other], (), 2e9)
    assert dict(view.parts) == {one: b"\x00\xffone", nobody: None, other: b"other"}
    assert view.fence == fence(1, **{"web.clicks": 41, "store.checkins": 7})
    assert list(view.due) == [Timer(*one, "cart", 1_795_264_200.125)]


async def test_a_fence_that_moved_refuses_and_nothing_changes(store: Store) -> None:
    one, other = parts_in(3, 2)
    first = Write(seen=b"", fence=fence(1), parts={one: b"1"}, timers=[timer("cart", 10.0, one)])
    assert await store.apply(3, first)
    stale = Write(
        seen=b"",
        fence=fence(9, **{"web.clicks": 99}),
        parts={one: b"stale", other: b"stale"},
        timers=[timer("expire:x", 5.0, one), timer("cart", 99.0, one)],
        dropped=[timer("cart", 0.0, one).member],
    )
    assert not await store.apply(3, stale)
    view = await store.read(3, [one, other], (), 1e9)
    assert dict(view.parts) == {one: b"1", other: None}
    assert view.fence == fence(1)
    assert [(t.name, t.due) for t in view.due] == [("cart", 10.0)]


async def test_a_command_sent_twice_applies_once(store: Store) -> None:
    [part] = parts_in(3)
    write = Write(seen=b"", fence=fence(1), parts={part: b"once"}, timers=[timer("cart", 1.0)])
    assert await store.apply(3, write)
    assert not await store.apply(3, write)
    view = await store.read(3, [part])
    assert (view.fence, view.parts[part]) == (fence(1), b"once")
    assert await store.timers(3) == 1


async def test_of_writers_that_read_the_same_fence_one_wins(store: Store) -> None:
    [part] = parts_in(3)
    seen = (await store.read(3, [part])).raw
    writes = [Write(seen=seen, fence=fence(n + 1), parts={part: b"%d" % n}) for n in range(10)]
    applied = await asyncio.gather(*(store.apply(3, w) for w in writes))
    assert applied.count(True) == 1
    assert (await store.read(3, [part])).parts[part] == b"%d" % applied.index(True)


async def test_every_increment_of_competing_workers_counts(store: Store) -> None:
    [part] = parts_in(3)

    async def worker(times: int) -> None:
        while times:
            view = await store.read(3, [part])
            held = int(view.parts[part] or b"0")
            version = view.fence.version + 1 if view.fence else 1
            write = Write(seen=view.raw, fence=fence(version), parts={part: b"%d" % (held + 1)})
            times -= await store.apply(3, write)

    await asyncio.gather(*(worker(10) for _ in range(4)))
    view = await store.read(3, [part])
    assert (view.parts[part], view.fence) == (b"40", fence(40))


async def test_a_zombie_that_wakes_after_its_successor_wrote_changes_nothing(store: Store) -> None:
    [part] = parts_in(3)
    zombie = await store.read(3, [part])
    assert await store.apply(3, Write(seen=zombie.raw, fence=fence(1), parts={part: b"new"}))
    successor = await store.read(3, [part])
    assert await store.apply(3, Write(seen=successor.raw, fence=fence(2), parts={part: b"newer"}))
    assert not await store.apply(3, Write(seen=zombie.raw, fence=fence(1), parts={part: b"old"}))
    assert (await store.read(3, [part])).parts[part] == b"newer"


async def test_another_epoch_is_another_fence(store: Store) -> None:
    assert await store.apply(3, Write(seen=b"", fence=Fence("log-1", 1)))
    seen = (await store.read(3, ())).raw
    assert seen != msgspec.msgpack.encode(Fence("log-2", 1))
    assert not await store.apply(3, Write(seen=msgspec.msgpack.encode(Fence("log-2", 1)), fence=fence(2)))


async def test_shards_are_fenced_each_for_itself(store: Store) -> None:
    for shard in range(SHARDS):
        [part] = parts_in(shard)
        write = Write(
            seen=b"", fence=fence(shard + 1), parts={part: b"%d" % shard}, timers=[timer("cart", 1.0, part)]
        )
        assert await store.apply(shard, write)
    fences = [(await store.read(shard, ())).fence for shard in range(SHARDS)]
    assert fences == [fence(shard + 1) for shard in range(SHARDS)]
    assert [await store.timers(shard) for shard in range(SHARDS)] == [1] * SHARDS


async def test_parts_of_any_shard_are_seen_without_a_fence(store: Store) -> None:
    everywhere = [parts_in(shard)[0] for shard in range(SHARDS)]
    for shard, part in enumerate(everywhere):
        await store.apply(shard, Write(seen=b"", fence=fence(), parts={part: part[1].encode()}))
    unknown = ("lumiere", "nobody")
    seen = await store.peek([*reversed(everywhere), unknown])
    assert seen == {part: part[1].encode() for part in everywhere} | {unknown: None}
    assert await store.peek([]) == {}


async def test_maisons_never_mix(store: Store) -> None:
    ours, theirs = parts_in(3)[0], parts_in(3, maison="autre")[0]
    assert ours[1] == theirs[1]
    await store.apply(3, Write(seen=b"", fence=fence(), parts={ours: b"ours"}))
    await store.link({ours: Links(1, ("x",))})
    view = await store.read(3, [ours, theirs], [ours, theirs])
    assert dict(view.parts) == {ours: b"ours", theirs: None}
    assert dict(view.links) == {ours: ("x",), theirs: ()}


async def test_the_newest_version_of_links_stands_whatever_comes_last(store: Store) -> None:
    one, other = parts_in(3)[0], parts_in(7)[0]
    await store.link({one: Links(5, ("b", "c")), other: Links(0, ("d",))})
    await store.link({one: Links(4, ("old",)), other: Links(1, ())})
    await store.link({one: Links(5, ("again",))})
    assert await store.links([one, other, ("lumiere", "nobody")]) == {
        one: ("b", "c"),
        other: (),
        ("lumiere", "nobody"): (),
    }
    assert (await store.read(3, (), [one])).links == {one: ("b", "c")}


async def test_a_part_that_is_linked_with_none_remembers_since_when(store: Store) -> None:
    never, no_longer = parts_in(3, 2)
    await store.link({never: Links(7, ()), no_longer: Links(3, ("b",))})
    await store.link({no_longer: Links(7, ())})
    for late in (5, 7):
        await store.link({part: Links(late, ("late",)) for part in (never, no_longer)})
    assert await store.links([never, no_longer]) == {never: (), no_longer: ()}
    await store.link({part: Links(8, ("new",)) for part in (never, no_longer)})
    assert await store.links([never, no_longer]) == {never: ("new",), no_longer: ("new",)}


async def test_what_one_remembers_of_being_alone_is_no_word_on_anybody_else(store: Store) -> None:
    spelled = (f"a{letter}c" for letter in ascii_letters)
    first, second = [oid for oid in spelled if shard_of(oid.encode()) == 3][:2]
    one, alike, elsewhere = ("lumiere", first), ("lumiere", second), ("autre", first)
    await store.link({one: Links(7, ())})
    linked = {part: Links(3, ("b",)) for part in (alike, elsewhere)}
    await store.link(linked)
    assert await store.links([one, alike, elsewhere]) == {one: (), alike: ("b",), elsewhere: ("b",)}


async def test_who_is_linked_with_none_has_no_key_of_their_own(redis: Redis) -> None:
    [part] = parts_in(3)
    store = RedisStore(redis, shard_of)
    await store.link({part: Links(7, ("b",))})
    assert await redis.exists(keys.links("lumiere", 3, part[1]))
    await store.link({part: Links(8, ())})
    assert not await redis.exists(keys.links("lumiere", 3, part[1]))
    assert await redis.hlen(keys.alone("lumiere", 3, part[1])) == 1
    await store.link({part: Links(9, ("b",))})
    assert await redis.hlen(keys.alone("lumiere", 3, part[1])) == 0


async def test_links_do_not_move_the_fence(store: Store) -> None:
    [part] = parts_in(3)
    await store.apply(3, Write(seen=b"", fence=fence()))
    before = (await store.read(3, ())).raw
    await store.link({part: Links(1, ("x",))})
    assert (await store.read(3, ())).raw == before


async def test_timers_are_served_by_their_time_and_only_when_due(store: Store) -> None:
    waiting = [timer("late", 30.5), timer("soon", 10.25), timer("now", 20.0)]
    await store.apply(3, Write(seen=b"", fence=fence(), timers=waiting))
    assert await due(store, by=20.0) == [("soon", 10.25), ("now", 20.0)]
    assert await due(store, by=10.0) == []
    assert await store.timers(3) == 3
    assert list((await store.read(3, ())).due) == []


async def test_a_timer_set_again_moves_and_one_dropped_is_gone(store: Store) -> None:
    await store.apply(
        3, Write(seen=b"", fence=fence(), timers=[timer("cart", 10.0), timer("expire:a", 20.0)])
    )
    seen = (await store.read(3, ())).raw
    change = Write(
        seen=seen,
        fence=fence(2),
        timers=[timer("cart", 50.0)],
        dropped=[timer("expire:a", 0.0).member, timer("never-set", 0.0).member, timer("cart", 0.0).member],
    )
    assert await store.apply(3, change)
    assert await due(store) == [("cart", 50.0)]


async def test_names_of_timers_may_hold_anything_a_booking_may(store: Store) -> None:
    odd = timer("expire:a|b:c é", 10.0)
    await store.apply(3, Write(seen=b"", fence=fence(), timers=[odd]))
    assert list((await store.read(3, (), (), 10.0)).due) == [odd]


async def test_many_due_timers_come_in_portions_the_oldest_first(store: Store) -> None:
    many = [timer(f"t{n:04}", float(n)) for n in range(DUE_AT_ONCE + 20)]
    await store.apply(3, Write(seen=b"", fence=fence(), timers=many[::-1]))
    view = await store.read(3, (), (), 1e9)
    assert [t.name for t in view.due] == [t.name for t in many[:DUE_AT_ONCE]]
    served = Write(seen=view.raw, fence=fence(2), dropped=[t.member for t in view.due])
    assert await store.apply(3, served)
    assert [name for name, _ in await due(store)] == [t.name for t in many[DUE_AT_ONCE:]]


async def test_tallies_add_and_subtract_with_the_write_that_moved_them_and_with_no_other(
    store: Store,
) -> None:
    assert await store.tallies(3) == {}
    first = Write(seen=b"", fence=fence(1), tallies={"lumiere|r|1": 2, "lumiere|r|2": 1})
    assert await store.apply(3, first)
    assert not await store.apply(3, first)
    seen = (await store.read(3, ())).raw
    moves = Write(
        seen=seen,
        fence=fence(2),
        timers=[timer("cart", 1.0)],
        dropped=[timer("x", 0.0).member],
        tallies={"lumiere|r|1": -2, "lumiere|r|2": -1, "lumiere|r|3": 3},
    )
    assert await store.apply(3, moves)
    assert not await store.apply(3, moves)
    assert await store.tallies(3) == {"lumiere|r|3": 3}
    assert await store.tallies(4) == {}
    assert await due(store) == [("cart", 1.0)]


async def test_what_was_chosen_is_counted_by_the_same_write_and_read_by_itself(store: Store) -> None:
    counted = {"lumiere|r|1": 2, "lumiere|u|1a": 1, "lumiere|v|1a|2b": 1}
    assert await store.apply(3, Write(seen=b"", fence=fence(1), tallies=counted))
    assert await store.tallies(3) == {"lumiere|r|1": 2}
    assert await store.chosen(3) == {"lumiere|u|1a": 1, "lumiere|v|1a|2b": 1}
    seen = (await store.read(3, ())).raw
    assert await store.apply(3, Write(seen=seen, fence=fence(2), tallies={"lumiere|v|1a|2b": -1}))
    assert await store.chosen(3) == {"lumiere|u|1a": 1}
    assert await store.chosen(4) == {}


async def test_of_writers_that_count_at_once_each_counts_once(store: Store) -> None:
    async def worker(times: int) -> None:
        while times:
            view = await store.read(3, ())
            version = view.fence.version + 1 if view.fence else 1
            write = Write(seen=view.raw, fence=fence(version), tallies={"lumiere|r|1": 1})
            times -= await store.apply(3, write)

    await asyncio.gather(*(worker(10) for _ in range(4)))
    assert await store.tallies(3) == {"lumiere|r|1": 40}


async def test_members_come_and_go_with_the_write_that_says_so(store: Store) -> None:
    entered = {membership("lumiere", "regulars", f"{n:016}"): 10 + n for n in range(3)}
    strange = {membership("lumiere", "regulars-2", "x" * 16): 5, membership("autre", "regulars", "y" * 16): 5}
    first = Write(seen=b"", fence=fence(1), members=entered | strange)
    assert await store.apply(3, first)
    assert await store.members(3, "lumiere", "regulars", 9) == {f"{n:016}": 10 + n for n in range(3)}
    gone = membership("lumiere", "regulars", f"{1:016}")
    leaves = Write(seen=(await store.read(3, ())).raw, fence=fence(2), members={gone: 0})
    assert await store.apply(3, leaves)
    assert not await store.apply(3, first)
    assert (await store.members(3, "lumiere", "regulars", 9)).keys() == {f"{n:016}" for n in (0, 2)}
    assert await store.members(4, "lumiere", "regulars", 9) == {}


async def test_of_many_members_some_are_enough(store: Store) -> None:
    many = {membership("lumiere", "regulars", f"{n:016}"): 1 for n in range(3_000)}
    assert await store.apply(3, Write(seen=b"", fence=fence(1), members=many))
    assert 100 <= len(await store.members(3, "lumiere", "regulars", 100)) < 3_000
    assert len(await store.members(3, "lumiere", "regulars", 9_999)) == 3_000


async def test_an_outbox_keeps_what_is_to_be_told_until_a_write_says_it_was(store: Store) -> None:
    assert await store.outbox(3) == []
    assert await store.apply(3, Write(seen=b"", fence=fence(1), outbox=[b"1", b"2"]))
    seen = (await store.read(3, ())).raw
    assert await store.apply(3, Write(seen=seen, fence=fence(2), outbox=[b"3"]))
    assert await store.outbox(3) == [b"1", b"2", b"3"]
    assert not await store.apply(3, Write(seen=seen, fence=fence(2), told=2)), "a zombie takes nothing out"
    seen = (await store.read(3, ())).raw
    parts = parts_in(3, 2)
    told = Write(
        seen=seen,
        fence=fence(3),
        told=2,
        outbox=[b"4"],
        parts=dict.fromkeys(parts, b"x"),
        timers=[timer("cart", 1.0)],
        dropped=[timer("x", 0.0).member],
        tallies={"t": 1},
        members={membership("lumiere", "s", "o"): 7},
    )
    assert await store.apply(3, told)
    assert await store.outbox(3) == [b"3", b"4"]
    assert dict((await store.read(3, parts)).parts) == dict.fromkeys(parts, b"x")
    assert (await due(store), await store.tallies(3)) == ([("cart", 1.0)], {"t": 1})
    assert await store.members(3, "lumiere", "s", 1) == {"o": 7}


async def test_every_part_of_a_write_is_found_where_it_stands_however_many_stand_before_it(
    store: Store,
) -> None:
    gone = [timer(f"gone{n}", 1.0) for n in range(3)]
    assert await store.apply(3, Write(seen=b"", fence=fence(1), timers=gone, outbox=[b"1", b"2"]))
    seen = (await store.read(3, ())).raw
    members = {membership("lumiere", "s", f"{n:016}"): 7 + n for n in range(3)}
    whole = Write(
        seen=seen,
        fence=fence(2),
        parts={part: part[1].encode() for part in parts_in(3, 2)},
        timers=[timer("cart", 5.0)],
        dropped=[one.member for one in gone],
        tallies={"lumiere|r|1": 1, "lumiere|r|2": 2, "lumiere|u|1a": 3},
        members=members,
        outbox=[b"3"],
        told=1,
    )
    assert await store.apply(3, whole)
    assert await due(store) == [("cart", 5.0)]
    assert (await store.tallies(3), await store.chosen(3)) == (
        {"lumiere|r|1": 1, "lumiere|r|2": 2},
        {"lumiere|u|1a": 3},
    )
    assert await store.members(3, "lumiere", "s", 9) == {f"{n:016}": 7 + n for n in range(3)}
    assert await store.outbox(3) == [b"2", b"3"]


async def test_only_members_are_kept_among_members(redis: Redis) -> None:
    entered = {membership("lumiere", "s", "o"): 7}
    write = Write(seen=b"", fence=fence(1), tallies={"lumiere|r|1": 1}, members=entered)
    assert await RedisStore(redis, shard_of).apply(3, write)
    assert await redis.hgetall(keys.members(3)) == {b"lumiere|s|o": b"7"}


async def test_a_long_outbox_comes_in_portions_the_oldest_first(store: Store) -> None:
    entries = [b"%d" % n for n in range(AT_ONCE + 2)]
    assert await store.apply(3, Write(seen=b"", fence=fence(1), outbox=entries))
    assert await store.outbox(3) == entries[:AT_ONCE]
    seen = (await store.read(3, ())).raw
    assert await store.apply(3, Write(seen=seen, fence=fence(2), told=AT_ONCE))
    assert await store.outbox(3) == entries[AT_ONCE:]


async def test_a_slice_of_a_thousand_parts_is_one_write(store: Store) -> None:
    many = parts_in(3, 1_000)
    timers = [timer("cart", 1.0, part) for part in many]
    assert await store.apply(
        3, Write(seen=b"", fence=fence(), parts=dict.fromkeys(many, b"x" * 900), timers=timers)
    )
    view = await store.read(3, many, many)
    assert all(value == b"x" * 900 for value in view.parts.values())
    assert await store.timers(3) == 1_000


async def test_a_part_is_forgotten_long_after_its_last_touch(redis: Redis) -> None:
    store, [part] = RedisStore(redis, shard_of), parts_in(3)
    await store.apply(3, Write(seen=b"", fence=fence(), parts={part: b"x"}))
    name = keys.part("lumiere", 3, part[1])
    await redis.expire(name, 60)
    seen = (await store.read(3, ())).raw
    await store.apply(3, Write(seen=seen, fence=fence(2), parts={part: b"y"}))
    assert TTL - 5 <= await redis.ttl(name) <= TTL
    assert await redis.ttl(keys.fence(3)) == -1


@pytest.mark.parametrize("kind", ["redis", "cluster"])
async def test_a_server_that_forgot_the_scripts_is_taught_again(
    kind: str, request: pytest.FixtureRequest
) -> None:
    [part] = parts_in(3)
    if kind == "redis":
        client: Redis | RedisCluster = Redis.from_url(request.getfixturevalue("redis_url"))
    else:
        client = RedisCluster.from_url(request.getfixturevalue("redis_cluster").url)
        await client.flushall(target_nodes=RedisCluster.ALL_NODES)
    async with client:
        store = RedisStore(client, shard_of)
        view = await store.read(3, ())
        for version in (1, 2, 3):
            assert await store.apply(
                3, Write(seen=view.raw, fence=fence(version), parts={part: b"%d" % version})
            )
            await store.link({part: Links(version, ("x",))})
            await client.script_flush()
            view = await store.read(3, [part])
        assert view.parts[part] == b"3"


async def test_a_script_is_sent_once_and_from_then_on_called_by_its_hash(redis: Redis) -> None:
    store = RedisStore(redis, shard_of)
    await redis.config_resetstat()
    for version in range(3):
        await store.link({parts_in(3)[0]: Links(version, ())})
    calls = await redis.info("commandstats")
    assert (calls["cmdstat_eval"]["calls"], calls["cmdstat_evalsha"]["calls"]) == (1, 2)


class Mortal:
    """A Redis of this test's own, that it may stop and start, and a store on it."""

    def __init__(self) -> None:
        self.server = RedisServer(appendonly=True)

    async def __aenter__(self) -> "Mortal":
        self.server.start()
        impatient = Retry(NoBackoff(), 0)
        self.client = Redis.from_url(self.server.url, retry=impatient, socket_timeout=1.0)
        self.store = RedisStore(self.client, shard_of)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()
        self.server.stop()


async def test_a_store_that_is_away_says_so_and_comes_back_with_what_was_acknowledged() -> None:
    [part] = parts_in(3)
    async with Mortal() as mortal:
        store = mortal.store
        write = Write(seen=b"", fence=fence(), parts={part: b"kept"}, timers=[timer("cart", 1.0)])
        assert await store.apply(3, write)
        mortal.server.kill()
        asked: list[Callable[[], Awaitable[object]]] = [
            lambda: store.read(3, [part], [part], 1.0),
            lambda: store.peek([part]),
            lambda: store.links([part]),
            lambda: store.apply(3, Write(seen=b"", fence=fence())),
            lambda: store.link({part: Links(1, ())}),
            lambda: store.timers(3),
        ]
        for ask in asked:
            with pytest.raises(StoreAway, match=r"^Redis did not answer: ConnectionError: \w"):
                await ask()
        mortal.server.start()

        async def back() -> View | None:
            try:
                return await store.read(3, [part], (), 1.0)
            except StoreAway:
                return None

        view = await wait_until(back, what="the store to answer again")
        assert isinstance(view, View)
        assert (view.fence, view.parts[part], len(view.due)) == (fence(), b"kept", 1)
        assert not await store.apply(3, write)
        assert await store.apply(3, Write(seen=view.raw, fence=fence(2), parts={part: b"goes on"}))


async def test_a_mark_never_comes_due_and_is_told_by_when_it_was_set(store: Store) -> None:
    waiting = [timer("cart", 10.0), timer("flawed", NEVER + 5.0), timer("other", NEVER + 7.5)]
    await store.apply(3, Write(seen=b"", fence=fence(), timers=waiting))
    assert await due(store, by=NEVER - 1) == [("cart", 10.0)]
    assert await store.timers(3) == 1
    assert [(m.name, m.due - NEVER) for m in await store.marked(3, 9)] == [("other", 7.5), ("flawed", 5.0)]
    assert [m.name for m in await store.marked(3, 1)] == ["other"]
    seen = (await store.read(3, ())).raw
    await store.apply(3, Write(seen=seen, fence=fence(2), dropped=[timer("other", 0.0).member]))
    assert [m.name for m in await store.marked(3, 9)] == ["flawed"]


async def test_a_mark_that_was_set_before_anything_is_known_of_it_is_a_mark(store: Store) -> None:
    assert await store.marked(3, 9) == []
    await store.apply(3, Write(seen=b"", fence=fence(), timers=[timer("flawed", NEVER)]))
    assert await store.timers(3) == 0
    assert [(m.name, m.due) for m in await store.marked(3, 9)] == [("flawed", NEVER)]


async def test_what_is_not_there_can_go_too(store: Store) -> None:
    """A part that came and went unseen, a member that never was: whoever says so may be told it again."""
    [part] = parts_in(3)
    left = {membership("lumiere", "regulars", part[1]): 0}
    write = Write(seen=b"", fence=fence(), gone=[part], members=left, dropped=[timer("cart", 0.0).member])
    assert await store.apply(3, write)
    view = await store.read(3, [part])
    assert (view.fence, dict(view.parts)) == (fence(), {part: None})
    assert await store.members(3, "lumiere", "regulars", 9) == {}


async def test_a_part_that_is_gone_is_deleted_with_the_rest_of_its_write(store: Store) -> None:
    one, other = parts_in(3, 2)
    assert await store.apply(3, Write(seen=b"", fence=fence(1), parts={one: b"1", other: b"1"}))
    seen = (await store.read(3, ())).raw
    stale = Write(seen=b"stale", fence=fence(2), gone=[one, other])
    assert not await store.apply(3, stale)
    assert await store.apply(3, Write(seen=seen, fence=fence(2), parts={other: b"2"}, gone=[one]))
    assert dict((await store.read(3, [one, other])).parts) == {one: None, other: b"2"}
