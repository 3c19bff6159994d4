"""A server of ours: what it says of requests that it can't answer."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from streams import body
from streams.body import read_body
from streams.inbound import Refused
from streams.replies import refusal
from streams.web import listen
from tests.waiting import wait_until


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async def broken(request: web.Request) -> web.Response:
        raise KeyError("a bug")

    async def refusing(request: web.Request) -> web.Response:
        with pytest.raises(Refused):
            await read_body(request)
        return web.Response(status=400)

    async def reading(request: web.Request) -> web.Response:
        try:
            await read_body(request)
        except Refused as refused:
            return refusal(refused)
        return web.Response()

    app = web.Application()
    app.router.add_get("/broken", broken)
    app.router.add_post("/refusing", refusing)
    app.router.add_post("/reading", reading)
    runner, port = await listen(app, "127.0.0.1", 0)
    yield port
    await runner.cleanup()


async def answer(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(5):
        line = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return line


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer hunter2\x01\r\n\r\n",
        b"GET /v1/projects/hunter2/settings HTTP/9.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZhunter2\r\n\r\n",
        b"POST /refusing HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\nhunter2",
    ],
)
async def test_what_is_not_http_is_refused_and_nothing_of_it_is_logged(
    port: int, caplog: pytest.LogCaptureFixture, request_: bytes
) -> None:
    with caplog.at_level(logging.INFO):
        assert b"400" in await answer(port, request_)
        await asyncio.sleep(0)  # what is left of the body is looked at behind the answer
    assert caplog.text == ""


async def test_a_bug_is_logged_with_its_trace_and_without_who_asked(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert b"500" in await answer(port, b"GET /broken?card=hunter2 HTTP/1.1\r\nHost: x\r\n\r\n")
    assert "KeyError: 'a bug'" in caplog.text
    assert "127.0.0.1" not in caplog.text
    assert "hunter2" not in caplog.text


async def test_five_hundred_who_call_while_it_looks_away_are_all_answered(port: int) -> None:
    at = ("127.0.0.1", port)
    callers = [socket.create_connection(at, timeout=1) for _ in range(500)]  # without a turn of its loop
    for caller in callers:
        caller.sendall(b"GET / HTTP/1.0\r\n\r\n")
    answers = await asyncio.to_thread(lambda: [caller.recv(12) for caller in callers])
    assert answers == [b"HTTP/1.0 404"] * len(callers)
    for caller in callers:
        caller.close()


async def test_who_sends_slowly_makes_room_for_who_does_not(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever came last was refused: a caller without a key kept everybody else's bodies out with 64 MiB."""
    monkeypatch.setattr(body, "COMING", 100)
    head = b"POST /reading HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 90\r\n\r\n"
    slow, to_slow = await asyncio.open_connection("127.0.0.1", port)
    to_slow.write(head + b"a" * 80)
    await wait_until(lambda: body._coming.bytes == 80)
    soon, to_soon = await asyncio.open_connection("127.0.0.1", port)
    to_soon.write(head + b"b" * 80)
    assert b" 503 " in await slow.readline()
    assert b"Retry-After: 1" in await slow.read()
    to_soon.write(b"b" * 10)
    assert b" 200 " in await soon.readline()
    assert body._coming.bytes == 0
    for one in (to_slow, to_soon):
        one.close()
        await one.wait_closed()


async def test_one_whose_time_is_over_at_that_moment_makes_room_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a body that had come for its fifteen seconds whoever came just then heard of an error of ours."""
    monkeypatch.setattr(body, "COMING", 100)
    coming, met = body._Coming(), list[Exception]()
    loop = asyncio.get_running_loop()

    def grows(one: asyncio.Timeout) -> None:
        try:
            coming.begins(one)
            coming.grows(one, 90)
        except Exception as error:
            met.append(error)

    async def waits() -> None:
        async with asyncio.timeout(60) as eldest:
            grows(eldest)
            eldest.reschedule(loop.time())
            loop.call_soon(grows, asyncio.timeout(60))  # once the clock has told it, before it hears of it
            await loop.create_future()

    with pytest.raises(TimeoutError):
        await waits()
    assert (met, coming.bytes) == ([], 90)


async def test_a_body_that_is_cut_off_takes_no_memory_any_more(port: int) -> None:
    _, cut = await asyncio.open_connection("127.0.0.1", port)
    cut.write(b"POST /reading HTTP/1.1\r\nHost: x\r\nContent-Length: 90\r\n\r\n" + b"a" * 80)
    await wait_until(lambda: body._coming.bytes == 80)
    cut.close()
    await cut.wait_closed()
    await wait_until(lambda: body._coming.bytes == 0)


@pytest.mark.parametrize(
    "said",
    [b"", b"GET / HTTP/1.1\r\nHost: x\r\nX: a", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"],
    ids=["nothing", "half a head", "a request that was answered"],
)
async def test_a_connection_on_which_nothing_is_asked_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    """Each is a file of the process: a thousand that cost their caller nothing shut everybody else out."""
    monkeypatch.setattr("streams.web.KEPT", 0.1)
    runner, port = await listen(web.Application(), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    async with asyncio.timeout(5):
        await reader.read()
    writer.close()
    await writer.wait_closed()
    await runner.cleanup()
