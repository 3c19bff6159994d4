"""What is set wrong most often, on real servers: each is found, and the sentence says how to mend it."""

import asyncio
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from click.testing import CliRunner
from confluent_kafka.admin import AdminClient, NewPartitions

from feature_store import keys
from feature_store.graph import LAYOUT, GraphHead
from feature_store.record import VERSION
from feature_store.store import Fence, encode_fence
from schemas.sealing import master_of
from schemas.who import oid_of
from streams import check_kafka, serve, topic_admin, topics
from streams.check import check
from streams.cli import main
from streams.embedded import free_port
from streams.finding import Finding
from streams.keys import Keys
from streams.produce import Producer
from streams.settings import SettingsError, settings_from
from streams.topic_plan import Drift, mend
from streams.worker import AGENTS
from tests.brokers import kafka as apache
from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
from tests.waiting import wait_until

PEPPER = "one of sixteen bytes, and more"
ALINE = ("lumiere", oid_of("lumiere", "card", "c-1", PEPPER.encode()))


class Servers(msgspec.Struct, frozen=True):
    """A Kafka with every topic, and a Redis."""

    kafka: str
    redis: str

    def environ(self, **changed: str) -> dict[str, str]:
        said = {
            "KAFKA": self.kafka,
            "REDIS": self.redis,
            "MAISONS": "deploy/maisons",
            "PEPPER": PEPPER,
            "JWT_SECRET": "a secret of thirty-two bytes, for the check",
            "WRITE_KEYS": "lumiere:a-key-that-is-long-enough",
        }
        return {f"PREVENANCE_{name}": value for name, value in (said | changed).items() if value}

    async def wrong(self, clock: Callable[[], float] = time.time, **changed: str) -> dict[str, str]:
        """What is not well, by question."""
        found: list[Finding] = await check(self.environ(**changed), clock)
        return {one.name: one.said for one in found if not one.ok}


@pytest.fixture(scope="module")
def servers(empty_kafka: Kafka, redis_server: Redis) -> Servers:
    topic_admin.create_and_check(empty_kafka.bootstrap, 4, 1)
    return Servers(empty_kafka.bootstrap, redis_server.url)


@pytest.fixture(autouse=True)
def store(servers: Servers) -> Iterator[Any]:
    with redis.Redis.from_url(servers.redis) as client:
        client.flushall()
        yield client


async def test_where_all_is_well_nothing_is_said(servers: Servers) -> None:
    assert await servers.wrong() == {}


TOPICS = {
    "alerts: 1 copies of which 2 must be in step": (
        topics.ALERTS,
        "min.insync.replicas",
        "2",
    ),
    "client.keys has cleanup.policy delete for compact": (topics.KEYS, "cleanup.policy", "delete"),
    "web.clicks keeps events 1 days for 30 days": (topics.CLICKS, "retention.ms", "86400000"),
    "identity.links keeps 1000 bytes, however young": (topics.LINKS, "retention.bytes", "1000"),
    "dead.letters takes 1000 bytes at most": (topics.DEAD_LETTERS, "max.message.bytes", "1000"),
    "model.examples takes 2000 bytes at most": (topics.EXAMPLES, "max.message.bytes", "2000"),
    "consent.ledger may be led by a broker that lacks what was acknowledged": (
        topics.LEDGER,
        "unclean.leader.election.enable",
        "true",
    ),
}


async def test_topics_that_are_set_wrong_are_named_with_the_command_that_mends_them(servers: Servers) -> None:
    with ExitStack() as stack:
        for setting in TOPICS.values():
            stack.enter_context(altered(servers.kafka, *setting))
        told = await servers.wrong()
    assert [said for said in TOPICS if said not in f"{told['copies']} {told['retention']}"] == []
    command = "--entity-type topics --entity-name web.clicks --add-config retention.ms=2592000000`, and so on"
    assert command in told["retention"]


@contextmanager
def altered(kafka: str, topic: str, setting: str, value: str) -> Iterator[None]:
    with topic_admin.Admin(kafka) as admin:
        was = admin.settings([topic])[topic][setting]
    mend(kafka, [Drift(topic, setting, was, value)])
    try:
        yield
    finally:
        mend(kafka, [Drift(topic, setting, value, was)])


async def test_a_redis_that_forgets_is_told(servers: Servers, store: Any) -> None:
    store.config_set("maxmemory-policy", "allkeys-lru")
    store.config_set("save", "")
    try:
        told = await servers.wrong()
    finally:
        store.config_set("maxmemory-policy", "noeviction")
        store.config_set("save", "3600 1")
    assert set(told) == {"eviction", "persistence"}
    assert "is allkeys-lru: set noeviction" in told["eviction"]
    assert "off: set appendonly yes" in told["persistence"]


