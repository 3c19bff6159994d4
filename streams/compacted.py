"""A small topic read whole, then as it grows, by every process that needs it: without a group."""

import asyncio
import logging
import threading
from collections.abc import Callable

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from streams.brokers import librdkafka, why
from streams.topic_admin import TopicError

WHOLE = 20.0
"""Seconds within which all that stands in such a topic must have been read."""
LOOK = 0.1
"""Seconds within which a reader that is stopped ends."""

log = logging.getLogger(__name__)


class Compacted:
    """Gives every value of a topic to `take`, in a thread of its own; a tombstone is left out."""

    def __init__(self, brokers: str, topic: str, take: Callable[[bytes], None]) -> None:
        self._whole = threading.Event()
        self._brokers, self._topic, self._take = brokers, topic, take
        self._left: set[int] = set()
        self._refused: str | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._read, name=topic, daemon=True)

    def start(self) -> None:
        """Begins to read."""
        self._thread.start()

    async def start_whole(self) -> None:
        """Begins to read; returns once all that stood in the topic was given. Raises `TopicError`."""
        self.start()
        if not await asyncio.to_thread(self._whole.wait, WHOLE):
            said = self._refused or "`prevenance check` says what is missing"
            raise TopicError(f"{self._topic} could not be read in {WHOLE:.0f} s: {said}")

    def stop(self) -> None:
        """Ends the thread, if it was started."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _read(self) -> None:
        consumer = Consumer(
            {
                **librdkafka(self._brokers),
                "group.id": f"prevenance-{self._topic}",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 500,
            },
            logger=log,
        )
        try:
            assigned = False
            while not self._stopping.is_set():
                if not assigned:
                    assigned = self._assign(consumer)
                message = consumer.poll(LOOK)
                if message is None:
                    continue
                error = message.error()
                if error is None and message.value():
                    self._give(message.value())
                elif error is not None and error.code() == KafkaError._PARTITION_EOF:
                    self._reached(message.partition())
                elif error is not None:
                    self._told(why(error))
        finally:
            consumer.close()

    def _give(self, value: bytes) -> None:
        try:
            self._take(value)
        except Exception as error:  # or nothing would be read any more, and all would seem well
            log.error("a message of %s could not be taken: %s", self._topic, type(error).__name__)

    def _told(self, refused: str) -> None:
        """It is tried again and again: what is said of it each time is logged once."""
        if refused != self._refused:
            log.warning("%s cannot be read now: %s", self._topic, refused)
        self._refused = refused

    def _assign(self, consumer: Consumer) -> bool:
        try:
            known = consumer.list_topics(self._topic, timeout=5).topics[self._topic].partitions
        except KafkaException as error:
            self._told(why(error.args[0]))
            return False
        self._left = set(known)
        consumer.assign([TopicPartition(self._topic, p, OFFSET_BEGINNING) for p in known])
        return bool(known)

    def _reached(self, partition: int) -> None:
        self._left.discard(partition)
        self._refused = None
        if not self._left:
            self._whole.set()
