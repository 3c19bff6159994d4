"""A running line is watched: it shows what rules and dashboards ask for, and tells how late it is."""

import asyncio
import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from confluent_kafka import Producer
from prometheus_client.parser import text_string_to_metric_families

from streams import topics
from streams.topics import CHECKINS
from tests import promql
from tests.brokers import prometheus
from tests.brokers.kafka import Kafka
from tests.brokers.prometheus import Prometheus
from tests.line import Line, oid
from tests.outside import Outside, event
from tests.waiting import wait_until
from tests.watched import ALERTS, KNOWN, OURS, SCRAPED, expressions

NAMES = ("gateway", "worker", "console")


@pytest.fixture(scope="module")
def line(empty_kafka: Kafka, empty_redis: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with Line(empty_kafka.bootstrap, empty_redis, tmp_path_factory.mktemp("line")) as line:
        line.start(*NAMES)
        yield line


def checkin(client: str) -> dict[str, Any]:
    return event("store.checkin", client_id=client, site="vendome", method="nfc")


async def introduce(outside: Outside, client: str) -> None:
    await outside.post([event("client.profile", client_id=client, fields={"name": "Aline"})])
    await wait_until(lambda: outside.client(client_id=client), 20, "the house knows them")


async def welcome(outside: Outside, client: str) -> None:
    """Somebody comes in, Camille's open page tells it, and she accepts."""
    await introduce(outside, client)
    async with outside.hear() as camille:
        await wait_until(lambda: listens(outside), 10, "the page listens")
        await outside.post([checkin(client)])
        alert = await outside.alert_of(oid(client))
        await wait_until(lambda: camille.of(alert["id"]), 20, "the page tells it")
    assert await outside.verdict(alert["id"], "accepted") == 200


async def shown(outside: Outside, **labels: str) -> float:
    return await outside.metric(
        "console",
        f"prevenance_event_to_alert_seconds_{'bucket' if labels else 'count'}",
        stage="shown",
        **labels,
    )


def shows(line: Line) -> dict[str, set[str]]:
    """Every series that the processes show -> its labels; empty while it has no sample."""
    found: dict[str, set[str]] = {}
    suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "info": ["_info"]}
    for name in NAMES:
        with urllib.request.urlopen(f"http://127.0.0.1:{line[name].ops_port}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        for family in text_string_to_metric_families(text):
            for suffix in suffixes.get(family.type, [""]):
                found.setdefault(family.name + suffix, set())
            for sample in family.samples:
                found.setdefault(sample.name, set()).update(sample.labels)
    return found


async def test_a_running_line_shows_all_that_is_asked_for(line: Line) -> None:
    async with line.outside() as outside:
        await welcome(outside, "watched-1")
        await outside.post([event("web.view", client_id="watched-1", session="s", sku="bag-aurore")])
        await wait_until(lambda: len(sampled(shows(line))) > 20, 10, "what is counted once it has happened")
        running = shows(line)
    for where, expr in expressions().items():
        for name, matched in promql.asked(expr):
            if name in OURS:
                assert name in running, (where, name)
                assert not running[name] or matched.keys() <= running[name] | SCRAPED, (where, name)
    for name in sampled(running):
        assert running[name] | SCRAPED == KNOWN[name], name


def sampled(running: Mapping[str, set[str]]) -> list[str]:
    """Those of our metrics that have a value with labels."""
    return [name for name, labels in running.items() if labels and name in OURS]


async def test_prometheus_reads_the_line_and_answers_every_panel_and_rule(
    line: Line, say: Callable[[str], None]
) -> None:
    if (why_not := prometheus.available()) is not None:
        say(f"DASHBOARDS NOT ASKED OF A REAL PROMETHEUS: {why_not}")
        pytest.skip(why_not)
    with Prometheus({name: [line[name].ops_port] for name in NAMES}) as watch:
        up = "count(up{job=~'gateway|worker|console'} == 1) == 3"
        await wait_until(lambda: asyncio.to_thread(watch.query, up), 30, "all are scraped")
        for expr in expressions().values():
            await asyncio.to_thread(watch.query, promql.settled(expr))

        async def nobody_is_missed() -> bool:
            missed = (ALERTS[name]["expr"] for name in ("NoWorker", "NoGateway", "NoConsole"))
            return not await asyncio.to_thread(watch.query, " or ".join(missed))

        await wait_until(nobody_is_missed, 30, "every topic has its worker")


async def test_an_event_that_waited_in_kafka_is_told_as_late(line: Line) -> None:
    async with line.outside() as outside:
        await introduce(outside, "late-1")
        before, in_time = await shown(outside), await shown(outside, le="1.0")
        async with outside.hear() as camille:
            await wait_until(lambda: listens(outside), 10, "the page listens")
            stored(line, checkin("late-1"), ago=10.0)
            alert = await outside.alert_of(oid("late-1"))
            await wait_until(lambda: camille.of(alert["id"]), 20, "the page tells it")
        assert await shown(outside) > before
        assert await shown(outside, le="1.0") == in_time
        assert await outside.metric("worker", "prevenance_events_late_total", topic="store.checkins") == 1


async def test_a_worker_counts_from_nought_what_it_will_be_late_with(line: Line) -> None:
    """Else all that a worker that starts again is late with at once is no increase, and nobody is told."""
    line.start("worker-2")
    async with line.outside() as outside:
        told = await outside.metrics("worker-2")
    line.stop("worker-2")
    for topic in topics.TIERS:
        assert f'prevenance_events_late_total{{topic="{topic}"}} 0.0' in told
        assert f'prevenance_events_total{{outcome="applied",topic="{topic}"}} 0.0' in told


async def test_a_timer_that_an_old_event_sets_is_not_late(line: Line) -> None:
    async def rung(kind: str = "count", **labels: str) -> float:
        return await outside.metric("worker", f"prevenance_timers_late_seconds_{kind}", **labels)

    async with line.outside() as outside:
        await introduce(outside, "old-1")
        before = await rung()

        async def one_more() -> bool:
            return await rung() > before

        long_ago = time.time() - 30 * 86_400
        cart = {"session": "s", "sku": "bag-aurore", "quantity": 1}
        await outside.post([event("web.cart", at=long_ago, client_id="old-1", **cart)])
        await wait_until(one_more, 20, "the timer of a cart left a month ago is rung")
        assert await rung("bucket", le="60.0") == await rung()


def stored(line: Line, sent: dict[str, Any], ago: float) -> None:
    """An event that Kafka has had for so many seconds when a worker comes to it."""
    producer = Producer({"bootstrap.servers": line.kafka, "partitioner": "murmur2_random"})
    value = json.dumps(sent | {"maison": "lumiere"}).encode()
    at = int((time.time() - ago) * 1000)
    producer.produce(CHECKINS, value, oid(sent["data"]["who"]["client_id"]).encode(), timestamp=at)
    assert producer.flush(10) == 0


async def listens(outside: Outside) -> bool:
    return await outside.metric("console", "prevenance_sse_listeners") >= 1
