"""The processes of production: gateway, worker, console; each with its ops port, each stopped by a signal."""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from agents.registry import TAUGHT
from schemas.wording import many
from streams import check_kafka, quarantine, topic_admin
from streams.check_secrets import secrets
from streams.connect import UNWRITTEN, knock, not_answering, open_redis
from streams.garbage import collect_rarely
from streams.hooks import hooks_in
from streams.kill_switch import KillSwitch
from streams.learning import warm
from streams.logs import named, say
from streams.metrics import Metrics
from streams.ops import start_ops
from streams.parts import Parts
from streams.patience import PATIENCE
from streams.produce import KafkaAway, Producer, ProducerDead
from streams.push_settings import push_in
from streams.settings import EMBEDDED, Settings, SettingsError, load_maisons
from streams.spans import spans_to
from streams.staff import Roll
from streams.web import console_app, gateway_app, listen
from streams.worker import Worker
from streams.write_keys import write_keys_from

GATEWAY_DELIVERY = 5.0
"""Seconds a sender is kept waiting for Kafka before it is told to come again."""
AGAIN = 1.0
"""Seconds until a server that is away at the start is asked again."""
GRACE = 9.0
"""Seconds a worker may take to finish what is under way."""
LOOK = 1.0
"""Seconds between two looks at a producer, and at who may have refused us."""
BROKEN = 70
"""Exit code of a process that could not go on (EX_SOFTWARE): start it again."""

log = logging.getLogger(__name__)
Check = Callable[[], Awaitable[str | None]]


class Unfinished(RuntimeError):
    """A worker was told to stop and could not in time."""


class Refused(RuntimeError):
    """Kafka or Redis lets this process in no more, and it serves nobody without."""


class Start:
    """How far a process is that has its ops port and does not serve yet.

    A server that is away is waited for without end: who leaves is started again later and later, and comes
    minutes after it. One that refuses us is not: what it refuses was read before, and is read at a start.
    """

    def __init__(self, process: str) -> None:
        self._missing: str | None = f"the {process} is starting"

    async def check(self) -> str | None:
        """None once it serves, else what it does, or waits for."""
        return self._missing

    def waits(self, missing: str) -> None:
        """Tells it, once."""
        if missing != self._missing:
            say(f"waits: {missing}")
        self._missing = missing

    def over(self) -> None:
        """It serves."""
        self._missing = None


async def gateway(settings: Settings) -> int:
    """HTTP in, until a signal."""
    async with AsyncExitStack() as stack:
        parts = await _parts(settings, stack, "gateway")
        keys, hooks = _write_keys(settings, parts), hooks_in(settings, parts.maisons)
        producer = Producer(parts.brokers, client_id="prevenance-gateway", delivery_timeout=GATEWAY_DELIVERY)
        stack.push_async_callback(producer.close)
        start = Start("gateway")
        # Without Redis it takes all but consents: unready, it would be sent nothing of what Kafka can keep.
        await _ops(settings, parts, stack, {"start": start.check, "kafka": producer.away})
        app = gateway_app(parts, producer, keys, await _shards(settings, parts, start), hooks)
        for maison in parts.maisons:
            parts.metrics.ingest_accepted_total.labels(maison)
        runner, port = await listen(app, settings.host, settings.port)
        stack.push_async_callback(runner.cleanup)
        start.over()
        say(f"gateway on http://{settings.host}:{port}")
        collect_rarely()
        letting_in = asyncio.create_task(_let_in(parts))
        stack.callback(letting_in.cancel)
        return await _until_signal_or_death(producer, lambda: _kafka_refuses(producer))


def _write_keys(settings: Settings, parts: Parts) -> str:
    """Raises `SettingsError` when they can't be read, or one is of a house that is not there."""
    keys = settings.need("write_keys").reveal()
    try:
        named = write_keys_from(keys).maisons
    except ValueError as error:
        raise SettingsError(str(error)) from None
    if unknown := named - parts.maisons.keys():
        raise SettingsError(
            f"PREVENANCE_WRITE_KEYS: no file in {settings.maisons} defines the maison {min(unknown)!r}"
        )
    return keys


