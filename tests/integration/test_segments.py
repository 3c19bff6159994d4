"""Segments on a real line: what is told, counted and listed agree after kills, and each change has one id."""

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import Message

from streams.topics import SEGMENTS
from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
from tests.line import Line, oid
from tests.outside import Outside, event
from tests.reading import stored
from tests.waiting import wait_until

CLIENTS = [f"regular-{n}" for n in range(12)]
VISITS = 24
"""As many as the simulated house's segment `regulars` asks for."""


@pytest.fixture(scope="module")
def line(empty_kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder: Path = tmp_path_factory.mktemp("segments")
    with Redis() as redis, Line(empty_kafka.bootstrap, redis.url, folder, session_timeout=2.0) as line:
        line.start("gateway", "worker", "console")
        yield line


async def count(outside: Outside) -> int:
    seen = await outside.ask("GET", "/v1/segments", "helene")
    return next(int(s["clients"]) for s in seen["segments"] if s["id"] == "regulars")


@pytest.mark.prove
async def test_a_worker_killed_while_clients_become_regulars_tells_each_of_them_once(line: Line) -> None:
    now = time.time()
    said = [event("client.consent", client_id=c, purpose="personalisation", state="all") for c in CLIENTS]
    came = [
        event("store.checkin", now - 9e6 + 9e4 * n, client_id=c, site="vendome", method="nfc")
        for n in range(VISITS)
        for c in CLIENTS
    ]
    async with line.outside() as outside:
        await outside.post(said)
        for start in range(0, len(came), 60):
            await outside.post(came[start : start + 60])
            if start in (120, 240):
                line.restart("worker")
        await outside.post(random.Random(3).sample(came, len(came)))

        async def all_in() -> bool:
            return await count(outside) == len(CLIENTS)

        await wait_until(all_in, 40, "every client is counted", every=0.3)
        listed = await outside.ask("GET", "/v1/segments/regulars", "camille")
        assert {member["client"] for member in listed["members"]} == {oid(c) for c in CLIENTS}
        await wait_until(lambda: len(told(line)) >= len(CLIENTS), 20, "every change is told", every=0.3)
        await outside.post(
            [event("client.consent", client_id=CLIENTS[0], purpose="personalisation", state="none")]
        )

        async def one_less() -> bool:
            return await count(outside) == len(CLIENTS) - 1

        await wait_until(one_less, 40, "a withdrawal leaves it", every=0.3)
    await wait_until(lambda: len(told(line)) > len(CLIENTS), 20, "it is told", every=0.3)
    changes = [(change["client"], change["change"]) for change in told(line).values()]
    assert sorted(changes) == sorted([(oid(c), "entered") for c in CLIENTS] + [(oid(CLIENTS[0]), "left")])


def told(line: Line) -> dict[str, dict[str, str]]:
    """Changes on the topic by id: one that was sent twice, for a kill came in between, is one."""
    messages: list[Message] = stored(line.kafka, SEGMENTS)
    assert {m.key() for m in messages} <= {b"lumiere/client-service"}
    found = [json.loads(m.value() or b"") for m in messages]
    return {change["id"]: change for change in found}
