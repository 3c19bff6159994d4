"""Everything is killed while events pour in; in the end every count is exact, nothing was told twice."""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.brokers import kafka as apache
from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
from tests.line import Line, Process
from tests.outside import Listener
from tests.prove.storm import Client, Sending, revive, say, settled, storm
from tests.waiting import wait_until

SEED = 20261122
SETTLED = 240.0
"""Seconds that may pass from the last event until all is counted."""
AOF = ("--appendonly", "yes", "--appendfsync", "everysec")


@pytest.fixture
def servers() -> Iterator[tuple[Kafka, Redis]]:
    if (why_not := apache.available()) is not None:
        pytest.skip(why_not)
    with Kafka() as kafka, Redis(options=AOF) as redis:
        yield kafka, redis


@pytest.mark.timeout(300)
async def test_a_short_storm_with_kills_leaves_every_count_exact(empty_kafka: Kafka, tmp_path: Path) -> None:
    clients = storm(SEED, clients=40, each=25, busy=4, busy_each=500)
    with Redis() as redis, Line(empty_kafka.bootstrap, redis.url, tmp_path, session_timeout=2.0) as line:
        line.start("worker", agents="keys,personalise,identify,learn", wait=False)
        line.start("deliver", agents="deliver", wait=False)
        line.start("gateway", "console")
        for name in ("worker", "deliver"):
            line[name].wait_ready()
        await _weather(line, clients, seconds=10.0, kills=["worker", "deliver"])


@pytest.mark.prove
@pytest.mark.timeout(900)
async def test_a_storm_with_kills_and_restarts_leaves_every_count_exact(
    servers: tuple[Kafka, Redis], tmp_path: Path
) -> None:
    clients = storm(SEED, clients=2000, each=30, busy=20, busy_each=3000)
    with Line(servers[0].bootstrap, servers[1].url, tmp_path, session_timeout=6.0) as line:
        line.start("worker", "worker-2", agents="keys,personalise,identify,learn", wait=False, cold=True)
        line.start("deliver", agents="deliver", wait=False, cold=True)
        line.start("gateway", "console", cold=True)
        for name in ("worker", "worker-2", "deliver"):
            line[name].wait_ready()
        kills = ["worker", "gateway", "deliver", "worker-2", "worker", "gateway", "deliver", "worker-2"]
        await _weather(line, clients, seconds=60.0, kills=kills, restarted=servers)


async def _weather(
    line: Line,
    clients: list[Client],
    *,
    seconds: float,
    kills: list[str],
    restarted: tuple[Kafka, Redis] | None = None,
) -> None:
    async with line.outside() as outside, outside.hear("camille", cut_every=4.0) as heard:
        sending = Sending(outside, clients, seconds)
        say(f"{len(clients)} clients, {sending.total} events with their twins, over {seconds:.0f} s")
        began = time.monotonic()
        async with asyncio.TaskGroup() as all_of_it:
            pouring = all_of_it.create_task(sending.run())
            watch = all_of_it.create_task(_watch(line, sending, began))
            all_of_it.create_task(_strike(line, kills, seconds))
            if restarted:
                all_of_it.create_task(_restart(restarted, seconds))
            await pouring
            watch.cancel()
        say(f"all acknowledged after {time.monotonic() - began:.1f} s, {outside.sent_again} posts sent again")
        await settled(outside, clients, SETTLED, partial(revive, line))
        say(f"exact for {len(clients)} clients after {time.monotonic() - began:.1f} s")
        await _nothing_twice(heard)
        assert await outside.dead_letters() == []


async def _strike(line: Line, kills: list[str], seconds: float) -> None:
    """Kills at random moments of even spans of time, what is at work again, and starts it at once."""
    draw = random.Random(SEED)
    span = seconds / (len(kills) + 1)
    for name in kills:
        await asyncio.sleep(span * draw.uniform(0.8, 1.1))
        await wait_until(partial(_at_work, line[name]), 120, f"{name} is at work", every=0.5)
        line.kill(name)
        say(f"killed {name}")
        line.start(name, wait=False)


async def _at_work(process: Process) -> bool:
    return process.running and await asyncio.to_thread(process.ready)


async def _restart(servers: tuple[Kafka, Redis], seconds: float) -> None:
    kafka, redis = servers
    await asyncio.sleep(seconds * 0.38)
    redis.kill()
    await asyncio.sleep(1.0)
    redis.start()
    say("Redis was killed and is back")
    await asyncio.sleep(seconds * 0.3)
    kafka.restart()
    say("Kafka was restarted")


async def _watch(line: Line, sending: Sending, began: float) -> None:
    """Says how far it is, and starts again what left by itself, as whoever runs the line would."""
    for n in itertools.count(1):
        await asyncio.sleep(1.0)
        revive(line)
        if n % 5 == 0:
            passed = time.monotonic() - began
            say(f"{passed:5.1f} s: {sending.sent} of {sending.total} taken, {sending.behind:.1f} s behind")


async def _nothing_twice(heard: Listener) -> None:
    kinds = Counter(f"{h.event} {h.data['action']}" for h in heard.told)
    say(f"heard {dict(kinds.most_common(4))}, {heard.resumed} resumptions, {heard.resets} resets")
    assert heard.told
    assert heard.resumed > 0
    assert heard.twice == []
