"""HTTP servers of a process: one application on one port, a taken port told in a sentence."""

import time
from datetime import UTC, datetime

from aiohttp import web

from feature_store.redis_inbox import RedisInboxes
from feature_store.redis_store import RedisStore
from schemas.events import topic_of
from streams import topics
from streams.clients import Clients, client_routes
from streams.console import Console
from streams.console import routes as console_routes
from streams.gateway import create_gateway
from streams.intake import Deps
from streams.produce import Message, Producer
from streams.rate import Rate
from streams.worker import Parts
from streams.write_keys import write_keys_from


class PortTaken(RuntimeError):
    """Somebody else listens there; the text says what to do."""


def add_gateway(app: web.Application, parts: Parts, producer: Producer, write_keys: str) -> None:
    """Adds HTTP in. Raises `ValueError` when the write keys can't be read."""
    deps = Deps(
        keys=write_keys_from(write_keys),
        publish=producer.send,
        pepper=parts.pepper,
        clock=lambda: datetime.now(UTC),
        metrics=parts.metrics,
        rate=Rate(time.monotonic),
        currencies={id: maison.currency for id, maison in parts.maisons.items()},
    )
    app.router.add_routes(create_gateway(deps))


def add_console(
    app: web.Application, parts: Parts, producer: Producer, secret: str, shards: int, demo: bool = False
) -> None:
    """Adds HTTP for people: alerts, verdicts, client records, the page."""

    async def publish(event: bytes, oid: str) -> None:
        await producer.send([Message(topic=topic_of("staff.feedback"), key=oid.encode(), value=event)])

    now = lambda: datetime.now(UTC).timestamp()  # noqa: E731
    store = RedisStore(parts.redis, lambda key: topics.partition_of(key, shards))
    client_routes(
        app, Clients(store=store, maisons=parts.maisons, secret=secret, pepper=parts.pepper, now=now)
    )
    console_routes(
        app,
        Console(
            inboxes=RedisInboxes(parts.redis),
            maisons=parts.maisons,
            secret=secret,
            publish=publish,
            now=now,
            metrics=parts.metrics,
            demo=demo,
        ),
    )


async def listen(app: web.Application, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Serves an application; returns its runner and the port it got. Raises `PortTaken`."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=3)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise PortTaken(
            f"Port {port} on {host} is taken: stop what listens there, or choose another with --port"
        ) from error
    return runner, runner.addresses[0][1]
