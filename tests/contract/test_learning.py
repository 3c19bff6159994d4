"""What the learner's state promises, on Redis and a Redis cluster."""

import asyncio
from typing import Any

import msgspec
import pytest
from prometheus_client import CollectorRegistry

from agents.rates import RATES
from feature_store import keys
from feature_store.learning import Head, Learning, decode_head
from feature_store.store import StoreAway
from schemas.messages import Example, Examples, Outcome, Snapshot
from streams import topics
from streams.connect import open_redis
from streams.gaps import Record
from streams.learning import Teaching
from streams.metrics import Metrics
from streams.produce import Message
from streams.snapshots import Newest, Published
from streams.transport import Slice
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


class Learner:
    """A lane that teaches, and what it has published; `asked`: how often it looked that up."""

    def __init__(self, learning: Learning, kept: Published | None = None) -> None:
        self.learning, self.published, self.asked = learning, list[Snapshot](), 0
        self.lane = Teaching(
            learning,
            self,  # type: ignore[arg-type]
            [RATES],
            "log-1",
            Metrics(CollectorRegistry()),
            kept or Published(self._newest),
        )

    def _newest(self) -> dict[tuple[str, str], Snapshot]:
        self.asked += 1
        return {(one.maison, one.model): one for one in self.published}

    async def send(self, messages: list[Message]) -> None:
        self.published += [msgspec.msgpack.decode(m.value or b"", type=Snapshot) for m in messages]

    async def hear(self, *offsets: int) -> None:
        """Of each offset a decision and what became of it."""
        await self.lane.serve(Slice(topics.EXAMPLES, 0, [_record(offset) for offset in offsets]), _sound())

    async def count(self) -> tuple[int, int]:
        raw, _ = await self.learning.read("lumiere", RATES.name)
        head = decode_head(raw, "log-1")
        return head.learned, head.offset


async def _sound() -> None: ...


def _record(offset: int) -> Record:
    items = [
        Example(decision=f"d{offset}", x={"a": 1.0}, at=0.0),
        Outcome(decision=f"d{offset}", y=1, at=0.0),
    ]
    told = Examples(maison="lumiere", model=RATES.name, items=items)
    return Record(offset, None, msgspec.json.encode(told), 0)


async def test_a_learner_whose_store_was_emptied_goes_on_from_what_it_had_published(
    redis: Any, learning: Learning
) -> None:
    learner = Learner(learning)
    await learner.hear(0, 1)
    await learner.hear(2)
    assert (await learner.count(), learner.asked) == ((3, 3), 1)
    await redis.delete(keys.model("lumiere", RATES.name))
    await learner.hear(2, 3)  # the log has lost the first two
    assert await learner.count() == (4, 4)
    await learner.hear(4)
    assert (await learner.count(), learner.asked) == ((5, 5), 2)
    assert [one.offset for one in learner.published] == [2, 3, 4, 5]


async def test_a_learner_that_comes_to_an_older_store_publishes_nothing_older_than_there_is(
    redis: Any, learning: Learning
) -> None:
    """What is published stands for as long as nothing newer is: it is what a new worker scores with."""
    learner = Learner(learning)
    await learner.hear(0)
    yesterday = await redis.dump(keys.model("lumiere", RATES.name))
    await learner.hear(1, 2)
    await redis.delete(keys.model("lumiere", RATES.name))
    await redis.restore(keys.model("lumiere", RATES.name), 0, yesterday)
    other = Learner(learning)
    other.published = learner.published
    await other.hear(1)
    assert (await other.count(), other.published[-1].offset) == ((3, 2), 3)
    await other.hear(2, 3)
    assert (await other.count(), other.published[-1].offset) == ((4, 4), 4)


async def test_a_learner_that_lost_nothing_goes_on_from_its_store(learning: Learning) -> None:
    learner = Learner(learning)
    await learner.hear(0, 1)
    other = Learner(learning)
    other.published = learner.published[:]
    await other.hear(2)
    assert await other.count() == (3, 3)


async def test_what_was_published_is_read_once_for_all_lanes_that_begin_together(learning: Learning) -> None:
    """It is read whole: ten lanes that each read it kept a worker from its alerts after every failover."""
    read: list[Newest] = []

    def newest() -> Newest:
        read.append({})
        return {}

    kept = Published(newest)
    one, other = Learner(learning, kept), Learner(learning, kept)
    await asyncio.gather(one.hear(0), other.hear(0))
    assert len(read) == 1
    await Learner(learning, kept).hear(1)
    assert len(read) == 2, "by then another worker may have published"
