"""What a copy of a topic in Redis promises, on one server and on a cluster."""

from typing import Any

import pytest

from feature_store import keys
from feature_store.silences import Silences
from feature_store.standings import Standings
from feature_store.store import StoreAway
from schemas.silence import Silence
from schemas.standing import Standing
from streams.connect import open_redis
from tests.brokers.redis import Redis


@pytest.fixture
def silences(redis: Any) -> Silences:
    return Silences(redis)


def silence(at: float, site: str | None = None, by: str = "ines") -> Silence:
    return Silence(maison="lumiere", site=site, at=at, by=by, why="an incident")


async def test_a_hash_that_was_never_whole_or_was_emptied_says_nothing_of_anybody(
    silences: Silences, redis: Any
) -> None:
    one = silence(10.0)
    await silences.write("lumiere", [one])
    assert await silences.read("lumiere", "/") == (False, one)
    assert await silences.read_all("lumiere") is None
    await silences.write("lumiere", [], whole=True)
    assert await silences.read("lumiere", "/") == (True, one)
    assert await silences.read("lumiere", "vendome/") == (True, None)
    assert await silences.read_all("lumiere") == {"/": one}
    assert await silences.read_all("autre") is None
    await redis.delete(keys.silences("lumiere"))
    assert await silences.read("lumiere", "/") == (False, None)
    assert await silences.read_all("lumiere") is None


async def test_of_each_what_was_said_last_stands_whatever_comes_last(silences: Silences) -> None:
    old, new, again = silence(10.0), silence(20.5), silence(20.5, by="louis")
    other = silence(5.0, "vendome")
    await silences.write("lumiere", [new, old, other], whole=True)
    assert await silences.read_all("lumiere") == {"/": new, "vendome/": other}
    await silences.write("lumiere", [again])
    assert await silences.read("lumiere", "/") == (True, again)


async def test_a_standing_is_kept_under_who_it_is_of_apart_from_silences(redis: Any) -> None:
    standings, left = Standings(redis), Standing(maison="lumiere", staff="camille", at=10.0, left=True)
    await standings.write("lumiere", [left], whole=True)
    assert await standings.read_all("lumiere") == {"camille": left}
    assert await redis.hexists(keys.standings("lumiere"), "camille")
    assert await Silences(redis).read_all("lumiere") is None


async def test_a_redis_that_is_away_is_told() -> None:
    with Redis() as server:
        async with open_redis(server.url) as client:
            server.kill()
            for ask in (
                Silences(client).read("lumiere", "/"),
                Silences(client).read_all("lumiere"),
                Silences(client).write("lumiere", []),
            ):
                with pytest.raises(StoreAway):
                    await ask
