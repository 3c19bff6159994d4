"""What the learner's state promises, on Redis and a Redis cluster."""

from typing import Any

import msgspec
import pytest

from feature_store.learning import Head, Learning, decode_head
from feature_store.store import StoreAway
from streams.connect import open_redis
from tests.brokers.redis import Redis

ONE, OTHER = {"visits": 2.0}, {"visits": 3.0, "spend": 0.5}


@pytest.fixture
def learning(redis: Any) -> Learning:
    return Learning(redis)


def head(offset: int) -> bytes:
    return msgspec.msgpack.encode(Head("log-1", offset))


async def test_a_model_that_never_learned_has_no_head_and_nothing_waits(learning: Learning) -> None:
    assert await learning.read("lumiere", "acceptance", ["d1"]) == (b"", {})
    assert decode_head(b"", "log-1") == Head("log-1", 0)


async def test_head_and_waiting_decisions_move_together(learning: Learning) -> None:
    assert await learning.apply("lumiere", "acceptance", b"", head(1), {"d1": ONE, "d2": OTHER}, ())
    assert await learning.read("lumiere", "acceptance", ["d2", "d3", "d1"]) == (
        head(1),
        {"d1": ONE, "d2": OTHER},
    )
    assert await learning.apply("lumiere", "acceptance", head(1), head(2), {"d3": ONE}, ["d1", "d2"])
    assert await learning.read("lumiere", "acceptance", ["d1", "d2", "d3"]) == (head(2), {"d3": ONE})
    assert decode_head(head(2), "log-2") == Head("log-1", 2)


async def test_a_head_that_moved_refuses_and_nothing_changes(learning: Learning) -> None:
    assert await learning.apply("lumiere", "acceptance", b"", head(1), {"d1": ONE}, ())
    for seen in (b"", head(0)):
        assert not await learning.apply("lumiere", "acceptance", seen, head(9), {"d2": OTHER}, ["d1"])
    assert await learning.read("lumiere", "acceptance", ["d1", "d2"]) == (head(1), {"d1": ONE})


async def test_a_decision_called_head_is_none(learning: Learning) -> None:
    assert await learning.apply("lumiere", "acceptance", b"", head(1), {"head": ONE}, ())
    assert await learning.apply("lumiere", "acceptance", head(1), head(2), {}, ["head"])
    assert await learning.read("lumiere", "acceptance", ["head"]) == (head(2), {})


async def test_models_and_houses_never_mix(learning: Learning) -> None:
    assert await learning.apply("lumiere", "acceptance", b"", head(1), {"d1": ONE}, ())
    for maison, model in (("lumiere", "repeat"), ("autre", "acceptance")):
        assert await learning.read(maison, model, ["d1"]) == (b"", {})


async def test_a_redis_that_is_away_is_told() -> None:
    with Redis() as server:
        async with open_redis(server.url) as client:
            server.kill()
            with pytest.raises(StoreAway):
                await Learning(client).read("lumiere", "acceptance")
            with pytest.raises(StoreAway):
                await Learning(client).apply("lumiere", "acceptance", b"", head(1), {}, ())
