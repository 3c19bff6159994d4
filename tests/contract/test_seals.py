"""What seals promise, on Redis and a Redis cluster."""

from typing import Any

import pytest

from feature_store.seals import Seal, Seals
from feature_store.store import StoreAway
from streams.connect import open_redis
from tests.brokers.redis import Redis


async def test_a_lane_that_never_sealed_begins_with_nothing_in_the_epoch_that_is_now(redis: Any) -> None:
    assert await Seals(redis).read("deliver", 3, "log-1") == Seal("log-1", -1)


async def test_a_seal_is_read_back_as_it_was_written_and_for_its_lane_and_partition_alone(redis: Any) -> None:
    seals = Seals(redis)
    never = Seal("log-1")
    assert await seals.write("deliver", 3, Seal("log-1", 41), never)
    assert await seals.write("deliver", 4, Seal("log-1", 7), never)
    assert await seals.write("learn", 3, Seal("log-1", 9), never)
    assert await seals.write("deliver", 3, Seal("log-1", 42), Seal("log-1", 41))
    assert await seals.read("deliver", 3, "log-2") == Seal("log-1", 42)
    assert await seals.read("deliver", 4, "log-1") == Seal("log-1", 7)
    assert await seals.read("learn", 3, "log-1") == Seal("log-1", 9)
    assert await seals.read("identify", 3, "log-1") == Seal("log-1")


async def test_a_seal_is_not_written_over_another_than_was_read(redis: Any) -> None:
    seals = Seals(redis)
    assert not await seals.write("deliver", 3, Seal("log-1", 42), Seal("log-1", 41))
    assert await seals.write("deliver", 3, Seal("log-1", 41), Seal("log-1"))
    assert not await seals.write("deliver", 3, Seal("log-1", 42), Seal("log-1"))
    assert await seals.read("deliver", 3, "log-1") == Seal("log-1", 41)


async def test_the_first_offset_of_a_partition_is_a_seal_like_any_other(redis: Any) -> None:
    seals = Seals(redis)
    assert await seals.write("deliver", 3, Seal("log-1", 0), Seal("log-1"))
    assert not await seals.write("deliver", 3, Seal("log-1", 1), Seal("log-1"))
    assert await seals.write("deliver", 3, Seal("log-1", 1), Seal("log-1", 0))


async def test_a_seal_that_is_sent_twice_is_written_once(redis: Any) -> None:
    for _ in range(2):
        assert await Seals(redis).write("deliver", 3, Seal("log-1", 41), Seal("log-1"))


async def test_a_redis_that_is_away_is_told() -> None:
    with Redis() as server:
        async with open_redis(server.url) as client:
            server.kill()
            with pytest.raises(StoreAway):
                await Seals(client).read("deliver", 3, "log-1")
            with pytest.raises(StoreAway):
                await Seals(client).write("deliver", 3, Seal("log-1", 1), Seal("log-1"))
