"""The ceiling: librdkafka read in a bare loop, the same core functions, the same store and its fence.

No framework, no timers, no rebalancing in the middle of a slice, no metrics, no second look at anything.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from confluent_kafka import Consumer, Producer

from benchmarks.field.core import core
from benchmarks.field.meter import Meter, asked, say
from benchmarks.mix import MAISON
from benchmarks.personalising import SPENT, _Timed, _timed
from benchmarks.servers import SHARDS
from feature_store.redis_store import RedisStore
from feature_store.store import Fence, View, Write
from streams import topics
from streams.connect import open_redis
from streams.garbage import collect_rarely
from streams.topics import partition_of

POLL = 6000
"""Events a poll, some fifteen hundred of each of four partitions: a fifth less CPU than of two thousand."""
WITHIN = 0.005
"""Seconds after which a poll takes fewer: of a backlog it is full at once."""


async def run(ask: dict[str, Any]) -> None:
    """Polls, computes, produces, applies, commits twice a second."""
    consumer = Consumer(
        {
            "bootstrap.servers": ask["brokers"],
            "group.id": ask["group"],
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "session.timeout.ms": 10_000,
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": ask["brokers"],
            "enable.idempotence": True,
            "compression.type": "lz4",
            "linger.ms": 0,
        }
    )
    redis = open_redis(ask["redis"])
    store = RedisStore(redis, lambda key: partition_of(key, SHARDS))
    apply, consume, produce = core(ask["brain"], ask["clients"]), consumer.consume, producer.produce
    flush = producer.flush
    read: Callable[..., Awaitable[View]] = store.read
    write: Callable[..., Awaitable[bool]] = store.apply
    if ask.get("stages"):
        apply, consume = _timed("compute", apply), _timed("consumer", consume)
        produce, flush = _timed("produce", produce), _timed("produce", flush)
        read = lambda *asked: _Timed("read", store.read(*asked))  # noqa: E731
        write = lambda *asked: _Timed("apply", store.apply(*asked))  # noqa: E731
    meter, committed = Meter(ask["events"]), time.monotonic()
    collect_rarely()

    async def serve(shard: int, messages: list[Any]) -> None:
        values = defaultdict[bytes, list[bytes]](list)
        for message in messages:
            values[message.key()].append(message.value())
        view = await read(shard, [(MAISON, key.decode()) for key in values])
        fence = view.fence or Fence("field")
        last = fence.offsets.get(topics.CLICKS, -1)
        if messages[0].offset() <= last:  # read again after a crash
            later = [message for message in messages if message.offset() > last]
            return await serve(shard, later) if later else None
        now, parts = time.time(), {}
        for (part, stored), (key, events) in zip(view.parts.items(), values.items(), strict=True):
            parts[part], alerts = apply(key, stored, events, now)
            for alert in alerts:
                produce(topics.ALERTS, alert, key)
        flush()
        after = Fence("field", fence.version + 1, {topics.CLICKS: messages[-1].offset()})
        if not await write(shard, Write(seen=view.raw, fence=after, parts=parts)):
            raise SystemExit("bench: another loop serves this partition")
        meter.applied += len(messages)

    consumer.subscribe([topics.CLICKS])
    began = time.thread_time()
    while not meter.done.is_set():
        slices = defaultdict[int, list[Any]](list)
        for message in consume(POLL, WITHIN):
            slices[message.partition()].append(message)
        await asyncio.gather(*(serve(shard, messages) for shard, messages in slices.items()))
        if slices and time.monotonic() - committed > ask["commit"]:
            consumer.commit(asynchronous=True)
            committed = time.monotonic()
        if not meter.applied:
            began = time.thread_time()
            SPENT.clear()
    loop = time.thread_time() - began
    consumer.close()
    await redis.aclose()
    say(meter.told() | {"stages": SPENT, "loop": loop})


if __name__ == "__main__":
    asyncio.run(run(asked()))
