"""Records made again: beside live traffic, after a loss, after the log was cut, whoever is killed."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
import redis
from click.testing import CliRunner
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from feature_store import keys
from feature_store import record as records
from feature_store.checkpoint import Kept, Mark, cipher_of, mark_name, opened, part_of
from schemas.audit import Viewed, decode_entry
from schemas.sealing import master_of
from schemas.who import oid_of
from streams import topics
from streams.cli import main
from streams.produce import Message, Producer
from tests.brokers.kafka import Kafka
from tests.integration.test_operate import message, publish
from tests.line import PEPPER, Line, oid
from tests.outside import event
from tests.reading import stored
from tests.waiting import wait_until

CIPHER = cipher_of(master_of(PEPPER.encode()))
CLIENTS = 24
VISITS = 6
PACE = 0.1
"""Seconds between two of the sends that go on beside what is tested."""


@pytest.fixture
def line(real_kafka: Kafka, redis_url: str, tmp_path: Path) -> Iterator[Line]:
    real_kafka.wipe()
    with Line(real_kafka.bootstrap, redis_url, tmp_path, session_timeout=2.0, checkpoint_seconds=0.5) as line:
        yield line


Command = Callable[..., Awaitable[tuple[int, str]]]


@pytest.fixture
def command(line: Line) -> Command:
    """Runs `prevenance ...` in this process, in a thread: exit code, and all it wrote."""

    async def command(*argv: str) -> tuple[int, str]:
        environ = {
            "PREVENANCE_KAFKA": line.kafka,
            "PREVENANCE_REDIS": line.redis,
            "PREVENANCE_PEPPER": PEPPER,
        }

        def run() -> tuple[int, str]:
            done = CliRunner().invoke(main, argv, env=environ)
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                raise done.exception
            return done.exit_code, done.output

        return await asyncio.to_thread(run)

    return command


def touches(client: str, count: int = VISITS) -> list[Any]:
    """Visits, clicks, purchases and declarations of a client, as messages of their topics."""
    made = [
        message(
            event("client.profile", client_id=client, fields={"name": "Aline"}), topics.DECLARATIONS, client
        )
    ]
    for n in range(count):
        lines = [{"sku": "bag-aurore", "quantity": 1, "amount": 1000 + n, "currency": "EUR"}]
        order = event(
            "store.purchase",
            who={"client_id": client},
            order_id=f"{client}-{n}",
            channel="store",
            lines=lines,
        )
        made += [
            message(
                event("store.checkin", client_id=client, site="vendome", method="nfc"),
                topics.CHECKINS,
                client,
            ),
            message(
                event("web.view", client_id=client, session="s", sku="bag-aurore"), topics.CLICKS, client
            ),
            message(order, topics.PURCHASES, client),
        ]
    return made


def facts(line: Line) -> dict[str, tuple[int, int, int, dict[str, int]]]:
    """Visits, views, purchases and spend of every part in Redis, by oid."""
    found = {}
    with redis.Redis.from_url(line.redis) as client:
        for name in client.scan_iter("lumiere{*}????????????????"):
            value = client.get(name)
            if value is not None:
                held = records.slice_of(records.decode(value), "facts")
                found[name.decode()[-16:]] = (held.visits, held.views, held.purchases, held.spend)
    return found


def expected(clients: list[str], count: int = VISITS) -> dict[str, tuple[int, int, int, dict[str, int]]]:
    spend = {"EUR": sum(1000 + n for n in range(count))}
    return {oid(client): (count, count, count, spend) for client in clients}


async def become(line: Line, wanted: dict[str, Any], deadline: float = 40.0) -> None:
    await wait_until(lambda: facts(line) == wanted, deadline, "the facts that were sent", every=0.1)


async def checkpointed(line: Line) -> None:
    """Returns when the checkpoints hold all that the inbound topics hold, also what came of alerts since."""

    def marks() -> dict[int, dict[str, int]]:
        held: dict[int, dict[str, int]] = {}
        for record in stored(line.kafka, topics.CHECKPOINT):
            name = (record.key() or b"").decode()
            if name == mark_name(record.partition()):
                held[record.partition()] = opened(CIPHER, name, record.value(), Mark).offsets
        return held

    def there() -> bool:
        ends, held = dict(_ends(line.kafka, topics.INBOUND)), marks()
        return all(held.get(p, {}).get(t, -1) >= end - 1 for (t, p), (_, end) in ends.items())

    await wait_until(there, 30, "checkpoints of everything", every=0.3)


def _ends(brokers: str, names: Any) -> Iterator[tuple[tuple[str, int], tuple[int, int]]]:
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "tests.ends"})
    try:
        for name in names:
            for partition in range(4):
                yield (
                    (name, partition),
                    consumer.get_watermark_offsets(TopicPartition(name, partition), timeout=10),
                )
    finally:
        consumer.close()


def cut(line: Line) -> None:
    """Retention deletes every event that was ever sent."""
    ends = [TopicPartition(t, p, end) for (t, p), (_, end) in _ends(line.kafka, topics.INBOUND) if end]
    with AdminClient({"bootstrap.servers": line.kafka}) as admin:
        for future in admin.delete_records(ends).values():
            future.result(timeout=20)


@asynccontextmanager
async def traffic(line: Line, clients: list[str]) -> AsyncIterator[None]:
    """Sends all touches of these clients, a few at a time as long as the block runs; the rest at its end."""
    sent = [touch for client in clients for touch in touches(client)]
    random.Random(7).shuffle(sent)
    over = asyncio.Event()

    async def send() -> None:
        producer = Producer(line.kafka, client_id="traffic")
        for start in range(0, len(sent), 20):
            await producer.send(sent[start : start + 20])
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), PACE)
        await producer.close()

    sending = asyncio.create_task(send())
    try:
        yield
    finally:
        over.set()
        await sending


async def test_records_are_made_again_and_equal_while_traffic_goes_on(line: Line, command: Command) -> None:
    clients = [f"client-{n}" for n in range(CLIENTS)]
    others = [f"other-{n}" for n in range(CLIENTS)]
    line.start("worker")
    code, said = await command("rebuild", "--verify")
    assert (code, said.count("nothing has come yet")) == (0, 4), said
    await publish(line, *(touch for client in clients for touch in touches(client)))
    await become(line, expected(clients))
    await checkpointed(line)
    async with traffic(line, others):
        code, said = await command("rebuild", "--verify")
        assert (code, "4 shards are right" in said) == (0, True), said

        damage(line, *map(oid, clients[:3]))
        code, said = await command("rebuild", "--verify")
        assert (code, "1 different" in said, "1 missing" in said, "1 only in the store" in said) == (
            1,
            True,
            True,
            True,
        ), said
        code, said = await command("rebuild", "--yes")
        assert (code, "written" in said) == (0, True), said
    await become(line, expected(clients + others))
    code, said = await command("rebuild", "--verify")
    assert (code, "4 shards are right" in said) == (0, True), said
    code, said = await command("rebuild", "--verify", "--log-only")
    assert (code, "4 shards are right" in said) == (0, True), said
    line.stop("worker", patience=30)


def damage(line: Line, wrong: str, lost: str, _: str) -> None:
    """One record says something else, one is gone, one is nobody's."""
    with redis.Redis.from_url(line.redis) as client:
        for name in (wrong, lost):
            shard = topics.partition_of(name.encode(), 4)
            key = keys.part("lumiere", shard, name)
            if name == lost:
                client.delete(key)
                continue
            record = records.decode(client.get(key))
            records.own(record, "facts").visits += 1
            client.set(key, records.encode(record))
            client.set(
                keys.part("lumiere", topics.partition_of(b"n" * 16, 4), "n" * 16), records.encode(record)
            )


