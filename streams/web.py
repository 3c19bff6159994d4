"""HTTP servers of a process: one application on one port, a taken port told in a sentence."""

import errno
import logging
import socket
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from feature_store.denials import Denials
from feature_store.graph import Hold, Pair
from feature_store.keyring import Keyring
from feature_store.redis_graph import RedisGraph
from feature_store.redis_inbox import RedisInboxes
from feature_store.rhythms import Rhythms
from feature_store.rings import Rings
from feature_store.standings import Standings
from feature_store.store import Store
from feature_store.telephones import Telephones
from schemas.wording import PlainError
from streams.answers import in_words
from streams.auditing import audit_routes, looking, noting, noting_telephones
from streams.body import KEPT
from streams.clients import Clients, client_routes
from streams.consent_api import consent_routes
from streams.consent_gate import ConsentGate
from streams.consents import Consents
from streams.console import MAX_BODY, Console
from streams.console_routes import console_routes
from streams.decisions import finding
from streams.docs import docs_routes
from streams.entering import entering_routes
from streams.erasure import Rights, erasure_routes, signing_key
from streams.export import export_routes
from streams.foreseeing import Foreseeing
from streams.gateway import create_gateway
from streams.held import Identity, held_routes
from streams.hooks import Hook
from streams.inbound import restated
from streams.intake import Deps, publish_sealed
from streams.keys import Keys, Opener
from streams.ledger import ledger_of
from streams.lifting import lift_routes
from streams.noting import note_routes
from streams.outages import Outages
from streams.parts import Parts
from streams.privately import Privately
from streams.produce import Producer
from streams.quality import quality_routes
from streams.rate import Rate
from streams.scales import Scales
from streams.segment_members import Enrolment, segment_routes
from streams.settings import SettingsError
from streams.silencing import silence_routes
from streams.source_health import keeping, source_routes
from streams.spanning import sending
from streams.staff import Doorkeeper
from streams.telephones import Bells
from streams.trying import counting, experiment_routes
from streams.why import why_routes
from streams.write_keys import write_keys_from

log = logging.getLogger(__name__)

_CALLERS = 4096
"""Callers that may wait to be let in, as far as the kernel allows (`net.core.somaxconn`). One too many would
ask again after 1, 2, 4, ... seconds: when every page came back at once, the last of two thousand came in
after two minutes.
"""


class PortTaken(PlainError):
    """The port can't be had; the text says why, and what to do where somebody else listens there."""


def add_gateway(
    app: web.Application,
    parts: Parts,
    producer: Producer,
    write_keys: str,
    shards: int,
    hooks: Sequence[Hook] = (),
) -> None:
    """Adds HTTP in. Raises `SettingsError` when the write keys can't be read."""
    try:
        keys = write_keys_from(write_keys)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    deps = Deps(
        keys=keys,
        seals=Keys(Keyring(parts.redis), parts.master),
        publish=sending(producer.send, parts.spans),
        gate=ConsentGate(_consents(parts, parts.store(shards)), parts.pepper),
        pepper=parts.pepper,
        clock=lambda: datetime.now(UTC),
        metrics=parts.metrics,
        rate=Rate(time.monotonic),
        currencies={id: maison.currency for id, maison in parts.maisons.items()},
        maisons=parts.maisons,
        spans=parts.spans,
        hooks=hooks,
    )
    app.router.add_routes(create_gateway(deps))
    app.cleanup_ctx.append(
        lambda _: keeping(deps.heard, parts.redis, parts.maisons, parts.metrics, time.time)
    )


