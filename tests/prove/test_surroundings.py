"""What somebody changes around a line that runs, or is stopped: all is exact afterwards, or refused."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from streams import gaps, topic_admin, topics
from streams.serve import BROKEN
from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
from tests.line import ROOT, Line, delivering_apart, standing_still
from tests.outside import Outside, event
from tests.prove.faults import Ground
from tests.waiting import wait_until

GROUPS = {
    "personalise": tuple(topics.TIERS),
    "identify": (topics.LINKS,),
    "deliver": (topics.ALERTS,),
    "learn": (topics.EXAMPLES,),
}
SMALL = 300
"""Bytes of a message that no card fits into."""
OFFSETS: dict[str, Callable[[int], int] | None] = {
    "deleted": None,
    "set to the beginning": lambda end: 0,
    "set to the end": lambda end: end,
}

pytestmark = [pytest.mark.prove, pytest.mark.timeout(300)]


@pytest.mark.parametrize("how", OFFSETS)
async def test_offsets_of_groups_that_somebody_changes_while_workers_are_stopped(
    ground: Ground, how: str
) -> None:
    """What was applied says where to go on; of what was passed over nobody is told."""
    kafka = ground.network.kafka.bootstrap

    @asynccontextmanager
    async def changed() -> AsyncIterator[None]:
        names = ("worker", "deliver")
        ground.handled.update(names)
        await asyncio.to_thread(ground.line.stop, *names)
        yield
        await asyncio.to_thread(_change, kafka, OFFSETS[how])
        ground.line.start(*names, wait=False)
        ground.handled.difference_update(names)

    await ground.endures(f"offsets {how}", changed, 3.0)


def _change(kafka: str, to: Callable[[int], int] | None) -> None:
    with AdminClient({"bootstrap.servers": kafka}) as admin:
        if to is None:
            for deleted in admin.delete_consumer_groups([*GROUPS]).values():
                deleted.result(timeout=20)
            return
        for group, read in GROUPS.items():
            count = {
                topic: len(admin.list_topics(topic, timeout=10).topics[topic].partitions) for topic in read
            }
            offsets = [
                TopicPartition(topic, p, to(gaps.end_of(kafka, topic, p)))
                for topic in read
                for p in range(count[topic])
            ]
            asked = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, offsets)])
            asked[group].result(timeout=20)


async def test_a_topic_that_takes_no_cards_any_more_is_waited_for(ground: Ground) -> None:
    """The worker leaves, and says which topic; what it had decided is decided again once it is let in."""
    kafka = ground.network.kafka.bootstrap

    @asynccontextmanager
    async def small() -> AsyncIterator[None]:
        await asyncio.to_thread(_set, kafka, topics.ALERTS, "max.message.bytes", str(SMALL))
        yield
        await asyncio.to_thread(_set, kafka, topics.ALERTS, "max.message.bytes", None)

    await ground.endures("alerts takes no large messages", small, 10.0)


def _set(kafka: str, topic: str, name: str, value: str | None) -> None:
    how = AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET
    entry = ConfigEntry(name, value or "", incremental_operation=how)
    with AdminClient({"bootstrap.servers": kafka}) as admin:
        wanted = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        for done in admin.incremental_alter_configs([wanted]).values():
            done.result(timeout=20)


async def test_a_topic_that_is_made_again_while_it_is_read_is_refused_and_made_good_by_starting_over(
    tmp_path: Path, empty_kafka: Kafka, redis_url: str, redis_server: Redis
) -> None:
    """To a worker that stood still meanwhile nothing was ever gone: it read on from where it was."""
    with delivering_apart(empty_kafka, redis_server, tmp_path) as line:
        async with line.outside() as outside:
            await _came_in(outside, 3)
            await outside.facts_become({"visits": 3}, client_id="aline")
            async with standing_still(line, "worker"):
                await asyncio.to_thread(_make_again, line, topics.CHECKINS)
                await _came_in(outside, 5)
            await _left(line, "deleted and made again")
            line.start("worker", wait=False)
            await _left(line, "start over with `prevenance rebuild --everything`")
            line.stop("deliver")
            await wait_until(partial(asyncio.to_thread, _started_over, line), 60, "to be let start over")
            line.start("worker", "deliver")
            await outside.facts_become({"visits": 5}, client_id="aline")


async def _came_in(outside: Outside, times: int) -> None:
    for _ in range(times):
        await outside.post([event("store.checkin", client_id="aline", site="vendome", method="nfc")])


async def _left(line: Line, words: str) -> None:
    assert await asyncio.to_thread(line["worker"].left, 30) == BROKEN
    assert words in line["worker"].tail()


def _make_again(line: Line, topic: str) -> None:
    with AdminClient({"bootstrap.servers": line.kafka}) as admin:
        admin.delete_topics([topic])[topic].result(timeout=20)
    topic_admin.create_and_check(line.kafka, line.partitions, 1)


def _started_over(line: Line) -> bool:
    asked = [sys.executable, "-m", "streams", "rebuild", "--everything", "--yes"]
    return subprocess.run(asked, env=line.environ, cwd=ROOT, check=False).returncode == 0
