"""What is read on the side goes on whatever strangers wrote there."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from streams import topics
from streams.compacted import Compacted
from streams.embedded import EmbeddedKafka
from streams.keys import Keys
from streams.own_log import own_log
from streams.produce import Message, Producer
from streams.topic_admin import create_and_check
from tests.waiting import wait_until


@pytest.fixture
async def producer() -> AsyncIterator[tuple[Producer, str]]:
    with EmbeddedKafka() as kafka:
        await asyncio.to_thread(create_and_check, kafka.bootstrap, 4, 1)
        made = Producer(kafka.bootstrap, client_id="strangers")
        yield made, kafka.bootstrap
        await made.close()


async def test_a_message_that_cannot_be_taken_keeps_nobody_from_the_next(
    producer: tuple[Producer, str],
) -> None:
    heard: list[bytes] = []

    def take(value: bytes) -> None:
        heard.append(value)
        if value == b"strange":
            raise RuntimeError("nobody has thought of this")

    reader = Compacted(producer[1], topics.SILENCES, take)
    await reader.start_whole()
    try:
        for value in (b"strange", b"a silence"):
            await producer[0].send([Message(topic=topics.SILENCES, key=b"k", value=value)])
        await wait_until(lambda: heard == [b"strange", b"a silence"], what="the next")
    finally:
        await asyncio.to_thread(reader.stop)


async def test_a_key_that_is_no_text_stops_nobody_who_reads_the_lines_own_log(
    producer: tuple[Producer, str],
) -> None:
    """As another producer keys its events: a worker puts them back under their own."""
    event = b'{"maison":"lumiere"}'
    await producer[0].send([Message(topic=topics.CHECKINS, key=b"\xff\xfe", value=event, partition=1)])
    assert [v async for v in own_log(producer[1], 4, Keys(None, bytes(32)), "lumiere")] == [event]
