"""What a worker tells of all that it owns, look by look."""

import asyncio
import logging
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from feature_store.memory_store import MemoryStore
from streams import worker
from streams.metrics import Metrics
from streams.parts import Parts
from streams.topic_admin import TopicError
from streams.topics import partition_of
from streams.worker import Worker
from tests import builders as a
from tests.waiting import wait_until

INBOXES = [f"lumiere/{place}" for place in a.LUMIERE.places]


class Redis:
    """In every inbox two cards are open, and one waits."""

    async def hlen(self, key: str) -> int:
        return 2

    async def scard(self, key: str) -> int:
        return 1


class Broken:
    """What goes together, of tallies that make no sense."""

    async def freshen(self) -> None:
        raise ValueError("math domain error")


class Held:
    """A group that holds no partition."""

    def __init__(self, name: str) -> None:
        self.name, self.shards, self.looks = name, list[int](), 0

    def observe(self) -> None:
        self.looks += 1


def worker_of(metrics: Metrics) -> Any:
    made: Any = Parts
    parts = made(
        brokers="kafka", redis=Redis(), maisons={"lumiere": a.LUMIERE}, roll=None, switch=None,
        pepper=a.PEPPER, master=b"", metrics=metrics,
    )  # fmt: skip
    return Worker(parts, ["personalise", "deliver"])


def told(metrics: Metrics, name: str) -> list[str]:
    """The inboxes of which a gauge says something."""
    samples = [s for metric in metrics.registry.collect() for s in metric.samples if s.name == name]
    return sorted(f"{s.labels['maison']}/{s.labels['site']}" for s in samples)


@pytest.mark.parametrize("gauge", ["prevenance_inbox_open", "prevenance_inbox_waiting"])
async def test_an_inbox_that_has_moved_to_another_worker_is_told_here_no_more(gauge: str) -> None:
    metrics = Metrics(CollectorRegistry())
    ours = worker_of(metrics)
    ours._of_alerts = a.SHARDS
    await ours._observe_inboxes({*range(a.SHARDS)})
    assert told(metrics, gauge) == sorted(INBOXES)
    kept = partition_of(INBOXES[0].encode(), a.SHARDS)
    await ours._observe_inboxes({kept})
    left = [inbox for inbox in sorted(INBOXES) if partition_of(inbox.encode(), a.SHARDS) == kept]
    assert told(metrics, gauge) == left != sorted(INBOXES)


async def test_a_look_that_fails_ends_no_other_and_is_told_without_its_words(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Else the lag of every partition stays what it was for as long as the process runs."""
    monkeypatch.setattr(worker, "LOOK", 0.001)
    ours = worker_of(Metrics(CollectorRegistry()))
    ours._groups, ours._companions = [Held("personalise"), sound := Held("deliver")], Broken()
    store = MemoryStore(lambda key: 0)
    ours._parts.maisons.clear()  # so that no scale is asked for
    looking = asyncio.create_task(ours._observe(store))
    with caplog.at_level(logging.ERROR, "streams.worker"):
        await wait_until(lambda: sound.looks > 1 or looking.done(), what="it looks again")
    assert not looking.done()
    assert caplog.messages[0] == "personalise could not be looked at: ValueError"
    looking.cancel()


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ("c:4", "alerts was deleted and made again while it was read"),
        ("a:6", "alerts was filled when this log had 4 partitions a topic, and it has 6 now"),
    ],
)
async def test_a_topic_that_is_another_log_than_it_was_ends_the_worker_in_words(
    monkeypatch: pytest.MonkeyPatch, now: str, told: str
) -> None:
    """Made again, its readers went on at their offsets; of more partitions they learned minutes after those
    who write: what was before, or in those, was read by nobody."""
    before = {"alerts": "a:4", "web.clicks": "b:4"}
    answers: list[Any] = [TopicError("Kafka is away"), TimeoutError(), before]
    answers += [TopicError("alerts is not there"), before | {"alerts": now}]

    def logs_of(brokers: str, topics: Any) -> Any:
        assert [*topics] == ["alerts", "web.clicks"]
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(worker, "ANEW", 0.001)
    monkeypatch.setattr(worker.topic_admin, "logs_of", logs_of)
    ours = worker_of(Metrics(CollectorRegistry()))
    ours._logs = before
    reason = await asyncio.wait_for(ours.failure(), 5)
    assert answers == []
    assert str(reason).startswith(told)
