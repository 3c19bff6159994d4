"""The whole line in one process with nothing installed: embedded Kafka and Redis, all agents, the page."""

import asyncio
import json
import secrets
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

import msgspec
from aiohttp import web
from msgspec import UNSET
from msgspec.structs import replace

from feature_store.inbox import START, PositionLost
from feature_store.keyring import Keyring
from feature_store.redis_inbox import RedisInboxes
from schemas.alerts import inbox_of, to_json
from schemas.wording import many
from streams import topic_admin
from streams.docs import docs_routes
from streams.embedded_line import assemble, run_agents
from streams.garbage import collect_rarely
from streams.hooks import Hook, hooks_in
from streams.keys import Opener
from streams.logs import named, say
from streams.ops import Checks, ops_routes
from streams.parts import Parts
from streams.privately import Privately
from streams.produce import Producer
from streams.push_settings import push_in
from streams.serve import checks_of, until_signal
from streams.settings import Settings
from streams.simulate import MAISON, simulate
from streams.spans import spans_to
from streams.web import add_console, add_gateway, listen, refuse_taken
from streams.worker import AGENTS, Worker

WRITE_KEY = "demo"
"""Opens the door of the simulated house, or of the first there is, where no keys are given."""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """How the demo was asked for."""

    port: int
    seconds: float | None
    traffic: bool
    json: bool


async def demo(settings: Settings, ask: Ask) -> int:
    """Runs until it is stopped, or for `ask.seconds`; returns the exit code."""
    began = time.monotonic()
    counts: Counter[str] = Counter()
    refuse_taken(settings.host, ask.port)
    stopped = until_signal()  # from now on: what has half begun could not be stopped
    async with AsyncExitStack() as stack:
        parts = await assemble(settings, stack)
        parts = replace(parts, spans=await spans_to(settings, "prevenance", stack), push=push_in(settings))
        shards = await asyncio.to_thread(topic_admin.shards_of, parts.brokers)
        producer = Producer(parts.brokers, client_id="prevenance-demo")
        stack.push_async_callback(producer.close)
        secret = settings.jwt_secret.reveal() if settings.jwt_secret else secrets.token_urlsafe(32)
        house = MAISON if MAISON in parts.maisons else min(parts.maisons)
        keys = settings.write_keys.reveal() if settings.write_keys else f"{house}:{WRITE_KEY}"
        own = secrets.token_urlsafe(16)  # so that the simulation speaks whatever keys were given
        worker = Worker(parts, AGENTS)
        hooks, checks = hooks_in(settings, parts.maisons), checks_of(parts, worker)
        app = demo_app(parts, producer, f"{keys},{MAISON}:{own}", secret, shards, checks, hooks)
        runner, port = await listen(app, settings.host, ask.port)
        stack.push_async_callback(runner.cleanup)
        await run_agents(worker, stack)
        collect_rarely()
        say(f"ready in {time.monotonic() - began:.1f} s: open http://{settings.host}:{port}")
        tasks = [asyncio.create_task(_watch(parts, ask.json, counts))]
        if ask.traffic and MAISON in parts.maisons:
            tasks.append(asyncio.create_task(simulate(f"http://{settings.host}:{port}", own)))
        elif ask.traffic:
            say(f"nothing is simulated: there is no maison {MAISON} in {settings.maisons}")
        return await _run(worker, stopped, tasks, ask.seconds, counts)


def demo_app(
    parts: Parts,
    producer: Producer,
    write_keys: str,
    secret: str,
    shards: int,
    checks: Checks,
    hooks: Sequence[Hook] = (),
) -> web.Application:
    """Everything on one port."""
    app = web.Application()
    add_gateway(app, parts, producer, write_keys, shards, hooks)
    add_console(app, parts, producer, secret, shards, demo=True)
    ops_routes(app, parts.metrics.registry, checks, parts.metrics.ready)
    docs_routes(app)
    return app


async def _run(
    worker: Worker,
    stopped: asyncio.Future[int],
    tasks: list[asyncio.Task[None]],
    seconds: float | None,
    counts: Counter[str],
) -> int:
    failure = asyncio.create_task(worker.failure())
    ending: list[asyncio.Future[Any]] = [failure, stopped, *tasks]
    done, _ = await asyncio.wait(ending, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for one in ending[1:]:
        one.cancel()
    reason = failure.result() if failure in done else None
    for task in tasks:
        reason = reason or (task.exception() if task in done else None)
    failure.cancel()
    if reason is not None and not isinstance(reason, BrokenPipeError):  # whoever read the lines has enough
        say(f"stopped: {named(reason)}; start the demo again")
        return 1
    told = f"{many(counts['alert'], 'alert')}, {many(counts['update'], 'update')}"
    say(f"{told}, {counts['retract']} retracted")
    return 0


async def _watch(parts: Parts, as_json: bool, counts: Counter[str]) -> None:
    """Tells each alert event as it reaches an inbox: JSON lines on stdout, or a sentence on stderr."""
    inboxes = RedisInboxes(parts.redis)
    privately = Privately(Opener(Keyring(parts.redis), parts.master))
    places = [inbox_of(maison.id, place) for maison in parts.maisons.values() for place in maison.places]
    positions = dict.fromkeys(places, START)
    while True:
        for inbox in places:
            try:
                entries = await inboxes.log(inbox, positions[inbox])
            except PositionLost:  # all that is left is newer
                positions[inbox], entries = START, []
            opened = await privately.opened([entry.shown.alert for entry in entries])
            for entry, alert in zip(entries, opened, strict=True):
                positions[inbox] = entry.position
                counts[entry.shown.kind] += 1
                if as_json:
                    line = {
                        "event": entry.shown.kind,
                        "alert": json.loads(to_json(replace(alert, grounds=UNSET, trace_context=UNSET))),
                    }
                    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
                    sys.stdout.flush()
                else:
                    say(f"{entry.shown.kind:8} {alert.site or 'no site'}: {alert.action}")
        await asyncio.sleep(0.05)