async def test_a_redis_that_is_full_is_told_before_and_when_it_refuses_writes(
    servers: Servers, store: Any
) -> None:
    used = store.info("memory")["used_memory"]
    try:
        store.config_set("maxmemory", 2 * used)
        assert await servers.wrong() == {}
        for most, said in ((used * 100 // 95, "9"), (used // 2, "2")):
            store.config_set("maxmemory", most)
            [(name, told)] = (await servers.wrong()).items()
            assert name == "room"
            assert told.startswith(said)
            assert "full it refuses every write: raise it, or add a node" in told
    finally:
        store.config_set("maxmemory", 0)


async def test_a_redis_whose_disk_is_full_is_told(servers: Servers) -> None:
    with Redis(options=("--appendonly", "yes")) as full, full.full_disk():
        with redis.Redis.from_url(full.url) as client:
            client.set("a", b"a" * 100)
            await wait_until(lambda: client.info("persistence")["aof_last_write_status"] == "err", 10)
            with pytest.raises(redis.RedisError, match="MISCONF"):
                client.set("a", b"b")
        told = await servers.wrong(REDIS=full.url)
    assert set(told) == {"room"}
    assert "can't write to its disk (aof_last_write_status): make room, or it refuses" in told["room"]


async def test_a_redis_that_is_busy_with_a_script_is_not_said_to_be_down(servers: Servers) -> None:
    told: dict[str, str] = {}

    async def refused() -> bool:
        told.update(await servers.wrong(REDIS=other.url))
        return "redis" in told

    with Redis(options=("--lua-time-limit", "50")) as other, redis.Redis.from_url(other.url) as client:
        busy = asyncio.create_task(asyncio.to_thread(client.eval, "while true do end", 0))
        await wait_until(refused, 10, "it is busy")
        assert "`redis-cli SCRIPT KILL` ends it" in told["redis"]
        client.script_kill()
        with pytest.raises(redis.RedisError):
            await busy


@pytest.mark.parametrize(
    ("options", "finding", "said"),
    [
        (("--min-replicas-to-write", "1"), "writes", "while fewer replicas follow it than min-replicas"),
        (("--rename-command", "SCAN", ""), "redis", "lacks a command (unknown command `SCAN`)"),
        (("--rename-command", "CONFIG", ""), "persistence", "ask your provider to switch it on"),
    ],
)
async def test_a_redis_that_does_not_do_what_is_asked_of_it_is_told(
    servers: Servers, options: tuple[str, ...], finding: str, said: str
) -> None:
    """It answers; what is asked alone changes nothing."""
    with Redis(options=options) as other:
        told = await servers.wrong(REDIS=other.url)
    assert set(told) == {finding}
    assert said in told[finding]


async def test_a_store_of_another_log_or_layout_is_told(servers: Servers, store: Any) -> None:
    log = topic_admin.epoch_of(servers.kafka, topics.TIERS)
    store.set(keys.fence(0), encode_fence(Fence("another:4")))
    assert "belongs to log another:4" in (await servers.wrong())["log"]
    store.set(keys.fence(0), encode_fence(Fence(f"{log.partition(':')[0]}:2")))
    assert "had 2 partitions a topic, and it has 4 now" in (await servers.wrong())["log"]
    store.delete(keys.fence(0))
    store.set(keys.part("lumiere", 0, ALINE[1]), msgspec.msgpack.encode({"v": VERSION + 1}))
    assert "upgrade it first" in (await servers.wrong())["layout"]
    store.flushall()
    store.hset(keys.graph("lumiere"), "head", msgspec.msgpack.encode(GraphHead(log, 1, LAYOUT + 1)))
    assert "are kept by another version" in (await servers.wrong())["layout"]


async def test_clocks_that_differ_are_told(servers: Servers) -> None:
    for ahead in (60.0, -60.0):
        told = await servers.wrong(clock=lambda by=ahead: time.time() + by)  # type: ignore[misc]
        assert set(told) == {"clock"}
        assert "60 s apart: let NTP set both" in told["clock"]


async def test_keys_that_the_master_key_does_not_open_are_told(servers: Servers) -> None:
    drawn = Keys(None, master_of(b"the master key they were made with")).draw({ALINE: ("card", "c-1")})
    producer = Producer(servers.kafka, client_id="tests")
    await producer.send(drawn.messages)
    await producer.close()
    right = {"MASTER_KEY": "the master key they were made with"}
    assert await servers.wrong(**right) == {}
    [told] = (await servers.wrong(MASTER_KEY="another one of sixteen bytes")).items()
    assert told[0] == "keys"
    assert "PREVENANCE_MASTER_KEY (or the pepper, where none is set) does not open" in told[1]
    [told] = (await servers.wrong(**right, PEPPER="another pepper of its length")).items()
    assert told[0] == "keys"
    assert "PREVENANCE_PEPPER is not what clients were named with" in told[1]
    settings = settings_from(servers.environ(MASTER_KEY="another one of sixteen bytes", OPS_PORT="0"))
    for process in (serve.gateway, serve.console, partial(serve.worker, agents=AGENTS)):
        with pytest.raises(SettingsError, match="give back the one they were made with"):
            await process(settings)


async def test_one_key_that_does_not_open_stops_nobody(servers: Servers) -> None:
    bruno = ("lumiere", oid_of("lumiere", "card", "c-2", PEPPER.encode()))
    right, wrong = master_of(b"the master key they were made with"), master_of(b"whoever may write there")
    producer = Producer(servers.kafka, client_id="tests")
    for master, part, card in ((right, ALINE, "c-1"), (wrong, bruno, "c-2")):
        await producer.send(Keys(None, master).draw({part: ("card", card)}).messages)
    await producer.close()
    asked = (servers.kafka, right, PEPPER.encode())
    assert await asyncio.to_thread(check_kafka.strangers, *asked, {"lumiere"}) is None


async def test_servers_that_are_not_there_are_told(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic_admin, "_SECONDS", 1.0)
    nobody = f"127.0.0.1:{free_port()}"
    assert set(await servers.wrong(KAFKA=nobody, REDIS=f"redis://{nobody}/0")) == {"kafka", "redis"}


async def test_a_broker_that_sends_clients_where_nobody_is_is_told(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic_admin, "_SECONDS", 3.0)
    if (lacking := apache.available()) is not None:
        pytest.skip(lacking)

    class Lost(Kafka):
        def _properties(self, folder: Path, port: int, controller: int) -> str:
            listeners = f"advertised.listeners=PLAINTEXT://127.0.0.1:{free_port()}\n"
            return super()._properties(folder, port, controller) + listeners

    with Lost() as kafka:
        [told] = (await servers.wrong(KAFKA=kafka.bootstrap)).values()
    assert "Kafka answers, and sends clients on to 127.0.0.1:" in told
    assert "set advertised.listeners" in told


async def test_topics_that_are_missing_or_of_other_sizes_are_told(servers: Servers) -> None:
    """Last, for partitions can't be taken back."""
    with AdminClient({"bootstrap.servers": servers.kafka}) as admin:
        admin.delete_topics([topics.SEGMENTS])[topics.SEGMENTS].result(timeout=10)
        gone = "segments: not there, run `prevenance topics`"
        await wait_until(lambda: told(servers, "kafka", gone), what="a topic is gone")
        topic_admin.create_and_check(servers.kafka, 4, 1)
        for topic, finding, said in (
            (topics.DECISIONS, "partitions", "decisions has 5 partitions where 4 are needed"),
            (topics.CLICKS, "kafka", "web.clicks has 5 partitions where the other inbound topics have 4"),
        ):
            admin.create_partitions([NewPartitions(topic, 5)])[topic].result(timeout=10)
            await wait_until(lambda f=finding, s=said: told(servers, f, s), what=said)  # type: ignore[misc]
    done = await asyncio.to_thread(CliRunner().invoke, main, ["check"], env=servers.environ())
    assert (done.exit_code, "not ok  kafka" in done.output) == (1, True), done.output


async def told(servers: Servers, finding: str, said: str) -> bool:
    return said in (await servers.wrong()).get(finding, "")


@pytest.mark.parametrize("process", ["gateway", "worker", "console"])
def test_a_process_asks_for_what_its_help_says_and_for_nothing_else(
    process: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(brokers: str) -> int:
        raise topic_admin.TopicError(f"Kafka at {brokers} was asked.")

    monkeypatch.setattr(topic_admin, "shards_of", closed)  # one that is away is waited for
    servers = Servers(f"127.0.0.1:{free_port()}", redis_url)
    unset: dict[str, str | None] = {name: None for name in os.environ if name.startswith("PREVENANCE_")}
    unset["PREVENANCE_OPS_PORT"] = "0"

    def said(environ: Mapping[str, str]) -> str:
        return CliRunner().invoke(main, [process], env=unset | {**environ}).output

    told = re.findall(r"PREVENANCE_\w+", main.commands[process].help or "")
    given = {name: value for name, value in servers.environ().items() if name in told}
    assert f"Kafka at {servers.kafka} was asked" in said(given)
    for name in told:
        assert name in said({other: value for other, value in given.items() if other != name})
