"""Starting over: what the store holds is deleted, and the workers make it again from the log.

An empty shard has no fence, so its lane reads again from the first record to the committed offset before
it goes on: `streams.shard` does that by itself.
"""

import asyncio
from contextlib import AsyncExitStack

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from feature_store.redis_store import RedisStore
from feature_store.redis_sweep import CLEARED, clear_records, clear_the_rest
from streams import topics
from streams.applied import ends_of
from streams.connect import open_redis
from streams.serve import say
from streams.settings import EMBEDDED, Settings, SettingsError
from streams.worker import AGENTS

ANSWER = 15.0


class RebuildError(RuntimeError):
    """Nothing was deleted; the message says why and what to do."""


async def rebuild(settings: Settings, *, everything: bool, yes: bool) -> int:
    """Deletes records, timers and fences; with `everything` also links, models and inboxes.

    Without `yes` it only tells what it would do. Returns the exit code. Raises `RebuildError`,
    `TopicError`, `KafkaAway`, `StoreAway`.
    """
    brokers = settings.kafka
    if EMBEDDED in (brokers, settings.redis):
        raise SettingsError("an embedded Kafka or Redis is empty at each start: there is nothing to rebuild")
    async with AsyncExitStack() as stack:
        redis = open_redis(settings.redis)
        stack.push_async_callback(redis.aclose)
        shards = await asyncio.to_thread(topics.shards_of, brokers)
        await asyncio.to_thread(_refuse_running, brokers)
        epoch = await asyncio.to_thread(topics.epoch_of, brokers, topics.TIERS)
        if not everything:
            await _refuse_another_log(RedisStore(redis, lambda _: 0), shards, epoch)
        count = await asyncio.to_thread(_tell_log, brokers)
        if not yes:
            say("nothing was deleted: add --yes")
            return 1
        records = await clear_records(redis, range(shards))
        say(f"{records:,} records deleted")
        if everything:
            say(f"{await clear_the_rest(redis):,} keys of links, models and inboxes deleted")
        say(f"start the workers: they read {count:,} events again")
        return 0


def _refuse_running(brokers: str) -> None:
    """Raises `RebuildError` where a worker is a member of its group, or was a moment ago."""
    client = AdminClient({"bootstrap.servers": brokers})
    try:
        asked = client.describe_consumer_groups(list(AGENTS), request_timeout=ANSWER)
        members = {name: len(future.result(timeout=ANSWER).members) for name, future in asked.items()}
    except KafkaException as error:
        raise RebuildError(f"Kafka does not tell who is running: {error.args[0].str()}") from error
    if running := [name for name, count in members.items() if count]:
        raise RebuildError(
            f"workers are running ({', '.join(running)}): stop all of them first; "
            "one that was killed is forgotten after some seconds"
        )


async def _refuse_another_log(store: RedisStore, shards: int, epoch: str) -> None:
    for shard in range(shards):
        fence = (await store.read(shard, ())).fence
        if fence is not None and fence.epoch not in (epoch, CLEARED):
            raise RebuildError(
                f"shard {shard} of the store belongs to log {fence.epoch}, this one is {epoch}: point "
                "PREVENANCE_REDIS at the right store, or give up what it holds with --everything"
            )


def _tell_log(brokers: str) -> int:
    """How many events there are to read again; says which topics have lost their beginning."""
    count = 0
    for topic in topics.TIERS:
        ends = ends_of(brokers, topic).values()
        count += sum(end - low for low, end in ends)
        if gone := sum(low for low, _ in ends):
            say(f"{topic}: the first {gone:,} events are older than the log keeps and will be missing")
    return count
