"""Writing to Kafka: what was acknowledged is stored once, in order, in the partition readers look in."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka import Message as KafkaMessage
from confluent_kafka import Producer as RdKafkaProducer

from schemas.wording import PlainError, many
from streams.brokers import librdkafka, not_in, refuses, why

log = logging.getLogger(__name__)

MAX_BYTES = 16 * 1024 * 1024
_LOOK = 0.001  # seconds between two looks at what was delivered, while something is under way
_REST = 0.25  # while nothing is: what librdkafka has to say of itself
_RECORD_OVERHEAD = 512  # what a record batch adds to key, value and headers, generously


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One record to write.

    `value=None` is a tombstone; `partition=None` lets the key decide, as every other Kafka client would.
    """

    topic: str
    value: bytes | None
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes]] = ()
    partition: int | None = None


Publish = Callable[[Sequence[Message]], Awaitable[None]]
"""As `Producer.send` does it."""


class KafkaAway(PlainError):
    """Kafka did not acknowledge every message of a `send`: any of them may or may not be stored."""


class TooLarge(KafkaAway):
    """A message is larger than the producer or the topic takes: sending it again can't help."""


class ProducerDead(KafkaAway):
    """The producer can't keep its promises any more (a fatal error of librdkafka): leave the process."""


class _Call:
    """One `send` under way."""

    __slots__ = ("error", "failed", "future", "left", "producer", "topic")

    def __init__(
        self, producer: "Producer", messages: Sequence[Message], future: "asyncio.Future[None]"
    ) -> None:
        self.producer = producer
        self.topic = messages[0].topic
        self.left = len(messages)
        self.future = future
        self.failed = 0
        self.error: KafkaError | None = None

    def delivered(self, error: KafkaError | None, message: KafkaMessage) -> None:
        if error is not None:
            self.error = error
            self.failed += 1
            self.topic = message.topic()
        self.left -= 1
        if self.left == 0:
            self.producer._finished.append(self)


