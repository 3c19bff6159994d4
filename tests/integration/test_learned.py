"""What was learned outlives a store that is emptied, also where the log has lost what it was learned from."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import redis
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient

from feature_store import keys
from feature_store.learning import Head, decode_head
from schemas.messages import Example, Examples, Outcome
from streams import topics
from streams.gaps import end_of
from streams.produce import Message
from tests.brokers.kafka import Kafka
from tests.integration.test_operate import publish
from tests.line import Line
from tests.waiting import wait_until

MODEL = "experiments"
KEY = f"lumiere/{MODEL}".encode()
ARM = "cart|later|rolled_back"


@pytest.fixture
def line(real_kafka: Kafka, redis_url: str, tmp_path: Path) -> Iterator[Line]:
    real_kafka.wipe()
    with Line(real_kafka.bootstrap, redis_url, tmp_path, session_timeout=2.0) as line:
        yield line


def example(decision: str) -> Message:
    return told(Example(decision=decision, x={ARM: 1.0}, at=0.0))


def outcome(decision: str) -> Message:
    return told(Outcome(decision=decision, y=1, at=0.0))


def told(*items: Example | Outcome) -> Message:
    examples = Examples(maison="lumiere", model=MODEL, items=list(items))
    return Message(topic=topics.EXAMPLES, key=KEY, value=msgspec.json.encode(examples))


def head(line: Line) -> Head:
    with redis.Redis.from_url(line.redis) as client:
        return decode_head(client.hget(keys.model("lumiere", MODEL), "head") or b"", "")


async def learned(line: Line, count: int) -> None:
    await wait_until(lambda: head(line).learned == count, 20, f"{count} are learned", every=0.1)


def cut(line: Line) -> None:
    """Retention deletes every example there was."""
    here = topics.partition_of(KEY, line.partitions)
    end = TopicPartition(topics.EXAMPLES, here, end_of(line.kafka, topics.EXAMPLES, here))
    with AdminClient({"bootstrap.servers": line.kafka}) as admin:
        for done in admin.delete_records([end]).values():
            done.result(timeout=20)


async def test_a_store_that_was_emptied_goes_on_from_what_was_published_where_the_log_was_cut(
    line: Line,
) -> None:
    """What was rolled back two months ago stays rolled back, and nothing is counted twice."""
    line.start("worker", agents="learn")
    await publish(line, *(message for n in range(5) for message in (example(f"d{n}"), outcome(f"d{n}"))))
    await learned(line, 5)
    cut(line)
    await publish(line, example("waits"), example("d5"), outcome("d5"))
    await learned(line, 6)
    line.stop("worker", patience=30)
    with redis.Redis.from_url(line.redis) as client:
        client.flushall()
    line.start("worker", agents="learn")
    await publish(line, outcome("waits"))
    await learned(line, 7)
    assert head(line).state == {"yes": {ARM: 7.0}, "n": {ARM: 7.0}}
    line.stop("worker", patience=30)