async def test_an_empty_store_is_filled_after_the_log_was_cut(line: Line, command: Command) -> None:
    clients = [f"client-{n}" for n in range(CLIENTS)]
    line.start("worker")
    no = event("client.consent", client_id="client-0", purpose="service", state="none")
    await publish(line, message(no, topics.DECLARATIONS, "client-0"))
    await publish(line, *(touch for client in clients for touch in touches(client, 0)))
    await become(
        line, {oid(client): (0, 0, 0, {}) for client in clients}
    )  # known before they come: a card waits
    await publish(line, *(touch for client in clients for touch in touches(client)))
    await become(line, expected(clients))
    await checkpointed(line)
    line.stop("worker", patience=30)
    with redis.Redis.from_url(line.redis) as client:
        waited, refused = timers(client), client.hgetall(keys.denial("lumiere", oid("client-0")))
        assert waited
        assert refused
        cut(line)
        client.flushall()
        line.start("worker")
        await become(line, expected(clients))
        assert client.hgetall(keys.denial("lumiere", oid("client-0"))) == refused
        with suppress(AssertionError):  # it would not say which
            await wait_until(lambda: timers(client).keys() >= waited.keys(), 10)
        assert not waited.keys() - timers(client).keys()
        ttl = client.ttl(
            keys.part("lumiere", topics.partition_of(oid("client-0").encode(), 4), oid("client-0"))
        )
        assert 0 < ttl <= 400 * 86_400
    code, said = await command("rebuild", "--verify")
    assert (code, "4 shards are right" in said) == (0, True), said
    more = [f"more-{n}" for n in range(4)]
    await publish(line, *(touch for client in more for touch in touches(client)))
    await become(line, expected(clients + more))
    line.stop("worker", patience=30)


