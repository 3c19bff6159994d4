"""The gateway on a running Kafka: 2xx means stored, under its key; 503 when Kafka goes away, and back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from schemas.events import EVENTS, topic_of
from streams.embedded import EmbeddedKafka
from streams.produce import Producer
from streams.topic_admin import create_and_check
from streams.topics import partition_of
from tests.brokers.kafka import Kafka
from tests.builders import lumiere
from tests.doors import bearer, deps, door, event
from tests.reading import stored
from tests.waiting import wait_until

GOLDEN = Path(__file__).parents[1] / "golden/events"


@pytest.fixture
async def producer(fresh_kafka: Kafka | EmbeddedKafka) -> AsyncIterator[Producer]:
    await asyncio.to_thread(create_and_check, fresh_kafka.bootstrap, 4, 1)
    opened = Producer(fresh_kafka.bootstrap, client_id="gateway", delivery_timeout=5.0)
    yield opened
    await opened.close()


SENT = [type_ for type_ in EVENTS if type_ != "client.grant" and not type_.startswith("record.")]
"""All but what needs a second house, and what agents ask of one another."""


async def test_every_event_type_is_stored_on_its_topic_under_its_key(
    fresh_kafka: Kafka | EmbeddedKafka, producer: Producer
) -> None:
    batch = [orjson.loads((GOLDEN / f"{type_}.json").read_bytes()) for type_ in SENT]
    async with (
        door(deps(producer.send, house=lumiere(consent={"default": {"emotion": True}}))) as client,
        client.post("/v1/events", json=batch, headers=bearer()) as response,
    ):
        assert await response.json() == {"accepted": len(SENT), "rejected": []}
    found = {}
    for topic in {topic_of(type_) for type_ in SENT}:
        for record in await asyncio.to_thread(stored, fresh_kafka.bootstrap, topic):
            assert record.partition() == partition_of(record.key(), 4)
            event = orjson.loads(record.value())
            found[event.get("of", event["type"])] = topic
    assert found == {type_: topic_of(type_) for type_ in SENT}


async def test_kafka_stops_and_comes_back(mortal_kafka: Kafka) -> None:
    mortal_kafka.wipe()
    await asyncio.to_thread(create_and_check, mortal_kafka.bootstrap, 4, 1)
    producer = Producer(mortal_kafka.bootstrap, client_id="gateway", delivery_timeout=2.0)
    async with door(deps(producer.send)) as client:

        async def send() -> int:
            async with client.post("/v1/events", json=event(), headers=bearer()) as response:
                return response.status

        assert await send() == 202
        mortal_kafka.kill()
        assert await send() == 503
        mortal_kafka.start()

        async def taken() -> bool:
            return await send() == 202

        await wait_until(taken, 30, "Kafka takes events again")
    await producer.close()
