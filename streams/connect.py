"""Clients of Redis, on one server or a cluster, with time-outs that are bounded and told."""

from typing import Any
from urllib.parse import urlsplit

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from streams.pipelined import Pipelined
from streams.settings import SettingsError

TIMEOUT = 5.0
CONNECTIONS = 256


def open_redis(url: str) -> Any:
    """A client that returns bytes: `redis://`, `rediss://`, `unix://`; `redis-cluster://` for a cluster.

    Raises `SettingsError`, which never repeats the URL: a password may stand in it.
    """
    try:
        return _opened(url)
    except ValueError:
        raise SettingsError(
            "PREVENANCE_REDIS is no URL of a Redis: write redis://[:password@]host[:port], "
            "with %23, %2F, %3A and %40 for #, /, : and @ in a password"
        ) from None


def _opened(url: str) -> Any:
    if urlsplit(url).scheme == "redis-cluster":
        return redis.asyncio.RedisCluster.from_url(
            url.replace("redis-cluster", "redis", 1), socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
        )
    return Pipelined.from_url(
        url,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        max_connections=CONNECTIONS,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
    )
