"""What several contract suites need."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio import RedisCluster

from streams.connect import open_redis


@pytest.fixture(params=["redis", "cluster"])
async def redis(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    """A client of an empty Redis, and of an empty cluster."""
    if request.param == "redis":
        async with open_redis(request.getfixturevalue("redis_url")) as client:
            yield client
    else:
        cluster = request.getfixturevalue("redis_cluster")
        async with open_redis(cluster.url.replace("redis", "redis-cluster", 1)) as client:
            await client.flushall(target_nodes=RedisCluster.ALL_NODES)
            yield client
