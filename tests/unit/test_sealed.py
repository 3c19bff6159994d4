"""A lane that reads again what its store has lost: by its seal, in order, before it goes on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable

import pytest
from prometheus_client import CollectorRegistry

from feature_store.seals import Seal
from feature_store.store import StoreAway
from streams import gaps
from streams.gaps import Record
from streams.metrics import Metrics
from streams.sealed import LOOK, Sealed
from streams.shard import UnknownEpoch
from streams.transport import Slice


class World:
    """A lane within, the seals, and a log of ten records of which two are read at a time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.served: list[int] = []
        self.stored: dict[tuple[str, int], Seal] = {}
        self.away = 0
        self.losses: list[dict[tuple[str, int], Seal]] = []  # what the store has after the next slice
        self.ticks: list[float] = []
        self.committed: dict[str, int] = {}
        self.reads: list[tuple[int, int]] = []
        self.log_begins = 0
        self.metrics = Metrics(CollectorRegistry())
        monkeypatch.setattr(gaps, "committed", self._committed)
        monkeypatch.setattr(gaps, "ends", self._ends)
        monkeypatch.setattr(gaps, "read_between", self._read_between)

    def lane(self, epoch: str = "log") -> Sealed:
        return Sealed(
            self, self, name="deliver", topic="alerts", partition=3, brokers="kafka", epoch=epoch,
            metrics=self.metrics,
        )  # type: ignore[arg-type]  # fmt: skip

    async def _ends(self, brokers: str, topics: Iterable[str], partition: int) -> dict[str, tuple[int, int]]:
        return dict.fromkeys(topics, (self.log_begins, 10))

    async def serve(self, slice: Slice, sound: Awaitable[object]) -> None:
        assert (slice.topic, slice.partition) == ("alerts", 3)
        await sound
        self.served += [record.offset for record in slice.records]
        for lost in self.losses:
            self.stored = lost
        self.losses = []

    async def tick(self, now: float) -> None:
        self._answer()
        self.ticks.append(now)

    async def read(self, lane: str, partition: int, epoch: str) -> Seal:
        self._answer()
        return self.stored.get((lane, partition), Seal(epoch))

    def _answer(self) -> None:
        if self.away:
            self.away -= 1
            raise StoreAway("away")

    async def write(self, lane: str, partition: int, seal: Seal, after: Seal) -> bool:
        stands = self.stored.get((lane, partition), Seal(seal.epoch)) == after
        if stands:
            self.stored[lane, partition] = seal
        return stands

    @property
    def seal(self) -> Seal | None:
        return self.stored.get(("deliver", 3))

    @seal.setter
    def seal(self, seal: Seal) -> None:
        self.stored["deliver", 3] = seal

    def number(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"prevenance_{name}", labels) or 0.0

    def _committed(self, brokers: str, group: str, asked: Iterable[str], partition: int) -> dict[str, int]:
        assert (brokers, group, list(asked), partition) == ("kafka", "deliver", ["alerts"], 3)
        return {"alerts": 0, **self.committed}

    async def _read_between(
        self, brokers: str, topic: str, partition: int, start: int, end: int
    ) -> AsyncIterator[list[Record]]:
        assert (brokers, topic, partition) == ("kafka", "alerts", 3)
        self.reads.append((start, end))
        for at in range(max(start, self.log_begins), end, 2):
            yield list(slice_of(*range(at, min(at + 2, end))).records)


def slice_of(*offsets: int) -> Slice:
    return Slice("alerts", 3, [Record(offset, b"k", b"v", 0) for offset in offsets])


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


async def test_after_a_slice_its_last_offset_is_sealed(world: World) -> None:
    lane = world.lane()
    await lane.serve(slice_of(0, 1))
    assert (world.served, world.seal) == ([0, 1], Seal("log", 1))
    await lane.serve(slice_of(2))
    assert (world.served, world.seal, world.reads) == ([0, 1, 2], Seal("log", 2), [])


@pytest.mark.parametrize(
    ("left", "lost"),
    [({}, [0, 1, 2]), ({("deliver", 3): Seal("log", 0)}, [1, 2])],
    ids=["wiped", "failed over"],
)
async def test_a_store_that_loses_writes_while_a_slice_is_served_is_not_sealed_over(
    world: World, left: dict[tuple[str, int], Seal], lost: list[int]
) -> None:
    lane = world.lane()
    await lane.serve(slice_of(0, 1, 2))
    world.losses = [dict(left)]
    await lane.serve(slice_of(3, 4))
    assert (world.served, world.seal) == ([0, 1, 2, 3, 4, *lost, 3, 4], Seal("log", 4))


