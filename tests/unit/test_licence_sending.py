"""What a client licenses on its way to the gateway that was named."""

import click
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from streams.licence_command import _post


async def test_what_a_client_licenses_is_not_sent_on_to_another_address() -> None:
    heard: list[bytes] = []

    async def anybody(request: web.Request) -> web.Response:
        heard.append(await request.read())
        return web.json_response({}, status=202)

    async def moved(request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.add_routes([web.post("/v1/events", moved), web.post("/elsewhere", anybody)])
    async with TestServer(app) as server:
        with pytest.raises(click.ClickException, match="answers 307, it is elsewhere"):
            await _post(str(server.make_url("/")), "key", {"type": "client.licence"})
    assert not heard
