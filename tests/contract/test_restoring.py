"""A shard whose store is empty, or behind its checkpoint, is filled: on Redis and on a cluster."""

from collections.abc import Awaitable, Callable
from itertools import islice
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from feature_store import keys
from feature_store import record as records
from feature_store.changes import Changes
from feature_store.checkpoint import Kept, Waiting, mark_name, part_name
from feature_store.denials import KEPT, Denials
from feature_store.redis_store import TTL, RedisStore
from feature_store.store import Fence, PartKey, StoreAway, Timer, Write
from schemas.sealing import master_of
from streams import headway, topics
from streams.consents import Consents
from streams.keys import Keys
from streams.restoring import RESTORING, Restoring
from tests import builders as a
from tests.unit.test_rebuilding import CLIENT, EPOCH, SHARD, Log, kept, marked


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    return Log(monkeypatch)


class House:
    """A store, and whoever fills shards of it."""

    def __init__(self, redis: Any, log: Log) -> None:
        self.redis = redis
        self.store = RedisStore(redis, lambda key: topics.partition_of(key, a.SHARDS))
        self.log = log

    async def restore(
        self, meanwhile: Callable[[], Awaitable[object]] | None = None, lossy: bool = False
    ) -> int | None:
        """`meanwhile` happens when the shard has been read, before anything is written."""
        source = replace(
            self.log.source, store=self.store, keys=lambda: Keys(self.log, master_of(b"a master secret"))
        )
        changes = Changes(self.redis)
        if meanwhile is not None:
            happens, apply = meanwhile, self.store.apply

            async def applied(shard: int, write: Write) -> bool:
                self.store.apply = apply  # type: ignore[method-assign]
                await happens()
                return await apply(shard, write)

            self.store.apply = applied  # type: ignore[method-assign]
        asked = {"lossy": True} if lossy else {}
        return await Restoring(source, changes).restore(SHARD, a.NOON + 100, **asked)

    async def holds(self, fence: Fence, **more: Any) -> None:
        seen = (await self.store.read(SHARD, ())).raw
        assert await self.store.apply(SHARD, Write(seen=seen, fence=fence, **more))

    async def fence(self) -> Fence | None:
        return (await self.store.read(SHARD, ())).fence

    async def visits(self) -> int:
        record = records.decode((await self.store.read(SHARD, [CLIENT])).parts[CLIENT])
        return int(records.slice_of(record, "facts").visits)


@pytest.fixture
def house(redis: Any, log: Log) -> House:
    """Its checkpoint has a client with one purchase and one visit, and a timer."""
    log.keep(part_name(CLIENT), kept(a.checkin(card="c"), a.purchase(card="c"), checkins=4, clicks=2))
    log.keep(Timer(*CLIENT, "cart:s1", 5.0).member, Waiting(EPOCH, 5.0))
    log.keep(mark_name(SHARD), marked(checkins=4, clicks=2))
    return House(redis, log)


def others(count: int) -> list[PartKey]:
    """Parts of the same shard."""
    parts = (a.part_of(card=f"d{n}") for n in range(99_999))
    return list(islice((p for p in parts if topics.partition_of(p[1].encode(), a.SHARDS) == SHARD), count))


OFFSETS = {topics.CHECKINS: 4, topics.CLICKS: 2}


