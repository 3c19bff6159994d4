"""The stream of a person's alerts as they come, for as long as they may hear them."""

import asyncio
import logging

import msgspec
from aiohttp import web

from agents.withdrawal import bare
from feature_store.store import StoreAway
from schemas.alerts import Alert
from schemas.times import seconds
from streams.answers import guarded
from streams.auth import inboxes_of, may_see
from streams.console import Console
from streams.feed import Told, follow
from streams.page_files import HEADERS
from streams.readers import Readers
from streams.spanning import shown
from streams.staff import LOOK

log = logging.getLogger(__name__)

SLOW = 20.0
"""Seconds a listener may take to accept what was sent to it."""


def live_routes(app: web.Application, console: Console) -> None:
    """Adds the stream; its readers end when the application shuts down."""
    readers = Readers(console.inboxes, console.outages, console.poll)

    async def close(_: web.Application) -> None:
        await readers.close()

    app.on_shutdown.append(close)
    app.router.add_get("/v1/alerts/stream", guarded(_Live(console, readers).stream))


class _Live:
    """The handler, with what it needs."""

    def __init__(self, console: Console, readers: Readers) -> None:
        self._console = console
        self._readers = readers

    async def stream(self, request: web.Request) -> web.StreamResponse:
        console = self._console
        caller = console.reader(request)
        maison = console.maisons[caller.maison]
        told = follow(
            self._readers,
            inboxes_of(caller, maison),
            request.headers.get("Last-Event-ID") or None,
            lambda alert: may_see(caller, maison, alert.for_),
            console.is_open,
            min(LOOK, console.heartbeat),
        )
        response = web.StreamResponse(
            headers={
                **HEADERS,
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        listeners = console.metrics.sse_listeners
        listeners.inc()
        try:
            await self._send(response, b"retry: 1000\n\n")
            quiet = console.now()
            async for one in told:
                stands, now = await console.doorkeeper.stands(caller), console.now()
                if now >= caller.expires or not stands:
                    break
                if one.kind == "beat" and now - quiet < console.heartbeat:
                    continue
                if (allowed := await self._allowed(one)) is None:
                    continue
                quiet = now
                shown = await console.opened(caller, allowed.alert) if allowed.alert is not None else None
                await self._send(response, _sse(allowed, shown))
                self._observe(allowed, now)
        except (TimeoutError, ConnectionResetError):
            log.info("a listener was too slow or left")
        except StoreAway as away:
            log.warning("a feed ended, the inboxes cannot be reached: %s", type(away).__name__)
        finally:
            listeners.dec()
            await told.aclose()
        return response

    async def _allowed(self, told: Told) -> Told | None:
        """What may be told of it, by what its client has withdrawn until now."""
        alert = told.alert
        if alert is None:
            return told
        (left,) = await self._console.left([alert])
        if left is None and told.kind == "retract":
            left = bare(alert)
        return None if left is None else msgspec.structs.replace(told, alert=left)

    def _observe(self, told: Told, since: float) -> None:
        """How long a new alert took from the gateway to an open page; one shown again tells nothing.

        `since`: when the feed brought it.
        """
        alert = told.alert
        if not told.live or told.kind != "alert" or alert is None or alert.revision > 1:
            return
        console = self._console
        shown(console.spans, alert, since)
        if alert.received is not None:
            late = console.now() - seconds(alert.received)
            console.metrics.event_to_alert_seconds.labels("shown").observe(max(0.0, late))

    async def _send(self, response: web.StreamResponse, data: bytes) -> None:
        await asyncio.wait_for(response.write(data), SLOW)


def _sse(told: Told, shown: Alert | None) -> bytes:
    if shown is None:
        return b"event: reset\ndata: {}\n\n" if told.kind == "reset" else b":\n\n"
    data = msgspec.json.encode(shown)
    return b"".join(
        (b"id: ", told.cursor.encode(), b"\nevent: ", told.kind.encode(), b"\ndata: ", data, b"\n\n")
    )
