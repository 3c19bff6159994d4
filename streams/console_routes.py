"""HTTP for people: their alerts, live, their verdicts, and the page."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from aiohttp import web

from streams.answers import in_words
from streams.cards import card_routes
from streams.console import Console
from streams.ending import end
from streams.live import live_routes
from streams.page_files import page_routes
from streams.session import session_routes
from streams.staff import guarded_by, watching
from streams.taking_back import TakingBack
from streams.withholding import Withholding


def console_routes(app: web.Application, console: Console) -> None:
    """Adds the console to an application, and what it looks after while it runs."""
    app.middlewares.append(in_words)
    app.middlewares.append(guarded_by(console.doorkeeper, console.secret, console.maisons, console.now))
    app.cleanup_ctx.append(lambda _: watching(console.doorkeeper))
    app.cleanup_ctx.append(partial(_taking_back, console))
    app.cleanup_ctx.append(partial(_withholding, console))
    session_routes(app, console)
    card_routes(app, console)
    live_routes(app, console)
    page_routes(app)


async def _taking_back(console: Console, app: web.Application) -> AsyncIterator[None]:
    taking_back = TakingBack(
        console.inboxes, console.store, console.consents, console.maisons, console.now, console.outages
    )
    task = asyncio.create_task(taking_back.run(), name="taking back")
    yield
    await end([task])


async def _withholding(console: Console, app: web.Application) -> AsyncIterator[None]:
    withholding = Withholding(
        console.inboxes,
        console.switch,
        console.publish,
        console.maisons,
        console.metrics,
        console.now,
        console.outages,
    )
    task = asyncio.create_task(withholding.run(), name="withholding")
    yield
    await end([task])