@pytest.mark.parametrize("known", ["the group's offsets are there", "Kafka has forgotten them"])
async def test_a_store_of_yesterday_gets_from_its_checkpoint_what_the_log_has_lost(
    line: Line, known: str
) -> None:
    """A group that nobody was in for a week has no offsets any more: it begins where the log does."""
    before, since = [f"before-{n}" for n in range(12)], [f"since-{n}" for n in range(12)]
    line.start("worker")
    await publish(line, *(touch for client in before for touch in touches(client)))
    await become(line, expected(before))
    with redis.Redis.from_url(line.redis) as client:
        dumped = {name: client.dump(name) for name in client.scan_iter()}
        yesterday = {name: value for name, value in dumped.items() if value}  # what was on its way has gone
        await publish(line, *(touch for client in since for touch in touches(client)))
        await become(line, expected(before + since))
        await checkpointed(line)
        line.stop("worker", patience=30)
        cut(line)
        if known == "Kafka has forgotten them":
            with AdminClient({"bootstrap.servers": line.kafka}) as admin:
                for done in admin.delete_consumer_groups(["personalise"]).values():
                    done.result(timeout=20)
        client.flushall()
        for name, value in yesterday.items():
            client.restore(name, 0, value)
    line.start("worker")
    await become(line, expected(before + since))
    line.stop("worker", patience=30)


def timers(client: Any) -> dict[bytes, float]:
    return {
        member: due
        for bucket in client.keys("due{*}:[0-9]*")
        for member, due in client.zrange(bucket, 0, -1, withscores=True)
    }


@pytest.mark.prove
async def test_killed_twice_rebalanced_and_wiped_in_the_middle_the_records_are_whole(
    line: Line, command: Command
) -> None:
    clients = [f"client-{n}" for n in range(2 * CLIENTS)]
    line.start("worker")
    async with traffic(line, clients):
        await wait_until(lambda: stored(line.kafka, topics.CHECKPOINT), 20, "a first checkpoint", every=0.2)
        await asyncio.to_thread(line.restart, "worker")
        await asyncio.to_thread(line.start, "second")
        line.kill("worker")
        with redis.Redis.from_url(line.redis) as client:
            client.flushall()
        await asyncio.to_thread(line.start, "worker")
    await become(line, expected(clients))
    await checkpointed(line)
    code, said = await command("rebuild", "--verify")
    assert (code, "4 shards are right" in said) == (0, True), said
    assert_published(line, clients)
    line.stop("worker", "second", patience=30)


