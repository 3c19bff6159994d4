"""Stock Faust as its documentation would have it: one agent, events by the hundred, the record in Redis."""

import asyncio
import logging
import time
from collections import defaultdict
from typing import Any

import faust

from benchmarks.field.core import core
from benchmarks.field.meter import Meter, asked, say
from benchmarks.mix import MAISON
from benchmarks.servers import SHARDS
from feature_store import keys
from feature_store.redis_store import TTL
from streams import topics
from streams.connect import open_redis
from streams.garbage import collect_rarely
from streams.topics import partition_of

AT_ONCE, WITHIN = 500, 0.005


async def run(ask: dict[str, Any]) -> None:
    """Reads records, applies, sends alerts, writes records; Faust acknowledges the batch after that."""
    app = faust.App(
        ask["group"],
        datadir=ask["folder"],
        broker=f"kafka://{ask['brokers']}",
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=ask["commit"],
        broker_session_timeout=10.0,
        web_enabled=False,
        topic_disable_leader=True,
        worker_redirect_stdouts=False,
        value_serializer="raw",
        key_serializer="raw",
    )
    apply, redis = core(ask["brain"], ask["clients"]), open_redis(ask["redis"])
    alerts_topic, meter = app.topic(topics.ALERTS), Meter(ask["events"])

    async def agent(stream: Any) -> None:
        async for events in stream.take_events(AT_ONCE, within=WITHIN):
            values = defaultdict[bytes, list[bytes]](list)
            for event in events:
                values[event.key].append(event.value)
            names = [keys.part(MAISON, partition_of(key, SHARDS), key.decode()) for key in values]
            stored, now = await redis.mget(names), time.time()
            writes, sent = redis.pipeline(transaction=False), []
            for name, held, (key, told) in zip(names, stored, values.items(), strict=True):
                record, alerts = apply(key, held, told, now)
                writes.set(name, record, ex=TTL)
                sent += [await alerts_topic.send(key=key, value=alert) for alert in alerts]
            await asyncio.gather(*sent)
            await writes.execute()
            meter.applied += len(events)

    app.agent(app.topic(topics.CLICKS))(agent)
    await app.start()
    collect_rarely()
    while not meter.done.is_set():
        await asyncio.sleep(0.05)
    told = meter.told()
    await app.stop()
    await redis.aclose()
    say(told)


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    asyncio.run(run(asked()))
