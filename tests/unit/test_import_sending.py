"""An import on its way to a gateway: what it waits for, and what stops it with a sentence."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from streams import import_sending
from streams.import_kind import Made
from streams.import_sending import through_gateway
from streams.importing import NotImported, Report

Answers = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(handler: Answers) -> AsyncIterator[str]:
    """The address of a server that answers so, whatever it is asked."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def sent(url: str, events: int = 1) -> Report:
    """What comes of two rows that are sent there."""
    report = Report(file="c.csv", digest="d", kind="clients", maison="lumiere", how="CSV", dry_run=False,
                    columns={}, not_understood=[], taken=2)  # fmt: skip
    made = [
        (line, Made(key=str(line), events=[{"id": f"{line}-{n}"} for n in range(events)])) for line in (2, 3)
    ]
    await through_gateway(url, "key", made, report, lambda: None)
    return report


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "gateway", "ftp://gateway", "http://", ""])
async def test_an_address_that_is_none_is_told_at_once(url: str) -> None:
    with pytest.raises(NotImported, match="--url: write it whole"):
        await sent(url)


@pytest.mark.parametrize("status", [302, 307, 308])
async def test_clients_are_not_sent_on_to_another_address(status: int) -> None:
    """Wherever it leads: that may be anybody, and 302 would send nothing and count it as taken."""
    elsewhere: list[bytes] = []

    async def anybody(request: web.Request) -> web.Response:
        elsewhere.append(await request.read())
        return web.json_response({"accepted": 2, "rejected": []})

    async with answering(anybody) as there:

        async def moved(request: web.Request) -> web.Response:
            return web.Response(status=status, headers={"Location": there})

        async with answering(moved) as url:
            with pytest.raises(NotImported, match=f"--url answers {status}"):
                await sent(url)
    assert not elsewhere


@pytest.mark.parametrize("said", [b'{"hello": 3}', b"[1]", b"{x", b"<html>", b"\xff"])
async def test_what_is_no_gateway_is_told_so(said: bytes) -> None:
    async def other(request: web.Request) -> web.Response:
        return web.Response(body=said)

    async with answering(other) as url:
        with pytest.raises(NotImported, match="is no gateway"):
            await sent(url)


@pytest.mark.parametrize(
    ("status", "after"),
    [(503, "Wed, 21 Oct 2026 07:28:00 GMT"), (503, "3600"), (502, ""), (504, "-1"), (429, "nan")],
)
async def test_a_gateway_that_is_away_is_asked_again_however_that_is_said(
    monkeypatch: pytest.MonkeyPatch, status: int, after: str
) -> None:
    monkeypatch.setattr(import_sending, "LONGEST_WAIT", 0.01)
    asked: list[bytes] = []

    async def back(request: web.Request) -> web.Response:
        asked.append(await request.read())
        if len(asked) == 1:
            return web.Response(status=status, headers={"Retry-After": after} if after else {})
        return web.json_response({"accepted": 1, "rejected": [{"index": 1, "reason": "data.who: is blank"}]})

    async with answering(back) as url:
        report = await sent(url)
    assert asked[0] == asked[1]
    assert (report.events, report.taken) == (1, 1)
    assert [(one.line, one.field, one.reason) for one in report.refused] == [(3, "data.who", "is blank")]


async def test_a_row_of_several_events_is_refused_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_sending, "BATCH", 4)

    async def strict(request: web.Request) -> web.Response:
        rejected = [{"index": i, "reason": "data.who: is blank"} for i in range(len(await request.json()))]
        return web.json_response({"accepted": 0, "rejected": rejected})

    async with answering(strict) as url:
        report = await sent(url, events=3)
    assert (report.taken, report.refused_rows, len(report.refused)) == (0, 2, 2)
