"""The stock Segment and RudderStack SDKs, unchanged, against a running gateway."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from cloudevents.conversion import to_binary, to_structured
from cloudevents.http import CloudEvent
from playwright.async_api import async_playwright

from streams.gateway import create_gateway
from tests.doors import bearer, deps, event
from tests.fakes import FakeLog
from tests.npm import packages
from tests.waiting import wait_until

SDK = Path(__file__).parents[1] / "sdk"
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
SENT = Counter({"client.profile": 1, "web.view": 2, "store.purchase": 1, "client.link": 1})


class Door:
    """A gateway with what was asked of it: (method and path, status)."""

    def __init__(self, server: TestServer, log: FakeLog, asked: list[tuple[str, int]]) -> None:
        self.url = f"http://127.0.0.1:{server.port}"
        self.log = log
        self.asked = asked

    def types(self) -> Counter[str]:
        return Counter(e["type"] for e in self.log.events)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    log = FakeLog("s-1")
    asked: list[tuple[str, int]] = []

    @web.middleware
    async def written_down(request: web.Request, handler: Any) -> web.StreamResponse:
        response: web.StreamResponse = await handler(request)
        asked.append((f"{request.method} {request.path}", response.status))
        return response

    app = web.Application(middlewares=[written_down])
    app.add_routes(create_gateway(deps(log.publish)))
    async with TestServer(app) as server:
        yield Door(server, log, asked)


@pytest.fixture(scope="session")
def modules(say: Callable[[str], None]) -> Path:
    """The folder of the SDKs, those of the lock file."""
    return packages(SDK, say, "the Node and browser SDKs were not tested")


async def run(*command: str, cwd: Path = SDK) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(90):
            said, _ = await process.communicate()
    except BaseException:
        process.kill()
        await process.wait()
        raise
    return process.returncode or 0, said.decode()


async def check(door: Door, *command: str) -> None:
    """What the SDK sent arrived once; its one bad call was rejected and not sent again."""
    code, said = await run(*command, door.url, "server-key")
    assert code == 0, said
    assert door.types() == SENT, said
    assert {status for _, status in door.asked} == {200}
    assert len({e["id"] for e in door.log.events}) == SENT.total()
    (bought,) = (e for e in door.log.events if e["type"] == "store.purchase")
    assert bought["data"]["lines"][0]["amount"] == 345_000
    assert bought["data"]["who"]["client_id"] == "client-001"


async def check_resends(door: Door, *command: str) -> None:
    """While Kafka is away the SDK keeps what it has; then everything arrives, under the same ids."""
    door.log.away = True
    sdk = asyncio.create_task(run(*command, door.url, "server-key"))
    try:
        await wait_until(lambda: door.asked, 30, "a first request")
        assert door.asked[0][1] == 503
        door.log.away = False
        code, said = await sdk
    finally:
        sdk.cancel()
    assert code == 0, said
    assert door.types() == SENT, said


@pytest.mark.parametrize("script", ["segment_python.py", "rudder_python.py"])
async def test_python(door: Door, script: str) -> None:
    await check(door, sys.executable, script)


async def test_python_hears_at_once_that_its_key_is_wrong(door: Door) -> None:
    code, said = await run(sys.executable, "segment_python.py", door.url, "nobodys-key")
    assert code == 0, said
    assert "no such write key" in said
    assert [status for _, status in door.asked] == [401]


@pytest.mark.parametrize("script", ["segment_python.py", "rudder_python.py"])
async def test_python_resends_while_kafka_is_away(door: Door, script: str) -> None:
    await check_resends(door, sys.executable, script)


@pytest.mark.parametrize("script", ["segment_node.mjs", "rudder_node.mjs"])
async def test_node(door: Door, modules: Path, script: str) -> None:
    await check(door, "node", script)


@pytest.mark.parametrize("script", ["segment_node.mjs", "rudder_node.mjs"])
async def test_node_resends_while_kafka_is_away(door: Door, modules: Path, script: str) -> None:
    await check_resends(door, "node", script)


@pytest.mark.parametrize("page", ["segment.html", "rudder.html"])
async def test_browser(door: Door, modules: Path, say: Callable[[str], None], page: str) -> None:
    if not Path(CHROMIUM).exists():
        say(f"NO BROWSER: the browser SDKs were not tested; there is no {CHROMIUM}.")
        pytest.skip("no chromium")
    shop = web.Application()
    shop.router.add_static("/", SDK)
    async with TestServer(shop) as server, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        tab = await browser.new_page()
        errors: list[str] = []
        tab.on("pageerror", lambda error: errors.append(str(error)))
        await tab.goto(f"http://localhost:{server.port}/{page}?key=page-key&gateway={door.url}")
        assert await tab.evaluate("window.done") == "done"
        expected = Counter({"web.view": 2, "client.profile": 1})
        await wait_until(lambda: len(door.log.events) >= expected.total(), 20, f"the events; {door.asked}")
        await wait_until(lambda: sum("/v1/t" in path for path, _ in door.asked) >= 2, 20, "the bad call")
        await browser.close()
    assert door.types() == expected
    assert errors == []
    assert {e["scope"] for e in door.log.events} == {"web"}
    assert all("device_id" in e["data"]["who"] for e in door.log.events)
    assert [status for _, status in door.asked if status >= 300] == []


async def test_captured_bodies_of_stock_sdks_are_taken(door: Door, data: Path) -> None:
    files = sorted((data / "wire/segment_rudder").glob("*.jsonl"))
    assert files
    async with ClientSession() as session:
        for file in files:
            for line in file.read_bytes().splitlines():
                captured = orjson.loads(line)
                headers = {"Content-Type": captured["headers"]["Content-Type"], **bearer()}
                body = orjson.dumps(captured["body"])
                async with session.post(door.url + captured["path"], data=body, headers=headers) as response:
                    answer = await response.json()
                assert response.status == 200
                assert answer == {"accepted": len(captured["body"]["batch"]), "rejected": []}


async def test_captured_cloudevents_of_a_stock_sdk_are_taken_once_they_name_a_client(
    door: Door, data: Path
) -> None:
    captured = data / "wire/cloudevents/captured_http_structured_and_binary.jsonl"
    who = {"who": {"client_id": "client-001"}}
    async with ClientSession() as session:
        for line in captured.read_bytes().splitlines():
            request = orjson.loads(line)
            headers = {k: v for k, v in request["headers"].items() if k.startswith(("ce-", "content-type"))}
            named = {**request["body"], **who}
            if "data" in request["body"]:
                named = {**request["body"], "data": {**request["body"]["data"], **who}}
            for body, status in ((request["body"], 400), (named, 202)):
                asked = session.post(
                    f"{door.url}/v1/events", data=orjson.dumps(body), headers={**headers, **bearer()}
                )
                async with asked as response:
                    assert response.status == status
                    assert status == 202 or (await response.json())["field"] == "data.who"
    assert [e["type"] for e in door.log.events] == ["com.example.store.checkin"] * 2
    assert [e["data"] for e in door.log.events] == [{"advisor": "adv-7", "via": "nfc", **who}] * 2


async def test_the_stock_cloudevents_sdk_is_understood_in_both_modes(door: Door) -> None:
    sent = event()
    made = CloudEvent({k: v for k, v in sent.items() if k != "data"}, sent["data"])
    async with ClientSession() as session:
        for headers, body in (to_structured(made), to_binary(made)):
            asked = session.post(f"{door.url}/v1/events", data=body, headers={**headers, **bearer()})
            async with asked as response:
                assert response.status == 202, await response.text()
    structured, binary = door.log.events
    assert structured["data"] == binary["data"] == sent["data"]
