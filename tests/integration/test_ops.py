"""The ops endpoints of a process, over HTTP."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from streams import ops
from streams.metrics import Metrics
from streams.ops import Check, OpsError, OpsServer, start_ops


def says(sentence: str | None) -> Check:
    async def check() -> str | None:
        return sentence

    return check


async def get(server: OpsServer, path: str) -> tuple[int, dict[str, object]]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{server.port}{path}") as answer,
    ):
        return answer.status, await answer.json()


Start = Callable[[dict[str, Check]], Awaitable[OpsServer]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    servers: list[OpsServer] = []

    async def begin(checks: dict[str, Check]) -> OpsServer:
        servers.append(await start_ops(CollectorRegistry(), checks))
        return servers[-1]

    yield begin
    for server in servers:
        await server.close()


async def test_ready_is_200_when_every_check_is_fine(start: Start) -> None:
    server = await start({"redis": says(None), "assigned": says(None)})
    assert await get(server, "/ready") == (
        200,
        {"ready": True, "missing": "", "checks": {"redis": None, "assigned": None}},
    )


async def test_what_is_ready_is_told_to_whoever_reads_the_metrics_as_it_is_then() -> None:
    metrics, missing = Metrics(CollectorRegistry()), ["Redis does not answer."]

    async def redis() -> str | None:
        return missing[0] if missing else None

    server = await start_ops(metrics.registry, {"redis": redis}, told=metrics.ready)
    try:
        for ready in (0.0, 1.0):
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{server.port}/metrics") as answer,
            ):
                read = {f.name: f.samples for f in text_string_to_metric_families(await answer.text())}
            assert [sample.value for sample in read["prevenance_ready"]] == [ready]
            missing.clear()
    finally:
        await server.close()


async def test_ready_is_503_with_the_sentences_of_what_is_missing(start: Start) -> None:
    server = await start(
        {"redis": says("Redis does not answer."), "kafka": says(None), "assigned": says("No partition yet.")}
    )
    status, body = await get(server, "/ready")
    assert status == 503
    assert body["missing"] == "Redis does not answer. No partition yet."
    assert body["checks"] == {
        "redis": "Redis does not answer.",
        "kafka": None,
        "assigned": "No partition yet.",
    }


async def test_what_two_checks_miss_is_said_once(start: Start) -> None:
    silent = says("Kafka does not answer.")
    _, body = await get(await start({"start": silent, "kafka": silent, "redis": says(None)}), "/ready")
    assert body["missing"] == "Kafka does not answer."


async def test_a_check_that_hangs_is_a_failed_check_and_does_not_hide_the_others(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops, "PATIENCE", 0.05)

    async def hangs() -> str | None:
        await asyncio.Event().wait()
        return None

    status, body = await get(await start({"kafka": hangs, "redis": says(None)}), "/ready")
    assert status == 503
    assert body["checks"] == {"kafka": "The check kafka did not answer within 0.05 s.", "redis": None}


async def test_a_check_that_raises_tells_the_kind_of_error_and_no_secret(start: Start) -> None:
    async def raises() -> str | None:
        raise ConnectionError("redis://user:password@host refused")

    status, body = await get(await start({"redis": raises}), "/ready")
    assert (status, body["missing"]) == (503, "The check redis failed with ConnectionError.")


async def test_health_asks_for_progress_only(start: Start) -> None:
    away = await start({"redis": says("Redis does not answer."), "progress": says(None)})
    assert await get(away, "/health") == (200, {"alive": True, "missing": "", "checks": {"progress": None}})
    stuck = await start({"redis": says(None), "progress": says("Nothing was applied for 60 s.")})
    status, body = await get(stuck, "/health")
    assert (status, body["missing"]) == (503, "Nothing was applied for 60 s.")


async def test_the_checks_are_asked_at_each_request(start: Start) -> None:
    state: list[str | None] = ["Partitions are moving."]

    async def assigned() -> str | None:
        return state[0]

    server = await start({"assigned": assigned})
    assert (await get(server, "/ready"))[0] == 503
    state[0] = None
    assert (await get(server, "/ready"))[0] == 200


async def test_metrics_are_those_of_the_registry_given() -> None:
    ours, other = CollectorRegistry(), CollectorRegistry()
    Metrics(ours).events_total.labels("store.checkins", "applied").inc(480)
    Metrics(other).events_total.labels("web.clicks", "applied").inc(1)
    server = await start_ops(ours, {})
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{server.port}/metrics") as answer,
        ):
            assert answer.status == 200
            assert answer.headers["Content-Type"].startswith("text/plain")
            families = {f.name: f for f in text_string_to_metric_families(await answer.text())}
    finally:
        await server.close()
    (sample,) = [s for s in families["prevenance_events"].samples if s.name == "prevenance_events_total"]
    assert (sample.labels, sample.value) == ({"topic": "store.checkins", "outcome": "applied"}, 480)


async def test_a_taken_port_is_told_in_a_sentence(start: Start) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port = squatter.getsockname()[1]
        with pytest.raises(OpsError, match=rf"The ops port {port} on 127\.0\.0\.1 is taken"):
            await start_ops(CollectorRegistry(), {}, port=port)


async def test_close_frees_the_port_and_may_be_called_twice() -> None:
    first = await start_ops(CollectorRegistry(), {})
    await first.close()
    await first.close()
    second = await start_ops(CollectorRegistry(), {}, port=first.port)
    await second.close()
