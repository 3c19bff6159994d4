"""What deny markers promise, on Redis and a Redis cluster."""

from typing import Any

import pytest

from feature_store import keys
from feature_store.denials import KEPT, START, Denial, Denials, denials_of
from feature_store.features.consent import Consent, code, coded
from feature_store.redis_sweep import clear_the_rest, part_keys
from feature_store.store import StoreAway
from streams.connect import open_redis
from tests import builders as a
from tests.brokers.redis import Redis
from tests.builders import NOON

ONE, OTHER, AUTRE = ("lumiere", "a" * 16), ("lumiere", "b" * 16), ("autre", "a" * 16)
MARKETING = code("marketing", None)


@pytest.fixture
def denials(redis: Any) -> Denials:
    return Denials(redis)


async def test_markers_are_read_back_for_whom_they_were_set_and_nobody_else(denials: Denials) -> None:
    said = coded("none", NOON)
    await denials.deny([Denial(ONE, MARKETING, said), Denial(ONE, code("sharing", "email"), said)])
    await denials.deny([Denial(OTHER, MARKETING, said + 1)])
    assert await denials.read([ONE, OTHER, AUTRE]) == {
        ONE: Consent(given={MARKETING: said, code("sharing", "email"): said}),
        OTHER: Consent(given={MARKETING: said + 1}),
    }
    assert await denials.read([]) == {}


async def test_only_a_later_or_at_one_instant_a_stricter_word_replaces_a_marker(denials: Denials) -> None:
    for state, at in (("one_to_one", NOON), ("none", NOON), ("one_to_one", NOON), ("none", NOON - 60)):
        await denials.deny([Denial(ONE, MARKETING, coded(state, at))])
    assert (await denials.read([ONE]))[ONE].given == {MARKETING: coded("none", NOON)}
    await denials.deny([Denial(ONE, MARKETING, coded("one_to_one", NOON + 0.001))])
    assert (await denials.read([ONE]))[ONE].given == {MARKETING: coded("one_to_one", NOON + 0.001)}


async def test_whoever_follows_is_told_of_every_part_of_the_maison_once_per_withdrawal(
    denials: Denials,
) -> None:
    said = coded("none", NOON)
    position, oids = await denials.since("lumiere", START)
    assert (position, oids) == (START, set())
    await denials.deny([Denial(ONE, MARKETING, said), Denial(OTHER, MARKETING, said)])
    await denials.deny([Denial(AUTRE, MARKETING, said)])
    position, oids = await denials.since("lumiere", position)
    assert oids == {ONE[1], OTHER[1]}
    assert await denials.since("lumiere", position) == (position, set())
    await denials.deny([Denial(ONE, MARKETING, said)])
    assert (await denials.since("lumiere", position))[1] == {ONE[1]}


async def test_withdrawals_are_told_some_at_a_time_and_the_oldest_are_forgotten(
    denials: Denials, redis: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feature_store.denials.WITHDRAWN", 5)
    parts = [("lumiere", f"{n:016}") for n in range(400)]
    for part in parts[:6]:
        await denials.deny([Denial(part, MARKETING, 1)])
    position, oids = await denials.since("lumiere", START)
    assert oids == {oid for _, oid in parts[:5]}
    assert (await denials.since("lumiere", position))[1] == {parts[5][1]}
    await denials.deny([Denial(part, MARKETING, 1) for part in parts[6:]])
    assert 5 <= await redis.xlen(keys.withdrawals("lumiere")) < 300


def test_a_statement_denies_for_its_part_and_all_that_it_names_unless_it_allows() -> None:
    stated = a.consent(NOON, "marketing", "none", card="c", email="e@example.com")
    card, email = a.part_of(card="c"), a.part_of(email="e@example.com")
    assert denials_of(card, stated.data, NOON, a.PEPPER) == [
        Denial(part, MARKETING, coded("none", NOON)) for part in (card, email)
    ]
    allowed = a.consent(NOON, "marketing", "all", card="c")
    assert denials_of(card, allowed.data, NOON, a.PEPPER) == []


async def test_a_marker_goes_by_itself_and_no_sweep_takes_it_for_a_record(redis_url: str) -> None:
    async with open_redis(redis_url) as client:
        await Denials(client).deny([Denial(ONE, MARKETING, coded("none", NOON))])
        assert KEPT - 60 < await client.ttl(keys.denial(*ONE)) <= KEPT
        assert [found async for piece in part_keys(client) for found in piece] == []
        assert await clear_the_rest(client) == 2
        assert await client.keys() == []


async def test_a_redis_that_is_away_is_told() -> None:
    with Redis() as server:
        async with open_redis(server.url) as client:
            server.kill()
            with pytest.raises(StoreAway):
                await Denials(client).deny([Denial(ONE, MARKETING, 1)])
            with pytest.raises(StoreAway):
                await Denials(client).read([ONE])
