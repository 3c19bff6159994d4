"""What a process says: a line of JSON each if asked, with its trace, and no error that quotes a client."""

import asyncio
import json
import logging
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from feature_store.store import StoreAway
from schemas.trace_context import TraceContext
from streams import answers, intake, logs
from streams.metrics import Metrics
from streams.patience import patiently
from streams.produce import KafkaAway
from streams.spans import Said, leading_to
from streams.telling import tell_broken

SECRET = "Aline Dupont"


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """All that was written since the last look, a line each; logging is as it was afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    root.handlers = []
    logs.start({"PREVENANCE_LOG": "json"}, verbose=True)
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    logs.start({}, verbose=False)
    root.handlers, root.level = handlers, level
    logging.captureWarnings(False)


def test_every_line_is_one_object_whatever_is_in_it(said: Any) -> None:
    logging.getLogger("streams.x").warning("%s\nis %r", "Redis", {"a": 'b"'})
    logs.say("gateway on http://127.0.0.1:1")
    first, second = said()
    assert (first["level"], first["from"], first["says"]) == (
        "warning",
        "streams.x",
        "Redis\nis {'a': 'b\"'}",
    )
    assert (second["from"], second["says"]) == ("prevenance", "gateway on http://127.0.0.1:1")
    assert "trace_id" not in first


def test_librdkafka_says_the_same_of_a_broker_once_a_minute(said: Any) -> None:
    log = logging.getLogger("streams.gaps")
    for which, (broker, after) in enumerate([("k", "0ms"), ("k", "7ms"), ("l", "0ms"), ("k", "1ms")]):
        client = f"rdkafka#producer-{which // 3}"  # while it is waited for at a start each look has its own
        log.error("%s [%s] %s", "FAIL", client, f"{broker}: refused (after {after})")
    for _ in range(2):
        log.warning("ours")
    assert [one["says"].rpartition("] ")[2] for one in said()] == [
        "k: refused (after 0ms)",
        "l: refused (after 0ms)",
        "ours",
        "ours",
    ]


def test_a_clock_that_is_set_back_silences_nobody(said: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for now in (10_000.0, 10_030.0, 6_400.0, 6_430.0):
        monkeypatch.setattr(time, "time", lambda now=now: now)
        logging.getLogger("aiokafka").error("Unable connect to node with id 1")
    assert [one["at"][11:19] for one in said()] == ["02:46:40", "01:46:40"]


def test_a_collector_that_is_away_and_a_kafka_that_is_slow_or_away_are_told_once_a_minute(said: Any) -> None:
    """As their clients say it: of each attempt, how long it took or will be. Of a Kafka that is away one said
    two hundred lines a second."""
    for took in (1.17, 0.8):
        logging.getLogger("opentelemetry.exporter.x").warning("Transient error %s, in %.2fs.", "Away", took)
        logging.getLogger("mode.timers").warning("overlapping (interval=0.5 runtime=%s)", took)
        logging.getLogger("aiokafka").error("Unable connect to node with id %s: %s", 1, OSError("refused"))
    assert [one["from"] for one in said()] == ["opentelemetry.exporter.x", "mode.timers", "aiokafka"]


def test_that_kafka_takes_nothing_is_told_at_a_door_once_a_minute_to_however_many_come(said: Any) -> None:
    for what in ("1 message (staff.feedback)", "3 messages (staff.feedback)", "1 message (audit)"):
        answers.log.warning("no answer: %s", KafkaAway(f"Kafka at k did not store {what}: why."))
        intake.log.warning("not taken: %s", KafkaAway(f"Kafka at k did not store {what}: why."))
    assert [one["says"].replace("KafkaAway: Kafka at k did not store ", "") for one in said()] == [
        f"{who}: 1 message ({topic}): why."
        for topic in ("staff.feedback", "audit")
        for who in ("no answer", "not taken")
    ]


async def test_what_lanes_wait_for_is_told_while_they_wait_and_once_a_minute(said: Any) -> None:
    """Of a store that was full a worker said nothing for a minute, and then that it leaves."""
    refused = iter([StoreAway("Redis did not answer: OutOfMemoryError")] * 3)

    async def write() -> None:
        if (error := next(refused, None)) is not None:
            raise error

    await asyncio.gather(patiently(write, lambda: None), patiently(write, lambda: None))
    assert [one["says"] for one in said()] == [
        "work waits: StoreAway: Redis did not answer: OutOfMemoryError"
    ]


def test_of_a_rule_with_an_error_in_it_a_worker_tells_once_a_minute_and_not_at_each_event(said: Any) -> None:
    metrics = Metrics(CollectorRegistry())
    for rule in ("farewell", "farewell", "birthday"):
        tell_broken(metrics, [(rule, "KeyError, farewell.py:40")])
    assert [one["says"].partition(" ")[0] for one in said()] == ["farewell", "birthday"]


def test_a_line_names_the_trace_it_belongs_to(said: Any) -> None:
    with leading_to(_Span(), {}):
        logging.getLogger("streams.x").warning("slow")
    logging.getLogger("streams.x").warning("slow")
    under, after = said()
    assert (under["trace_id"], under["span_id"]) == ("a" * 32, "b" * 16)
    assert "trace_id" not in after


class _Span:
    context = TraceContext(traceparent=f"00-{'a' * 32}-{'b' * 16}-01")

    def add(self, said: Said) -> None: ...
    def end(self, error: BaseException | None = None) -> None: ...


@pytest.mark.parametrize("form", ["%s", "%r"])
def test_an_error_of_others_is_told_by_its_class_and_one_of_ours_in_its_words(said: Any, form: str) -> None:
    log = logging.getLogger("mode.services")
    log.error(f"crashed: {form}", KeyError(SECRET))
    log.error(f"crashed: {form}", StoreAway("Redis does not answer"))
    assert [one["says"] for one in said()] == [
        "crashed: KeyError",
        "crashed: StoreAway: Redis does not answer",
    ]


def test_where_an_error_was_raised_is_told_without_its_words(said: Any) -> None:
    try:
        raise KeyError(SECRET)
    except KeyError:
        logging.getLogger("streams.x").exception("no checkpoint")
    (one,) = said()
    assert one["says"] == "no checkpoint: KeyError"
    assert "test_logs.py" in one["where"]
    assert SECRET not in json.dumps(one)


def test_a_task_that_nobody_waited_for_and_a_thread_quote_nobody(said: Any) -> None:
    async def fails() -> None:
        raise KeyError(SECRET)

    async def forgets() -> None:
        task = asyncio.create_task(fails())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        context = {
            "message": "Task exception was never retrieved",
            "exception": task.exception(),
            "task": task,
        }
        asyncio.get_running_loop().call_exception_handler(context)

    asyncio.run(forgets())
    thread = threading.Thread(target=lambda: asyncio.run(fails()))
    thread.start()
    thread.join()
    told = said()
    assert [one["says"] for one in told] == [
        "Task exception was never retrieved: KeyError",
        "stopped: KeyError",
    ]
    assert SECRET not in json.dumps(told, ensure_ascii=False)


def test_a_warning_is_a_line_too(said: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    assert [one["from"] for one in said()] == ["py.warnings"]


def test_a_form_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="PREVENANCE_LOG is 'xml': it must be text or json"):
        logs.start({"PREVENANCE_LOG": "xml"}, verbose=False)
