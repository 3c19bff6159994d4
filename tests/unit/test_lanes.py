"""What is told of lanes that can't go on, and how often."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace

import pytest
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError
from aiokafka.structs import BrokerMetadata
from faust.types import TP
from prometheus_client import CollectorRegistry

from feature_store.store import StoreAway
from streams import headway, transport
from streams.lanes import Group, Lane
from streams.metrics import Metrics
from streams.pace import steady
from streams.produce import KafkaAway
from streams.transport import Slice
from tests.waiting import wait_until


class Ending:
    """A lane that ends at its first tick."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def serve(self, slice: Slice) -> None:
        raise AssertionError

    async def tick(self, now: float) -> None:
        raise self._error


class Filling:
    """A lane whose first tick takes as long as it is let."""

    def __init__(self) -> None:
        self.pieces: asyncio.Queue[None] = asyncio.Queue()

    async def serve(self, slice: Slice) -> None:
        raise AssertionError

    async def tick(self, now: float) -> None:
        while True:
            await self.pieces.get()
            headway.made()
            self.pieces.task_done()


class Looking:
    """A lane whose first look ends when it is let."""

    def __init__(self) -> None:
        self.made_good = asyncio.Event()

    async def serve(self, slice: Slice) -> None:
        raise AssertionError

    async def tick(self, now: float) -> None:
        await self.made_good.wait()


class Deaf:
    """A lane that is cancelled in vain, as one is whose client of Redis connects anew."""

    def __init__(self) -> None:
        self.looks = False

    async def serve(self, slice: Slice) -> None:
        raise AssertionError

    async def tick(self, now: float) -> None:
        self.looks = True
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(0.001)
        self.looks = False


def group_of(lane: Lane, clock: Callable[[], float] = lambda: 0.0) -> Group:
    """Every partition has this lane."""
    return Group(
        "personalise",
        [["t"]],
        lambda _: lane,
        brokers="nowhere:1",
        metrics=Metrics(CollectorRegistry()),
        slice_size=steady,
        clock=clock,
    )


async def told(caplog: pytest.LogCaptureFixture, error: Exception) -> list[str]:
    """What is logged where the lanes of three partitions meet the same error."""
    group = group_of(Ending(error))
    with caplog.at_level(logging.ERROR, "streams.lanes"):
        group.app.transport.feed.on_assigned(frozenset(TP("t", shard) for shard in range(3)))
        assert await asyncio.wait_for(group.failure(), 5) is error
    return caplog.messages


@pytest.mark.parametrize("away", [StoreAway("Redis did not answer"), KafkaAway("Kafka did not answer")])
async def test_an_outage_is_told_in_one_line_however_many_lanes_meet_it(
    caplog: pytest.LogCaptureFixture, away: Exception
) -> None:
    assert await told(caplog, away) == [f"personalise ends: {away}"]


async def test_a_mistake_is_told_with_its_place_and_partition_and_without_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lines = await told(caplog, ValueError("Aline"))
    assert sorted(line.partition("\n")[0] for line in lines) == [
        f"personalise of partition {shard} ends: ValueError" for shard in range(3)
    ]
    assert all("in tick" in line and "Aline" not in line for line in lines)


async def test_a_lane_that_was_cancelled_in_vain_serves_a_shard_of_others_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two lanes of one shard refuse one another's writes, and this one would seem to make progress."""
    monkeypatch.setattr("streams.lanes.TICK", 0.0)
    group, held = group_of(lane := Deaf()), frozenset({TP("t", 0)})
    group.app.transport.feed.on_assigned(held)
    [task] = [one for one in asyncio.all_tasks() if one.get_name() == "personalise-0"]
    await wait_until(lambda: lane.looks, what="a look")
    group.app.transport.feed.on_revoked(held)
    await asyncio.wait_for(asyncio.wait([task]), 5)
    assert task.done()
    assert group.begun == set(), "its checkpoints would be taken from the shard's new owner"


async def test_a_group_goes_on_while_it_waits_for_partitions_and_while_a_lane_fills_its_shard() -> None:
    """Else whoever asks for its health ends it in the middle, and the next one begins anew."""
    now, lane = 0.0, Filling()
    group = group_of(lane, lambda: now)
    now = 10_000.0
    group.app.transport.feed.on_assigned(frozenset({TP("t", 0)}))
    assert group.progressed == now, "it had nothing to do until now"
    for now in (10_080.0, 10_160.0):
        lane.pieces.put_nowait(None)
        await lane.pieces.join()
        assert group.progressed == now
    group.app.transport.feed.on_revoked(frozenset({TP("t", 0)}))


