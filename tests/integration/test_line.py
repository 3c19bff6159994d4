"""The line as it is run: processes, a real Kafka, a real Redis, and what goes wrong with them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
from tests.line import Line
from tests.outside import event


@pytest.fixture(scope="module")
def line(kafka: Kafka, redis_server: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    if not isinstance(kafka, Kafka):
        pytest.skip("needs a real Kafka")
    kafka.wipe()
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    with Line(kafka.bootstrap, redis_server.url, tmp_path_factory.mktemp("line")) as line:
        line.start("gateway", "worker", "console")
        yield line


async def test_an_event_becomes_an_alert_over_all_processes(line: Line) -> None:
    async with line.outside() as outside:
        await outside.post([event("client.profile", client_id="aline", fields={"name": "Aline"})])
        await outside.facts_become({"visits": 0}, client_id="aline")
        async with outside.hear("camille") as heard:
            await outside.post([event("store.checkin", client_id="aline", site="vendome", method="nfc")])
            client = await outside.client(client_id="aline")
            assert client is not None
            alert = await outside.alert_of(client["id"])
            assert alert["action"] == "boutique_welcome"
            await outside.facts_become({"visits": 1}, client_id="aline")
        assert heard.twice == []
        assert await outside.dead_letters() == []
