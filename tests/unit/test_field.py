"""What the systems of the field have in common is one function, and the page says what was measured."""

import time
from pathlib import Path

import msgspec
import pytest

from benchmarks.field import paced, page
from benchmarks.field.core import core, facts
from benchmarks.field.names import PACED
from benchmarks.mix import mixed
from benchmarks.sealing import Sealing
from tests.builders import NOON

CLIENTS = 20


@pytest.mark.parametrize("brain", ["thin", "whole"])
def test_the_core_applies_every_event_once_by_the_event_or_by_the_slice(brain: str) -> None:
    apply, sent = core(brain, CLIENTS), [*mixed(300, CLIENTS, NOON)]
    events = [*Sealing().sealed(sent)] if brain == "whole" else sent
    one_by_one: dict[bytes, bytes] = {}
    for _ in range(2):  # the second time they are known
        for event in events:
            one_by_one[event.key], _ = apply(event.key, one_by_one.get(event.key), [event.value], NOON)
    for key, record in one_by_one.items():
        at_once, _ = apply(key, None, [event.value for event in events if event.key == key], NOON)
        assert facts(record) == facts(at_once)
    kinds = [msgspec.json.decode(event.value)["type"] for event in sent]
    told = [sum(counts) for counts in zip(*map(facts, one_by_one.values()), strict=True)]
    assert told == [kinds.count(kind) for kind in ("store.checkin", "web.view", "store.purchase")]


def test_the_thin_core_alerts_at_a_checkin_and_not_at_its_twin() -> None:
    apply = core("thin", CLIENTS)
    door = next(event for event in mixed(300, CLIENTS, NOON) if b"store.checkin" in event.value)
    record, alerts = apply(door.key, None, [door.value], NOON)
    assert len(alerts) == 1
    assert apply(door.key, record, [door.value], NOON)[1] == []


def test_the_page_shows_the_results_that_are_kept() -> None:
    results = msgspec.json.decode(page.RESULTS.read_bytes(), type=page.Results)
    text = Path("docs/field.md").read_text()
    for name, table in page.TABLES.items():
        assert table(results) in text, f"python -m benchmarks.field.page writes {name} again"


def test_a_writer_keeps_its_rate_whatever_becomes_of_what_it_writes() -> None:
    log = [*mixed(50, CLIENTS, NOON)]
    taken = Taken()
    began = time.time()
    times = paced.paced(taken, log, rate=500.0)
    assert taken.sent == [(event.topic, event.value, event.key) for event in log]
    assert times == sorted(times)
    assert began <= times[0]
    assert times[-1] - times[0] >= 48 / 500.0


def test_alerts_are_timed_from_their_check_ins_and_none_that_is_missing_is_forgotten() -> None:
    log = [*mixed(300, CLIENTS, NOON)]
    sent = paced.checkins(log, [float(n) for n in range(len(log))])
    assert [log[int(at)].topic for at in sent.values()] == ["store.checkins"] * len(sent)
    assert len(sent) > 5
    first, late, lost, *_ = sent
    seen = {first: sent[first] + 0.5, late: sent[late] + 0.25}
    assert paced.waited(sent, seen, since=sent[late]) == ([0.25], len(sent) - 2)
    assert lost not in seen


def test_a_log_is_as_long_as_the_fastest_needs_at_the_highest_load() -> None:
    rates = dict.fromkeys(PACED, 1_000.0) | {PACED[1]: 40_000.0}
    assert paced.needed(rates, 10.0) == paced.FIRST + 300_000


class Taken:
    """A producer that has no broker."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, bytes]] = []

    def produce(self, topic: str, value: bytes, key: bytes) -> None:
        self.sent.append((topic, value, key))

    def poll(self, _: float) -> None:
        """Nothing is reported."""

    def flush(self, _: float) -> int:
        return 0
