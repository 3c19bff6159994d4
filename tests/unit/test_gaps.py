"""Kafka is asked again while its leaders settle, and not for ever."""

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams.gaps import answered, opened
from streams.produce import KafkaAway
from tests.waiting import wait_blocking


def refusing(times: int, asked: list[int]) -> tuple[int, int]:
    """The ends of a partition, once it was asked for them more often than `times`."""
    asked.append(1)
    if len(asked) <= times:
        raise KafkaException(KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION))
    return 0, 7


def test_a_topic_just_made_is_asked_again_until_its_leader_serves_it() -> None:
    asked: list[int] = []
    assert answered(lambda: refusing(2, asked)) == (0, 7)
    assert len(asked) == 3


def test_a_kafka_that_gives_no_answer_in_time_is_away() -> None:
    asked: list[int] = []
    with pytest.raises(KafkaAway, match="Kafka did not answer: "):
        answered(lambda: refusing(99, asked), patience=0.0)
    assert len(asked) < 99


def test_what_a_reader_meets_is_logged_as_all_else_is(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    reader = opened("127.0.0.1:1", "readers")
    try:
        wait_blocking(lambda: reader.poll(0.1) or "refused" in caplog.text, 10, "a line of the log")
    finally:
        reader.close()
    assert capfd.readouterr().err == ""
