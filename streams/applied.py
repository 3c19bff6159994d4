"""What the workers made of what was sent: waited for, and read back as facts and features."""

import asyncio
import time
from pathlib import Path

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from agents.discretion import FACELESS
from feature_store import record as records
from feature_store.redis_sweep import part_keys
from schemas.wording import PlainError, many
from streams import gaps, topic_admin, topics
from streams.parts import Parts

PATIENCE = 60.0
"""Seconds without a step ahead after which nobody seems to be at work."""
AT_ONCE = 15.0
"""Seconds for which Kafka is asked where somebody waits for the answer."""


class NothingApplied(PlainError):
    """Nobody applies what was sent; the message says what to do."""


def ends_of(brokers: str, topic: str) -> dict[int, tuple[int, int]]:
    """First and next offset of each partition of a topic. Blocks. Raises `KafkaAway`."""
    consumer = gaps.opened(brokers, "prevenance-ends")
    try:
        return gaps.answered(lambda: _ends(consumer, topic), AT_ONCE)
    finally:
        consumer.close()


def _ends(consumer: Consumer, topic: str) -> dict[int, tuple[int, int]]:
    told = consumer.list_topics(topic, timeout=gaps.ANSWER).topics[topic]
    if told.error is not None:  # not there, or closed to us: it would look empty
        raise KafkaException(KafkaError(told.error.code(), f"the topic {topic}: {told.error.str()}"))
    return {
        p: consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=gaps.ANSWER)
        for p in sorted(told.partitions)
    }


async def until_applied(parts: Parts, stopping: asyncio.Event) -> None:
    """Returns when the fences have passed all that `replay.events` holds now. Raises `NothingApplied`."""
    ends = await asyncio.to_thread(ends_of, parts.brokers, topics.REPLAY)
    waiting = {shard: end - 1 for shard, (start, end) in ends.items() if end > start}
    store = parts.store(len(ends))
    left, moved = -1, time.monotonic()
    while waiting and not stopping.is_set():
        ahead = 0
        for shard, last in list(waiting.items()):
            fence = (await store.read(shard, ())).fence
            applied = fence.offsets.get(topics.REPLAY, -1) if fence else -1
            ahead += last - applied
            if applied >= last:
                del waiting[shard]
        if ahead != left:
            left, moved = ahead, time.monotonic()
        elif time.monotonic() > moved + PATIENCE:
            raise NothingApplied(
                f"{many(ahead, 'event')} in {topics.REPLAY}, and none was applied for {PATIENCE:.0f} s: "
                "is a worker running, on this Kafka and this Redis?"
            )
        await asyncio.sleep(0.05)


async def write_records(parts: Parts, out: Path, now: float) -> int:
    """One JSON line per part, `{id, maison, facts, features}`, nothing of the profile; how many."""
    shards = await asyncio.to_thread(topic_admin.shards_of, parts.brokers)
    store = parts.store(shards)
    count = 0
    with out.open("wb") as lines:
        async for piece in part_keys(parts.redis):
            for (maison, oid), value in (await store.peek(piece)).items():
                if value is None:  # gone between the two looks
                    continue
                record = records.decode(value)
                if not records.heard_of(record):
                    continue
                known = records.values(record, now)
                known.pop("facts", None)
                facts = records.BY_NAME["facts"].values(records.slice_of(record, "facts"), now)
                features = {name: of for name, of in known.items() if name not in FACELESS}
                line = {"id": oid, "maison": maison, "facts": facts, "features": features}
                lines.write(msgspec.json.encode(line) + b"\n")
                count += 1
    return count
