"""The producer on a running Kafka: stored, in order, in the right partition, or told."""

import asyncio
import struct
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from confluent_kafka import KafkaError
from confluent_kafka.admin import AdminClient, NewTopic

from streams.embedded import EmbeddedKafka, free_port
from streams.produce import KafkaAway, Message, Producer, ProducerDead, TooLarge
from streams.topics import partition_of
from tests.brokers.kafka import Kafka
from tests.reading import stored

AnyKafka = Kafka | EmbeddedKafka
BATCH = struct.Struct(">qiibIhiqqqhii")
"""How a batch begins in the log: offset, length of the rest, ... , producer, its epoch, sequence, count."""


def batches(log: bytes) -> Iterator[tuple[int, int, int]]:
    """Of each batch in a log its producer, the number of its first record, and how many records it has."""
    at = 0
    while at < len(log):
        _, length, *_, producer_id, _, sequence, count = BATCH.unpack_from(log, at)
        yield producer_id, sequence, count
        at += 12 + length


@pytest.fixture
def topic(kafka: AnyKafka, unique: Callable[[str], str]) -> str:
    """A new topic of four partitions that takes records up to 100 kB."""
    name = unique("produced")
    with AdminClient({"bootstrap.servers": kafka.bootstrap}) as admin:
        if kafka.real:
            new = NewTopic(name, 4, 1, config={"max.message.bytes": "100000"})
            admin.create_topics([new], operation_timeout=10)[name].result(timeout=20)
        else:
            admin.list_topics(name, timeout=10)
    return name


@pytest.fixture
async def producer(kafka: AnyKafka) -> AsyncIterator[Producer]:
    opened = Producer(kafka.bootstrap, client_id="test", delivery_timeout=5.0)
    yield opened
    await opened.close()


async def test_a_key_lands_where_every_reader_looks_for_it(
    kafka: AnyKafka, topic: str, producer: Producer
) -> None:
    keys = [f"client-{n}".encode() for n in range(200)]

    await producer.send([Message(topic=topic, key=key, value=b"x") for key in keys])

    found = {r.key(): r.partition() for r in stored(kafka.bootstrap, topic)}
    assert found == {key: partition_of(key, 4) for key in keys}
    assert set(found.values()) == {0, 1, 2, 3}


async def test_value_headers_tombstone_and_partition_arrive_as_given(
    kafka: AnyKafka, topic: str, producer: Producer
) -> None:
    headers = [("reason", b"not JSON"), ("stage", b""), ("reason", b"twice")]
    await producer.send(
        [
            Message(topic=topic, key=b"k", value=b"\x00\xff", headers=headers, partition=3),
            Message(topic=topic, key=b"k", value=None, partition=3),
            Message(topic=topic, value=b"no key", partition=2),
        ]
    )

    told = [(r.partition(), r.key(), r.value(), r.headers()) for r in stored(kafka.bootstrap, topic)]
    assert sorted(told, key=lambda t: t[0]) == [
        (2, None, b"no key", None),
        (3, b"k", b"\x00\xff", headers),
        (3, b"k", None, None),
    ]


async def test_kafka_knows_each_batch_by_its_producer_and_its_number_so_that_it_is_stored_once(
    real_kafka: Kafka, topic: str, producer: Producer
) -> None:
    for n in range(3):
        await producer.send([Message(topic=topic, value=b"%d" % n, partition=0)])
    known = [(id, sequence) for id, sequence, _ in batches(real_kafka.written(topic, 0))]
    assert known == [(known[0][0], n) for n in range(3)]
    assert known[0][0] >= 0


async def test_messages_that_wait_for_company_travel_together(real_kafka: Kafka, topic: str) -> None:
    producer = Producer(real_kafka.bootstrap, client_id="test", linger_ms=100.0)
    for _ in range(5):
        await producer.send([Message(topic=topic, value=b"x", partition=0)] * 10)
    await producer.close()
    assert [count for *_, count in batches(real_kafka.written(topic, 0))] == [10] * 5


async def test_many_tasks_beyond_the_queue_all_get_through_in_their_order(
    kafka: AnyKafka, topic: str
) -> None:
    producer = Producer(kafka.bootstrap, client_id="test", queue_messages=50)

    async def lane(number: int) -> None:
        key = b"lane-%d" % number
        for start in range(0, 600, 200):
            await producer.send(
                [Message(topic=topic, key=key, value=b"%d" % (start + n)) for n in range(200)]
            )

    await asyncio.gather(*(lane(number) for number in range(8)))
    await producer.close()

    seen: dict[bytes, list[int]] = {}
    for record in stored(kafka.bootstrap, topic):
        seen.setdefault(record.key(), []).append(int(record.value()))
    assert seen == {b"lane-%d" % number: list(range(600)) for number in range(8)}


