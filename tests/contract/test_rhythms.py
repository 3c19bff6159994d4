"""Of gateways that write one rhythm at once, one does, and the others are told."""

from typing import Any

import pytest

from feature_store.rhythm import Rhythm
from feature_store.rhythms import Rhythms
from feature_store.store import StoreAway
from streams.connect import open_redis
from tests.brokers.redis import Redis


async def test_a_rhythm_is_read_back_for_its_house_alone(redis: Any) -> None:
    rhythms = Rhythms(redis)
    assert await rhythms.read("lumiere") == {}
    two = {"till": Rhythm(5.0, 1), "site": Rhythm(6.0, 1)}
    assert await rhythms.write("lumiere", {}, two) == set()
    held = await rhythms.read("lumiere")
    assert {source: read.rhythm for source, read in held.items()} == two
    assert await rhythms.read("autre") == {}


async def test_what_another_gateway_wrote_meanwhile_stands_and_is_told(redis: Any) -> None:
    one, other = Rhythms(redis), Rhythms(redis)
    await one.write("lumiere", {}, {"till": Rhythm(5.0, 1), "site": Rhythm(5.0, 1)})
    seen = await one.read("lumiere")
    assert await other.write("lumiere", seen, {"till": Rhythm(7.0, 1)}) == set()
    after = {"till": Rhythm(6.0, 1), "site": Rhythm(6.0, 1), "new": Rhythm(6.0, 1)}
    assert await one.write("lumiere", seen, after) == {"till"}
    held = {source: read.rhythm.last for source, read in (await one.read("lumiere")).items()}
    assert held == {"till": 7.0, "site": 6.0, "new": 6.0}


async def test_a_redis_that_is_away_is_told() -> None:
    with Redis() as server:
        async with open_redis(server.url) as client:
            server.kill()
            with pytest.raises(StoreAway):
                await Rhythms(client).read("lumiere")
            with pytest.raises(StoreAway):
                await Rhythms(client).write("lumiere", {}, {"till": Rhythm(1.0, 1)})
