"""What a line tells those who watch it: one trace from a request to a verdict, and logs; nobody by name."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from schemas.events import EVENTS
from streams.produce import Message, Producer
from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
from tests.collector import Collected, Collector
from tests.line import Line, oid
from tests.outside import WRITE_KEY, Outside, event
from tests.samples import EVENT_SAMPLES
from tests.waiting import wait_until

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SAMPLED = {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": "shop=till-7"}
SERVICES = ("gateway", "worker", "console")
STEPS = [
    ("prevenance-gateway", "POST /v1/events"),
    ("prevenance-gateway", "send store.checkins"),
    ("prevenance-worker", "process store.checkins"),
    ("prevenance-worker", "process alerts"),
    ("prevenance-console", "show alert"),
    ("prevenance-console", "POST /v1/alerts/{id}/{verdict}"),
    ("prevenance-console", "send staff.feedback"),
    ("prevenance-worker", "process staff.feedback"),
]


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector


@pytest.fixture(scope="module")
def line(
    empty_kafka: Kafka, collector: Collector, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Line]:
    told = {
        "PREVENANCE_OTLP": collector.url,
        "PREVENANCE_LOG": "json",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "PREVENANCE_WRITE_KEYS": f"lumiere:{WRITE_KEY},lumiere:page:web",
    }
    folder = tmp_path_factory.mktemp("line")
    with (
        Redis() as redis,
        Line(empty_kafka.bootstrap, redis.url, folder, environ_of=lambda _: told, verbose=True) as line,
    ):
        line.start(*SERVICES)
        yield line


@pytest.fixture
async def outside(line: Line) -> AsyncIterator[Outside]:
    line.ensure(*SERVICES)
    async with line.outside() as outside:
        yield outside


async def post(line: Line, body: Any, key: str = WRITE_KEY, path: str = "/v1/events", **headers: str) -> int:
    url = f"http://127.0.0.1:{line['gateway'].port}{path}"
    said = {"Authorization": f"Bearer {key}", "Content-Type": "application/cloudevents+json", **headers}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with aiohttp.ClientSession() as session, session.post(url, data=data, headers=said) as answer:
        return answer.status


async def collected(collector: Collector, trace: str, *names: str) -> list[Collected]:
    """The spans of a trace, once those of these names are there: each process sends its own in its time."""

    def there() -> list[Collected] | None:
        spans = collector.spans(trace)
        return spans if {span.name for span in spans}.issuperset(names) else None

    found: Any = await wait_until(there, 20, f"{names} of {trace} are collected")
    return list(found)


async def test_one_trace_leads_from_the_request_to_the_verdict(
    line: Line, outside: Outside, collector: Collector
) -> None:
    await outside.post([event("client.profile", client_id="traced", fields={"name": "Aline"})])
    await outside.facts_become({"visits": 0}, client_id="traced")
    async with outside.hear("camille") as heard:
        checkin = event("store.checkin", client_id="traced", site="vendome", method="nfc")
        assert await post(line, checkin, **SAMPLED) == 202
        alert = await outside.alert_of(oid("traced"))
        await wait_until(lambda: heard.of(alert["id"]), what="the alert on the stream")
        assert "trace_context" not in alert | heard.of(alert["id"])[0].data
        await collected(collector, TRACE, "show alert")
        assert await outside.verdict(alert["id"], "accepted") == 200
    names = [name for _, name in STEPS]
    spans = await collected(collector, TRACE, *names)
    assert [(span.service, span.name) for span in spans] == STEPS
    parents = {span.name: span.parent for span in spans}
    ids = {span.name: span.id for span in spans}
    assert parents["process store.checkins"] == ids["send store.checkins"]
    assert parents[names[0]] == SPAN
    assert {parents[n] for n in ("process alerts", "show alert", names[5])} == {ids["process store.checkins"]}
    assert parents["process staff.feedback"] == ids["send staff.feedback"]
    assert {span.state for span in spans} == {SAMPLED["tracestate"]}
    about = [span.said for span in spans if "prevenance.alert" in span.said]
    assert {(said["prevenance.alert"], said["prevenance.action"]) for said in about} == {
        (alert["id"], "boutique_welcome")
    }
    assert len(about) == 3
    assert not any(span.failed for span in spans)


async def test_only_what_a_server_has_sampled_is_traced(
    line: Line, outside: Outside, collector: Collector
) -> None:
    def view(client: str) -> dict[str, Any]:
        return event("web.view", client_id=client, session="s", sku="bag-aurore")

    def at(trace: str, flags: str = "01") -> dict[str, str]:
        return {"traceparent": f"00-{trace * 32}-{SPAN}-{flags}"}

    assert await post(line, view("unsampled"), **at("a", "00")) == 202
    assert await post(line, view("page"), key="page", **at("b")) == 202
    assert await post(line, view("untraced")) == 202
    assert await post(line, view("sampled"), **at("c")) == 202
    await collected(collector, "c" * 32, "process web.clicks")
    assert {span.trace for span in collector.spans()} <= {TRACE, "c" * 32}


PLANTED = ("Aurélie Planté", "Plante-Secret", "aurelie.plante@example.org", "+33655443322", "un mot tout bas")
"""A name, another, an address, a number, words."""


def planted(value: Any) -> Iterator[Any]:
    """The value with each of its words replaced in turn: where that is right, and where it breaks it."""
    if isinstance(value, dict):
        for name, within in value.items():
            yield from ({**value, name: other} for other in planted(within))
        yield {**value, PLANTED[1]: PLANTED[0]}
    elif isinstance(value, list):
        for index, within in enumerate(value):
            yield from ([*value[:index], other, *value[index + 1 :]] for other in planted(within))
    elif isinstance(value, str):
        yield from PLANTED
    else:
        yield PLANTED[2]


def broken() -> list[dict[str, Any]]:
    """Every event there is, with every word of its data replaced by what nobody may read in a log."""
    samples = [json.loads(path.read_bytes()) for path in EVENT_SAMPLES.values()]
    made = [{**sample, "data": data} for sample in samples for data in planted(sample["data"])]
    return [{**one, "id": f"planted-{index}"} for index, one in enumerate(made)]


async def test_no_process_logs_or_traces_what_a_client_is_called_or_says(
    line: Line, outside: Outside, collector: Collector
) -> None:
    events = broken()
    assert {one["type"] for one in events} == set(EVENTS)
    url = f"http://127.0.0.1:{line['gateway'].port}/v1/events"
    said = {
        "Authorization": f"Bearer {WRITE_KEY}",
        "Content-Type": "application/cloudevents-batch+json",
        "traceparent": f"00-{'d' * 32}-{SPAN}-01",
    }
    async with aiohttp.ClientSession(headers=said) as session:
        for start in range(0, len(events), 200):
            async with session.post(url, json=events[start : start + 200]) as answer:
                assert answer.status == 200, await answer.text()
        for body in (b'{"name": "Aur\xc3\xa9lie Plant\xc3\xa9', b"[" * 5000, json.dumps(PLANTED).encode()):
            async with session.post(f"{url}?email={PLANTED[2]}", data=body) as answer:
                assert answer.status < 500
        async with session.get(
            f"http://127.0.0.1:{line['console'].port}/{PLANTED[1]}/{PLANTED[2]}"
        ) as answer:
            assert answer.status == 404
    await past_the_gateway(line, events)
    await outside.post([event("store.checkin", card="last", site="vendome", method="nfc")])
    await outside.facts_become({"visits": 1}, card="last")
    await wait_until(outside.dead_letters, 20, "what was broken is set aside")
    await collected(collector, "d" * 32, "process client.declarations")
    assert line.stop(*SERVICES, patience=20) == [0, 0, 0]
    for name in SERVICES:
        logged = line[name].log.read_text()
        lines = [json.loads(one) for one in logged.splitlines()]
        assert {one["from"] for one in lines} > {"prevenance"} or name != "worker", name
        assert [secret for secret in PLANTED if secret in logged] == []
    sent = b"".join(collector.bodies)
    assert [secret for secret in PLANTED if secret.encode() in sent] == []


async def past_the_gateway(line: Line, events: list[dict[str, Any]]) -> None:
    """The same by somebody who writes to Kafka: nothing sealed, whatever key; and what is no event at all."""
    headers = [(name, value.encode()) for name, value in SAMPLED.items()]
    told = [(EVENTS[one["type"]].topic, json.dumps(one, ensure_ascii=False).encode()) for one in events]
    told += [(topic, value[: len(value) // 2]) for topic, value in told]
    others = ("alerts", "identity.links", "model.examples", "client.keys")
    told += [(topic, value) for topic in others for _, value in told[::9]]
    producer = Producer(line.kafka, client_id="past the gateway")
    await producer.send(
        [
            Message(topic=topic, key=PLANTED[n % len(PLANTED)].encode(), value=value, headers=headers)
            for n, (topic, value) in enumerate(told)
        ]
    )
    await producer.close()
