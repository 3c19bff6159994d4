"""Starting over: all that the store holds is deleted, for a store that another log has filled.

Workers, stopped before, make records, links, models and inboxes again at their start: records from their
checkpoints and models from their snapshots where these are of this log, and everything from the log.
"""

import asyncio
from contextlib import AsyncExitStack

from aiokafka.errors import KafkaError

from feature_store.redis_sweep import clear_records, clear_the_rest
from schemas.wording import PlainError, many
from streams import topic_admin, topics
from streams.applied import ends_of
from streams.connect import open_redis
from streams.logs import say
from streams.members import members
from streams.settings import Settings
from streams.worker import AGENTS


class RebuildError(PlainError):
    """Nothing was changed; the message says why and what to do."""


async def start_over(settings: Settings, *, yes: bool) -> int:
    """Deletes everything; without `yes` it only tells what it would do. Returns the exit code.

    Raises `RebuildError`, `TopicError`, `KafkaAway`, `StoreAway`.
    """
    brokers = settings.kafka
    async with AsyncExitStack() as stack:
        redis = open_redis(settings.redis)
        stack.push_async_callback(redis.aclose)
        shards = await asyncio.to_thread(topic_admin.shards_of, brokers)
        await asyncio.to_thread(refuse_running, brokers)
        count = await asyncio.to_thread(_tell_log, brokers)
        if not yes:
            say("nothing was deleted: add --yes")
            return 1
        records = await clear_records(redis, range(shards))
        say(f"{many(records, 'record')} deleted")
        say(f"{many(await clear_the_rest(redis), 'key')} of links, models and inboxes deleted")
        say(f"start the workers: they read checkpoints and {many(count, 'event')} again")
        return 0


def refuse_running(brokers: str) -> None:
    """Raises `RebuildError` where a worker is a member of its group, or was a moment ago."""
    told = members(brokers, AGENTS)
    if untold := next((said for said in told.values() if isinstance(said, KafkaError)), None):
        raise RebuildError(f"Kafka does not tell who is running: {untold}")
    if running := [name for name, count in told.items() if count]:
        raise RebuildError(
            f"workers are running ({', '.join(running)}): stop all of them first; "
            "one that was killed is forgotten after some seconds"
        )


def _tell_log(brokers: str) -> int:
    """How many events there are to read again; says which topics have lost their beginning."""
    count = 0
    for topic in topics.TIERS:
        ends = ends_of(brokers, topic).values()
        count += sum(end - low for low, end in ends)
        if gone := sum(low for low, _ in ends):
            say(
                f"{topic}: the first {gone:,} events are older than the log keeps: only checkpoints have them"
            )
    return count