async def _let_in(parts: Parts) -> None:
    """What waits of sources declared since this gateway last started; what is let in twice counts once."""
    try:
        count = await quarantine.release(parts.brokers, quarantine.known(parts.maisons))
    except KafkaAway as away:
        log.warning("what waits in quarantine was not let in: %s", away)
        return
    if count:
        say(f"{many(count, 'event')} of sources declared since let in")


async def console(settings: Settings) -> int:
    """HTTP for people, until a signal."""
    async with AsyncExitStack() as stack:
        parts = replace(await _parts(settings, stack, "console"), push=push_in(settings))
        secret, start = settings.need("jwt_secret").reveal(), Start("console")
        await _ops(settings, parts, stack, {"start": start.check, "redis": lambda: _redis_reads(parts)})
        shards = await _shards(settings, parts, start)
        producer = Producer(parts.brokers, client_id="prevenance-console", delivery_timeout=GATEWAY_DELIVERY)
        stack.push_async_callback(producer.close)
        stack.push_async_callback(parts.roll.stop)
        stack.push_async_callback(parts.switch.stop)
        await asyncio.gather(parts.roll.start(), parts.switch.start())
        app = console_app(parts, producer, secret, shards)
        runner, port = await listen(app, settings.host, settings.port)
        stack.push_async_callback(runner.cleanup)
        start.over()
        say(f"console on http://{settings.host}:{port}")
        collect_rarely()
        return await _until_signal_or_death(producer, lambda: _redis_refuses(parts))


async def worker(settings: Settings, agents: Sequence[str]) -> int:
    """The agents named, until a signal or until one can't go on."""
    async with AsyncExitStack() as stack:
        parts = await _parts(settings, stack, "worker")
        running, start = Worker(parts, agents), Start("worker")
        await _ops(settings, parts, stack, {"start": start.check, **checks_of(parts, running)})
        await _shards(settings, parts, start)
        await _redis_there(parts, start)
        if not {"personalise", "learn"}.isdisjoint(agents):
            await warm(TAUGHT)
        await running.prepare()
        stopping = until_signal()
        await running.join()
        start.over()
        collect_rarely()
        say(f"worker with {', '.join(agents)}")
        failure = asyncio.create_task(running.failure())
        ending: list[asyncio.Future[Any]] = [stopping, failure]
        await asyncio.wait(ending, return_when=asyncio.FIRST_COMPLETED)
        if failure.done():
            leave(failure.result())
        failure.cancel()
        try:
            await asyncio.wait_for(running.stop(), GRACE)
        except TimeoutError:
            leave(Unfinished(f"what was under way did not finish in {GRACE:.0f} s; it will be done again"))
        return 0


def leave(reason: BaseException) -> None:
    """Ends the process at once: whatever is half done is fenced, and nothing of it was acknowledged."""
    say(f"stopped: {named(reason)}")
    logging.shutdown()
    os._exit(BROKEN)


def _leave_early() -> None:
    """Told to stop before it serves, a process has nothing to finish, and threads that may wait for long."""
    say("stopped before it served anybody")
    logging.shutdown()
    os._exit(0)


async def _parts(settings: Settings, stack: AsyncExitStack, process: str) -> Parts:
    _on_signal(_leave_early)
    if EMBEDDED in (settings.kafka, settings.redis):
        raise SettingsError(
            "an embedded Kafka or Redis lives in one process: set PREVENANCE_KAFKA and PREVENANCE_REDIS to "
            "servers, or run `prevenance demo`"
        )
    for weak in secrets(settings, {}):
        if not weak.ok and getattr(settings, weak.name) is not None:
            say(f"not safe: {weak.said}")
    parts = servers(settings, stack)
    await knock(parts.redis)
    return replace(parts, spans=await spans_to(settings, f"prevenance-{process}", stack))


async def _shards(settings: Settings, parts: Parts, start: Start) -> int:
    """How many shards there are, once Kafka can tell. Raises `SettingsError` where the secrets are not those
    of this log, `TopicError`."""
    while True:
        try:
            shards = await asyncio.to_thread(topic_admin.shards_of, parts.brokers)
            break
        except topic_admin.KafkaSilent as silent:
            start.waits(str(silent))
            await asyncio.sleep(AGAIN)
    ours = (parts.brokers, settings.master, parts.pepper, parts.maisons)
    if wrong := await asyncio.to_thread(check_kafka.strangers, *ours):
        raise SettingsError(wrong)
    return shards