async def test_a_shard_has_begun_when_its_lane_has_made_good_what_it_found_and_until_it_is_given_up() -> None:
    """Before that its store may be of yesterday, and nothing of it is to be published."""
    lane = Looking()
    group = group_of(lane)
    group.app.transport.feed.on_assigned(frozenset({TP("t", 0), TP("t", 1)}))
    await asyncio.sleep(0)
    assert (group.shards, group.begun) == ([0, 1], set())
    lane.made_good.set()
    await wait_until(lambda: group.begun == {0, 1}, what="both have begun")
    group.app.transport.feed.on_revoked(frozenset({TP("t", 0)}))
    assert group.begun == {1}
    group.app.transport.feed.on_revoked(frozenset({TP("t", 1)}))
    assert group.begun == set()


class Cluster:
    """What aiokafka knows of brokers: each partition is led by that of its number."""

    def leader_for_partition(self, tp: TP) -> int:
        return tp.partition

    def broker_metadata(self, node: int) -> BrokerMetadata:
        return BrokerMetadata(node, f"k{node}", 9092, None)


async def test_one_broker_that_gives_no_answer_is_missed_where_it_leads_partitions_that_are_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Others answered, so its clients waited for good, and no lag grew where nothing was fetched."""
    now = 1000.0
    monkeypatch.setattr(transport, "monotonic", lambda: now)
    group = group_of(Looking())
    consumer = group.app.consumer
    thread = consumer._thread
    nothing = SimpleNamespace(subscription=None)
    thread._consumer = SimpleNamespace(_client=SimpleNamespace(cluster=Cluster()), _subscription=nothing)
    consumer.assigned = frozenset({TP("t", 1), TP("t", 2)})
    for node, answered in ((1, True), (2, False), (3, False), (1, True)):
        thread._note_answer(node, answered)
    now += 61
    assert await group.ready() == "personalise has had no answer of the broker k2:9092 for 61 s"
    consumer.assigned = frozenset({TP("t", 1)})
    assert consumer.unanswered[0] == 0.0, "what it leads is read by others"
    consumer.assigned = frozenset({TP("t", 1), TP("t", 2)})
    assert consumer.unanswered[0] == 0.0, "it was not asked since"
    consumer.assigned = frozenset()
    thread._note_answer(1, False)
    now += 61
    group.observe()
    assert str(await asyncio.wait_for(group.failure(), 5)) == "Kafka has not answered for 60 s"
    thread.thread_loop.close()


async def test_a_topic_that_is_shorter_than_what_was_read_of_it_ends_its_group_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Kafka lost its last writes while all went on: what came next had their offsets, and was passed over."""

    one, looks = TP("t", 1), list[int]()

    async def ends(*_: object) -> dict[str, tuple[int, int]]:
        looks.append(7)
        if len(looks) == 1:  # what was taken meanwhile is of where the log begins
            assigned.take(one, 0, 7, "a slice", 0.0)
        return {"t": (0, 7)}

    monkeypatch.setattr("streams.lanes.gaps.ends", ends)
    group = group_of(Looking())
    assigned = group.app.consumer._in_flight
    assigned.reset({one})
    group.app.transport.feed.on_gone(one, 12)
    await wait_until(lambda: looks and not group._looks, what="the first look")
    assert not group._failed.done(), "as it begins, the lane asks, which knows what the store has applied"
    group.app.transport.feed.on_gone(one, 12)
    reason = str(await asyncio.wait_for(group.failure(), 5))
    assert reason.startswith(
        "t of partition 1 ends at 7, and the store has applied it up to 11: Kafka has lost"
    )
    group.app.consumer._thread.thread_loop.close()


@pytest.mark.parametrize(
    ("met", "told"),
    [
        (
            TopicAuthorizationFailedError("store.checkins"),
            "The topic store.checkins is closed to this user: ",
        ),
        (GroupAuthorizationFailedError("deliver"), "The consumer group deliver is closed to this user: "),
    ],
)
async def test_a_right_that_was_taken_away_is_told_with_whose_users_have_it(
    met: Exception, told: str
) -> None:
    """A worker left with a number and a class, at each start anew."""
    group = group_of(Looking())
    group.app.crash_reason = met
    group.app._crashed.set()
    reason = str(await asyncio.wait_for(group.failure(), 5))
    assert reason == f"{told}give this process a user of those that `prevenance acl` prints."
