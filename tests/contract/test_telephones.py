"""What is kept of telephones, and of which were rung, on one server and on a cluster."""

import time
from typing import Any

import pytest
from msgspec.structs import replace

from feature_store import keys
from feature_store.rings import KEPT, LEASE, TRIES, Call, Rings
from feature_store.store import StoreAway
from feature_store.telephones import MOST, Telephone, Telephones, telephone_id
from streams.connect import open_redis
from tests.brokers.redis import Redis

NOW = float(int(time.time()))
CALL = Call(maison="lumiere", alert="a1", revision=1, loud=True, level=0, since=NOW, ends=NOW + 600)


@pytest.fixture
def telephones(redis: Any) -> Telephones:
    return Telephones(redis)


@pytest.fixture
def rings(redis: Any) -> Rings:
    return Rings(redis)


def telephone(number: int, staff: str = "camille", lasts: float = 600, since: float = 0.0) -> Telephone:
    endpoint = f"https://push.example/{number}"
    return Telephone(
        id=telephone_id(endpoint), staff=staff, role="advisor", sites=("vendome",), endpoint=endpoint,
        p256dh="p", auth="a", expires=NOW + lasts, issued=NOW, since=since or NOW + number,
    )  # fmt: skip


HERS, HIS = (
    replace(telephone(number, staff), id=f"t{number}", since=NOW)
    for number, staff in ((1, "camille"), (2, "matteo"))
)
THEIRS = [HERS, HIS]


async def test_a_telephone_is_kept_until_it_is_forgotten_as_it_was_read(telephones: Telephones) -> None:
    one, another = telephone(1), telephone(2, "matteo")
    for kept in (one, another):
        await telephones.keep("lumiere", kept, NOW)
    assert await telephones.read("lumiere", one.id) == one
    assert {*await telephones.read_all("lumiere", NOW)} == {one, another}
    assert await telephones.read_all("autre", NOW) == []
    anew = replace(one, expires=NOW + 900)
    await telephones.keep("lumiere", anew, NOW)
    assert not await telephones.forget("lumiere", one), "it was said anew meanwhile"
    assert await telephones.forget("lumiere", anew)
    assert not await telephones.forget("lumiere", anew)
    assert await telephones.read("lumiere", one.id) is None
    assert await telephones.read_all("lumiere", NOW) == [another]


async def test_of_more_than_a_person_may_have_the_oldest_goes_and_nobody_elses(
    telephones: Telephones,
) -> None:
    his = telephone(99, "matteo")
    hers = [telephone(number) for number in range(MOST + 2)]
    for kept in (his, *hers, hers[-1]):
        await telephones.keep("lumiere", kept, NOW)
    assert {*await telephones.read_all("lumiere", NOW)} == {his, *hers[-MOST:]}


async def test_what_has_ended_goes_when_all_are_read_unless_it_was_said_anew(
    telephones: Telephones, redis: Any
) -> None:
    ended, anew, his = telephone(1, lasts=10), telephone(2, lasts=10), telephone(3, "matteo")
    for kept in (ended, anew, his, replace(anew, expires=NOW + 600)):
        await telephones.keep("lumiere", kept, NOW)
    assert {one.id for one in await telephones.read_all("lumiere", NOW + 10)} == {anew.id, his.id}
    assert await redis.hlen(keys.telephones("lumiere")) == 2
    assert await telephones.read_all("lumiere", NOW + 600) == []
    assert not await redis.exists(keys.telephones("lumiere"))


async def test_a_telephone_that_became_somebody_elses_is_none_of_those_a_person_has(
    telephones: Telephones,
) -> None:
    hers = [telephone(number) for number in range(MOST)]
    for kept in (*hers, replace(hers[0], staff="matteo"), telephone(MOST)):
        await telephones.keep("lumiere", kept, NOW)
    assert len(await telephones.read_all("lumiere", NOW)) == MOST + 1


