"""The log of one shard, all its topics as one stream, in the order in which Kafka was given the records.

Read on the side, without a group: nothing else moves. Lanes interleave topics as they come in, which differs
from this by milliseconds; within a topic the order is the same.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import NamedTuple

from confluent_kafka import Consumer, TopicPartition

from streams.gaps import PIECE, ends_in, is_end, opened, passed, some
from streams.produce import KafkaAway

SPAN = 1000
"""Milliseconds of the log that one piece holds at most: what it decides, it decides as of its end."""
FULL, ROOM = 4000, 1000
"""Records of one topic that wait for those of others before it is read no further, and when it is again."""


class Logged(NamedTuple):
    """A record, and the topic it comes from; `timestamp` in milliseconds."""

    topic: str
    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int


class Tail:
    """The records of a shard from `start` (the first offset per topic) on. Call `close` at the end."""

    def __init__(self, brokers: str, shard: int, start: Mapping[str, int]) -> None:
        self._shard = shard
        self._consumer: Consumer = opened(brokers, "prevenance-tail")
        self._read = dict(start)
        """The next offset to be read, per topic."""
        self._waiting: dict[str, deque[Logged]] = {topic: deque() for topic in start}
        self._paused: set[str] = set()
        self.cut: dict[str, int] = {}
        """Topics whose log begins after `start`, and where."""

    async def begin(self) -> None:
        """Takes up the topics where the log still has them. Raises `KafkaAway`."""
        for topic, at in self._read.items():
            low, _ = await ends_in(self._consumer, topic, self._shard)
            if low > at:
                self.cut[topic] = self._read[topic] = low
        self._consumer.assign([TopicPartition(t, self._shard, at) for t, at in self._read.items()])

    async def until(self, ends: Mapping[str, int]) -> AsyncIterator[list[Logged]]:
        """What was not given yet before `ends` (the next offset per topic). Raises `KafkaAway`."""
        piece: list[Logged] = []
        while (topic := await self._oldest(ends)) is not None:
            record = self._waiting[topic].popleft()
            if piece and (len(piece) == PIECE or record.timestamp > piece[0].timestamp + SPAN):
                yield piece
                piece = []
            piece.append(record)
        if piece:
            yield piece

    async def _oldest(self, ends: Mapping[str, int]) -> str | None:
        """The topic whose record comes next; reads on while one that may be it is not there yet."""
        while True:
            lacking = [t for t, at in self._read.items() if not self._waiting[t] and at < ends.get(t, 0)]
            if not lacking:
                heads = [waiting[0] for waiting in self._waiting.values() if waiting]
                next_ones = [r for r in heads if r.offset < ends.get(r.topic, 0)]
                return min(next_ones, key=lambda r: r.timestamp).topic if next_ones else None
            await self._fill(lacking)

    async def _fill(self, lacking: list[str]) -> None:
        got = await some(self._consumer)
        for message in got:
            topic, offset = message.topic(), message.offset()
            if not is_end(message):
                if message.error() is not None:
                    raise KafkaAway(f"the log could not be read again: {message.error().str()}")
                stamp = message.timestamp()[1]
                self._waiting[topic].append(Logged(topic, offset, message.key(), message.value(), stamp))
            self._read[topic] = passed(message)
        if not got:
            for topic in lacking:
                _, high = await ends_in(self._consumer, topic, self._shard)
                if high <= self._read[topic]:
                    raise KafkaAway(f"{topic} ends at {high}, before what was applied: is it another log?")
        self._pace()

    def _pace(self) -> None:
        """No topic may fill the memory while it waits for another one's older records."""
        full = {t for t, waiting in self._waiting.items() if len(waiting) > FULL} - self._paused
        room = {t for t in self._paused if len(self._waiting[t]) < ROOM}
        if full:
            self._consumer.pause([TopicPartition(t, self._shard) for t in full])
        if room:
            self._consumer.resume([TopicPartition(t, self._shard) for t in room])
        self._paused = (self._paused | full) - room

    async def close(self) -> None:
        """Lets Kafka go."""
        await asyncio.to_thread(self._consumer.close)
