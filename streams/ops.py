"""`/metrics`, `/health` and `/ready` of a process, for machines; not for the public."""

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import choose_encoder

from schemas.wording import PlainError
from streams.body import KEPT
from streams.docs import docs_routes

log = logging.getLogger(__name__)

Check = Callable[[], Awaitable[str | None]]
"""None when all is well, else a sentence that says what is missing."""
Checks = Mapping[str, Check]

PROGRESS = "progress"
"""The one check that `/health` asks too: a process that has work and does none should be started again. The
others (Redis away, partitions not yet assigned) are not cured by a restart."""
PATIENCE = 2.0
"""Seconds a check may take before it counts as failed."""


class OpsError(PlainError):
    """The ops port could not be opened; the message is one sentence that says which and why."""


class OpsServer:
    """A running ops server; `port` is the port it got."""

    def __init__(self, runner: web.AppRunner, port: int) -> None:
        self._runner = runner
        self.port = port

    async def close(self) -> None:
        """Frees the port; may be called twice."""
        await self._runner.cleanup()


async def start_ops(
    registry: CollectorRegistry,
    checks: Checks,
    host: str = "127.0.0.1",
    port: int = 0,
    told: Gauge | None = None,
) -> OpsServer:
    """Serves on `host`:`port` (0: a free one). Raises OpsError when the port can't be had.

    `/metrics` is the registry; `told` is 1 in it where `/ready` would be 200, else 0. `/health` is 200
    as long as the event loop turns and the check named `progress`, if there is one, is fine. `/ready` asks
    all checks at once: 200 when all are fine, else 503; its JSON is
    `{"ready": bool, "missing": "sentence sentence", "checks": {name: null or sentence}}`.
    """
    app = web.Application()
    ops_routes(app, registry, checks, told)
    docs_routes(app)
    runner = web.AppRunner(
        app, access_log=None, handle_signals=False, shutdown_timeout=1.0, keepalive_timeout=KEPT
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        why = "is taken" if error.errno == errno.EADDRINUSE else f"can't be opened ({error.strerror})"
        raise OpsError(f"The ops port {port} on {host} {why}: set PREVENANCE_OPS_PORT to another.") from error
    return OpsServer(runner, runner.addresses[0][1])


def ops_routes(
    app: web.Application, registry: CollectorRegistry, checks: Checks, told: Gauge | None = None
) -> None:
    """Adds `/metrics`, `/health` and `/ready` to an application."""
    app.router.add_get("/metrics", _metrics(registry, checks, told))
    alive = {name: check for name, check in checks.items() if name == PROGRESS}
    app.router.add_get("/health", _verdict("alive", alive))
    app.router.add_get("/ready", _verdict("ready", checks))


def _metrics(
    registry: CollectorRegistry, checks: Checks, told: Gauge | None
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        if told is not None:  # asked now, for where nothing probes `/ready` nobody else would
            told.set(not any((await _asked(checks)).values()))
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(registry), headers={"Content-Type": content_type})

    return answer


def _verdict(word: str, checks: Checks) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_: web.Request) -> web.Response:
        found = await _asked(checks)
        missing = " ".join(dict.fromkeys(sentence for sentence in found.values() if sentence))
        body = {word: not missing, "missing": missing, "checks": found}
        return web.json_response(body, status=503 if missing else 200, headers={"Cache-Control": "no-store"})

    return answer


async def _asked(checks: Checks) -> dict[str, str | None]:
    return dict(zip(checks, await asyncio.gather(*map(_ask, checks, checks.values())), strict=True))


async def _ask(name: str, check: Check) -> str | None:
    try:
        return await asyncio.wait_for(check(), PATIENCE)
    except TimeoutError:
        return f"The check {name} did not answer within {PATIENCE:g} s."
    except Exception as error:
        # Whatever a check meets is an answer; its message may hold a URL with a password, so only the kind.
        log.warning("ops: the check %s failed with %s", name, type(error).__name__)
        return f"The check {name} failed with {type(error).__name__}."
