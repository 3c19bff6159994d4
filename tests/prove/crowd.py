"""Very many pages at once, each on a connection of its own: when they are cut, all come back at once."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from tests.outside import Outside
from tests.waiting import wait_until

AGAIN = 0.2
"""Seconds after which a page that was not let in tries again."""


class Page:
    """One listener. `heard`: each alert and revision as often as it was told since the feed started.

    `reached`: how much of that has reached it when it is next cut; the rest was still on its way.
    """

    def __init__(self) -> None:
        self.open = False
        self.last_id = ""
        self.heard: list[tuple[str, int]] = []
        self.clients: set[str] = set()
        self.reached: int | None = None
        self._ids: list[str] = []

    async def listen(self, host: str, port: int, bearer: dict[str, str]) -> None:
        while True:
            with suppress(OSError, RuntimeError, asyncio.IncompleteReadError):  # uvloop: cut as it was opened
                await self._read(host, port, bearer)
            self.open = False
            await asyncio.sleep(AGAIN)

    async def _read(self, host: str, port: int, bearer: dict[str, str]) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        try:
            resumed = {"Last-Event-ID": self.last_id} if self.last_id else {}
            headers = {"Host": host, **bearer, **resumed}
            said = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            writer.write(f"GET /v1/alerts/stream HTTP/1.0\r\n{said}\r\n".encode())
            status = await reader.readline()
            self.open = b" 200 " in status
            while self.open and (line := await reader.readline()):
                self._take(line.decode().rstrip())
        finally:
            writer.close()
            self._lose()

    def _lose(self) -> None:
        if self.reached is not None and self.reached < len(self.heard):
            del self.heard[self.reached :], self._ids[self.reached :]
            self.last_id, self.reached = self._ids[-1], None

    def _take(self, line: str) -> None:
        name, _, value = line.partition(": ")
        if line == "event: reset":
            self.heard, self._ids, self.last_id = [], [], ""
        elif name == "id":
            self.last_id = value
        elif name == "data" and value.startswith("{") and "revision" in (alert := json.loads(value)):
            self.heard.append((alert["id"], alert["revision"]))
            self._ids.append(self.last_id)
            self.clients.add(alert["client"]["id"])


@asynccontextmanager
async def crowd(outside: Outside, url: str, count: int) -> AsyncIterator[list[Page]]:
    """That many pages of one advisor, all of them open, as long as the block."""
    where = urlsplit(url)
    assert where.hostname is not None
    assert where.port is not None
    pages = [Page() for _ in range(count)]
    bearer = outside.bearer("camille")
    tasks = [asyncio.create_task(page.listen(where.hostname, where.port, bearer)) for page in pages]
    try:
        await wait_until(lambda: all(page.open for page in pages), 60, f"{count} pages are open")
        yield pages
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
