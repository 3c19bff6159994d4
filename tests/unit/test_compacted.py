"""What is said of a topic that cannot be read, and how often."""

import logging
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams.compacted import Compacted


class Away:
    """A consumer that hears nothing of Kafka."""

    def list_topics(self, topic: str, timeout: float) -> Any:
        raise KafkaException(KafkaError(KafkaError._TRANSPORT))


def test_that_a_topic_can_not_be_read_is_logged_once_however_long_kafka_is_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reader, consumer = Compacted("nowhere:1", "silences", lambda _: None), Away()
    with caplog.at_level(logging.WARNING, "streams.compacted"):
        assert not any(reader._assign(consumer) for _ in range(3))  # type: ignore[arg-type]
    assert caplog.messages == ["silences cannot be read now: Local: Broker transport failure"]
