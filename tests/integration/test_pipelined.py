"""One connection for many tasks: everyone gets their own answer, or is told that there is none."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from os import kill
from typing import Any

import pytest
from redis.exceptions import AuthenticationError, NoScriptError, ReadOnlyError, ResponseError
from redis.exceptions import ConnectionError as LinkLost
from redis.exceptions import TimeoutError as NoAnswer

from streams.connect import open_redis
from streams.pipelined import PROMPT, Pipelined, _Link
from tests.brokers.redis import Redis as RedisServer
from tests.waiting import wait_until


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


@pytest.fixture
async def redis(server: RedisServer) -> AsyncIterator[Pipelined]:
    client = open_redis(server.url)
    yield client
    await client.aclose()


async def test_many_at_once_share_a_connection_and_each_hears_its_own_answer(redis: Pipelined) -> None:
    await redis.mset({f"k{n}": n for n in range(500)})
    assert await asyncio.gather(*(redis.get(f"k{n}") for n in range(500))) == [b"%d" % n for n in range(500)]
    assert (await redis.info("clients"))["connected_clients"] == 1


async def test_what_many_ask_in_one_turn_is_one_write(
    redis: Pipelined, monkeypatch: pytest.MonkeyPatch
) -> None:
    await redis.set("a", "1")
    link = redis._link
    assert link is not None
    written: list[bytes] = []
    monkeypatch.setattr(link, "_transport", Transport(link._transport, written))
    assert await asyncio.gather(*(redis.get("a") for _ in range(40))) == [b"1"] * 40
    assert len(written) == 1


async def test_what_is_asked_together_is_one_write_on_the_same_connection(
    redis: Pipelined, monkeypatch: pytest.MonkeyPatch
) -> None:
    await redis.hset("h", "a", "1")
    link = redis._link
    assert link is not None
    written: list[bytes] = []
    monkeypatch.setattr(link, "_transport", Transport(link._transport, written))
    async with redis.pipeline(transaction=False) as together:
        together.hget("h", "a").hget("h", "b").hgetall("h")
        assert await together.execute() == [b"1", None, {b"a": b"1"}]
        assert await together.execute() == [], "asked once"
    assert len(written) == 1
    with pytest.raises(NotImplementedError):
        redis.pipeline()


async def test_what_redis_works_on_for_long_goes_out_before_the_turn_ends(
    redis: Pipelined, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it waits for all that other lanes compute, and they then wait for it."""
    await redis.ping()
    link = redis._link
    assert link is not None
    written: list[bytes] = []
    monkeypatch.setattr(link, "_transport", Transport(link._transport, written))
    small, large = b"PING\r\n", b"ECHO " + b"x" * PROMPT + b"\r\n"
    asked = [link.ask(small)]
    assert written == []
    asked += [link.ask(large), link.ask(small)]
    assert written == [small + large]
    assert await asyncio.gather(*asked) == [[b"PONG"], [b"x" * PROMPT], [b"PONG"]]
    assert written == [small + large, small]


async def test_who_asks_together_is_told_what_one_answer_refuses(redis: Pipelined) -> None:
    await redis.set("a", "1")
    async with redis.pipeline(transaction=False) as together:
        together.get("a").hget("a", "b")
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            await together.execute()
    assert await redis.get("a") == b"1"


class Transport:
    """One that is looked on at."""

    def __init__(self, inner: Any, written: list[bytes]) -> None:
        self._inner, self._written = inner, written

    def write(self, data: bytes) -> None:
        self._written.append(data)
        self._inner.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


async def test_an_error_belongs_to_its_command(redis: Pipelined) -> None:
    await redis.set("text", "a")
    told = await asyncio.gather(
        redis.get("text"),
        redis.evalsha("0" * 40, 0),
        redis.incr("text"),
        redis.get("text"),
        return_exceptions=True,
    )
    assert (told[0], told[3]) == (b"a", b"a")
    assert isinstance(told[1], NoScriptError)
    assert isinstance(told[2], ResponseError)


async def test_answers_are_read_as_redis_py_reads_them(redis: Pipelined) -> None:
    await redis.zadd("z", {"a": 1.5})
    assert await redis.zrangebyscore("z", "-inf", 2, start=0, num=5, withscores=True) == [(b"a", 1.5)]
    assert await redis.hgetall("nothing") == {}
    assert await redis.config_get("maxmemory") == {"maxmemory": "0"}


async def test_who_is_cancelled_leaves_the_order_of_answers_alone(redis: Pipelined) -> None:
    await redis.mset({"a": 1, "b": 2})
    first = asyncio.ensure_future(redis.get("a"))
    await asyncio.sleep(0)
    first.cancel()
    assert await redis.get("b") == b"2"


