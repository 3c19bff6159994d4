"""Kafka and Redis that go away and come back, and servers that live and die with us."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest
import redis
import uvloop
from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from streams.embedded import EmbeddedError, EmbeddedRedis, free_port
from streams.embedded_line import assemble
from streams.gaps import end_of, ends_in, opened
from streams.produce import KafkaAway, Message, Producer
from streams.settings import settings_from
from tests.brokers import BrokerError
from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis, RedisCluster
from tests.reading import stored
from tests.waiting import wait_blocking, wait_until


class Senders:
    """Tasks that keep sending numbered messages, and remember which were acknowledged and which were not."""

    def __init__(self, producer: Producer, topic: str) -> None:
        self.acknowledged: list[bytes] = []
        self.refused: list[bytes] = []
        self._producer = producer
        self._topic = topic
        self._going = True

    async def lane(self, name: str) -> None:
        number = 0
        while self._going:
            values = [f"{name}-{number + n}".encode() for n in range(20)]
            number += 20
            try:
                await self._producer.send(
                    [Message(topic=self._topic, key=name.encode(), value=v) for v in values]
                )
                self.acknowledged += values
            except KafkaAway:
                self.refused += values
            await asyncio.sleep(0.002)

    async def finish(self, lanes: list["asyncio.Task[None]"]) -> None:
        self._going = False
        await asyncio.gather(*lanes)

    async def go_on(self) -> None:
        """Waits until sends are acknowledged again, from now."""
        seen = len(self.acknowledged)
        await wait_until(lambda: len(self.acknowledged) > seen + 200, deadline=20, what="sends go on")


@pytest.mark.timeout(90)
async def test_a_broker_that_restarts_and_is_killed_in_the_middle_loses_and_doubles_nothing(
    mortal_kafka: Kafka,
) -> None:
    with AdminClient({"bootstrap.servers": mortal_kafka.bootstrap}) as admin:
        admin.create_topics([NewTopic("t", 4, 1)])["t"].result(timeout=20)
    producer = Producer(mortal_kafka.bootstrap, client_id="test", delivery_timeout=40.0)
    senders = Senders(producer, "t")
    lanes = [asyncio.create_task(senders.lane(f"lane{n}")) for n in range(6)]

    await senders.go_on()
    await asyncio.to_thread(mortal_kafka.kill)
    # Started from this thread, because the broker is bound to the life of the thread that starts it.
    mortal_kafka.start()
    await senders.go_on()
    mortal_kafka.restart()
    await senders.go_on()
    await senders.finish(lanes)
    await producer.close()

    assert senders.refused == []
    assert Counter(r.value() for r in stored(mortal_kafka.bootstrap, "t")) == Counter(senders.acknowledged)


@pytest.mark.timeout(90)
async def test_a_producer_tells_that_its_broker_went_away_and_works_again_when_it_is_back(
    mortal_kafka: Kafka,
) -> None:
    with AdminClient({"bootstrap.servers": mortal_kafka.bootstrap}) as admin:
        admin.create_topics([NewTopic("u", 1, 1)])["u"].result(timeout=20)
    producer = Producer(mortal_kafka.bootstrap, client_id="test", delivery_timeout=2.0)

    async def stores() -> bool:
        try:
            await producer.send([Message(topic="u", value=b"here")])
        except KafkaAway:
            return False
        return True

    async def is_back() -> bool:
        return await producer.away() is None

    await wait_until(stores, deadline=20)
    assert await producer.away() is None
    mortal_kafka.kill()
    with pytest.raises(KafkaAway, match="did not store 1 message"):
        await producer.send([Message(topic="u", value=b"while away")])
    assert (await producer.away() or "").startswith(f"Kafka at {mortal_kafka.bootstrap} did not answer: ")

    mortal_kafka.start()
    await wait_until(is_back, deadline=30)
    await wait_until(stores, deadline=30)
    await producer.close()


def test_no_port_is_given_twice() -> None:
    ports = [free_port() for _ in range(1000)]
    assert len({*ports}) == len(ports)


def test_a_server_whose_port_is_taken_says_so_with_the_end_of_its_log() -> None:
    with Redis() as first, Redis() as second:
        second.kill()
        second.port = first.port
        with pytest.raises(BrokerError, match=r"(?s)Redis left with code 1; its log .* in use"):
            second.start()


def test_what_redis_acknowledged_outlives_a_kill_when_it_appends_and_a_restart_when_not() -> None:
    with Redis(appendonly=True) as appending, Redis() as saving:
        for server in (appending, saving):
            with redis.Redis.from_url(server.url) as client:
                client.set("part", "kept")
        appending.kill()
        appending.start()
        saving.restart()
        for server in (appending, saving):
            with redis.Redis.from_url(server.url) as client:
                assert client.get("part") == b"kept"


def test_a_cluster_spreads_keys_over_three_nodes(redis_cluster: RedisCluster) -> None:
    client = redis.RedisCluster.from_url(redis_cluster.url)
    for number in range(60):
        client.set(f"{{s{number}}}:part", number)
    assert [int(client.get(f"{{s{number}}}:part")) for number in range(60)] == list(range(60))
    client.close()
    for node in redis_cluster.nodes:
        with redis.Redis.from_url(node.url) as one:
            assert one.dbsize() > 5


def test_the_redis_of_a_test_is_empty_though_another_wrote(redis_url: str, redis_server: Redis) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        assert client.info("server")["tcp_port"] == redis_server.port


def test_the_embedded_redis_answers_and_is_gone_after_stop() -> None:
    with EmbeddedRedis() as embedded:
        client = redis.Redis.from_url(embedded.url)
        client.set("part", "here")
        assert client.get("part") == b"here"
        assert client.config_get("save")["save"] == ""
    with pytest.raises(redis.ConnectionError):
        client.ping()
    client.close()


def test_an_embedded_redis_that_finds_no_temporary_folder_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a root that cannot be written, without `/tmp`, the demo ended with a file that was not found."""
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    with pytest.raises(EmbeddedError, match="set TMPDIR"):
        EmbeddedRedis().start()


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells a child of its parent's death"
)
def test_the_embedded_redis_dies_with_a_parent_that_is_killed() -> None:
    program = (
        "import signal\nfrom streams.embedded import EmbeddedRedis\n"
        "server = EmbeddedRedis()\nserver.start()\nprint(server.url, flush=True)\nsignal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        client = redis.Redis.from_url(url)
        pid = client.info("server")["process_id"]
        os.kill(parent.pid, signal.SIGKILL)
    client.close()

    wait_blocking(lambda: not _runs(pid), deadline=5, what="redis-server gone")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rpartition(")")[2].split()[0] != "Z"


def test_whoever_asks_an_embedded_kafka_as_it_ends_is_answered_first() -> None:
    answers: list[int] = []

    def ask(brokers: str) -> None:
        time.sleep(0.3)  # so that the line ends meanwhile
        answers.append(end_of(brokers, "web.clicks", 0))

    async def ending() -> None:
        async with AsyncExitStack() as stack:
            parts = await assemble(settings_from({}), stack)
            asyncio.get_running_loop().run_in_executor(None, ask, parts.brokers)

    began = time.monotonic()
    uvloop.run(ending())
    assert answers == [0]
    assert time.monotonic() - began < 20


async def test_a_partition_of_which_a_broker_did_not_know_yet_is_found_as_soon_as_it_does(
    real_kafka: Kafka, unique: Callable[[str], str]
) -> None:
    """As one tells that has just started: a worker waited for a minute, and left."""
    topic = unique("t")
    with AdminClient({"bootstrap.servers": real_kafka.bootstrap}) as admin:
        admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(timeout=20)
        consumer = opened(real_kafka.bootstrap, "test")
        with pytest.raises(KafkaException, match="Unknown partition"):
            consumer.get_watermark_offsets(TopicPartition(topic, 2), timeout=5)
        admin.create_partitions([NewPartitions(topic, 4)])[topic].result(timeout=20)
    assert await asyncio.wait_for(ends_in(consumer, topic, 2), 20) == (0, 0)
    await asyncio.to_thread(consumer.close)
