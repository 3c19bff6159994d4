"""Clients of Redis, on one server or a cluster, with time-outs that are bounded and told."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from ssl import SSLContext
from typing import Any
from urllib.parse import urlsplit

import redis.asyncio
from redis.asyncio import connection
from redis.asyncio.cluster import ClusterPipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    RedisClusterException,
    RedisError,
)
from redis.exceptions import ConnectionError as LinkLost

from streams.pipelined import Pipelined
from streams.settings import EMBEDDED, SettingsError

TIMEOUT = 5.0
CONNECTIONS = 256
AT_ONCE = 64
"""Commands of one process that are under way in a cluster: each takes a connection while it lasts."""
UNWRITTEN = "can't write to its disk, and refuses what is written: make room there"
_REASON = re.compile(r"certificate verify failed: (.+?) \(_ssl\.c")
"""What OpenSSL has against a certificate, in the words that `ssl` puts around it."""
_NO_CLUSTER = re.compile("cluster support disabled|unknown command .CLUSTER")
"""What a server of no cluster, and a Sentinel, say to whoever asks for the others."""


class _TlsOfNow(connection.RedisSSLContext):
    """Reads its files whenever it connects. redis-py reads them once for each connection, and its pool gives
    out again those that were lost: whoever listens never trusted a server whose authority was replaced."""

    def get(self) -> SSLContext:
        self.context = None
        made: SSLContext = super().get()
        return made


connection.RedisSSLContext = _TlsOfNow  # redis-py asks nobody which class to use


class Cluster(redis.asyncio.RedisCluster):
    """Has commands wait for their turn: a slice asks for hundreds of keys at once, and redis-py refuses those
    for which a node has no connection left. One that is away says so as one server does."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        async with self._room:
            with _as_one_server():
                return await super().execute_command(*args, **options)

    def pipeline(self, transaction: Any = None, shard_hint: Any = None) -> "_Batch":
        """Commands that are asked together, of each node its own."""
        return _Batch(self, transaction)

    @cached_property
    def _room(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(AT_ONCE)


class _Batch(ClusterPipeline):
    async def execute(self, raise_on_error: bool = True, allow_redirections: bool = True) -> list[Any]:
        with _as_one_server():
            answers: list[Any] = await super().execute(raise_on_error, allow_redirections)
            return answers


@contextmanager
def _as_one_server() -> Iterator[None]:
    """Of a cluster none of whose nodes answers, or that lacks one, redis-py raises what is no `RedisError`;
    `AttributeError` where it lets go of a connection on which another task is about to write; and uvloop
    raises `RuntimeError` of one that was closed."""
    try:
        yield
    except (RedisClusterException, AttributeError, RuntimeError) as error:
        met: BaseException | None = error
        while met is not None and not isinstance(met, RedisError | OSError):
            met = met.__cause__ or met.__context__
        raise met or LinkLost(str(error)) from None


def open_redis(url: str) -> Any:
    """A client that returns bytes: `redis://`, `rediss://`, `unix://`; `redis-cluster://` and
    `rediss-cluster://` for a cluster; `rediss` is TLS.

    Raises `SettingsError`, which never repeats the URL: a password may stand in it.
    """
    if url == EMBEDDED:
        raise SettingsError(
            "an embedded Redis is empty at each start: set PREVENANCE_REDIS to the URL of yours"
        )
    try:
        return _opened(url)
    except ValueError:
        raise SettingsError(
            "PREVENANCE_REDIS is no URL of a Redis: write redis://[:password@]host[:port], "
            "with %23, %2F, %3A and %40 for #, /, : and @ in a password"
        ) from None


async def knock(redis: Any) -> None:
    """Raises `SettingsError` where Redis refuses us, or is of another kind than we are told: waiting does not
    help, as it may where it is away."""
    try:
        why = of_another_kind(redis, await redis.info("server"))
    except (RedisError, OSError) as error:
        why = _refusal(error)
    if why is not None:
        raise SettingsError(f"Redis {why}")


def of_another_kind(redis: Any, server: Mapping[str, Any]) -> str | None:
    """Why who answers can't be worked with, as the end of a sentence about it; `server` is its INFO."""
    mode = server.get("redis_mode")
    if mode == "sentinel":
        return "is a Sentinel, which keeps no records: name in PREVENANCE_REDIS what leads to the master"
    if mode == "cluster" and not isinstance(redis, Cluster):
        return "is a node of a cluster: write redis-cluster://, or rediss-cluster://, in PREVENANCE_REDIS"
    return None


def not_answering(error: BaseException) -> str:
    """Why Redis gives no answer, as the end of a sentence about it, and what to do."""
    if "MISCONF" in str(error):
        return UNWRITTEN
    if "NOREPLICAS" in str(error):
        return "takes no writes while fewer replicas follow it than min-replicas-to-write says: start them"
    if "unknown command" in str(error) and not _NO_CLUSTER.search(str(error)):
        return f"lacks a command ({str(error).partition(',')[0]}): give it back its name there"
    if isinstance(error, BusyLoadingError):
        return (
            "is reading what it has on disk, and answers when it has: let it, `redis-cli INFO` says how far"
        )
    if str(error).startswith("BUSY "):
        return "is busy with a script of somebody else: `redis-cli SCRIPT KILL` ends it"
    if isinstance(error, OutOfMemoryError):
        return "is full, and refuses what is written: raise maxmemory, or add a node"
    away = f"does not answer ({type(error).__name__}): start it, or set PREVENANCE_REDIS to where it is"
    return _refusal(error) or away


def _refusal(error: BaseException) -> str | None:
    if isinstance(error, AuthenticationError):
        return "does not let this user in: see the user and the password in PREVENANCE_REDIS"
    if isinstance(error, NoPermissionError):
        return "refuses this user a command: give this process a user of those that `prevenance acl` prints"
    if _NO_CLUSTER.search(str(error)):
        return "is no node of a cluster: write redis://, or rediss://, in PREVENANCE_REDIS"
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        said = _REASON.search(str(error))
        why = f" ({said[1]})" if said else ""
        return f"shows a certificate that is not trusted{why}: see PREVENANCE_REDIS_CA"
    return None


def _opened(url: str) -> Any:
    if urlsplit(url).scheme in ("redis-cluster", "rediss-cluster"):
        return Cluster.from_url(
            url.replace("-cluster", "", 1), socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
        )
    return Pipelined.from_url(
        url,
        socket_timeout=TIMEOUT,
        socket_connect_timeout=TIMEOUT,
        max_connections=CONNECTIONS,
        health_check_interval=30,
        redis_connect_func=_sign_in,
        retry=Retry(NoBackoff(), 1),
    )


async def _sign_in(opened: Any) -> None:
    """As redis-py does, but for a PING, with which a connection that is lost would sign in again.

    Who is refused hangs up at once: TLS would end when the other side agrees, and no process waits for that.
    """
    transport = opened._writer.transport
    try:
        await opened.on_connect_check_health(check_health=False)
    except RuntimeError as cut:  # uvloop's, of a connection that was closed as it was opened
        raise LinkLost(str(cut)) from None
    except BaseException:
        transport.abort()
        raise
