"""What a lane tells: how old what led to an alert is, and what it sets aside."""

from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from agents.effects import Effects
from agents.plan import Dead
from schemas.alerts import decode_inbox
from schemas.codec import Unreadable, decode
from schemas.traces import Traced, unpacked
from streams.metrics import Metrics
from streams.telling import messages_of, put_aside, reason_class
from streams.topics import ALERTS, DECISIONS, LINKS
from tests import builders as a
from tests.alerts import NOW, a_change
from tests.builders import Line
from tests.desk import Desk

KAFKA_TAKES = 1_048_588
"""Bytes of a batch, where a topic says no other number."""


class _Producer:
    def __init__(self) -> None:
        self.sent: list[Any] = []

    async def send(self, messages: list[Any]) -> None:
        self.sent += messages


async def test_an_alert_says_when_the_event_behind_it_was_stored_and_one_of_a_timer_does_not() -> None:
    line = Line()
    await line.tell(a.profile(a.NOON - 60, {"name": "Aline"}, card="c1"), a.checkin(card="c1"))

    def received(stored: float | None) -> list[str | None]:
        sent = [m.value for m in messages_of(line.last, {}, stored) if m.topic == ALERTS]
        return [decode_inbox(value).alert.received for value in sent]

    assert received(a.NOON + 0.25) == ["2026-11-21T12:00:00.250Z"]
    assert received(None) == [None]


async def test_an_inbox_is_late_by_the_age_of_the_event_and_not_of_the_message() -> None:
    desk = Desk()
    change = a_change()
    old = msgspec.structs.replace(change.alert, received="2026-11-21T12:00:00Z")
    await desk.say(msgspec.structs.replace(change, alert=old), at=7.0)
    assert (
        desk.metrics.registry.get_sample_value(
            "prevenance_event_to_alert_seconds_sum", {"stage": "delivered"}
        )
        == NOW + 7.0 - a.NOON
    )


def test_what_more_timers_decide_than_kafka_takes_in_one_message_is_told_in_several() -> None:
    """Else every worker that rings them ends, and whoever comes after it."""
    effects = Effects()
    effects.traces += [
        Traced(maison="lumiere", oid=f"{n:016}", id=f"d{n}", at=NOW, body=bytes(2_200), sealed=True)
        for n in range(500)
    ]
    sent = messages_of(effects, {})
    assert {(m.topic, len(m.value or b"") < KAFKA_TAKES) for m in sent} == {(DECISIONS, True)}
    assert [one for m in sent for one in unpacked(m.value)] == effects.traces
    assert [m.key for m in sent] == [unpacked(m.value)[0].oid.encode() for m in sent]
    assert len(sent) == 3
    assert messages_of(Effects(), {}) == []


async def test_what_is_set_aside_is_counted_by_stage_and_by_a_reason_without_particulars() -> None:
    metrics, producer = Metrics(CollectorRegistry()), _Producer()
    dead = [
        Dead(a.raw(a.checkin(card="c")), reason)
        for reason in ("bad - at `$.a`", "bad - at `$.b`", "worse: 5")
    ]
    await put_aside(producer, metrics, dead, "identify", LINKS, 3)
    assert [dict(m.headers)["partition"] for m in producer.sent] == [b"3"] * 3
    counted = {
        kind: metrics.registry.get_sample_value(
            "prevenance_dead_letters_total", {"stage": "identify", "reason_class": kind}
        )
        for kind in ("bad", "worse")
    }
    assert counted == {"bad": 2, "worse": 1}


@pytest.mark.parametrize(
    "words",
    [
        {"type": "Aline Dupont"},
        {
            "type": "store.checkin",
            "data": {"who": {"card": "c"}, "site": "vendome", "method": "Aline Dupont"},
        },
        {"type": "store.checkin", "data": "Aline Dupont"},
        {"type": "store.checkin", "time": "Aline Dupont"},
        {"type": "store.checkin", "Aline Dupont": {"data": 1}},
    ],
)
def test_a_label_repeats_no_word_of_a_sender(words: dict[str, Any]) -> None:
    event = {"id": "1", "source": "/door", "specversion": "1.0", "maison": "lumiere"} | words
    with pytest.raises(Unreadable) as refused:
        decode(msgspec.json.encode(event))
    assert "Aline" not in reason_class(str(refused.value))
