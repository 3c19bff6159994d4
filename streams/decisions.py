"""The newest decisions about a client, read back from `decisions` when somebody asks why.

Nothing is indexed for it, for the hot path would pay: a message a slice, on the shard of its clients. Whoever
asks looks through the end of that shard, newest first, until there is enough.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain

import msgspec
from confluent_kafka import Consumer, TopicPartition

from feature_store.store import PartKey
from schemas.codec import Unreadable
from schemas.sealing import Key, Lost
from schemas.traces import Trace, Traced, trace_of, unpacked
from streams import gaps, topics
from streams.applied import ends_of
from streams.produce import KafkaAway

PIECE = 2_000
"""Messages looked through at once."""
BACK = 50_000
"""Messages of a shard that are looked through, the newest."""
PATIENCE = 10.0
"""Seconds without a message after which Kafka is taken to be away."""

Find = Callable[[Collection[PartKey], int], "Found"]
"""The newest decisions about these parts, at most so many. Blocks. Raises `KafkaAway`."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Decisions, newest first. `complete`: all that is kept was looked through."""

    decisions: list[Traced]
    complete: bool


def finding(brokers: str, shards: int) -> Find:
    """Looks in Kafka."""
    return lambda parts, limit: newest(brokers, shards, parts, limit)


def newest(brokers: str, shards: int, parts: Collection[PartKey], limit: int) -> Found:
    """Looks through the shards of these parts. Blocks. Raises `KafkaAway`."""
    wanted = set(parts)
    bounds = ends_of(brokers, topics.DECISIONS)
    looked = [
        _of_shard(brokers, shard, bounds.get(shard, (0, 0)), wanted, limit)
        for shard in sorted({topics.partition_of(oid.encode(), shards) for _, oid in parts})
    ]
    found = {one.id: one for one in chain.from_iterable(found for found, _ in looked)}
    decisions = sorted(found.values(), key=lambda one: (-one.at, one.id))
    return Found(decisions=decisions[:limit], complete=all(whole for _, whole in looked))


def pieces(brokers: str, topic: str) -> Iterator[list[bytes]]:
    """Every value that stands in a topic now, a piece at a time, partition by partition. Blocks.

    Raises `KafkaAway`.
    """
    consumer = gaps.opened(brokers, "prevenance-decisions")
    try:
        for partition, (low, end) in ends_of(brokers, topic).items():
            for start in range(low, end, PIECE):
                yield [*_values(consumer, topic, partition, start, min(end, start + PIECE))]
    finally:
        consumer.close()


def of_maison(values: Iterable[bytes], maison: str) -> Iterator[Traced]:
    """The decisions of a house in messages; what can't be read is passed over."""
    for value in values:
        with suppress(Unreadable):
            yield from (one for one in unpacked(value) if one.maison == maison)


def _of_shard(
    brokers: str, shard: int, bounds: tuple[int, int], wanted: set[PartKey], limit: int
) -> tuple[list[Traced], bool]:
    low, end = bounds
    floor, found = max(low, end - BACK), list[Traced]()
    if floor >= end:
        return found, True
    consumer = gaps.opened(brokers, "prevenance-decisions")
    try:
        while end > floor and len(found) < limit:
            start = max(floor, end - PIECE)
            found += _piece(consumer, shard, start, end, wanted)
            end = start
    finally:
        consumer.close()
    return found, end == low


def _piece(consumer: Consumer, shard: int, start: int, end: int, wanted: set[PartKey]) -> Iterable[Traced]:
    found = list[Traced]()
    for value in _values(consumer, topics.DECISIONS, shard, start, end):
        with suppress(Unreadable):
            found += [one for one in unpacked(value) if (one.maison, one.oid) in wanted]
    return found


def _values(consumer: Consumer, topic: str, partition: int, start: int, end: int) -> Iterator[bytes]:
    consumer.assign([TopicPartition(topic, partition, start)])
    at = start
    while at < end:
        message = consumer.poll(PATIENCE)
        if message is None or (message.error() is not None and not gaps.is_end(message)):
            raise KafkaAway(f"{topic} can't be read now.")
        at = gaps.passed(message)
        if not gaps.is_end(message) and message.offset() < end:
            yield message.value() or b""


def opened(found: Iterable[Traced], keys: Mapping[PartKey, Key | None]) -> list[tuple[Traced, Trace]]:
    """Those that can be read: of a client who was erased, none."""
    readable = []
    for one in found:
        key = keys.get((one.maison, one.oid))
        try:
            if one.sealed and key is None:
                continue
            readable.append((one, trace_of(key.open(one.body) if one.sealed and key else one.body)))
        except (Lost, Unreadable):
            continue
    return readable