async def test_whoever_says_theirs_keeps_redis_from_nobody_else() -> None:
    """All those of the house were read: of two thousand for tens of milliseconds, in which Redis does nothing
    else."""
    with Redis() as server:
        async with open_redis(server.url) as client:
            for number in range(9):
                await Telephones(client).keep("lumiere", telephone(number, f"staff{number}"), NOW)
            asked = await client.info("commandstats")
    assert not {"cmdstat_hgetall", "cmdstat_hvals", "cmdstat_hscan"} & asked.keys()


async def test_nothing_of_telephones_outlives_the_last_token(telephones: Telephones, redis: Any) -> None:
    """A house that rings nobody any more kept where its people could be reached for good."""
    for kept in (telephone(1, lasts=900), telephone(2, "matteo", lasts=100)):
        await telephones.keep("lumiere", kept, NOW)
    assert 600 < await redis.ttl(keys.telephones("lumiere")) <= 900


async def test_of_two_who_ring_each_telephone_is_one_s(rings: Rings, redis: Any) -> None:
    first = await rings.step(CALL, THEIRS, NOW, 1)
    assert (first.stage, first.left, first.mine) == (1, 1, {"t1": 1})
    second = await rings.step(CALL, THEIRS, NOW, 9)
    assert (second.left, second.mine) == (1, {"t2": 1})
    for one in THEIRS:
        await rings.done(CALL, one.id, 1, True)
    assert await rings.step(CALL, THEIRS, NOW + LEASE + 1, 9) == (1, 0, {})
    assert KEPT < await redis.ttl(keys.ring("lumiere", "a1")) <= KEPT + 600


async def test_what_somebody_began_and_did_not_end_is_anothers_after_a_while(rings: Rings) -> None:
    assert (await rings.step(CALL, [HERS], NOW, 9)).mine == {"t1": 1}
    assert await rings.step(CALL, [HERS], NOW + LEASE - 1, 9) == (1, 1, {})
    assert await rings.step(CALL, [HERS], NOW + LEASE, 9) == (1, 0, {"t1": 2})


async def test_it_is_tried_again_when_that_was_said_and_no_more_often_than_that(rings: Rings) -> None:
    now = NOW
    for tried in range(1, TRIES + 1):
        assert (await rings.step(CALL, [HERS], now, 9)).mine == {"t1": tried}
        await rings.later(CALL, "t1", 1, now + 2)
        if tried < TRIES:
            assert await rings.step(CALL, [HERS], now + 1, 9) == (1, 1, {})
        now += 2
    assert await rings.step(CALL, [HERS], now, 9) == (1, 0, {})


async def test_news_of_it_rings_nobody_again_and_to_be_passed_on_does(rings: Rings) -> None:
    await rings.step(CALL, [HERS], NOW, 9)
    await rings.done(CALL, "t1", 1, True)
    assert await rings.step(replace(CALL, revision=2), [HERS], NOW, 9) == (1, 0, {})
    passed = replace(CALL, revision=3, level=1, since=NOW + 180)
    assert await rings.step(passed, [HERS], NOW + 180, 9) == (3, 0, {"t1": 1})
    assert await rings.step(passed, [HERS], NOW + 180, 9) == (3, 1, {})


async def test_whoever_was_rung_is_told_that_it_is_over_and_nobody_else(rings: Rings) -> None:
    await rings.step(CALL, [HERS], NOW, 9)
    await rings.done(CALL, "t1", 1, True)
    over = replace(CALL, revision=2, loud=False)
    assert await rings.step(over, THEIRS, NOW, 9) == (2, 0, {"t1": 1})
    await rings.done(over, "t1", 2, True)
    assert await rings.step(over, THEIRS, NOW, 9) == (2, 0, {})
    assert await rings.step(CALL, THEIRS, NOW, 9) == (0, 0, {}), "who has not heard of it yet rings nobody"
    free = replace(CALL, revision=3)
    assert (await rings.step(free, THEIRS, NOW, 9)).mine == {"t1": 1, "t2": 1}
    late = replace(CALL, revision=2, loud=False)
    assert await rings.step(late, THEIRS, NOW, 9) == (0, 0, {}), "nor takes it off who has"
    await rings.done(over, "t1", 2, True)
    assert (await rings.step(free, THEIRS, NOW, 9)).left == 2, (
        "what ends late ends nothing of what came since"
    )