class Producer:
    """An idempotent producer for the event loop that makes it; many tasks may share it.

    `brokers`: bootstrap servers. `client_id`: how brokers name us in their logs. `linger_ms`: how long a
    message waits for company. `max_bytes`: the largest record. `delivery_timeout`: seconds until a message
    that was not acknowledged fails its `send`. `queue_messages`: how many may wait in memory; a `send`
    beyond it waits for room.

    Partitions by key are murmur2's, as Kafka's own. Call `close` at the end.

    The loop itself looks for deliveries. A thread that waits for them needs the GIL, which a loop without
    rest lets go of for microseconds a turn: where turns are shorter than the interpreter's switch interval,
    it was seconds late.
    """

    def __init__(
        self,
        brokers: str,
        *,
        client_id: str,
        linger_ms: float = 0.0,
        max_bytes: int = MAX_BYTES,
        delivery_timeout: float = 10.0,
        queue_messages: int = 100_000,
    ) -> None:
        self.dead: str | None = None
        """Why every further `send` raises ProducerDead, after a fatal error; else None."""
        self._brokers = brokers
        self._refused: KafkaError | None = None
        """Why we were not let in, since Kafka last answered."""
        self._timeout = delivery_timeout
        self._closing = False
        self._finished: deque[_Call] = deque()
        self._loop = asyncio.get_running_loop()
        self._room: asyncio.Future[None] | None = None
        self._rdkafka = RdKafkaProducer(
            {
                **librdkafka(brokers),
                "client.id": client_id,
                "enable.idempotence": True,
                "acks": "all",
                "partitioner": "murmur2_random",  # the default, CRC32, is not where others look
                "compression.type": "lz4",
                "linger.ms": linger_ms,
                "socket.nagle.disable": True,
                "delivery.timeout.ms": round(delivery_timeout * 1000),
                "message.max.bytes": max_bytes + _RECORD_OVERHEAD,
                "queue.buffering.max.messages": queue_messages,
                "queue.buffering.max.kbytes": max(131_072, 4 * max_bytes // 1024),
                "topic.metadata.propagation.max.ms": 5_000,
                "error_cb": self._on_error,
            },
            logger=log,
        )
        self._hurried = False
        self._next_look = self._loop.call_later(_REST, self._look)

    @property
    def refused(self) -> bool:
        """Whether Kafka has refused to let us in, and was not heard of since by `away`."""
        return self._refused is not None

    async def away(self, seconds: float = 1.5) -> str | None:
        """Why Kafka can't be written to, in a sentence; None where it tells its topics within `seconds`.

        Asked of Kafka, not remembered from what was sent: whoever is out of a balancer for want of Kafka is
        sent nothing by which it could learn that Kafka is back.
        """
        if self.dead is None:
            try:
                await asyncio.to_thread(self._rdkafka.list_topics, timeout=seconds)
            except KafkaException as error:
                return not_in(self._brokers, self._refused or error.args[0])
            self._refused = None
        return self.dead

    async def send(self, messages: Sequence[Message]) -> None:
        """Returns when Kafka (all in-sync replicas) has every message; the order per partition is kept.

        Raises KafkaAway if any was refused or not acknowledged within the delivery timeout, TooLarge and
        ProducerDead where sending again can't help. Cancelling it withdraws nothing.
        """
        if self.dead is not None:
            raise ProducerDead(self.dead)
        if self._closing:
            raise KafkaAway("The producer is closed.")
        if not messages:
            return
        call = _Call(self, messages, self._loop.create_future())
        produce, delivered = self._rdkafka.produce, call.delivered
        for message in messages:
            while True:
                try:
                    produce(
                        message.topic,
                        message.value,
                        message.key,
                        -1 if message.partition is None else message.partition,
                        delivered,
                        headers=list(message.headers) if message.headers else None,
                    )
                    break
                except BufferError:
                    await self._some_room()
                except KafkaException as refused:
                    raise self._failure(refused.args[0], message.topic) from refused
        self._hurry()
        await call.future

    async def close(self) -> None:
        """Waits for what is under way, at most the delivery timeout."""
        self._closing = True
        self._next_look.cancel()
        # librdkafka looks for expired messages once a second
        await asyncio.to_thread(self._rdkafka.flush, self._timeout + 2.0)
        self._resolve()

    async def _some_room(self) -> None:
        self._hurry()
        if self._room is None:
            self._room = self._loop.create_future()
        # Shared, so not awaited itself: one who is cancelled must not cancel it. The timeout is for the
        # room that was made between the refusal and this line.
        await asyncio.wait([self._room], timeout=0.05)

    def _hurry(self) -> None:
        """From now on looks are frequent, until nothing is under way."""
        if not self._hurried and not self._closing:
            self._hurried = True
            self._next_look.cancel()
            self._next_look = self._loop.call_later(_LOOK, self._look)

    def _look(self) -> None:
        try:
            self._rdkafka.poll(0)
        finally:  # whatever is raised while librdkafka tells something, the next look follows
            self._resolve()
            self._hurried = len(self._rdkafka) > 0
            self._next_look = self._loop.call_later(_LOOK if self._hurried else _REST, self._look)

    def _resolve(self) -> None:
        room, self._room = self._room, None
        if room is not None:
            room.set_result(None)
        while self._finished:
            call = self._finished.popleft()
            if call.future.done():  # its caller was cancelled
                continue
            if call.error is None:
                call.future.set_result(None)
            else:
                call.future.set_exception(self._failure(call.error, call.topic, call.failed))

    def _failure(self, error: KafkaError, topic: str, failed: int = 1) -> KafkaAway:
        """The exception for `failed` messages of one `send`."""
        reason = error.str().removesuffix(".")
        if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            return TooLarge(
                f"A message is larger than the topic {topic} or this producer takes: {reason}; "
                "`prevenance check` names topics that take too little."
            )
        if error.fatal() or error.code() == KafkaError._FATAL:
            return ProducerDead(self._die(error))
        what = many(failed, "message")
        return KafkaAway(f"Kafka at {self._brokers} did not store {what} ({topic}): {why(error)}.")

    def _die(self, error: KafkaError) -> str:
        self.dead = f"Kafka's producer gave up for good: {error.str().removesuffix('.')}."
        return self.dead

    def _on_error(self, error: KafkaError) -> None:
        if refuses(error):
            self._refused = error
        if error.fatal():
            self._die(error)
