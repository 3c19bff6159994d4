"""What lies between a fence and a committed offset is read again: without a group, nothing else moves.

A store that lost writes (a failover, a restart without its file) is behind what the group has committed;
Faust undoes a `seek`, so the gap is read on the side.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from agents.plan import Raw
from streams.produce import KafkaAway

PIECE = 500
PATIENCE = 15.0
"""Seconds without a record after which Kafka is taken to be away."""


def committed(brokers: str, group: str, topics: Iterable[str], partition: int) -> dict[str, int]:
    """The group's committed offset per topic, of one partition; topics without one are left out. Blocks."""
    consumer = _consumer(brokers, group)
    try:
        asked = [TopicPartition(topic, partition) for topic in topics]
        return {tp.topic: tp.offset for tp in consumer.committed(asked, timeout=PATIENCE) if tp.offset >= 0}
    finally:
        consumer.close()


async def read_between(
    brokers: str, topic: str, partition: int, start: int, end: int
) -> AsyncIterator[list[Raw]]:
    """The records from `start` up to but not `end`, as far as the log still has them. Raises `KafkaAway`."""
    consumer = _consumer(brokers, "prevenance-gaps")
    try:
        low, _ = await asyncio.to_thread(
            consumer.get_watermark_offsets, TopicPartition(topic, partition), timeout=PATIENCE
        )
        at = max(start, low)
        if at < end:
            consumer.assign([TopicPartition(topic, partition, at)])
        while at < end:
            got = await asyncio.to_thread(consumer.consume, PIECE, 1.0)
            raws = _raws(got, end, topic)
            if not got:
                await _patience(consumer, topic, partition, at)
            if raws:
                at = raws[-1].offset + 1
                yield raws
            elif got:
                return
    finally:
        await asyncio.to_thread(consumer.close)


def _raws(got: list[Any], end: int, topic: str) -> list[Raw]:
    for message in got:
        if message.error() is not None:
            raise KafkaAway(f"{topic} could not be read again: {message.error().str()}")
    return [Raw(m.offset(), m.key(), m.value()) for m in got if m.offset() < end]


async def _patience(consumer: Consumer, topic: str, partition: int, at: int) -> None:
    """Nothing came in a second: is there an end, or is Kafka away?"""
    _, high = await asyncio.to_thread(
        consumer.get_watermark_offsets, TopicPartition(topic, partition), timeout=PATIENCE
    )
    if high <= at:
        raise KafkaAway(f"{topic} ends at {high}, before the committed offset: is it another log?")


def _consumer(brokers: str, group: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.message.max.bytes": 16 * 1024 * 1024,
        }
    )