async def test_who_is_behind_ends_nothing_nor_does_who_knows_no_more(rings: Rings) -> None:
    await rings.step(CALL, [HERS], NOW, 9)
    for stands in (CALL, replace(CALL, revision=5)):
        assert (await rings.step(stands, [HERS], NOW, 9)).left == 1
        for revision in range(1, stands.revision + 1):
            over = replace(CALL, revision=revision, loud=False)
            assert await rings.step(over, [HERS], NOW, 9) == (0, 0, {})


async def test_whoever_was_not_reached_is_not_told_that_it_is_over(rings: Rings) -> None:
    await rings.step(CALL, THEIRS, NOW, 9)
    await rings.done(CALL, "t1", 1, False)
    assert await rings.step(CALL, [HERS], NOW + LEASE, 9) == (1, 0, {})
    over = replace(CALL, revision=2, loud=False)
    assert (await rings.step(over, THEIRS, NOW, 9)).mine == {"t2": 1}


async def test_who_asked_since_is_not_rung_whoever_hears_of_it_last(rings: Rings) -> None:
    late = replace(HIS, since=NOW + 1)
    assert (await rings.step(CALL, THEIRS[:1], NOW, 9)).mine == {"t1": 1}
    news = replace(CALL, revision=2, since=NOW + 60)
    assert await rings.step(news, [late], NOW + 60, 9) == (1, 0, {})
    passed = replace(CALL, revision=3, level=1, since=NOW + 180)
    assert (await rings.step(passed, [late], NOW + 180, 9)).mine == {"t2": 1}


async def test_of_what_nobody_was_rung_for_nobody_is_told_that_it_is_over(rings: Rings, redis: Any) -> None:
    over = replace(CALL, revision=2, loud=False)
    assert await rings.step(over, THEIRS, NOW, 9) == (1, 0, {})
    await rings.done(over, "t1", 1, True)
    assert not await redis.exists(keys.ring("lumiere", "a1"))


async def test_who_has_seen_it_is_not_rung_until_it_is_passed_on(rings: Rings, redis: Any) -> None:
    await rings.saw("lumiere", "a1", "camille", CALL.since, CALL.ends)
    assert KEPT < await redis.ttl(keys.ring("lumiere", "a1")) <= KEPT + 600
    await rings.saw("lumiere", "a2", "matteo", NOW + 2, CALL.ends)
    assert await rings.step(CALL, THEIRS, NOW + 5, 9) == (1, 0, {"t2": 1})
    assert await rings.step(CALL, [HERS], NOW + 5, 9) == (1, 0, {})
    passed = replace(CALL, revision=2, level=1, since=NOW + 180)
    assert set((await rings.step(passed, THEIRS, NOW + 185, 9)).mine) == {"t1", "t2"}


async def test_a_redis_that_is_away_is_told() -> None:
    with Redis() as server:
        async with open_redis(server.url) as client:
            server.kill()
            for ask in (
                Telephones(client).read("lumiere", "t1"),
                Telephones(client).read_all("lumiere", NOW),
                Telephones(client).keep("lumiere", telephone(1), NOW),
                Telephones(client).forget("lumiere", telephone(1)),
                Rings(client).step(CALL, THEIRS, NOW, 9),
                Rings(client).done(CALL, "t1", 1, True),
                Rings(client).saw("lumiere", "a1", "camille", NOW, NOW),
            ):
                with pytest.raises(StoreAway):
                    await ask
