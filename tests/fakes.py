"""Hand-written stand-ins for what is outside the process."""

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson

from streams.produce import KafkaAway, Message


class FakeLog:
    """A Kafka that keeps what it is given; while `away` it refuses, until `answers` is set it is slow."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.away = False
        self.answers = asyncio.Event()
        self.answers.set()
        self.asked = 0

    async def publish(self, messages: Sequence[Message]) -> None:
        self.asked += 1
        await self.answers.wait()
        if self.away:
            raise KafkaAway("Kafka is away.")
        self.messages.extend(messages)

    @property
    def events(self) -> list[dict[str, Any]]:
        """All events as a reader of the topics would find them."""
        return [orjson.loads(message.value or b"") for message in self.messages]