async def test_what_lies_between_the_seal_and_a_slice_is_served_first_and_in_order(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    lane = world.lane()
    await lane.serve(slice_of(0))
    world.seal = Seal("log", 1)
    await lane.serve(slice_of(7, 8))
    assert (world.reads, world.served) == ([(2, 7)], [0, 2, 3, 4, 5, 6, 7, 8])
    assert (world.seal, world.number("gap_reread_total")) == (Seal("log", 8), 1)
    assert caplog.messages == ["deliver reads alerts again from 2 to 7"]


async def test_a_gap_of_which_the_log_has_nothing_left_is_passed_once(world: World) -> None:
    world.log_begins, world.committed = 7, {"alerts": 7}
    lane = world.lane()
    for n in (1, 2):
        await lane.tick(n * LOOK)
    assert (world.seal, world.reads, world.served) == (Seal("log", 6), [(0, 7)], [])


async def test_each_piece_that_was_read_again_is_sealed_before_the_next(world: World) -> None:
    sealed_after: list[Seal | None] = []
    serve = world.serve

    async def noting(slice: Slice, sound: Awaitable[object]) -> None:
        await serve(slice, sound)
        sealed_after.append(world.seal)

    world.serve = noting  # type: ignore[method-assign]
    await world.lane().serve(slice_of(5))
    assert sealed_after == [None, Seal("log", 1), Seal("log", 3), Seal("log", 4)]


async def test_the_seal_of_another_log_is_refused_in_words_and_nothing_is_served(world: World) -> None:
    world.seal = Seal("another", 3)
    with pytest.raises(UnknownEpoch) as refused:
        await world.lane().serve(slice_of(4))
    assert str(refused.value) == (
        "deliver of partition 3 belongs to log another, this one is log: point PREVENANCE_REDIS at the right "
        "store or, where a topic was deleted and made again, start over with `prevenance rebuild "
        "--everything`"
    )
    assert (world.served, world.seal) == ([], Seal("another", 3))


async def test_a_store_that_is_away_for_a_moment_is_asked_again_and_counted(world: World) -> None:
    world.away = 2
    await world.lane().serve(slice_of(0))
    assert (world.served, world.number("redis_errors_total", operation="deliver")) == ([0], 2)
    world.away = 1
    lane = world.lane()
    await lane.tick(LOOK)
    assert world.number("redis_errors_total", operation="deliver") == 3

    async def away_later(lane: str, partition: int, epoch: str) -> Seal:
        world.away = 1
        return Seal(epoch)

    world.read = away_later  # type: ignore[method-assign]
    await lane.tick(2 * LOOK)
    assert (world.ticks, world.number("redis_errors_total", operation="deliver")) == ([LOOK, 2 * LOOK], 4)


async def test_a_log_that_ends_before_what_was_applied_of_it_is_refused_in_words(world: World) -> None:
    world.stored = {("deliver", 3): Seal("log", 10)}
    with pytest.raises(
        UnknownEpoch, match=r"alerts of partition 3 ends at 10, .* it up to 10: Kafka has lost"
    ):
        await world.lane().tick(LOOK)
    assert world.ticks == []


async def test_what_was_committed_beyond_the_end_of_a_shortened_log_is_not_waited_for(world: World) -> None:
    world.committed = {"alerts": 50}
    await world.lane().tick(LOOK)
    assert (world.reads, world.seal) == ([(0, 10)], Seal("log", 9))


async def test_while_nothing_comes_in_it_looks_now_and_then_and_the_lane_within_with_it(world: World) -> None:
    lane = world.lane()
    world.committed = {"alerts": 3}
    for now in (LOOK - 0.1, LOOK, LOOK + 0.1, 2 * LOOK):
        await lane.tick(now)
    assert world.ticks == [LOOK, 2 * LOOK]
    assert (world.served, world.seal) == ([0, 1, 2], Seal("log", 2))


async def test_a_clock_that_is_set_back_stops_no_look(world: World) -> None:
    """Else what waits for a quieter moment would wait until that time is reached again."""
    lane = world.lane()
    for now in (7_200.0, 3_600.0, 3_600.0 + LOOK - 0.1, 3_600.0 + LOOK):
        await lane.tick(now)
    assert world.ticks == [7_200.0, 3_600.0, 3_600.0 + LOOK]


async def test_a_group_that_has_committed_nothing_has_lost_nothing(world: World) -> None:
    await world.lane().tick(LOOK)
    assert (world.served, world.ticks) == ([], [LOOK])


async def test_a_loss_while_nothing_comes_in_is_found_up_to_what_was_last_served(world: World) -> None:
    lane = world.lane()
    await lane.serve(slice_of(0, 1, 2, 3))
    world.served.clear()
    world.seal = Seal("log", 1)
    await lane.serve(slice_of(1))
    world.seal = Seal("log", 1)
    world.served.clear()
    await lane.tick(LOOK)
    assert (world.served, world.seal) == ([2, 3], Seal("log", 3))


async def test_a_slice_that_fails_leaves_no_look_under_way(world: World) -> None:
    async def failing(slice: Slice, sound: Awaitable[object]) -> None:
        raise ValueError("a fault")

    world.serve = failing  # type: ignore[method-assign]
    before = asyncio.all_tasks()
    with pytest.raises(ValueError, match="a fault"):
        await world.lane().serve(slice_of(0))
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
    assert world.seal is None
