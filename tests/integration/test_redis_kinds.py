"""A Redis of each kind: a cluster that is away is waited for, one of another kind is refused in words."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import redis

from feature_store.keyring import Keyring
from feature_store.redis_graph import RedisGraph
from feature_store.redis_store import RedisStore
from feature_store.redis_sweep import part_keys
from feature_store.store import StoreAway
from streams.check_store import store
from streams.connect import knock, open_redis
from streams.embedded import free_port, redis_binary
from streams.settings import SettingsError
from tests.brokers import ServerProcess
from tests.brokers.redis import Redis, RedisCluster
from tests.waiting import wait_blocking, wait_until

PART = ("lumiere", "qjGJ8m2C0b1xYz_A")


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Any]:
    client = open_redis(url)
    try:
        yield client
    finally:
        await client.aclose()


async def _swept(client: Any) -> list[list[str]]:
    return [piece async for piece in part_keys(client)]


ASKED: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "one command": lambda client: RedisStore(client, lambda _: 0).read(0, [PART]),
    "a pipeline": lambda client: Keyring(client).salts([PART]),
    "another pipeline": lambda client: RedisGraph(client).blocks("lumiere", ["a block"]),
    "a look at all": _swept,
}


async def test_a_cluster_that_is_away_is_waited_for_as_one_server_is() -> None:
    async def answers() -> bool:
        with suppress(StoreAway):
            for ask in ASKED.values():
                await ask(client)
            return True
        return False

    with RedisCluster() as cluster:
        async with opened(cluster.url.replace("redis", "redis-cluster", 1)) as client:
            assert await answers()
            for node in cluster.nodes:
                node.kill()
            for _ in range(3):  # redis-py first meets what it was connected to, then looks for who is there
                for ask in ASKED.values():
                    with pytest.raises(StoreAway):
                        await ask(client)
                await knock(client)  # whoever starts meanwhile waits, too
            for node in cluster.nodes:
                node.start()
            await wait_until(answers, 20, "the cluster answers again")


@pytest.mark.parametrize("kind", ["redis_server", "redis_cluster"])
async def test_a_connection_that_is_closed_as_it_is_opened_is_a_store_that_is_away(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a proxy does whose server is away. Of one that is closed before we write uvloop says this."""
    scheme = "redis-cluster" if kind == "redis_cluster" else "redis"
    url = request.getfixturevalue(kind).url.replace("redis", scheme, 1)

    def closed(*_: object) -> None:
        raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")

    async with opened(url) as client:
        if kind == "redis_cluster":
            await client.ping()  # finds the nodes, of which it tells in words of its own
        monkeypatch.setattr(asyncio.StreamWriter, "writelines", closed)
        for ask in ASKED.values():
            with pytest.raises(StoreAway):
                await ask(client)


@pytest.fixture(scope="module")
def sentinel(tmp_path_factory: pytest.TempPathFactory, redis_server: Redis) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("sentinel"), free_port()
    (folder / "sentinel.conf").write_text(
        f"port {port}\nbind 127.0.0.1\ndir {folder}\n"
        f"sentinel monitor master 127.0.0.1 {redis_server.port} 1\n"
    )
    process = _sentinel(folder)
    with redis.Redis(port=port) as client:
        wait_blocking(lambda: _there(client), 15, "the sentinel answers")
    yield f"127.0.0.1:{port}"
    process.end(signal.SIGKILL)


def _sentinel(folder: Path) -> ServerProcess:
    argv = [redis_binary(), str(folder / "sentinel.conf"), "--sentinel"]
    return ServerProcess("Sentinel", argv, folder / "log")


def _there(client: Any) -> bool:
    with suppress(redis.RedisError):
        return bool(client.ping())
    return False


@pytest.mark.parametrize(
    ("scheme", "kind", "said"),
    [
        (
            "redis",
            "sentinel",
            "is a Sentinel, which keeps no records: name in PREVENANCE_REDIS what leads to",
        ),
        ("redis", "cluster", "is a node of a cluster: write redis-cluster://, or rediss-cluster://, in"),
        ("redis-cluster", "server", "is no node of a cluster: write redis://, or rediss://, in"),
        ("redis-cluster", "sentinel", "is no node of a cluster: write redis://, or rediss://, in"),
    ],
)
async def test_a_redis_of_another_kind_is_refused_in_words(
    scheme: str, kind: str, said: str, request: pytest.FixtureRequest, sentinel: str, redis_server: Redis
) -> None:
    where = {"sentinel": sentinel, "server": f"127.0.0.1:{redis_server.port}"}.get(kind)
    if where is None:
        where = request.getfixturevalue("redis_cluster").url.removeprefix("redis://")
    async with opened(f"{scheme}://{where.removesuffix('/0')}") as client:
        with pytest.raises(SettingsError, match=f"^Redis {said}"):
            await knock(client)
        [found] = await store(client, None, lambda: 0.0)
        assert not found.ok
        assert found.said.startswith(said)


async def test_a_replica_is_told_where_a_master_is_wanted(redis_server: Redis) -> None:
    with Redis(options=("--replicaof", "127.0.0.1", str(redis_server.port))) as replica:
        async with opened(replica.url) as client:
            [found] = await store(client, None, lambda: 0.0)
    assert not found.ok
    assert found.said.startswith("is a replica, and refuses what is written: name in PREVENANCE_REDIS what")
