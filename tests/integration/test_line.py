"""The line as it is run: processes, a real Kafka, a real Redis, and what goes wrong with them."""

import asyncio
import io
import json
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec
import pytest
import redis

from agents.learn import learn
from agents.registry import BY_MODEL
from feature_store import keys
from feature_store.learning import Head, decode_head
from feature_store.store import timer_of
from schemas.alerts import to_json
from schemas.codec import decode
from schemas.messages import Example, Examples, Outcome
from schemas.times import seconds
from schemas.who import oid_of
from streams.produce import Message, Producer
from streams.topic_admin import create_and_check
from streams.topics import partition_of
from tests.alerts import a_change
from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
from tests.clocks import zone_where_it_is
from tests.line import PEPPER, Line, oid
from tests.outside import Outside, event
from tests.reading import stored
from tests.waiting import wait_until

SESSION = 2.0


@pytest.fixture(scope="module")
def own_redis() -> Iterator[Redis]:
    with Redis() as server:
        yield server


@pytest.fixture(scope="module")
def line(mortal_kafka: Kafka, own_redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("line")
    mortal_kafka.wipe()
    with Line(mortal_kafka.bootstrap, own_redis.url, folder, session_timeout=SESSION) as line:
        line.start("gateway", "worker", "console", cold=True)
        yield line


@pytest.fixture
async def outside(line: Line, request: pytest.FixtureRequest) -> AsyncIterator[Outside]:
    """The world around a line whose every process runs, for one test; logs are shown if it fails."""
    line.ensure("gateway", "worker", "console")
    failed = request.session.testsfailed
    async with line.outside() as outside:
        yield outside
    if request.session.testsfailed > failed:
        line.show()


@asynccontextmanager
async def load(outside: Outside, name: str, every: float = 0.05) -> AsyncIterator[list[str]]:
    """Views of a client, ten a post, as long as the block; then their facts must be exact."""
    sent: list[str] = []

    async def pour() -> None:
        while True:
            views = [view(f"{name}-{i}") for i in range(10)]
            await outside.post(views)
            sent.extend(e["id"] for e in views)
            await outside.post(views[::3])  # a sender that missed the answer
            await asyncio.sleep(every)

    pouring = asyncio.create_task(pour())
    try:
        yield sent
        enough = len(sent) + 20
        await wait_until(lambda: pouring.done() or len(sent) >= enough, 60, "the load goes on")
    finally:
        pouring.cancel()
        finished = await asyncio.gather(pouring, return_exceptions=True)
    assert isinstance(finished[0], asyncio.CancelledError), finished
    # What was under way when the block ended may count or not: those sent for sure are the floor.
    for i in range(10):
        await exact(outside, f"{name}-{i}", len(sent) // 10)


async def exact(outside: Outside, client: str, views: int) -> None:
    async def right() -> bool:
        return (await outside.facts(client_id=client)).get("views") in (views, views + 1)

    await wait_until(right, 40, f"{client} has {views} views", every=0.2)


def view(client: str, **more: Any) -> dict[str, Any]:
    return event("web.view", client_id=client, session="s", sku="bag-aurore", **more)


def checkin(client: str, **more: Any) -> dict[str, Any]:
    return event("store.checkin", client_id=client, site="vendome", method="nfc", **more)


async def introduce(outside: Outside, *clients: str, **fields: Any) -> None:
    """The house knows them from now on: a check-in would overtake a profile sent with it."""
    fields = {"name": "Aline", **fields}
    await outside.post([event("client.profile", client_id=c, fields=fields) for c in clients])
    for client in clients:
        await outside.facts_become({"visits": 0}, client_id=client)


async def test_an_event_becomes_an_alert_over_all_processes(line: Line, outside: Outside) -> None:
    async with outside.hear("camille") as heard:
        await introduce(outside, "aline")
        await outside.post([checkin("aline")])
        alert = await outside.alert_of(oid("aline"))
        assert alert["action"] == "boutique_welcome"
        await wait_until(lambda: heard.of(alert["id"]), what="the alert on the stream")
        assert await outside.verdict(alert["id"], "claimed") == 200
        assert await outside.verdict(alert["id"], "claimed", "matteo") == 409
        await wait_until(lambda: len(heard.of(alert["id"])) == 2, what="the claim on the stream")
    assert heard.twice == []
    await outside.facts_become({"visits": 1}, client_id="aline")


POISON: dict[str, tuple[bytes | None, str]] = {
    "not JSON": (b"Aline Dupont", "not JSON"),
    "cut": (b'{"type":"web.view","id":"Aline', "not JSON"),
    "bad UTF-8": (b'{"type":"web.view","id":"\xff\xfe","source":"Aline"}', "not JSON"),
    "empty": (b"", "empty"),
    "nothing": (None, "empty"),
    "a list": (b'["Aline"]', "object"),
    "5 MB": (b'"Aline' + b"x" * 5_000_000 + b'"', "too large"),
    "10,000 deep": (b"[" * 10_000 + b"]" * 10_000, ""),
    "deep within data": (b'{"type":"web.view","data":' + b"[" * 10_000 + b"]" * 10_000 + b"}", ""),
    "NaN": (b'{"type":"web.view","id":NaN}', "not JSON"),
}


def _poison() -> dict[str, tuple[bytes | None, str]]:
    good = view("poison") | {"maison": "lumiere", "specversion": "1.0"}
    named = {
        "wrong schema": good | {"type": "store.checkin"},
        "unknown type": good | {"type": "Aline.Dupont"},
        "specversion 2.0": good | {"specversion": "2.0"},
        "wrong maison": good | {"maison": "Aline"},
        "nobody": good | {"data": {"who": {}, "session": "s"}},
        "a name for a number": good
        | {"type": "store.purchase", "data": {"who": {"client_id": "p"}, "order_id": "o", "channel": "store",
           "lines": [{"sku": "a", "quantity": "Aline", "amount": 1, "currency": "EUR"}]}},
    }  # fmt: skip
    reasons = ("site", "type", "specversion", "maison", "who", "quantity")
    return POISON | {
        name: (json.dumps(e).encode(), reason)
        for (name, e), reason in zip(named.items(), reasons, strict=True)
    }


async def test_poison_is_set_aside_with_its_reason_and_nothing_stalls(line: Line, outside: Outside) -> None:
    poison = _poison()
    key = oid("poison").encode()
    good = view("poison") | {"maison": "lumiere"}
    astray = view("poison") | {"maison": "lumiere"}
    producer = Producer(line.kafka, client_id="poison")
    try:
        await producer.send(
            [
                *(Message(topic="web.clicks", key=key, value=value) for value, _ in poison.values()),
                Message(topic="web.clicks", key=b"nobody", value=json.dumps(astray).encode()),
                Message(topic="web.clicks", key=key, value=json.dumps(good).encode()),
            ]
        )
        sent = time.monotonic()
        await outside.facts_become({"views": 2}, client_id="poison", deadline=2.0)
        assert time.monotonic() - sent < 2.0
    finally:
        await producer.close()

    dead = await outside.dead_letters()
    assert len(dead) == len(poison)
    for letter, (value, reason) in zip(sorted(dead, key=_offset), poison.values(), strict=True):
        headers = {name: value.decode() for name, value in letter.headers() or ()}
        assert letter.value() == value
        assert letter.key() == key
        assert reason in headers["reason"]
        assert "Aline" not in headers["reason"]
        assert headers["stage"] == "personalise"
        assert headers["topic"] == "web.clicks"
        assert headers["partition"] == str(partition_of(key, 4))
        assert headers["offset"].isdecimal()


def _offset(letter: Any) -> int:
    return int(dict(letter.headers())["offset"])


YEARS_AHEAD = 5 * 365 * 86_400


async def test_a_place_that_is_none_and_a_time_to_come_are_told_the_sender(outside: Outside) -> None:
    lately, to_come = time.time() - 365 * 86_400, time.time() + YEARS_AHEAD
    sent = [
        checkin("door", at=lately),
        checkin("door") | {"data": {**checkin("door")["data"], "site": "Vendome"}},
        checkin("door", at=to_come),
        checkin("door", at=time.time() + 86_400),
    ]
    answer = await outside.answered(sent)
    assert answer["accepted"] == 2
    assert [(r["id"], r["reason"].partition(":")[0]) for r in answer["rejected"]] == [
        (sent[1]["id"], "data.site"),
        (sent[2]["id"], "time"),
    ]
    await outside.facts_become({"visits": 2}, client_id="door")


async def test_what_says_so_past_the_gateway_is_heard_by_the_house_and_is_of_now(
    line: Line, outside: Outside
) -> None:
    await introduce(outside, "astray")
    came = checkin("astray", at=time.time() + YEARS_AHEAD) | {"maison": "lumiere"}
    came["data"]["site"] = "Vendome"
    producer = Producer(line.kafka, client_id="astray")
    try:
        value = json.dumps(came).encode()
        await producer.send([Message(topic="store.checkins", key=oid("astray").encode(), value=value)])
    finally:
        await producer.close()
    card = await outside.alert_of(oid("astray"))
    assert (card["action"], card["for"]["team"]) == ("boutique_welcome", "client-service")
    assert abs(seconds(card["valid_to"]) - time.time() - 45 * 60) < 60
    client = await outside.client(client_id="astray")
    assert client is not None
    assert (client["facts"]["visits"], client["features"]["recency"]["visit_days"] > 0) == (1, True)


async def test_time_closes_wakes_and_escalates_what_people_leave(line: Line, outside: Outside) -> None:
    await introduce(outside, "expires", "snoozes", "escalates")
    await introduce(outside, "carts", advisor="camille", timezone=zone_where_it_is(12))
    lately = time.time() - 45 * 60 + 4
    await outside.post(
        [
            *(
                event("client.consent", client_id="carts", purpose=purpose, state="all")
                for purpose in ("one_to_one", "profiling")
            ),
            checkin("expires", at=lately),
            checkin("snoozes"),
            checkin("escalates"),
            event("web.cart", client_id="carts", session="s", sku="bag-aurore", at=time.time() - 31 * 60),
        ]
    )
    async with outside.hear("camille") as heard:
        ids = {
            name: (await outside.alert_of(oid(name)))["id"]
            for name in ("expires", "snoozes", "escalates", "carts")
        }
        until = time.time() + 2
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(until))
        assert await outside.verdict(ids["snoozes"], "snoozed", until=stamp) == 200
        _due_now(line.redis, f"escalate1:{ids['escalates']}")

        def last(name: str) -> dict[str, Any]:
            told = heard.of(ids[name])
            return told[-1].data if told else {}

        await wait_until(lambda: last("expires").get("status") == "expired", what="an alert expires")
        await wait_until(lambda: last("escalates").get("escalated") == 2, what="an alert escalates twice")
        await wait_until(lambda: "snoozed" in [h.data["status"] for h in heard.of(ids["snoozes"])])
        await wait_until(lambda: last("snoozes").get("status") == "claimed", what="a snooze ends")
        assert last("carts")["action"] == "abandoned_cart"
    assert heard.twice == []


def _due_now(url: str, name: str) -> None:
    """Escalation counts from when it was said, so its timer is brought forward where it waits."""
    with redis.Redis.from_url(url) as client:
        for bucket in client.keys("due{*}:[0-9]*"):
            for member in client.zrange(bucket, 0, -1):
                if timer_of(member.decode(), 0.0).name == name:
                    client.zadd(bucket, {member: time.time()})
                    client.zadd(bucket.partition(b":")[0], {bucket: time.time()})
                    return
    raise AssertionError(f"no timer {name}")


async def test_a_second_worker_takes_its_share_and_a_stopped_one_leaves_nothing_undone(
    line: Line, outside: Outside
) -> None:
    async with load(outside, "shared") as sent:
        line.start("worker-2")
        before = len(sent)
        await wait_until(lambda: len(sent) > before + 50, 30)
        began = time.monotonic()
        assert line.stop("worker", patience=20) == [0]
        assert time.monotonic() - began < 10
        before = len(sent)
        await wait_until(lambda: len(sent) > before + 50, 30)
    assert await outside.metric("worker-2", "prevenance_events_total", outcome="applied") > 0
    assert await outside.metric("worker-2", "prevenance_events_total", outcome="skipped") == 0


async def test_a_zombie_changes_nothing(line: Line, outside: Outside) -> None:
    line.ensure("worker-2")
    async with load(outside, "zombie", every=0.0) as sent:
        before = len(sent)
        await wait_until(lambda: len(sent) > before + 100, 30)
        line["worker-2"].signal(signal.SIGSTOP)
        others = await outside.metric("worker", "prevenance_rebalances_total")
        await wait_until(lambda: _more_rebalances(outside, others), 30, "its partitions are given away")
        before = len(sent)
        await wait_until(lambda: len(sent) > before + 200, 30)
        line["worker-2"].signal(signal.SIGCONT)
        before = len(sent)
        await wait_until(lambda: len(sent) > before + 200, 30)
    assert line.stop("worker-2", patience=20) == [0]


async def _more_rebalances(outside: Outside, than: float) -> bool:
    return await outside.metric("worker", "prevenance_rebalances_total") > than


async def crowd(line: Line) -> None:
    """Fifty need the client service at once: an interruption costs 0.028, and two alerts are worth less."""
    given: dict[str, Any] = {"site": None, "now": time.time()}
    changes = [a_change(f"crowd-{n}", **given) for n in range(50)]
    changes += [a_change("spared", worth=0.0, **given)]
    changes += [a_change("waits", worth=0.0275, hold_or_drop="hold", **given)]
    producer = Producer(line.kafka, client_id="crowd")
    await producer.send(
        [Message(topic="alerts", key=b"lumiere/client-service", value=to_json(one)) for one in changes]
    )
    await producer.close()


async def test_what_is_killed_under_load_neither_loses_nor_repeats(line: Line, outside: Outside) -> None:
    await introduce(outside, "killed")
    async with outside.hear("camille") as heard, load(outside, "killed", every=0.0) as sent:
        before = len(sent)
        await wait_until(lambda: len(sent) > before + 60, 30)
        await outside.post([checkin("killed")])
        await crowd(line)
        line.kill("worker", "gateway")
        line.start("worker", "gateway")
        alert = await outside.alert_of(oid("killed"))
        await wait_until(lambda: heard.of(alert["id"]), what="the alert on the stream")
        await wait_until(lambda: heard.of("waits"), 30, "what waited, when it can be afforded")
    assert heard.twice == heard.of("spared") == []
    told = [decode(m.value()) for m in stored(line.kafka, "staff.feedback") if b"withheld" in m.value()]
    assert {(e.id, e.data.alert) for e in told} == {(told[0].id, "spared")}


async def test_a_learner_killed_in_the_middle_ends_with_the_very_same_weights(
    line: Line, outside: Outside
) -> None:
    welcomed = iter(range(100))

    async def confidence() -> float:
        client = f"scored-{next(welcomed)}"
        await introduce(outside, client)
        await outside.post([checkin(client)])
        told: float = (await outside.alert_of(oid(client)))["confidence"]
        return told

    before, draw = await confidence(), random.Random(7)
    producer = Producer(line.kafka, client_id="examples")
    try:
        for n in range(60):
            await producer.send([_examples(n, draw)])
            if n == 30:
                await wait_until(lambda: _head(line.redis).learned > 100, 20, "the learner is at work")
                line.kill("worker")
                line.start("worker", wait=False)
    finally:
        await producer.close()
    told = [
        (record.offset(), msgspec.json.decode(record.value() or b"", type=Examples))
        for record in await asyncio.to_thread(stored, line.kafka, "model.examples")
    ]
    log = [(offset, examples) for offset, examples in told if examples.model == "acceptance"]
    expected = learn(BY_MODEL["acceptance"], Head(""), log, {}).head
    await wait_until(lambda: _head(line.redis).offset == expected.offset, 40, "all is learned")
    learned = _head(line.redis)
    assert learned.learned == expected.learned > 500
    assert learned.state == expected.state
    assert learned.loss == expected.loss

    line["worker"].wait_ready()

    async def changed() -> bool:
        return await confidence() != before

    await wait_until(changed, 20, "a worker scores with what was learned", every=0.5)


def _examples(n: int, draw: random.Random) -> Message:
    """Twenty decisions, and the outcomes of the twenty before."""
    items: list[Example | Outcome] = [
        Example(decision=f"d{n}-{i}", x={"urgency": draw.random(), "present": draw.random()}, at=0.0)
        for i in range(20)
    ]
    items += [Outcome(decision=f"d{n - 1}-{i}", y=draw.choice((0, 1, None)), at=0.0) for i in range(20)]
    told = Examples(maison="lumiere", model="acceptance", items=items)
    return Message(topic="model.examples", key=b"lumiere/acceptance", value=msgspec.json.encode(told))


def _head(url: str) -> Head:
    with redis.Redis.from_url(url) as client:
        return decode_head(client.hget(keys.model("lumiere", "acceptance"), "head") or b"", "")


async def test_a_store_that_comes_back_empty_is_filled_again_from_the_log(
    line: Line, own_redis: Redis, outside: Outside
) -> None:
    await outside.post(
        [
            event("client.profile", who={"client_id": "empty", "card": "k-empty"}, fields={"name": "Aline"}),
            view("empty"),
        ]
    )
    await wait_until(lambda: outside.client(card="k-empty"), what="the card is linked")
    await outside.post([event("store.checkin", card="k-empty", site="vendome", method="nfc")])
    await outside.facts_become({"views": 1, "visits": 1}, client_id="empty")
    async with outside.hear("camille") as heard:
        await wait_until(lambda: len(heard.told) > 0)
        async with load(outside, "empty"):
            own_redis.kill()
            own_redis.start()
        await outside.facts_become({"views": 1, "visits": 1}, client_id="empty")
        alert = await outside.alert_of(oid_of("lumiere", "card", "k-empty", PEPPER.encode()))
        assert alert["client"]["name"] == "Aline"
        await wait_until(lambda: heard.of(alert["id"]), what="the feed starts over")
    assert heard.twice == []
    assert line["worker"].running


async def test_a_gateway_is_ready_without_redis_for_it_takes_all_but_consents(
    line: Line, own_redis: Redis, outside: Outside
) -> None:
    own_redis.kill()
    try:
        assert await asyncio.to_thread(line["gateway"].ready)
        arrives = event("store.checkin", client_id="meanwhile", site="vendome", method="nfc")
        withdraws = event("client.consent", client_id="meanwhile", purpose="service", state="none")
        assert (await outside.answered([arrives]))["accepted"] == 1
        assert await outside.offered(io.BytesIO(json.dumps([withdraws]).encode())) == 503
    finally:
        own_redis.start()
    await outside.facts_become({"visits": 1}, client_id="meanwhile")


async def test_a_console_is_ready_while_redis_reads_though_it_can_not_write(
    line: Line, own_redis: Redis, outside: Outside
) -> None:
    """Of one that was out of the balancer nobody saw any card, wherever Redis' disk was full."""
    with redis.Redis.from_url(own_redis.url) as client:

        async def saved(how: str) -> bool:
            return bool(client.info("persistence")["rdb_last_bgsave_status"] == how)

        try:
            with own_redis.full_disk():
                client.bgsave()
                await wait_until(partial(saved, "err"), what="it can't write")
                assert (await outside.probed("console", "/ready"))[0] == 200
                status, told = await outside.probed("worker", "/ready")
                assert (status, "can't write to its disk" in told["missing"]) == (503, True)
        finally:
            client.bgsave()
            await wait_until(partial(saved, "ok"), what="it writes again")
    assert (await outside.probed("worker", "/ready"))[0] == 200


async def test_who_starts_while_kafka_and_redis_are_away_waits_for_both(
    line: Line, mortal_kafka: Kafka, own_redis: Redis, outside: Outside
) -> None:
    """As one that runs does: nobody has to start it again, who may wait minutes with that."""
    names = ("gateway", "worker", "console")
    line.stop(*names)
    said = {name: line[name].log.stat().st_size for name in names}

    def waits(name: str, server: str) -> bool:
        assert line[name].running, line[name].tail()
        return f"prevenance: waits: {server}".encode() in line[name].log.read_bytes()[said[name] :]

    mortal_kafka.kill()
    own_redis.kill()
    try:
        try:
            line.start(*names, wait=False)
            for name in names:
                await wait_until(partial(waits, name, "Kafka at"), 40, f"the {name} says it waits for Kafka")
                assert (await outside.probed(name, "/health"))[0] == 200
                status, told = await outside.probed(name, "/ready")
                assert (status, told["missing"].count("Kafka at")) == (503, 1)
            assert line.stop("console", patience=5.0) == [0]
        finally:
            mortal_kafka.start()
        line.start("console", wait=False)
        await asyncio.to_thread(line["gateway"].wait_ready)
        await wait_until(partial(waits, "worker", "Redis"), 40, "the worker says it waits for Redis")
        assert line.stop("worker", patience=5.0) == [0]
        line.start("worker", wait=False)
    finally:
        own_redis.start()
    for name in names:
        await asyncio.to_thread(line[name].wait_ready)
    await outside.post([checkin("awaited")])
    await outside.facts_become({"visits": 1}, client_id="awaited")


async def test_a_redis_that_stands_still_is_told_in_one_line_before_patience_ends(
    line: Line, own_redis: Redis
) -> None:
    def lines() -> list[str]:
        return [told for told in line["worker"].log.read_text().splitlines() if "kept up with" in told]

    before = len(lines())
    os.kill(own_redis.pid, signal.SIGSTOP)
    try:
        await wait_until(lambda: len(lines()) > before, 30, "the outage is told")
    finally:
        os.kill(own_redis.pid, signal.SIGCONT)
    await wait_until(lambda: len(lines()) > before + 1, 30, "its end is told")
    first, last = lines()[before:]
    assert "Redis did not answer" in first
    assert last.endswith("all can be kept up with again")


async def test_a_broker_that_restarts_is_waited_for(
    line: Line, mortal_kafka: Kafka, outside: Outside
) -> None:
    async with load(outside, "waited"):
        mortal_kafka.restart()
    assert line["worker"].running
    assert line["gateway"].running
    await introduce(outside, "after")
    await outside.post([checkin("after")])
    await outside.alert_of(oid("after"))


async def test_a_worker_that_does_not_reach_kafka_says_so_in_few_words_and_no_more_that_nothing_waits(
    line: Line, mortal_kafka: Kafka, outside: Outside
) -> None:
    """Where only workers are cut off, a lag of 0 would be all that anybody is told of it."""
    worker = line["worker"]

    async def told() -> bool:
        return "prevenance_lag{" in await outside.metrics("worker")

    await wait_until(told, 20, "the lag is told")
    size = worker.log.stat().st_size
    mortal_kafka.kill()
    try:
        await wait_until(lambda: asyncio.to_thread(lambda: not worker.ready()), 30, "it is not ready")

        async def silent() -> bool:
            return not await told()

        await wait_until(silent, 30, "the lag is told no more")
        assert worker.running
    finally:
        mortal_kafka.start()
    said = worker.log.read_bytes()[size:]
    assert said.count(b"\n") < 100, said[-2000:]
    await wait_until(lambda: asyncio.to_thread(worker.ready), 30, "it reaches Kafka again")
    await wait_until(told, 20, "the lag is told again")


@pytest.mark.usefixtures("outside")
async def test_a_gateway_to_which_nobody_sends_is_ready_again_when_kafka_is(
    line: Line, mortal_kafka: Kafka
) -> None:
    """Out of the balancer it is sent nothing, and what it sends cannot be what tells it."""
    ready = line["gateway"].ready
    mortal_kafka.kill()
    try:
        await wait_until(lambda: asyncio.to_thread(lambda: not ready()), 30, "it tells that Kafka is away")
    finally:
        mortal_kafka.start()
    await wait_until(lambda: asyncio.to_thread(ready), 30, "it tells that Kafka is back")


def test_a_store_of_another_log_is_refused_with_a_sentence(line: Line, mortal_kafka: Kafka) -> None:
    line.kill("gateway", "worker", "console")
    mortal_kafka.wipe()
    create_and_check(mortal_kafka.bootstrap, partitions=4, replication=1)
    line.start("worker", wait=False)
    assert line["worker"].left(30) not in (0, -9)
    assert "belongs to log" in line["worker"].tail()