async def _redis_there(parts: Parts, start: Start) -> None:
    """Returns once Redis answers. Raises `SettingsError` where it answers that it refuses us."""
    while (away := await _redis_answers(parts)) is not None:
        start.waits(away)
        await asyncio.sleep(AGAIN)
        await knock(parts.redis)


def servers(settings: Settings, stack: AsyncExitStack, needs_redis: bool = True) -> Parts:
    """What a process is made of where Kafka and Redis are servers; its client of Redis ends with `stack`.

    Raises `SettingsError`.
    """
    redis = open_redis(settings.redis) if needs_redis else None
    maisons = load_maisons(settings.maisons)
    if redis is not None:
        stack.push_async_callback(redis.aclose)
    return Parts(
        brokers=settings.kafka,
        redis=redis,
        maisons=maisons,
        roll=Roll(settings.kafka, maisons),
        switch=KillSwitch(settings.kafka, redis, maisons),
        pepper=settings.need("pepper").reveal().encode(),
        master=settings.master,
        metrics=Metrics(CollectorRegistry()),
        session_timeout=settings.session_timeout,
        checkpoint_seconds=settings.checkpoint_seconds,
    )


async def _ops(settings: Settings, parts: Parts, stack: AsyncExitStack, checks: dict[str, Check]) -> None:
    metrics = parts.metrics
    ops = await start_ops(metrics.registry, checks, settings.host, settings.ops_port, metrics.ready)
    stack.push_async_callback(ops.close)
    say(f"metrics on http://{settings.host}:{ops.port}/metrics")


def checks_of(parts: Parts, worker: Worker) -> dict[str, Check]:
    """What a process with agents needs to be ready."""
    return {
        "agents": worker.ready,
        "progress": worker.progress,
        "redis": lambda: _redis_answers(parts),
    }


async def _redis_answers(parts: Parts) -> str | None:
    try:
        await parts.redis.ping()
    except Exception as error:  # whatever it is, it is what /ready has to tell
        return f"Redis {not_answering(error)}"
    return None


async def _redis_reads(parts: Parts) -> str | None:
    """One that can't write to its disk refuses a PING, and tells all it has: of a console that was out of the
    balancer for it nobody would see a card."""
    missing = await _redis_answers(parts)
    return None if missing == f"Redis {UNWRITTEN}" else missing


async def _kafka_refuses(producer: Producer) -> str | None:
    """Why a gateway is let in no more. Redis it does without: left for that, nobody would take anything."""
    return await producer.away() if producer.refused else None


async def _redis_refuses(parts: Parts) -> str | None:
    """Why a console is let in no more. One that Kafka refuses still shows cards: it stays."""
    try:
        await knock(parts.redis)
    except SettingsError as refused:
        return str(refused)
    return None


async def _until_signal_or_death(producer: Producer, refused: Check) -> int:
    """A producer that gave up for good would answer 503 for ever: who started the process starts it again. So
    would a process that is `refused` for a minute: what keeps it out is read anew at a start."""
    stopping = until_signal()
    loop = asyncio.get_running_loop()
    let_in = loop.time()
    while not (await asyncio.wait([stopping], timeout=LOOK))[0]:
        if producer.dead:
            leave(ProducerDead(producer.dead))
        if (why := await refused()) is None:
            let_in = loop.time()
        elif loop.time() - let_in > PATIENCE:
            leave(Refused(why))
    return stopping.result()


def until_signal() -> asyncio.Future[int]:
    """0 once a signal has come, of which from now on whoever waits for it is told."""
    stopped = asyncio.get_running_loop().create_future()

    def told() -> None:
        if not stopped.done():
            stopped.set_result(0)

    _on_signal(told)
    return stopped


def _on_signal(told: Callable[[], None]) -> None:
    """Whoever was told before hears of no signal any more."""
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, told)
