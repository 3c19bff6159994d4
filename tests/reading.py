"""Reading back what is stored in a topic."""

import time

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition


def stored(bootstrap: str, topic: str, deadline: float = 20.0) -> list[Message]:
    """Every record of `topic` up to its end as it is now, in order within each partition.

    Raises AssertionError when the end was not reached within `deadline` seconds.
    """
    ends_at = time.monotonic() + deadline
    settings = {"bootstrap.servers": bootstrap, "group.id": "tests.reading", "enable.auto.commit": False}
    reader = Consumer({**settings, "isolation.level": "read_uncommitted", "log_level": 0})
    try:
        partitions = reader.list_topics(topic, timeout=10).topics[topic].partitions
        marks = {p: _marks(reader, TopicPartition(topic, p), ends_at) for p in partitions}
        left = {p for p, (low, high) in marks.items() if high > low}
        reader.assign([TopicPartition(topic, p, marks[p][0]) for p in left])
        records = []
        while left:
            assert time.monotonic() < ends_at, f"{topic} not read to its end, missing partitions {left}"
            for record in reader.consume(1000, timeout=0.02):
                assert record.error() is None, record.error()
                records.append(record)
                if record.offset() + 1 >= marks[record.partition()][1]:
                    left.discard(record.partition())
        return records
    finally:
        reader.close()


def _marks(reader: Consumer, partition: TopicPartition, ends_at: float) -> tuple[int, int]:
    """First and next offset. A topic just made may be announced a moment before its leaders serve it."""
    while True:
        try:
            low, high = reader.get_watermark_offsets(partition, timeout=10)
            return low, high
        except KafkaException:
            if time.monotonic() > ends_at:
                raise
            time.sleep(0.05)
