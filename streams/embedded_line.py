"""A line in one process: Kafka and Redis that were not given are embedded, the agents run beside them."""

import asyncio
import secrets
from contextlib import AsyncExitStack
from typing import TypeVar

from prometheus_client import CollectorRegistry

from schemas.sealing import master_of
from streams import topic_admin
from streams.connect import open_redis
from streams.embedded import EmbeddedKafka, EmbeddedRedis
from streams.kill_switch import KillSwitch
from streams.logs import say
from streams.metrics import Metrics
from streams.parts import Parts
from streams.settings import EMBEDDED, Settings, load_maisons
from streams.staff import Roll
from streams.worker import Worker

SHARDS = 4

S = TypeVar("S", EmbeddedKafka, EmbeddedRedis)


async def assemble(settings: Settings, stack: AsyncExitStack) -> Parts:
    """What a worker is made of; servers that are embedded end with `stack`. A missing pepper is drawn.

    Raises `EmbeddedError`, `TopicError`, `SettingsError`.
    """
    maisons = load_maisons(settings.maisons)
    brokers: str = settings.kafka
    url = settings.redis
    if brokers == EMBEDDED:
        say("starting an embedded Kafka")
        brokers = (await _enter(stack, EmbeddedKafka())).bootstrap
    if url == EMBEDDED:
        say("starting an embedded Redis")
        url = (await _enter(stack, EmbeddedRedis())).url
    await asyncio.to_thread(topic_admin.create_and_check, brokers, SHARDS, 1)
    redis = open_redis(url)
    stack.push_async_callback(redis.aclose)
    pepper = settings.pepper.reveal() if settings.pepper else secrets.token_urlsafe(32)
    return Parts(
        brokers=brokers,
        redis=redis,
        maisons=maisons,
        roll=Roll(brokers, maisons),
        switch=KillSwitch(brokers, redis, maisons),
        pepper=pepper.encode(),
        master=settings.master if settings.pepper or settings.master_key else master_of(pepper.encode()),
        metrics=Metrics(CollectorRegistry()),
    )


async def run_agents(worker: Worker, stack: AsyncExitStack) -> None:
    """Starts a worker in this process and returns when it is ready; it stops with `stack`."""
    await worker.start()
    stack.push_async_callback(worker.stop)
    say("starting the agents")
    while (await worker.ready()) is not None:  # noqa: ASYNC110  Kafka gives no event for it
        await asyncio.sleep(0.05)


async def _enter(stack: AsyncExitStack, server: S) -> S:
    await asyncio.to_thread(server.start)
    stack.callback(server.stop)
    # Whoever was just asking it something in a thread is answered first: else they ask for a minute more.
    stack.push_async_callback(asyncio.get_running_loop().shutdown_default_executor)
    return server
