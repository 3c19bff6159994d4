"""`prevenance acl`: Redis itself refuses one maison's process everything of another's."""

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from urllib.parse import urlsplit

import aiohttp
import pytest
import redis
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

from feature_store import keys
from feature_store.inbox_keys import grown_channel, inbox_keys
from feature_store.redis_store import RedisStore
from feature_store.redis_sweep import part_keys
from feature_store.store import Fence, StoreAway, Write
from streams import acl
from tests import alerts
from tests.people import a_house
from tests.waiting import wait_until

OIDS = ("qjGJ8m2C0b1xYz_A", "AlineMoreau00001")


@pytest.fixture
def users(redis_url: str) -> Iterator[Callable[[str, acl.Role], str]]:
    """Makes a user as the command says; gives the URL with which it comes."""
    made: list[str] = []
    with redis.Redis.from_url(redis_url) as admin:

        def make(maison: str, role: acl.Role) -> str:
            for command in acl.redis_user(maison, role, "secret"):
                assert admin.execute_command(*command.split()) in (b"OK", True)
            made.append(acl.user_of(maison, role))
            return f"redis://{made[-1]}:secret@{urlsplit(redis_url).netloc}"

        yield make
        admin.acl_deluser(*made)


@pytest.fixture
async def console(users: Callable[[str, acl.Role], str]) -> AsyncIterator[Redis]:
    async with Redis.from_url(users("lumiere", "console")) as client:
        yield client


async def refused(client: Redis, *command: str | bytes) -> bool:
    try:
        await client.execute_command(*command)
    except NoPermissionError:
        return True
    return False


async def test_a_console_reads_its_own_maison_and_is_refused_every_key_of_another(console: Redis) -> None:
    for maison, no in (("lumiere", False), ("orfevre", True)):
        named = [keys.part(maison, 3, OIDS[0]), keys.links(maison, 3, OIDS[0]), keys.standings(maison)]
        named += [keys.graph(maison), keys.nodes(maison, OIDS[0]), keys.held(maison)]
        named += [keys.model(maison, "acceptance")]
        named += inbox_keys(f"{maison}/vendome")
        for key in named:
            assert await refused(console, "TYPE", key) == no, key
            assert await refused(console, "DEL", key) == no, key
        assert await refused(console, "EVAL", "return 1", "1", named[0]) == no
        assert await refused(console, "PUBLISH", grown_channel(maison), "x") == no
    assert await refused(console, "GET", keys.fence(3))
    assert await refused(console, "TYPE", keys.due(3))
    assert not await refused(console, "TYPE", keys.marks(3)), "what wants repair is shown to people"


@pytest.mark.parametrize(
    "command", ["SCAN 0", "KEYS *", "FLUSHALL", "CONFIG GET *", "ACL LIST", "RANDOMKEY", "MONITOR"]
)
async def test_nobody_may_look_around_or_empty_the_store(console: Redis, command: str) -> None:
    assert await refused(console, *command.split())


async def test_a_script_cannot_reach_what_its_user_cannot(console: Redis) -> None:
    key = keys.part("orfevre", 3, OIDS[0])
    with pytest.raises(redis.ResponseError, match=r"(?i)can't access|permission|NOPERM"):
        await console.eval(f"return redis.call('GET', '{key}')", 0)  # type: ignore[misc]


async def test_a_channel_of_another_maison_is_not_heard(console: Redis) -> None:
    async with console.pubsub() as listening:
        await listening.subscribe(grown_channel("orfevre"))
        with pytest.raises(NoPermissionError):
            await listening.get_message(timeout=5)


async def test_a_console_works_whole_under_its_user(users: Callable[[str, acl.Role], str]) -> None:
    async with a_house(users("lumiere", "console")) as house, aiohttp.ClientSession() as http:
        url = f"{house.url}/v1/alerts/stream"
        async with http.get(url, headers=house.bearer("matteo")) as stream:
            await house.say(alerts.a_change("a1", now=time.time()))
            lines: list[bytes] = []

            async def heard() -> bool:
                lines.append(await stream.content.readline())
                return lines[-1].startswith(b"data")

            await wait_until(heard, 8, "the alert on the page")
        claim = f"{house.url}/v1/alerts/a1/claimed"
        async with http.post(claim, headers=house.bearer("matteo"), json={}) as answer:
            assert answer.status == 200


async def test_a_worker_writes_its_own_maison_and_is_refused_another(
    users: Callable[[str, acl.Role], str],
) -> None:
    async with Redis.from_url(users("lumiere", "worker")) as client:
        store = RedisStore(client, lambda _: 3)

        async def written(maison: str) -> bool:
            view = await store.read(3, [(maison, OIDS[1])])
            parts = {(maison, OIDS[1]): b"x"}
            write = Write(seen=view.raw, fence=Fence("log"), parts=parts, timers=[], dropped=[])
            return await store.apply(3, write)

        assert await written("lumiere")
        with pytest.raises(StoreAway):
            await written("orfevre")


async def test_a_worker_finds_the_records_of_a_shard_and_no_other_process_may_list_any(
    users: Callable[[str, acl.Role], str],
) -> None:
    async with Redis.from_url(users("lumiere", "worker")) as client:
        await client.set(keys.part("lumiere", 3, OIDS[0]), b"x")
        assert [piece async for piece in part_keys(client, 3)] == [[("lumiere", OIDS[0])]]
    async with Redis.from_url(users("lumiere", "gateway")) as client:
        assert await refused(client, "SCAN", "0")


async def test_the_rights_of_another_version_are_given_to_who_is_signed_in_and_no_other_password(
    users: Callable[[str, acl.Role], str], redis_url: str
) -> None:
    url = users("lumiere", "worker")
    rights = acl.redis_user("lumiere", "worker", "another")[-1]
    async with Redis.from_url(redis_url) as admin, Redis.from_url(url) as signed_in:
        await signed_in.ping()
        await admin.execute_command("ACL", "SETUSER", acl.user_of("lumiere", "worker"), "allkeys", "-get")
        await admin.execute_command(*rights.split())
        assert not await refused(signed_in, "GET", keys.fence(3))
        assert await refused(signed_in, "GET", keys.part("orfevre", 3, OIDS[0]))
        async with Redis.from_url(url) as later:
            await later.ping()


def test_the_command_prints_a_user_and_the_rights_of_every_process() -> None:
    argv = [sys.executable, "-m", "streams", "acl", "--maison", "lumiere"]
    told = subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()
    assert sum(line.startswith("redis-cli ACL SETUSER prevenance-lumiere-") for line in told) == 6
    gateway, worker = (
        next(line for line in told if f"lumiere-{role}" in line and "--operation Write" in line)
        for role in ("gateway", "worker")
    )
    assert " --topic store.checkins" in gateway
    assert " --topic alerts" not in gateway
    assert " --topic staff.standing" not in gateway
    assert " --topic alerts" in worker
    for said_by_people in ("staff.standing", "silences"):
        assert f" --topic {said_by_people}" not in worker
