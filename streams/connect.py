"""Clients of Redis, on one server or a cluster, with time-outs that are bounded and told."""

from typing import Any
from urllib.parse import urlsplit

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

TIMEOUT = 5.0
CONNECTIONS = 256


def open_redis(url: str) -> Any:
    """A client that returns bytes: `redis://`, `rediss://`, `unix://`; `redis-cluster://` for a cluster."""
    parts = urlsplit(url)
    if parts.scheme == "redis-cluster":
        return redis.asyncio.RedisCluster.from_url(
            url.replace("redis-cluster", "redis", 1), socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
        )
    return redis.asyncio.Redis.from_url(
        url,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        max_connections=CONNECTIONS,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
    )
