"""A log that gives nothing is told as away, within seconds."""

import pytest

from streams import stored as reading
from streams.embedded import free_port
from streams.produce import KafkaAway


def test_a_kafka_that_is_away_is_told_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PATIENCE", 0.2)
    monkeypatch.setattr(reading, "LOOK", 0.05)
    away = reading.stored(f"127.0.0.1:{free_port()}", "client.keys", {0: (0, 5)})
    with pytest.raises(KafkaAway, match=r"client\.keys can't be read"):
        next(away)


def test_of_nothing_there_is_nothing_to_wait_for() -> None:
    assert list(reading.stored(f"127.0.0.1:{free_port()}", "client.keys", {0: (5, 5)})) == []
