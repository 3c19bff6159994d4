"""Faults that come once: full, wiped, promoted, mixed, poisoned, crowded. Everything is exact afterwards."""

import asyncio
import json
import resource
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from zlib import crc32

import msgspec
import pytest
import redis
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from feature_store import graph, record
from schemas.events import topic_of
from tests.brokers.redis import Redis
from tests.line import ROOT, oid
from tests.outside import Outside, event
from tests.prove.crowd import Page, crowd
from tests.prove.faults import AOF, EACH, Ground
from tests.prove.storm import Client, storm
from tests.waiting import wait_blocking, wait_until

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
POISON = (
    b"",
    b"{",
    b"null",
    b"\xff\xfe",
    b'{"specversion": "1.0"}',
    b"[" * 5000,
    b'{"type": "store.checkin"}',
)
POISONED = 10_000
PAGES = 2000
HUGE = 40_000_000
"""Bytes of a message."""
EARLIER = "81e17c6"
"""The commit since which the store and its fences are kept as now: the other version of the worker."""

pytestmark = [pytest.mark.prove, pytest.mark.timeout(600)]


async def test_a_redis_that_is_full_is_waited_for(ground: Ground) -> None:
    @asynccontextmanager
    async def full() -> AsyncIterator[None]:
        with redis.Redis.from_url(ground.redis.url) as client:
            client.config_set("maxmemory", client.info("memory")["used_memory"])
            try:
                yield
            finally:
                client.config_set("maxmemory", 0)

    await ground.endures("Redis full", full, 15.0)


async def test_a_disk_of_redis_that_is_full_is_waited_for(ground: Ground) -> None:
    @asynccontextmanager
    async def full() -> AsyncIterator[None]:
        with ground.redis.full_disk(), redis.Redis.from_url(ground.redis.url) as client:
            yield
            assert client.info("persistence")["aof_last_write_status"] == "err"

    await ground.endures("Redis' disk full", full, 15.0)


