"""What is told of lanes that can't go on, and how often."""

import logging

import pytest
from faust.types import TP
from prometheus_client import CollectorRegistry

from feature_store.store import StoreAway
from streams.lanes import Group
from streams.metrics import Metrics
from streams.pace import steady
from streams.produce import KafkaAway
from streams.transport import Slice


class Ending:
    """A lane that ends at its first tick."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def serve(self, slice: Slice) -> None:
        raise AssertionError

    async def tick(self, now: float) -> None:
        raise self._error


async def told(caplog: pytest.LogCaptureFixture, error: Exception) -> list[str]:
    """What is logged where the lanes of three partitions meet the same error."""
    metrics = Metrics(CollectorRegistry())
    lane = Ending(error)
    group = Group(
        "personalise",
        [["t"]],
        lambda _: lane,
        brokers="nowhere:1",
        metrics=metrics,
        slice_size=steady,
        clock=lambda: 0.0,
    )
    with caplog.at_level(logging.ERROR, "streams.lanes"):
        group.app.transport.feed.on_assigned(frozenset(TP("t", shard) for shard in range(3)))
        assert await group.failure() is error
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
