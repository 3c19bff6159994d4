"""The pictures of the dashboards, of a line that runs: `.venv/bin/python -m docs.dashboards`, eight minutes.

Needs what the tests on a real Kafka need, and `prometheus` (Debian's package of that name). Grafana draws
nothing here: every query of every panel is asked of that Prometheus, and matplotlib draws what it answers.
"""

import asyncio
import random
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from deploy.grafana.dashboards import NAMES
from docs.drawing import draw
from streams import topics
from streams.produce import Message, Producer
from streams.simulate import simulate
from tests.brokers.kafka import Kafka
from tests.brokers.prometheus import Prometheus
from tests.brokers.redis import Redis
from tests.line import Line, standing_still
from tests.outside import WRITE_KEY, Outside, event

DOCS = Path(__file__).resolve().parent
RUNS = 420.0
"""Seconds that the line runs: the slowest rules are evaluated every five minutes."""
STEP = 5.0
STAFF = ("camille", "matteo", "haruka", "louis")
ANSWERS = ("accepted", "accepted", "done", "dismissed", "snoozed")


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Kafka() as kafka,
        Redis() as redis,
        Line(kafka.bootstrap, redis.url, Path(folder)) as line,
    ):
        line.start("gateway", "worker", "worker-2", "console")
        jobs = {"gateway": ["gateway"], "worker": ["worker", "worker-2"], "console": ["console"]}
        ports = {job: [line[name].ops_port for name in names] for job, names in jobs.items()}
        with Prometheus(ports, every=STEP) as watch:
            began = time.time()
            asyncio.run(_live(line))
            for name in NAMES:
                path = DOCS / f"dashboard-{name}.png"
                for empty in draw(watch, name, began, path):
                    print(f"{name}: nothing to show in {empty}")
                print(path)


async def _live(line: Line) -> None:
    """Seven minutes: a day of the simulated house, clicks, answers, and three things that go wrong."""
    async with line.outside() as outside, AsyncExitStack() as stack:
        for staff in STAFF:
            await stack.enter_async_context(outside.hear(staff))
        going_on = [
            asyncio.create_task(simulate(f"http://127.0.0.1:{line['gateway'].port}", WRITE_KEY)),
            asyncio.create_task(_pour(outside)),
            asyncio.create_task(_come_in(outside)),
            asyncio.create_task(_answer(outside)),
        ]
        await asyncio.sleep(RUNS * 0.4)
        async with standing_still(line, "worker"):
            await asyncio.sleep(4)
        await asyncio.sleep(RUNS * 0.15)
        await _unreadable(line)
        await asyncio.sleep(RUNS * 0.1)
        await asyncio.to_thread(line.restart, "worker-2")
        await asyncio.sleep(RUNS * 0.35)
        for task in going_on:
            task.cancel()
        await asyncio.gather(*going_on, return_exceptions=True)


async def _pour(outside: Outside) -> None:
    """Clicks of three thousand people, some of them twice."""
    chance = random.Random(1)  # noqa: S311
    while True:
        views = [
            event("web.view", client_id=f"c-{chance.randrange(3000)}", session="s", sku="bag-aurore")
            for _ in range(chance.randrange(50, 150))
        ]
        await outside.post(views)
        await outside.post(views[::20])
        await asyncio.sleep(0.25)


async def _come_in(outside: Outside) -> None:
    chance = random.Random(2)  # noqa: S311
    while True:
        client = f"c-{chance.randrange(400)}"
        await outside.post([event("client.profile", client_id=client, fields={"name": "Aline"})])
        site = chance.choice(("vendome", "ginza"))
        await outside.post([event("store.checkin", client_id=client, site=site, method="nfc")])
        await asyncio.sleep(1.0)


async def _answer(outside: Outside) -> None:
    chance = random.Random(3)  # noqa: S311
    while True:
        for staff in STAFF:
            for alert in (await outside.alerts(staff))[:3]:
                await outside.verdict(alert["id"], "claimed", staff)
                await outside.verdict(alert["id"], chance.choice(ANSWERS), staff)
        await asyncio.sleep(2.0)


async def _unreadable(line: Line) -> None:
    """What no version of the line has ever understood."""
    producer = Producer(line.kafka, client_id="somebody", delivery_timeout=10.0)
    try:
        letters = [
            Message(topic=topics.PURCHASES, key=b"till", value=b'{"total": "1.200,00"') for _ in range(4)
        ]
        await producer.send(
            [*letters, Message(topic=topics.CHECKINS, key=b"door", value=b'{"type": "door.open"}')]
        )
    finally:
        await producer.close()


if __name__ == "__main__":
    main()