async def test_a_disk_of_kafka_that_is_full_is_waited_for(ground: Ground) -> None:
    kafka = ground.network.kafka

    @asynccontextmanager
    async def full() -> AsyncIterator[None]:
        resource.prlimit(kafka.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        yield
        kafka.kill()
        kafka.start()

    await ground.endures("Kafka's disk full", full, 10.0)


async def test_a_replica_that_is_promoted_without_the_last_writes_is_made_good(ground: Ground) -> None:
    """What people answered among them: what they ended stays off the screens, what they took is theirs."""
    answers = dict.fromkeys(("dismissed", "done", "claimed", "accepted"), "")
    async with ground.line.outside() as outside:
        for given in answers:
            answers[given] = await _told_of(outside, f"before-{given}")
        await _promoted(ground, answers)

        async def answered() -> bool:
            return {one["id"]: one["claimed_by"] for one in await outside.alerts()}.items() >= {
                (answers[given], "camille") for given in ("claimed", "accepted", "after-claimed")
            }

        await wait_until(answered, 30, "what was claimed is again")
        ended = {answers[given] for given in ("dismissed", "done", "after-dismissed")}
        assert not ended & {one["id"] for one in await outside.alerts()}


async def _told_of(outside: Outside, client: str) -> str:
    """Somebody known comes in: the card that it makes."""
    known = event("client.profile", client_id=client, fields={"name": "Aline", "advisor": "camille"})
    await outside.post([known])
    await outside.facts_become({"visits": 0}, client_id=client)
    await outside.post([event("store.checkin", client_id=client, site="vendome", method="nfc")])
    return str((await outside.alert_of(oid(client)))["id"])


async def _promoted(ground: Ground, answers: dict[str, str]) -> None:
    """Within the writes that are lost each card is answered, and two more are told and answered."""
    master = ground.redis
    replica = Redis(options=(*AOF, "--replicaof", "127.0.0.1", str(master.port)))
    replica.start()
    ground.stack.callback(replica.stop)
    with redis.Redis.from_url(replica.url) as client:
        wait_blocking(lambda: client.info("replication")["master_link_status"] == "up", 20)

        @asynccontextmanager
        async def promoted() -> AsyncIterator[None]:
            client.replicaof("no", "one")  # what is written from now on is lost
            async with ground.line.outside() as outside:
                for given in [*answers]:
                    assert await outside.verdict(answers[given], given) == 200
                for given in ("dismissed", "claimed"):
                    answers[f"after-{given}"] = id = await _told_of(outside, f"after-{given}")
                    assert await outside.verdict(id, given) == 200
            yield
            master.kill()
            ground.network.redirect(replica)
            ground.redis = replica

        await ground.endures("Redis replica promoted, 3 s of writes lost", promoted, 3.0)


async def test_a_redis_that_is_wiped_under_load_is_made_again_from_the_log(ground: Ground) -> None:
    @asynccontextmanager
    async def wiped() -> AsyncIterator[None]:
        with redis.Redis.from_url(ground.redis.url) as client:
            client.flushall()
        yield

    cell = await ground.endures("Redis wiped", wiped, 0)
    said = ground.line["worker"].log.read_text()
    assert "again from" in said
    code, told = await ground.command("rebuild", "--verify")
    assert (code, "4 shards are right" in told) == (0, True), told
    cell.result = "refused, told, made again; records equal"


async def test_a_storm_of_poison_is_set_aside_and_stalls_nobody(ground: Ground) -> None:
    @asynccontextmanager
    async def poisoned() -> AsyncIterator[None]:
        ground.poisoned += POISONED
        producer = Producer({"bootstrap.servers": ground.line.kafka})
        for n in range(POISONED):
            topic = ("web.clicks", "store.checkins", "store.purchases", "chat.messages")[n % 4]
            producer.produce(topic, POISON[n % len(POISON)], key=f"poison-{n}".encode())
            producer.poll(0)
        await asyncio.to_thread(producer.flush, 30)
        yield

    await ground.endures(f"{POISONED:,} poisoned messages", poisoned, 1.0)


async def test_two_thousand_pages_that_come_back_at_once_hear_everything_once(ground: Ground) -> None:
    async with _pages(ground):
        cell = await ground.endures(f"{PAGES:,} pages return", ground.killed("console"), 0, pace=1)
    cell.result = f"exact, {PAGES:,} told once"


async def test_two_thousand_pages_that_were_cut_as_they_opened_are_told_how_all_stands(
    ground: Ground,
) -> None:
    """Of what the console had told a page, a third came through: since then the log has many times what is
    open."""
    async with _pages(ground) as pages:

        @asynccontextmanager
        async def cut() -> AsyncIterator[None]:
            async with ground.killed("console")():
                for page in pages:
                    page.reached = max(1, len(page.heard) // 3)
                yield

        cell = await ground.endures(f"{PAGES:,} pages return, cut as they opened", cut, 0, pace=1)
    cell.result = f"exact, {PAGES:,} told once"


@asynccontextmanager
async def _pages(ground: Ground) -> AsyncIterator[list[Page]]:
    """Pages of one advisor, on one console; at the end each has heard of the last client, nothing twice."""
    url = f"http://127.0.0.1:{ground.line['console'].port}"
    async with ground.line.outside() as outside, crowd(outside, url, PAGES) as pages:
        yield pages
        probe = oid(f"probe-{len(ground.cells)}")
        await wait_until(lambda: all(probe in page.clients for page in pages), 60, "all pages are told")
        assert [page.heard for page in pages if len(set(page.heard)) < len(page.heard)] == []


async def test_every_compression_of_a_stock_producer_is_read(ground: Ground) -> None:
    clients = {
        codec: storm(1000 + n, clients=20, each=EACH, at=lambda _: ("ginza",))
        for n, codec in enumerate(CODECS)
    }

    @asynccontextmanager
    async def compressed() -> AsyncIterator[None]:
        for codec, theirs in clients.items():
            await asyncio.to_thread(_produce, ground.line.kafka, codec, theirs)
        yield

    every = [client for theirs in clients.values() for client in theirs]
    await ground.endures(f"compressed: {', '.join(CODECS)}", compressed, 1.0, beside=every)


def _produce(brokers: str, codec: str, clients: list[Client]) -> None:
    producer = Producer(
        {
            "bootstrap.servers": brokers,
            "compression.type": codec,
            "partitioner": "murmur2_random",
            "linger.ms": 50,
        }
    )
    for client in clients:
        for body in client.sends:
            sent = msgspec.json.decode(body)
            value = json.dumps(sent | {"maison": "lumiere"}).encode()
            producer.produce(topic_of(sent["type"]), value, key=oid(client.id).encode())
    assert producer.flush(30) == 0


async def test_clocks_that_are_a_day_off_count_as_all_others(ground: Ground) -> None:
    clients = [_skewed(client) for client in storm(2000, clients=40, each=EACH, at=lambda _: ("ginza",))]

    @asynccontextmanager
    async def skewed() -> AsyncIterator[None]:
        async with ground.line.outside() as outside:
            for client in clients:
                await outside.post_bodies(client.sends)
        yield

    await ground.endures("clocks of tills a day off", skewed, 1.0, beside=clients)


def _skewed(client: Client) -> Client:
    """Every other event of theirs is a day old, all others are a day ahead."""
    bodies = []
    for body in client.sends:
        sent = msgspec.json.decode(body)
        ahead = timedelta(days=1 if crc32(sent["id"].encode()) % 2 else -1)
        when = datetime.fromisoformat(sent["time"]) + ahead
        bodies.append(json.dumps(sent | {"time": when.isoformat()}).encode())
    return msgspec.structs.replace(client, sends=bodies)


async def test_two_versions_of_the_worker_take_turns(ground: Ground, tmp_path: Path) -> None:
    earlier = _earlier(tmp_path)
    names = ("worker", "worker-2")
    agents = "keys,personalise,identify,learn"
    ground.line.start("worker-2", agents=agents, root=earlier, cold=True)
    await ground.replaced("worker", earlier)
    await asyncio.to_thread(ground.line["worker"].wait_ready)

    @asynccontextmanager
    async def rolled() -> AsyncIterator[None]:
        for root in (ROOT, earlier, ROOT):  # there, back, and there again
            for name in names:
                await ground.replaced(name, root)
                await asyncio.to_thread(ground.line[name].wait_ready)
        yield

    await ground.endures("two versions of the worker, rolled to and fro", rolled, 1.0)
    ground.handled.add("worker-2")
    ground.line.stop("worker-2")


def _earlier(folder: Path) -> Path:
    """The code as it was at `EARLIER`; a skip where that is not there, or keeps the store otherwise."""
    packed = subprocess.run(["git", "archive", EARLIER], cwd=ROOT, capture_output=True)
    if packed.returncode != 0:
        pytest.skip(f"needs the history of the code, with {EARLIER}")
    subprocess.run(["tar", "-x"], cwd=folder, input=packed.stdout, check=True)
    for file, line in (("record", f"VERSION = {record.VERSION}"), ("graph", f"LAYOUT = {graph.LAYOUT}")):
        if f"\n{line}\n" not in (folder / f"feature_store/{file}.py").read_text():
            pytest.skip(f"{EARLIER} keeps the store in another version: it is refused in words")
    return folder


async def test_messages_of_forty_megabytes_are_refused_and_set_aside(ground: Ground) -> None:
    topic = ConfigResource(ResourceType.TOPIC, "web.clicks")
    topic.add_incremental_config(
        ConfigEntry("max.message.bytes", str(2 * HUGE), incremental_operation=AlterConfigOpType.SET)
    )
    with AdminClient({"bootstrap.servers": ground.line.kafka}) as admin:
        for done in admin.incremental_alter_configs([topic]).values():
            done.result(timeout=10)

    @asynccontextmanager
    async def sent() -> AsyncIterator[None]:
        async with ground.line.outside() as outside:
            assert await outside.offered(BytesIO(b"a" * HUGE)) == 413
        producer = Producer({"bootstrap.servers": ground.line.kafka, "message.max.bytes": 2 * HUGE})
        ground.poisoned += 4
        for n in range(4):
            producer.produce("web.clicks", b"a" * HUGE, key=b"huge", partition=n)
        assert await asyncio.to_thread(producer.flush, 30) == 0
        yield

    await ground.endures("messages of 40 MB", sent, 5.0)
