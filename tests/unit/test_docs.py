"""`/docs` and `/openapi.json`: as valid as they are true, of each process."""

from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from openapi_spec_validator import OpenAPIV31SpecValidator
from prometheus_client import CollectorRegistry

from schemas.events import EVENTS
from streams import topic_admin
from streams.demo import demo_app
from streams.docs import docs_routes
from streams.kill_switch import KillSwitch
from streams.metrics import Metrics
from streams.openapi import openapi, served_by
from streams.operations import OPERATIONS
from streams.ops import ops_routes
from streams.parts import Parts
from streams.staff import Roll
from streams.web import console_app, gateway_app
from tests.alerts import lumiere
from tests.described import validator, watched

PARTS = Parts(
    redis=None,
    brokers="",
    maisons={"lumiere": lumiere()},
    roll=Roll("", {}),
    switch=KillSwitch("", None, {}),
    pepper=b"pepper",
    master=bytes(32),
    metrics=Metrics(CollectorRegistry()),
)
PRODUCER: Any = SimpleNamespace(send=None)
SECRET = "a secret of thirty-two bytes, for tests"


def ops_app() -> web.Application:
    app = web.Application()
    ops_routes(app, CollectorRegistry(), {})
    docs_routes(app)
    return app


def made(process: str) -> web.Application:
    match process:
        case "gateway":
            return gateway_app(PARTS, PRODUCER, "lumiere:demo", 4)
        case "console":
            return console_app(PARTS, PRODUCER, SECRET, 4)
        case "demo":
            return demo_app(PARTS, PRODUCER, "lumiere:demo", SECRET, 4, {})
        case _:
            return ops_app()


PROCESSES = ("gateway", "console", "demo", "ops")


def registered(app: web.Application) -> set[tuple[str, str]]:
    return {(r.method, r.resource.canonical) for r in app.router.routes() if r.resource is not None}


def described(app: web.Application) -> set[tuple[str, str]]:
    paths = openapi(served_by(app))["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


@pytest.mark.parametrize("process", PROCESSES)
async def test_what_is_served_is_described_and_what_is_described_is_served(process: str) -> None:
    app = made(process)
    said, served = described(app), registered(app)
    assert said <= served
    page = {f"/{file.name}" for file in files("streams").joinpath("page").iterdir()}
    paths = {path for _, path in said}
    left_out = {
        (method, path)
        for method, path in served - said
        if not (method in ("HEAD", "OPTIONS") and path in paths) and path not in page
    }
    assert not left_out, f"say in streams/operations what these do: {sorted(left_out)}"


async def test_nothing_is_described_that_no_process_serves() -> None:
    assert set(OPERATIONS) == set().union(*(described(made(process)) for process in PROCESSES))


def test_whoever_sends_a_body_is_told_that_it_may_come_too_slowly_be_too_large_or_find_no_room() -> None:
    sent = {route: {*one.answers} for route, one in OPERATIONS.items() if one.body is not None or one.other}
    assert {
        route: {408, 413, 503} - told for route, told in sent.items() if not {408, 413, 503} <= told
    } == {}


async def test_each_process_describes_its_own() -> None:
    paths = {process: set(openapi(served_by(made(process)))["paths"]) for process in PROCESSES}
    assert "/v1/events" in paths["gateway"]
    assert "/v1/alerts/{id}/{verdict}" in paths["console"]
    assert paths["gateway"] & paths["console"] == {"/docs", "/openapi.json"}
    assert paths["demo"] == paths["gateway"] | paths["console"] | paths["ops"] | {"/v1/demo/people"}
    assert "StoreCheckin" not in openapi(served_by(made("console")))["components"]["schemas"]


@pytest.mark.parametrize("process", PROCESSES)
async def test_the_document_is_valid_openapi(process: str) -> None:
    document = msgspec.json.decode(msgspec.json.encode(openapi(served_by(made(process)))))
    assert not list(OpenAPIV31SpecValidator(document).iter_errors())


@pytest.mark.parametrize("process", PROCESSES)
async def test_the_page_says_it_all_and_loads_nothing_from_elsewhere(
    process: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic_admin, "_SECONDS", 0.1)  # there is no Kafka to ask
    app = made(process)
    async with TestClient(TestServer(app)) as client, client.get("/docs") as response:
        text = await response.text()
        policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "://" not in text
    for method, path in described(app):
        assert f"<code>{method} {path}</code>" in text


@pytest.mark.parametrize(
    ("process", "path", "methods"),
    [("console", "/v1/silence", "GET,HEAD,POST"), ("gateway", "/v1/events", "OPTIONS,POST")],
)
async def test_what_nobody_serves_is_refused_in_json(
    process: str, path: str, methods: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic_admin, "_SECONDS", 0.1)  # there is no Kafka to ask
    async with TestClient(TestServer(made(process))) as client:
        async with client.get("/v1/clients/short") as response:
            assert (response.status, list(await response.json())) == (404, ["error"])
        async with client.put(path) as response:
            assert (response.status, list(await response.json())) == (405, ["error"])
            assert response.headers["Allow"] == methods


async def test_ops_answer_as_described() -> None:
    async def broken() -> str | None:
        return "Nothing moves."

    for checks, status in (({}, 200), ({"progress": broken}, 503)):
        app = web.Application()
        ops_routes(app, CollectorRegistry(), checks)
        docs_routes(app)
        undescribed = watched(app)
        async with TestClient(TestServer(app)) as client:
            for path in ("/health", "/ready"):
                async with client.get(path) as response:
                    assert response.status == status
            for path in ("/metrics", "/docs", "/openapi.json"):
                async with client.get(path) as response:
                    assert response.status == 200
        assert not undescribed, undescribed


GOLDEN = Path(__file__).parents[1] / "golden/events"
SENT = validator({"$ref": "#/components/schemas/Sent"})
EVENT = validator({"$ref": "#/components/schemas/Event"})


@pytest.mark.parametrize("type_", EVENTS)
def test_its_sample_may_be_sent_with_and_without_what_the_gateway_adds(type_: str) -> None:
    sample = msgspec.json.decode((GOLDEN / f"{type_}.json").read_bytes())
    assert not list(EVENT.iter_errors(sample))
    assert not list(EVENT.iter_errors({k: v for k, v in sample.items() if k not in ("maison", "time")}))
    assert list(SENT.iter_errors({**sample, "data": {}}))
    assert not list(SENT.iter_errors({**sample, "type": "spa.visit", "data": {"who": {"card": "c"}}}))
