"""A log with holes in its offsets, as transactions of another producer leave them, is read to its end."""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import redis
from confluent_kafka import Producer

from streams import gaps, stored, topic_admin, topics
from streams.produce import KafkaAway, Message
from streams.tail import Tail
from tests.brokers.kafka import Kafka
from tests.integration.test_operate import message, records
from tests.line import Line
from tests.outside import event
from tests.waiting import wait_until

SAID = [b"plain", b"kept-1", b"kept-2", b"given up", b"later", b"last"]
"""What stands in the topic; a mark of Kafka's own follows `kept-2`, `given up` and `last`."""


class Somebody:
    """A producer that is not ours, and sends what belongs together in a transaction."""

    def __init__(self, kafka: Kafka) -> None:
        settings = {"bootstrap.servers": kafka.bootstrap, "partitioner": "murmur2_random"}
        self._producer = Producer({**settings, "transactional.id": "a till of somebody else"})
        self._producer.init_transactions(10)

    def say(self, *messages: Message, keep: bool = True) -> None:
        self._producer.begin_transaction()
        for one in messages:
            self._producer.produce(one.topic, one.value, one.key)
        self._producer.flush(10)
        if keep:
            self._producer.commit_transaction(10)
        else:
            self._producer.abort_transaction(10)


@pytest.fixture(scope="module")
def holed(empty_kafka: Kafka) -> str:
    """Servers whose one partition of `web.clicks` has holes, one of them at its end."""
    topic_admin.create_and_check(empty_kafka.bootstrap, partitions=1, replication=1)
    plain = Producer({"bootstrap.servers": empty_kafka.bootstrap})
    plain.produce(topics.CLICKS, SAID[0])
    assert plain.flush(10) == 0
    somebody, said = Somebody(empty_kafka), [Message(topic=topics.CLICKS, value=value) for value in SAID]
    somebody.say(*said[1:3])
    somebody.say(said[3], keep=False)
    somebody.say(*said[4:])
    return empty_kafka.bootstrap


async def between(brokers: str, start: int, end: int) -> list[gaps.Record]:
    pieces = gaps.read_between(brokers, topics.CLICKS, 0, start, end)
    return [record async for piece in pieces for record in piece]


async def test_a_gap_is_read_to_its_end_wherever_its_bounds_are(holed: str) -> None:
    end = gaps.end_of(holed, topics.CLICKS, 0)
    assert end == len(SAID) + 3
    every = await between(holed, 0, end)
    assert [record.value for record in every] == SAID
    assert any(after.offset > before.offset + 1 for before, after in pairwise(every))
    for start in range(end):
        for until in range(start + 1, end + 1):
            wanted = [record for record in every if start <= record.offset < until]
            assert await between(holed, start, until) == wanted, (start, until)


async def test_an_end_where_nothing_comes_is_found_at_once(holed: str) -> None:
    end, took = gaps.end_of(holed, topics.CLICKS, 0), []
    for _ in range(5):
        began = time.monotonic()
        assert await between(holed, end - 1, end) == []
        took.append(time.monotonic() - began)
    assert min(took) < 0.4


async def test_a_log_that_ends_before_what_was_committed_is_another_one(holed: str) -> None:
    with pytest.raises(KafkaAway, match="is it another log"):
        await between(holed, 0, 1000)


def test_what_is_stored_ends_where_the_log_does(holed: str) -> None:
    end = gaps.end_of(holed, topics.CLICKS, 0)
    assert [m.value() for m in stored.stored(holed, topics.CLICKS, {0: (0, end)})] == SAID


async def test_the_tail_of_a_shard_ends_where_its_log_does(holed: str) -> None:
    end = gaps.end_of(holed, topics.CLICKS, 0)
    tail = Tail(holed, 0, {topics.CLICKS: 0})
    try:
        await tail.begin()
        assert [r.value async for piece in tail.until({topics.CLICKS: end}) for r in piece] == SAID
    finally:
        await tail.close()


@pytest.fixture
def line(empty_kafka: Kafka, redis_url: str, tmp_path: Path) -> Iterator[Line]:
    empty_kafka.wipe()
    with Line(empty_kafka.bootstrap, redis_url, tmp_path, session_timeout=2.0) as line:
        yield line


async def test_a_worker_whose_store_was_emptied_makes_the_same_records_of_such_a_log(
    line: Line, empty_kafka: Kafka, tmp_path: Path
) -> None:
    def views(count: int) -> list[Message]:
        one = [event("web.view", client_id="c", session="s", sku="bag-aurore") for _ in range(count)]
        return [message(sent, topics.CLICKS, "c") for sent in one]

    async def seen() -> bool:
        return [one["views"] for one in (await records(line, tmp_path)).values()] == [6]

    somebody = Somebody(empty_kafka)
    line.start("worker")
    somebody.say(*views(3))
    somebody.say(*views(2))
    somebody.say(*views(1), keep=False)  # lanes do not wait for the end of a transaction
    await wait_until(seen, 20, "all was applied", every=0.1)
    async with line.outside() as outside:
        clicks = {"topic": topics.CLICKS}

        async def nothing_waits() -> bool:
            return await outside.metric("worker", "prevenance_lag", **clicks) == 0

        await wait_until(nothing_waits, 20, "what is Kafka's own is no lag")
    line.stop("worker", patience=30)
    with redis.Redis.from_url(line.redis) as client:
        client.flushall()
    line.start("worker")
    await wait_until(seen, 20, "the same records", every=0.1)
