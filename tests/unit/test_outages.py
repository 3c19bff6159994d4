"""Whoever is woken at night reads one line when a store goes and one when it is back."""

import logging

import pytest

from feature_store.store import StoreAway
from streams.outages import Outages
from streams.produce import KafkaAway


def look(outages: Outages, who: str, error: Exception | None = None) -> None:
    with outages.met_by(who):
        if error is not None:
            raise error


def test_it_is_told_once_however_many_meet_it_and_however_often(caplog: pytest.LogCaptureFixture) -> None:
    outages, away = Outages(), StoreAway("Redis did not answer: ConnectionError")
    for _ in range(50):
        look(outages, "withdrawals", away)
        look(outages, "silences", KafkaAway("away"))
    (line,) = caplog.records
    assert (line.levelno, line.args) == (logging.WARNING, ("withdrawals", away))


def test_it_is_over_when_the_last_who_met_it_goes_on_and_then_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outages = Outages()
    look(outages, "withdrawals", StoreAway("away"))
    look(outages, "silences", StoreAway("away"))
    look(outages, "withdrawals")
    look(outages, "listeners")
    assert len(caplog.records) == 1
    for _ in range(3):
        look(outages, "silences")
    assert caplog.messages[1:] == ["all can be kept up with again"]
    look(outages, "silences", StoreAway("away"))
    assert len(caplog.records) == 3


def test_who_looks_no_more_keeps_nobody_waiting_for_the_end(caplog: pytest.LogCaptureFixture) -> None:
    outages = Outages()
    look(outages, "a reader", StoreAway("away"))
    outages.left_by("a reader")
    assert len(caplog.records) == 1
    look(outages, "silences")
    assert caplog.messages[1:] == ["all can be kept up with again"]


def test_what_is_no_outage_is_not_swallowed(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(KeyError):
        look(Outages(), "withdrawals", KeyError("oid"))
    assert not caplog.records