async def test_a_kafka_that_is_away_is_told_in_a_sentence_within_the_timeout() -> None:
    address = f"127.0.0.1:{free_port()}"
    producer = Producer(address, client_id="test", delivery_timeout=1.0)
    started = time.monotonic()

    with pytest.raises(
        KafkaAway, match=f"Kafka at {address} did not store 2 messages \\(alerts\\): .*timed out"
    ):
        await producer.send([Message(topic="alerts", value=b"x")] * 2)

    assert time.monotonic() - started < 4.0
    assert (await producer.away() or "").startswith(f"Kafka at {address} did not answer: ")
    assert not producer.dead
    await producer.close()


async def test_a_message_beyond_the_producers_limit_is_told_apart(topic: str, kafka: AnyKafka) -> None:
    producer = Producer(kafka.bootstrap, client_id="test", max_bytes=10_000)

    with pytest.raises(TooLarge, match=topic):
        await producer.send([Message(topic=topic, value=b"x" * 20_000)])

    assert await producer.away() is None
    await producer.send([Message(topic=topic, value=b"x" * 9_000)])
    await producer.close()


async def test_a_message_beyond_the_topics_limit_is_told_apart(
    real_kafka: Kafka, topic: str, producer: Producer
) -> None:
    incompressible = b"".join(n.to_bytes(4, "big") for n in range(0, 2**32, 60_013))
    assert len(incompressible) > 200_000

    with pytest.raises(TooLarge, match=topic):
        await producer.send([Message(topic=topic, value=incompressible)])

    await producer.send([Message(topic=topic, value=b"small")])
    assert [r.value() for r in stored(real_kafka.bootstrap, topic)] == [b"small"]


async def test_a_topic_that_does_not_exist_is_told(real_kafka: Kafka, unique: Callable[[str], str]) -> None:
    producer = Producer(real_kafka.bootstrap, client_id="test", delivery_timeout=1.0)
    name = unique("nowhere")

    with pytest.raises(KafkaAway, match=name):
        await producer.send([Message(topic=name, value=b"x")])

    await producer.close()


async def test_closing_waits_for_what_is_under_way(kafka: AnyKafka, topic: str) -> None:
    producer = Producer(kafka.bootstrap, client_id="test", linger_ms=60_000, delivery_timeout=90.0)
    under_way = asyncio.create_task(
        producer.send([Message(topic=topic, value=b"%d" % n) for n in range(100)])
    )
    await asyncio.sleep(0)

    await producer.close()

    await under_way
    values = Counter(r.value() for r in stored(kafka.bootstrap, topic))
    assert values == Counter(b"%d" % n for n in range(100))
    with pytest.raises(KafkaAway, match="closed"):
        await producer.send([Message(topic=topic, value=b"late")])


async def test_a_loop_that_computes_all_the_time_does_not_starve_acknowledgements(
    topic: str, producer: Producer
) -> None:
    async def compute() -> None:
        while True:
            until = time.perf_counter() + 0.003
            while time.perf_counter() < until:
                pass
            await asyncio.sleep(0)

    computing = asyncio.create_task(compute())
    async with asyncio.timeout(10):
        for _ in range(30):
            await producer.send([Message(topic=topic, value=b"x")] * 6)
    computing.cancel()


class Stumbling:
    """A librdkafka that raises at its first `poll`, as a callback of ours might."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.polls = inner, 0

    def poll(self, patience: float) -> int:
        self.polls += 1
        if self.polls == 1:
            raise RuntimeError("in a callback")
        told: int = self._inner.poll(patience)
        return told

    def __len__(self) -> int:
        return len(self._inner)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


async def test_a_callback_that_raises_does_not_end_the_looks_for_deliveries(
    topic: str, producer: Producer, caplog: pytest.LogCaptureFixture
) -> None:
    stumbling = producer._rdkafka = Stumbling(producer._rdkafka)
    async with asyncio.timeout(8):
        await producer.send([Message(topic=topic, value=b"x")])
    assert stumbling.polls > 1
    assert "in a callback" in caplog.text


async def test_a_cancelled_send_does_not_disturb_the_others(
    kafka: AnyKafka, topic: str, producer: Producer
) -> None:
    cancelled = asyncio.create_task(producer.send([Message(topic=topic, value=b"cancelled")]))
    await asyncio.sleep(0)
    cancelled.cancel()

    await producer.send([Message(topic=topic, value=b"kept")])

    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert b"kept" in {r.value() for r in stored(kafka.bootstrap, topic)}


async def test_after_a_fatal_error_every_send_says_that_the_producer_is_dead(producer: Producer) -> None:
    # librdkafka tells a fatal error through this callback; no broker can be made to cause one at will
    producer._on_error(KafkaError(KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER, "sequence desynchronised", True))

    assert producer.dead
    assert "sequence desynchronised" in (await producer.away() or "")
    with pytest.raises(ProducerDead, match="sequence desynchronised"):
        await producer.send([Message(topic="alerts", value=b"x")])
