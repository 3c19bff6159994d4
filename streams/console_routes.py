"""HTTP for people: their alerts, live, their verdicts, and the page."""

from functools import partial

from aiohttp import web

from streams.answers import METRICS, in_words
from streams.cards import card_routes
from streams.console import Console
from streams.duty import duty_routes
from streams.ending import beside
from streams.live import live_routes
from streams.page_files import page_routes
from streams.ringing import ringing_beside
from streams.session import session_routes
from streams.staff import guarded_by
from streams.taking_back import TakingBack
from streams.telephones import Bells, telephone_routes
from streams.withholding import Withholding


def console_routes(app: web.Application, console: Console, bells: Bells | None = None) -> None:
    """Adds the console to an application, and what it looks after while it runs. `bells`: None where no
    telephone is rung."""
    taking_back = TakingBack(
        console.inboxes, console.store, console.consents, console.maisons, console.now, console.outages
    )
    withholding = Withholding(
        console.inboxes,
        console.switch,
        console.publish,
        console.maisons,
        console.metrics,
        console.now,
        console.outages,
    )
    app[METRICS] = console.metrics
    app.middlewares.append(in_words)
    app.middlewares.append(guarded_by(console.doorkeeper, console.secret, console.maisons, console.now))
    app.cleanup_ctx.append(lambda _: beside("doorkeeper", console.doorkeeper.watch))
    for maison in console.maisons.values():  # one that can't go on keeps no other waiting
        run = partial(taking_back.run, maison)
        app.cleanup_ctx.append(lambda _, run=run: beside("taking back", run))
    app.cleanup_ctx.append(lambda _: beside("withholding", withholding.run))
    if bells is not None:
        ringing_beside(app, console, bells)
    session_routes(app, console, bells)
    card_routes(app, console, bells)
    duty_routes(app, console)
    telephone_routes(app, console, bells)
    live_routes(app, console)
    page_routes(app)