async def test_a_server_that_dies_is_told_to_all_who_wait_and_found_again(
    redis: Pipelined, server: RedisServer
) -> None:
    await redis.set("a", 1)
    kill(server.pid, signal.SIGSTOP)
    waiting = [asyncio.ensure_future(redis.get("a")) for _ in range(3)]
    await asyncio.sleep(0)
    server.kill()
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(t) for t in told] == [LinkLost] * 3
    with pytest.raises(LinkLost):
        await redis.get("a")
    server.start()
    assert await redis.get("a") is None


@pytest.mark.parametrize("by", ["a command", "a script"])
async def test_a_master_that_became_a_replica_is_left_for_whoever_its_name_leads_to(
    redis: Pipelined, server: RedisServer, by: str
) -> None:
    """Its connections may stand: nothing else would ever end them, and no write would succeed."""
    with RedisServer() as promoted:
        await redis.replicaof("127.0.0.1", promoted.port)

        async def write() -> Any:
            if by == "a command":
                return await redis.set("a", "1")
            return await redis.eval("return redis.call('SET', KEYS[1], '1')", 1, "a")

        writing, reading = asyncio.ensure_future(write()), asyncio.ensure_future(redis.get("a"))
        with pytest.raises(ReadOnlyError if by == "a command" else ResponseError, match="read only replica"):
            await writing
        with pytest.raises(LinkLost, match="has become a replica"):
            await reading
        redis.connection_pool.connection_kwargs["port"] = promoted.port  # as a name does that moves
        assert await write()
        assert await redis.get("a") == b"1"


async def test_a_silent_server_is_given_up_and_its_late_answers_reach_nobody(server: RedisServer) -> None:
    redis = Pipelined.from_url(server.url, socket_timeout=0.2)
    await redis.mset({"a": 1, "b": 2})
    kill(server.pid, signal.SIGSTOP)
    waiting = [asyncio.ensure_future(redis.get("a")) for _ in range(3)]
    try:
        told = await asyncio.gather(*waiting, return_exceptions=True)
    finally:
        kill(server.pid, signal.SIGCONT)
    assert [type(t) for t in told] == [NoAnswer] * 3
    assert await redis.get("b") == b"2"
    await redis.aclose()


async def test_a_connection_lost_in_its_handshake_is_told() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with await asyncio.start_server(hang_up, "127.0.0.1") as away:
        client = open_redis(f"redis://127.0.0.1:{away.sockets[0].getsockname()[1]}/0")
        for _ in range(20):
            with pytest.raises(LinkLost):
                await client.ping()
        await client.aclose()


async def test_what_is_no_redis_is_given_up(redis: Pipelined) -> None:
    await redis.ping()
    assert redis._link is not None
    waiting = asyncio.ensure_future(redis.get("a"))
    await asyncio.sleep(0)
    redis._link.data_received(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(Exception, match=r"[Pp]rotocol|H"):
        await waiting
    assert await redis.get("a") is None


async def test_a_wrong_password_is_told_by_redis_itself_and_the_right_one_is_used(
    redis: Pipelined, server: RedisServer
) -> None:
    await redis.config_set("requirepass", "right")
    stranger, guest = (
        open_redis(server.url.replace("redis://", f"redis://:{password}@")) for password in ("wrong", "right")
    )
    with pytest.raises(AuthenticationError):
        await stranger.get("a")
    assert await guest.get("a") is None
    await stranger.aclose()
    await guest.aclose()


async def test_a_connection_lost_between_its_handshake_and_its_first_command_is_told(
    redis: Pipelined, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = redis._connect

    async def lost_at_once() -> _Link:
        link = await connect()
        link.connection_lost(None)
        return link

    with monkeypatch.context() as patched:
        patched.setattr(redis, "_connect", lost_at_once)
        with pytest.raises(LinkLost):
            await asyncio.wait_for(redis.get("a"), 5)
    assert await redis.get("a") is None


async def test_who_waits_for_a_connection_is_told_when_the_client_is_closed_and_none_is_left(
    redis: Pipelined, server: RedisServer
) -> None:
    closed = open_redis(server.url)
    waiting = asyncio.ensure_future(closed.get("a"))
    while closed._connecting is None:
        await asyncio.sleep(0)
    await closed.aclose()
    with pytest.raises(LinkLost):
        await waiting

    async def alone() -> bool:
        return bool((await redis.info("clients"))["connected_clients"] == 1)

    await wait_until(alone, what="the connection is gone")
