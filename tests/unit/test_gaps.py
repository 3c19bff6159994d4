"""Kafka is asked again while its leaders settle, and not for ever."""

from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams import headway
from streams.brokers import Access, Brokers
from streams.gaps import answered, opened, some
from streams.produce import KafkaAway
from streams.tls import Tls
from streams.topic_admin import KafkaSilent, epoch_of
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


async def test_what_is_read_again_piece_by_piece_is_told_as_work_that_goes_on() -> None:
    """Nothing else tells of a lane that reads for minutes; a log that gives nothing is none."""

    class Log:
        def __init__(self) -> None:
            self.left = ["a", "b", "c"]

        def poll(self, patience: float) -> str | None:
            return self.left.pop(0) if self.left else None

        def consume(self, most: int, patience: float) -> list[str]:
            taken, self.left = self.left[:1], self.left[1:]
            return taken

    told: list[int] = []
    headway.tell(lambda: told.append(1))
    log: Any = Log()
    assert [await some(log) for _ in range(3)] == [["a", "b"], ["c"], []]
    assert len(told) == 2


def test_a_file_of_tls_that_somebody_is_writing_anew_is_told_as_a_kafka_that_is_away(tmp_path: Path) -> None:
    """A lane that began in that moment ended with an error that had no words."""
    half = tmp_path / "ca.pem"
    half.touch()
    brokers = Brokers("127.0.0.1:1", Access(tls=Tls(ca=str(half))))
    with pytest.raises(KafkaAway, match=r"Kafka could not be asked: .*ssl\.ca\.location"):
        opened(brokers, "readers")
    with pytest.raises(KafkaSilent, match=r"Kafka could not be asked: .*ssl\.ca\.location"):
        epoch_of(brokers, ["alerts"])
