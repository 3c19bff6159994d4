"""Topics may be spread otherwise than the inbound ones: whoever made `alerts` by hand loses no inbox."""

from pathlib import Path

import aiohttp
import redis
from confluent_kafka.admin import AdminClient, NewTopic

from streams import topics
from tests.brokers.kafka import Kafka
from tests.line import Line
from tests.outside import LUMIERE
from tests.waiting import wait_until


async def test_every_inbox_is_somebodys_where_alerts_has_other_partitions(
    real_kafka: Kafka, redis_url: str, tmp_path: Path
) -> None:
    """Of an inbox that is nobody's no card is shown that waited for a quieter moment."""
    real_kafka.wipe()
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    with AdminClient({"bootstrap.servers": real_kafka.bootstrap}) as admin:
        for done in admin.create_topics([NewTopic(topics.ALERTS, 1, 1)]).values():
            done.result(timeout=20)
    with Line(real_kafka.bootstrap, redis_url, tmp_path) as line:
        line.start("worker", agents="deliver")
        url = f"http://127.0.0.1:{line['worker'].ops_port}/metrics"

        async def told() -> bool:
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                text = await answer.text()
            return all(
                f'prevenance_inbox_open{{maison="lumiere",site="{p}"}}' in text for p in LUMIERE.places
            )

        await wait_until(told, 15, "every inbox of the house is looked at", every=0.3)