def assert_published(line: Line, clients: list[str]) -> None:
    """The checkpoint topic holds of each client the newest record, and nothing readable."""
    held: dict[str, Kept] = {}
    for record in stored(line.kafka, topics.CHECKPOINT):
        name, value = (record.key() or b"").decode(), record.value()
        assert b"lumiere" not in (value or b"")
        part = part_of(name)
        if part is not None and value is not None:
            held[part[1]] = opened(CIPHER, name, value, Kept)
    said = {
        name: records.slice_of(records.decode(kept.record), "facts").visits for name, kept in held.items()
    }
    assert said == {oid(client): VISITS for client in clients}


async def test_a_client_is_explained_from_the_log_and_says_so_where_it_was_cut(
    line: Line, command: Command
) -> None:
    card = {"client_id": "client-0", "card": "card-0"}
    lines = [{"sku": "bag-aurore", "quantity": 1, "amount": 5, "currency": "EUR"}]
    shown = event("store.purchase", who=card, order_id="by-card", channel="store", lines=lines)
    by_card = event("store.checkin", card="card-0", site="vendome", method="nfc")
    key = oid_of("lumiere", "card", "card-0", PEPPER.encode())
    line.start("worker")
    await publish(line, *touches("client-0"), message(shown, topics.PURCHASES, "client-0"))
    await publish(
        line,
        Message(
            topic=topics.CHECKINS,
            key=key.encode(),
            value=json.dumps(by_card | {"maison": "lumiere"}).encode(),
        ),
    )

    async def both() -> Any:
        code, said = await command("explain", oid("client-0"), "--json")
        told = json.loads(said) if code == 0 else {"parts": []}
        counts = [(_count(p, "facts.visits"), _count(p, "facts.purchases")) for p in told["parts"]]
        return counts == [(VISITS, VISITS + 1), (1, 0)] and told

    told = await wait_until(both, 30, "both parts explained", every=0.3)
    whole, by_card_alone = told["parts"]  # type: ignore[index]
    assert whole["values"]["facts.visits"] == VISITS
    assert [c["type"] for c in whole["made"]["facts.visits"]["events"]] == ["store.checkin"] * 3
    assert "facts" not in whole["differs"]
    assert by_card_alone["oid"] == key
    assert by_card_alone["made"]["facts.visits"]["events"][0]["topic"] == topics.CHECKINS
    code, said = await command("explain", oid("client-0"), "--by", "noe")
    assert (code, "Aline" in said) == (0, False)
    looks = [decode_entry(record.value()) for record in stored(line.kafka, topics.AUDIT)]
    [look] = [look for look in looks if isinstance(look, Viewed) and look.staff == "noe"]
    assert (look.parts, look.via, "facts.visits" in look.facts) == ([oid("client-0"), key], "record", True)
    line.stop("worker", patience=30)
    cut(line)
    code, said = await command("explain", oid("client-0"))
    assert (code, "events before the log's beginning count too" in said) == (0, True), said
    code, said = await command("explain", "a" * 16)
    assert (code, "has no client" in said) == (1, True), said


def _count(part: dict[str, Any], value: str) -> int:
    return int(part["made"].get(value, {"count": 0})["count"])


@pytest.mark.prove
async def test_a_newer_version_is_refused_in_words_and_a_checkpoint_can_be_done_without(
    line: Line, command: Command
) -> None:
    line.start("worker")
    await publish(line, *touches("client-0"))
    await become(line, expected(["client-0"]))
    await checkpointed(line)
    line.stop("worker", patience=30)
    with redis.Redis.from_url(line.redis) as client:
        name = keys.part("lumiere", topics.partition_of(oid("client-0").encode(), 4), oid("client-0"))
        record = msgspec.msgpack.decode(client.get(name))
        client.set(name, msgspec.msgpack.encode(record | {"v": records.VERSION + 1}))
        before = client.get(name)
        for asked in ("--verify", "--yes"):
            code, said = await command("rebuild", asked)
            assert (code, f"version {records.VERSION + 1}" in said, "upgrade" in said) == (1, True, True), (
                said
            )
        assert client.get(name) == before
        client.flushall()
    code, said = await command("rebuild", "--log-only", "--yes")
    assert (code, "0 parts written" in said) == (0, True), said
    line.start("worker")
    await become(line, expected(["client-0"]))
    line.stop("worker", patience=30)