async def test_an_empty_shard_gets_all_that_its_checkpoint_has(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    assert await house.restore() == 1
    assert caplog.messages == [f"shard {SHARD} is filled from its checkpoint: 1 records"]
    fence = await house.fence()
    assert fence is not None
    assert (fence.epoch, fence.offsets, await house.visits()) == (EPOCH, OFFSETS, 1)
    assert (await house.store.read(SHARD, (), (), 9.0)).due == [Timer(*CLIENT, "cart:s1", 5.0)]
    tallies = await house.store.tallies(SHARD)
    assert {name.partition("|")[0] for name in tallies} == {"lumiere"}
    assert set(tallies.values()) == {1}
    left = await house.redis.ttl(keys.part(CLIENT[0], SHARD, CLIENT[1]))
    assert TTL - 105 <= left <= TTL - 100


async def test_each_piece_of_a_shard_that_is_filled_is_told_as_work_that_goes_on(house: House) -> None:
    told: list[int] = []
    headway.tell(lambda: told.append(1))
    await house.holds(Fence(EPOCH, 3, {}), parts=dict.fromkeys(others(3), b"lost"))
    assert await house.restore() == 1
    assert len(told) == 4, "it is closed, emptied, filled, opened"


async def test_a_shard_that_knows_as_much_is_left_as_it_is(house: House) -> None:
    await house.holds(Fence(EPOCH, 3, OFFSETS | {topics.CHATS: 7}), parts={CLIENT: b"as it was"})
    assert await house.restore() is None
    assert (await house.store.read(SHARD, [CLIENT])).parts[CLIENT] == b"as it was"
    assert await house.fence() == Fence(EPOCH, 3, OFFSETS | {topics.CHATS: 7})


async def test_a_shard_that_never_heard_of_a_topic_is_behind_its_first_event(house: House) -> None:
    house.log.keep(mark_name(SHARD), marked(checkins=4, clicks=0))
    house.log.keep(part_name(CLIENT), kept(a.checkin(card="c"), checkins=4, clicks=0))
    await house.holds(Fence(EPOCH, 3, {topics.CHECKINS: 4}))
    assert await house.restore() == 1


async def test_a_shard_that_is_behind_in_one_topic_is_filled_and_what_else_it_had_is_gone(
    house: House,
) -> None:
    [other] = others(1)
    behind = {topics.CHECKINS: 9, topics.CLICKS: 1}
    await house.holds(
        Fence(EPOCH, 3, behind),
        parts={other: b"lost"},
        timers=[Timer(*other, "cart:s9", 4.0)],
        tallies={"lumiere|x|1": 9},
        members={f"lumiere|regulars|{other[1]}": 5},
    )
    assert await house.restore() == 1
    assert (await house.store.read(SHARD, [other])).parts == {other: None}
    assert (await house.store.read(SHARD, (), (), 9.0)).due == [Timer(*CLIENT, "cart:s1", 5.0)]
    assert "lumiere|x|1" not in await house.store.tallies(SHARD)
    assert await house.store.members(SHARD, "lumiere", "regulars", 9) == {}
    lost = keys.part(other[0], SHARD, other[1])
    assert not await house.redis.sismember(keys.changed(SHARD), lost), "the checkpoint does not have it"
    fence = await house.fence()
    assert fence is not None
    assert fence.version > 3, "a zombie of before finds another fence"


async def test_whoever_was_killed_while_filling_left_a_shard_that_is_filled_from_the_beginning(
    house: House,
) -> None:
    await house.holds(Fence(RESTORING, 8, OFFSETS), parts={CLIENT: b"half"})
    assert await house.restore() == 1
    fence = await house.fence()
    assert fence is not None
    assert (fence.epoch, fence.version > 8, await house.visits()) == (EPOCH, True, 1)


async def test_until_all_is_there_no_lane_can_write_and_killed_it_stays_closed(house: House) -> None:
    fences: list[Fence | None] = []
    apply = house.store.apply

    async def noting(shard: int, write: Write) -> bool:
        done = await apply(shard, write)
        fences.append(await house.fence())
        return done

    house.store.apply = noting  # type: ignore[method-assign]
    await house.restore()
    assert [f.epoch for f in fences if f] == [RESTORING] * (len(fences) - 1) + [EPOCH]
    assert [f.version for f in fences if f] == list(range(1, len(fences) + 1))


async def test_two_who_fill_one_shard_at_once_do_not_mix(house: House) -> None:
    with pytest.raises(StoreAway, match=f"shard {SHARD} is filled by another one at the same time"):
        await house.restore(meanwhile=lambda: house.holds(Fence(RESTORING, 1)))


async def test_who_is_in_a_segment_is_a_member_since_the_shard_was_filled(house: House) -> None:
    record = a.record_of(a.checkin(card="c"))
    records.own(record, "segments").held.append("regulars")
    house.log.keep(part_name(CLIENT), Kept(EPOCH, {}, records.encode(record)))
    assert await house.restore() == 1
    assert await house.store.members(SHARD, "lumiere", "regulars", 9) == {CLIENT[1]: int(a.NOON) + 100}


async def test_a_record_whose_life_is_over_does_not_come_back(house: House) -> None:
    [gone] = others(1)
    house.log.keep(part_name(gone), kept(a.checkin(card="c")), at=a.NOON + 100 - TTL)
    assert await house.restore() == 2
    assert (await house.store.read(SHARD, [gone])).parts == {gone: None}
    assert await house.visits() == 1


async def test_a_record_with_one_second_left_comes_back_for_that_second(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    aged: dict[PartKey, int] = {}

    async def age(_: Changes, __: int, lives: dict[PartKey, int]) -> None:
        aged.update(lives)  # and it stays, however slow the machine is

    monkeypatch.setattr(Changes, "age", age)
    [last] = others(1)
    house.log.keep(part_name(last), kept(a.checkin(card="c")), at=a.NOON + 101 - TTL)
    assert await house.restore() == 2
    assert aged[last] == 1
    assert (await house.store.read(SHARD, [last])).parts[last] is not None


async def test_more_than_fits_into_one_write_is_filled_in_several(house: House) -> None:
    many = others(1_001)
    record = records.encode(a.record_of(a.checkin(card="c")))
    for part in many:
        house.log.keep(part_name(part), Kept(EPOCH, {}, record))
    assert await house.restore() == 1_002
    held = (await house.store.read(SHARD, many)).parts
    assert set(held.values()) == {record}


async def test_a_record_of_an_older_version_is_not_given_up_unless_somebody_says_so(house: House) -> None:
    older = msgspec.msgpack.encode({"v": records.VERSION - 1})
    house.log.keep(part_name(others(1)[0]), Kept(EPOCH, OFFSETS, older))
    mended = "`prevenance rebuild --yes` makes these by the log, as far back as it goes"
    with pytest.raises(
        records.NewerRecord, match=f"shard {SHARD} has 1 records of an older version: {mended}$"
    ):
        await house.restore()
    assert await house.fence() is None
    assert await house.restore(lossy=True) == 1
    assert await house.visits() == 1


NOW = a.NOON + 100
"""When shards are filled here."""


async def refused(house: House, part: PartKey = CLIENT, now: float = NOW) -> frozenset[str]:
    asked = Consents(house.store, Denials(house.redis), {"lumiere": a.LUMIERE}, lambda: now)
    return (await asked.withdrawn([part]))[part]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param([a.consent(purpose="service", state="none", card="c")], id="refused"),
        pytest.param(
            [
                a.consent(purpose="service", state="none", card="c"),
                a.consent(a.NOON + 50, purpose="service", card="c", expires=a.iso(a.NOON + 99)),
            ],
            id="refused again since an end",
        ),
    ],
)
async def test_what_a_client_had_refused_is_refused_in_a_store_that_was_emptied(
    house: House, said: list[Any]
) -> None:
    """Where alerts are delivered only what a marker points at is looked up."""
    house.log.keep(part_name(CLIENT), kept(*said, checkins=4, clicks=2))
    assert await house.restore() == 1
    assert await refused(house) == {"service"}
    _, told = await Denials(house.redis).since("lumiere", "0-0")
    assert told == {CLIENT[1]}, "cards that are open by now are looked at"


async def test_a_refusal_is_in_force_before_a_shard_that_is_filled_is_open(house: House) -> None:
    house.log.keep(part_name(CLIENT), kept(a.consent(purpose="service", state="none", card="c")))
    apply, seen = house.store.apply, list[bool]()

    async def noting(shard: int, write: Write) -> bool:
        if write.parts:
            seen.append(bool(await Denials(house.redis).read([CLIENT])))
        return await apply(shard, write)

    house.store.apply = noting  # type: ignore[method-assign]
    assert await house.restore() == 1
    assert seen == [True]


async def test_of_what_was_allowed_or_refused_long_ago_no_marker_is_made(house: House) -> None:
    [long] = others(1)
    house.log.keep(part_name(CLIENT), kept(a.consent(purpose="marketing", card="c"), checkins=4, clicks=2))
    ago = a.consent(NOW - KEPT - 1, purpose="marketing", state="none", card="c")
    house.log.keep(part_name(long), kept(ago))
    assert await house.restore() == 2
    assert await Denials(house.redis).read([CLIENT, long]) == {}