def add_console(
    app: web.Application, parts: Parts, producer: Producer, secret: str, shards: int, demo: bool = False
) -> None:
    """Adds HTTP for people: alerts, verdicts, client records, the page."""

    async def publish(event: bytes) -> None:
        await publish_sealed([restated(event, None, parts.pepper)], seals, send)

    ring, send, outages = Keyring(parts.redis), sending(producer.send, parts.spans), Outages()
    seals = Keys(ring, parts.master)
    store, inboxes = parts.store(shards), RedisInboxes(parts.redis, parts.maisons)
    scales = Scales(store, shards, time.time)
    consents, opener = _consents(parts, store), Opener(ring, parts.master)
    foreseeing = Foreseeing(parts.brokers, parts.metrics)
    clients = Clients(
        store=store,
        opener=opener,
        scales=scales,
        inboxes=inboxes,
        maisons=parts.maisons,
        secret=secret,
        pepper=parts.pepper,
        note=noting(producer),
        now=time.time,
        estimators=foreseeing.estimators,
    )
    app.cleanup_ctx.append(foreseeing.reading)
    client_routes(app, clients)
    segment_routes(
        app,
        Enrolment(
            store=store, scales=scales, shards=shards, maisons=parts.maisons, secret=secret, now=time.time
        ),
    )
    note_routes(app, clients, publish)
    lift_routes(app, clients, publish)
    source_routes(app, Rhythms(parts.redis), clients)
    graph = RedisGraph(parts.redis)

    async def held(maison: str) -> dict[Pair, Hold]:
        return dict((await graph.held(maison)).holds)

    quality_routes(app, clients, shards, held, publish)
    ledger, look = ledger_of(parts.brokers, opener), looking(parts.brokers)
    consent_routes(app, clients, consents, ledger)
    entering_routes(app, clients, consents, publish)
    export_routes(app, clients, parts.brokers, ledger, look)
    held_routes(app, Identity(clients=clients, graph=graph, publish=publish))
    erasure_routes(
        app,
        Rights(
            store=store,
            keyring=ring,
            producer=producer,
            maisons=parts.maisons,
            secret=secret,
            signing=signing_key(parts.master),
            note=clients.note,
            now=time.time,
        ),
    )
    silence_routes(app, parts.switch, partial(parts.switch.turn, producer), clients)
    why_routes(app, clients, finding(parts.brokers, shards))
    experiment_routes(app, counting(parts.redis), clients)
    audit_routes(app, look, clients)
    console_routes(
        app,
        Console(
            inboxes=inboxes,
            store=store,
            consents=consents,
            switch=parts.switch,
            privately=Privately(opener),
            maisons=parts.maisons,
            doorkeeper=Doorkeeper(
                Standings(parts.redis), parts.roll.of, parts.maisons, time.monotonic, outages
            ),
            secret=secret,
            pepper=parts.pepper,
            publish=publish,
            note=noting(producer),
            now=time.time,
            metrics=parts.metrics,
            outages=outages,
            demo=demo,
            spans=parts.spans,
        ),
        parts.push
        and Bells(parts.push, Telephones(parts.redis), Rings(parts.redis), noting_telephones(producer)),
    )


def _consents(parts: Parts, store: Store) -> Consents:
    return Consents(store, Denials(parts.redis), parts.maisons, time.time)


def gateway_app(
    parts: Parts, producer: Producer, write_keys: str, shards: int, hooks: Sequence[Hook] = ()
) -> web.Application:
    """HTTP in alone. Raises `SettingsError` when the write keys can't be read."""
    app = web.Application(middlewares=[in_words])
    add_gateway(app, parts, producer, write_keys, shards, hooks)
    docs_routes(app)
    return app


def console_app(parts: Parts, producer: Producer, secret: str, shards: int) -> web.Application:
    """HTTP for people alone."""
    app = web.Application(client_max_size=MAX_BODY)
    add_console(app, parts, producer, secret, shards)
    docs_routes(app)
    return app


def refuse_taken(host: str, port: int) -> None:
    """Raises `PortTaken` at once, where `listen` would only after all else was started for nothing."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise _refused(host, port, error) from error


def _refused(host: str, port: int, error: OSError) -> PortTaken:
    if error.errno == errno.EADDRINUSE:
        return PortTaken(
            f"Port {port} on {host} is taken: stop what listens there, or choose another with --port"
        )
    return PortTaken(f"Port {port} on {host} can't be listened on: {error.strerror}")


def _discreet(record: logging.LogRecord) -> bool:
    """What aiohttp says of a request without what stood in it: a key, an address, a client's words."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError | web.RequestPayloadError):
        log.debug("a request that is not HTTP was refused: %s", type(error).__name__)
        return False
    if record.args:  # who asked
        record.msg, record.args = "a request could not be answered", ()
    return True


_requests = logging.getLogger(f"{__name__}.requests")
_requests.addFilter(_discreet)


async def listen(app: web.Application, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Serves an application; returns its runner and the port it got. Raises `PortTaken`."""
    runner = web.AppRunner(app, access_log=None, logger=_requests, shutdown_timeout=3, keepalive_timeout=KEPT)
    await runner.setup()
    site = web.TCPSite(runner, host, port, backlog=_CALLERS)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise _refused(host, port, error) from error
    return runner, runner.addresses[0][1]
