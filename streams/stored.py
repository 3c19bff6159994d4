"""What stands in a topic that nobody consumes as a group: read from its partitions, once or on and on."""

import time
from collections.abc import Iterator, Mapping

from confluent_kafka import Message as KafkaMessage
from confluent_kafka import TopicPartition

from streams.brokers import why
from streams.gaps import is_end, opened, passed
from streams.produce import KafkaAway

PATIENCE = 10.0
"""Seconds without a record that is there after which Kafka is taken to be away."""
LOOK = 0.5


def stored(
    brokers: str, topic: str, ranges: Mapping[int, tuple[int, int]], *, follow: bool = False
) -> Iterator[KafkaMessage]:
    """The records of each partition from its first offset up to but not its last; with `follow`, on and on.

    Blocks. Raises `KafkaAway`, where they are to end also when nothing comes for `PATIENCE` seconds.
    """
    left = {p: end for p, (start, end) in ranges.items() if end > start}
    consumer = opened(brokers, f"prevenance-{topic.replace('.', '-')}")
    try:
        wanted = ranges if follow else left
        consumer.assign([TopicPartition(topic, p, ranges[p][0]) for p in wanted])
        until = time.monotonic() + PATIENCE
        while left or follow:
            message = consumer.poll(LOOK)
            if message is None:
                if left and not follow and time.monotonic() > until:
                    raise KafkaAway(f"{topic} can't be read: Kafka gave nothing for {PATIENCE:.0f} seconds")
                continue
            until = time.monotonic() + PATIENCE
            if message.error() is not None and not is_end(message):
                raise KafkaAway(f"{topic} can't be read: {why(message.error())}")
            partition = message.partition()
            if passed(message) >= left.get(partition, 0):
                left.pop(partition, None)
            if not is_end(message) and (follow or message.offset() < ranges[partition][1]):
                yield message
    finally:
        consumer.close()
