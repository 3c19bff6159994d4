"""The stream of a person's alerts as they come, for as long as they may hear them."""

import asyncio
import logging
from collections.abc import Sequence

import msgspec
from aiohttp import web

from feature_store.record import NewerRecord
from feature_store.store import StoreAway
from schemas.alerts import Alert
from schemas.times import seconds
from streams.answers import guarded
from streams.auth import Caller, inboxes_of, may_see
from streams.console import Console
from streams.ending import beside
from streams.feed import Told, follow
from streams.page_files import HEADERS
from streams.readers import Feed, Readers
from streams.reading import Readings
from streams.spanning import shown
from streams.staff import LOOK

log = logging.getLogger(__name__)

RESET, BEAT = b"event: reset\ndata: {}\n\n", b":\n\n"
SLOW = 20.0
"""Seconds a listener may take to accept what was sent to it."""


def live_routes(app: web.Application, console: Console) -> None:
    """Adds the stream; its readers end when the application shuts down."""
    readers = Readers(console.inboxes, console.outages, console.poll)

    async def close(_: web.Application) -> None:
        await readers.close()

    live = _Live(console, readers)
    app.on_shutdown.append(close)
    app.cleanup_ctx.append(lambda _: beside("who listens", live.watch))
    app.router.add_get("/v1/alerts/stream", guarded(live.stream))


class _Live:
    """The handler, with what it needs."""

    def __init__(self, console: Console, readers: Readers) -> None:
        self._console = console
        self._readers, self._readings = readers, Readings(console.left, console.privately)
        self._open: dict[Feed, Caller] = {}

    async def watch(self) -> None:
        """Ends the streams of those who may not hear any more. Looks at all of them at once: a look by each
        of thousands would keep the process busy."""
        while True:
            await asyncio.sleep(LOOK)
            now = self._console.now()
            for feed, caller in self._open.items():
                if now >= caller.expires or not self._console.doorkeeper.stays(caller):
                    feed.end()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        console = self._console
        caller = console.reader(request)
        response = web.StreamResponse(
            headers={
                **HEADERS,
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        if request.method == "HEAD":  # aiohttp would write what is told behind it: its reader's next answer
            return response
        maison = console.maisons[caller.maison]
        feed = Feed(inboxes_of(caller, maison))
        clock = asyncio.get_running_loop().time
        sent = clock()
        telling = follow(
            self._readers,
            feed,
            request.headers.get("Last-Event-ID") or None,
            lambda alert: may_see(caller, maison, alert.for_),
            console.is_open,
            lambda: max(0.0, sent + console.heartbeat - clock()),
        )
        listeners = console.metrics.sse_listeners
        listeners.inc()
        self._open[feed] = caller
        try:
            await response.prepare(request)
            await self._send(response, b"retry: 1000\n\n")
            sent = clock()
            async for told in telling:
                stands, now = await console.doorkeeper.stands(caller), console.now()
                if now >= caller.expires or not stands:
                    break
                if not told:
                    await self._send(response, RESET if told is None else BEAT)
                elif not await self._tell(response, caller, told, now):
                    continue
                sent = clock()
        except (TimeoutError, ConnectionResetError):
            log.info("a listener was too slow or left")
        except (StoreAway, NewerRecord) as away:
            log.warning("a feed ended, what is stored cannot be read: %s", type(away).__name__)
        finally:
            del self._open[feed]
            listeners.dec()
            await telling.aclose()
        return response

    async def _tell(
        self, response: web.StreamResponse, caller: Caller, told: Sequence[Told], since: float
    ) -> bool:
        """Sends what this caller may read of it, by what clients have withdrawn until now; whether any.

        `since`: when the feed brought it.
        """
        console = self._console
        readings = await self._readings.of([one.alert for one in told])
        allowed = [
            (one, reading.alert)
            for one, reading in zip(told, readings, strict=True)
            if reading.allowed or one.kind == "retract"
        ]
        if not allowed:
            return False
        said = (_sse(one, console.shown(caller, alert)) for one, alert in allowed)
        await self._send(response, b"".join(said))
        for one, _ in allowed:
            self._observe(one, since)
        return True

    def _observe(self, told: Told, since: float) -> None:
        """How long a new alert took from the gateway to an open page; one shown again tells nothing."""
        console, alert = self._console, told.alert
        if not told.live or told.kind != "alert" or alert.revision > 1:
            return
        shown(console.spans, alert, since)
        if alert.received is not None:
            late = console.now() - seconds(alert.received)
            console.metrics.event_to_alert_seconds.labels("shown").observe(max(0.0, late))

    async def _send(self, response: web.StreamResponse, data: bytes) -> None:
        async with asyncio.timeout(SLOW):
            await response.write(data)


def _sse(told: Told, shown: Alert) -> bytes:
    data = msgspec.json.encode(shown)
    return b"".join(
        (b"id: ", told.cursor.encode(), b"\nevent: ", told.kind.encode(), b"\ndata: ", data, b"\n\n")
    )
