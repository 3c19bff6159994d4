"""A push service of the tests' own, over TLS: what it takes, and what it answers."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import web
from multidict import CIMultiDictProxy

from tests.brokers.certificates import Authority
from tests.browsers import Browser


class Taken(NamedTuple):
    """A message, opened by the browser that it is for."""

    browser: Browser
    headers: CIMultiDictProxy[str]
    said: Any


class PushService:
    """`taken` is what came and was answered well; `asked` counts whatever came, by browser.

    `answers`: what it answers next, by browser: a status, with `after` to come again; None for no answer.
    """

    def __init__(self) -> None:
        self.host = ""
        self.taken: list[Taken] = []
        self.asked: dict[str, int] = {}
        self.answers: dict[str, list[int | None]] = {}
        self.after = ""
        self._browsers: dict[str, Browser] = {}

    def browser(self, name: str, *answers: int | None) -> Browser:
        """One that subscribes here."""
        self.answers[f"/{name}"] = [*answers]
        self._browsers[f"/{name}"] = browser = Browser(f"https://{self.host}/{name}")
        return browser

    async def take(self, request: web.Request) -> web.Response:
        self.asked[request.path] = self.asked.get(request.path, 0) + 1
        body, browser = await request.read(), self._browsers[request.path]
        said = browser.opened(body)  # before all else: what can't be opened is no message of ours
        answer = self.answers[request.path].pop(0) if self.answers[request.path] else 201
        if answer is None:
            await asyncio.Event().wait()
        if answer != 201:
            headers = {"Retry-After": self.after, "Location": f"https://{self.host}/elsewhere"}
            return web.Response(status=answer or 500, headers=headers)
        self.taken.append(Taken(browser, request.headers, said))
        return web.Response(status=201)

    def of(self, browser: Browser) -> list[Any]:
        """What a browser was told."""
        return [one.said for one in self.taken if one.browser is browser]


@asynccontextmanager
async def a_push_service(folder: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[PushService]:
    """One whose certificate is trusted meanwhile, as the system's are."""
    authority, service = Authority(folder), PushService()
    certificate, key = authority.signed("push")
    patch.setenv("SSL_CERT_FILE", str(authority.ca))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    app = web.Application()
    app.router.add_post("/{name}", service.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    service.host = f"127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield service
    finally:
        await runner.cleanup()
