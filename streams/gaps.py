"""What lies between a fence and a committed offset is read again: without a group, nothing else moves.

A store that lost writes (a failover, a restart without its file) is behind what the group has committed;
Faust undoes a `seek`, so the gap is read on the side.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from streams import headway
from streams.brokers import librdkafka, why
from streams.epochs import UnknownEpoch, shortened
from streams.produce import MAX_BYTES, KafkaAway

PIECE = 500
ANSWER = 5.0
PATIENCE = 60.0
"""Seconds without an answer after which Kafka is taken to be away."""
AGAIN = 0.1
"""Seconds until it is asked again."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class Record(NamedTuple):
    """A record as it was read again; `timestamp` in milliseconds, as aiokafka's."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int


def committed(brokers: str, group: str, topics: Iterable[str], partition: int) -> dict[str, int]:
    """The group's committed offset per topic, of one partition; topics without one are left out.

    Blocks. Raises `KafkaAway`.
    """
    consumer = opened(brokers, group)
    try:
        asked = [TopicPartition(topic, partition) for topic in topics]
        known = answered(lambda: consumer.committed(asked, timeout=ANSWER))
        return {tp.topic: tp.offset for tp in known if tp.offset >= 0}
    finally:
        consumer.close()


def end_of(brokers: str, topic: str, partition: int) -> int:
    """The next offset of a partition. Blocks. Raises `KafkaAway`."""
    consumer = opened(brokers, "prevenance-gaps")
    try:
        return answered(lambda: _bounds(consumer, topic, partition))[1]
    finally:
        consumer.close()


async def ends(brokers: str, topics: Iterable[str], partition: int) -> dict[str, tuple[int, int]]:
    """First and next offset per topic, of one partition. Raises `KafkaAway`."""
    consumer = opened(brokers, "prevenance-gaps")
    try:
        return {topic: await ends_in(consumer, topic, partition) for topic in topics}
    finally:
        await asyncio.to_thread(consumer.close)


async def going_on(
    brokers: str, group: str, topics: Iterable[str], partition: int, applied: Mapping[str, int]
) -> dict[str, tuple[int, int]]:
    """Where the group goes on per topic, of one partition, and where the log ends: at the offset it has
    committed, else, where Kafka knows of none (of a group that nobody was in for a week it forgets them),
    where the log begins.

    `applied`: the last offsets that were. Raises `UnknownEpoch` where a topic ends before one of them: what
    comes now has offsets of what was lost. Raises `KafkaAway`.
    """
    known = await asyncio.to_thread(committed, brokers, group, topics, partition)
    log = await ends(brokers, topics, partition)  # after it, or what was written between would be passed over
    for topic, (_, end) in log.items():
        if (last := applied.get(topic, -1)) >= end:
            raise UnknownEpoch(shortened(topic, partition, end, last))
    # A Kafka that lost its last writes may have kept what was committed of them.
    return {topic: (min(known.get(topic, low), end), end) for topic, (low, end) in log.items()}


async def read_between(
    brokers: str, topic: str, partition: int, start: int, end: int
) -> AsyncIterator[list[Record]]:
    """The records from `start` up to but not `end`, as far as the log still has them. Raises `KafkaAway`."""
    consumer = opened(brokers, "prevenance-gaps")
    try:
        low, high = await ends_in(consumer, topic, partition)
        at = max(start, low)
        if at < end:
            if high < end:
                raise KafkaAway(f"{topic} ends at {high}, before the committed offset: is it another log?")
            consumer.assign([TopicPartition(topic, partition, at)])
        while at < end:
            got = await some(consumer)
            if not got:
                await ends_in(consumer, topic, partition)  # raises where Kafka is away
            if records := _records(got, end, topic):
                yield records
            at = max((at, *map(passed, got)))
    finally:
        await asyncio.to_thread(consumer.close)


async def some(consumer: Consumer) -> list[Any]:
    """What is there, at most `PIECE` messages, once there is any; nothing where none came in a second."""
    first = await asyncio.to_thread(consumer.poll, 1.0)
    if first is None:
        return []
    headway.made()
    # `consume` with a timeout would wait for the whole piece, though no more may ever come.
    return [first, *consumer.consume(PIECE - 1, 0.0)]


def _records(got: list[Any], end: int, topic: str) -> list[Record]:
    there = [m for m in got if not is_end(m)]
    for message in there:
        if message.error() is not None:
            raise KafkaAway(f"{topic} could not be read again: {why(message.error())}")
    return [Record(m.offset(), m.key(), m.value(), m.timestamp()[1]) for m in there if m.offset() < end]


def is_end(message: Any) -> bool:
    """Whether it is no record, and says that at its offset the partition ended when it was read."""
    error = message.error()
    return error is not None and error.code() == KafkaError._PARTITION_EOF


def passed(message: Any) -> int:
    """The offset that a reader is at after it. Between two of them there may be none: where a record was
    compacted away, where a transaction of another producer ended.
    """
    return int(message.offset()) + (not is_end(message))


async def ends_in(consumer: Consumer, topic: str, partition: int) -> tuple[int, int]:
    """First and next offset of a partition. Raises `KafkaAway`."""
    return await asyncio.to_thread(answered, lambda: _bounds(consumer, topic, partition))


def _bounds(consumer: Consumer, topic: str, partition: int) -> tuple[int, int]:
    """Blocks. Raises `KafkaException`, after what is known of the topic was asked anew: told by a broker that
    has just started that there is no such partition, librdkafka goes by it for a quarter of an hour."""
    try:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=ANSWER)
    except KafkaException:
        consumer.list_topics(topic, timeout=ANSWER)
        raise
    return low, high


def answered(ask: Callable[[], T], patience: float = PATIENCE) -> T:
    """What Kafka answers, asked again for `patience` seconds while it is away or the leaders of a topic, just
    made or moved, are not known everywhere. Blocks. Raises `KafkaAway`.
    """
    until = time.monotonic() + patience
    while True:
        try:
            return ask()
        except KafkaException as error:
            if time.monotonic() > until:
                said = f"Kafka did not answer: {why(error.args[0])}; `prevenance check` says more"
                raise KafkaAway(said) from error
            time.sleep(AGAIN)


def opened(brokers: str, group: str) -> Consumer:
    """A consumer that commits nothing, tells of ends, and is given what the lanes were given: what another
    producer's transaction has given up, too.

    Raises `KafkaAway` where a file of its TLS can't be read, as while somebody writes it anew.
    """
    settings = {
        **librdkafka(brokers),
        "group.id": group,
        "enable.auto.commit": False,
        "auto.offset.reset": "earliest",
        "enable.partition.eof": True,
        "fetch.wait.max.ms": 100,  # at an end, where nothing may ever come
        "isolation.level": "read_uncommitted",
        "fetch.message.max.bytes": MAX_BYTES,
    }
    try:
        return Consumer(settings, logger=log)
    except KafkaException as error:
        raise KafkaAway(f"Kafka could not be asked: {why(error.args[0])}") from error
