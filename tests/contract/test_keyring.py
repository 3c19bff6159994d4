"""What the keyring promises, on Redis and a Redis cluster."""

from typing import Any

import pytest

from feature_store.keyring import Keyring
from schemas.sealing import NAME, SALT

ALINE, BRUNO = ("lumiere", "qjGJ8m2C0b1xYz_A"), ("lumiere", "qjGJ8m2C0b1xYz_B")
FIRST, SECOND, THIRD = (bytes(range(n, n + SALT)) for n in (0, 16, 100))


@pytest.fixture
def ring(redis: Any) -> Keyring:
    return Keyring(redis)


async def test_of_a_part_nobody_spoke_of_nothing_is_known(ring: Keyring) -> None:
    assert await ring.salts([ALINE]) == {ALINE: None}


async def test_salts_are_kept_once_and_in_their_order(ring: Keyring) -> None:
    await ring.keep(
        [(ALINE, FIRST, False), (BRUNO, SECOND, False), (ALINE, SECOND, False), (ALINE, FIRST, False)]
    )
    assert await ring.salts([BRUNO, ALINE]) == {BRUNO: [SECOND], ALINE: [FIRST, SECOND]}


async def test_a_destroyed_salt_is_gone_and_leaves_its_mark(ring: Keyring) -> None:
    await ring.keep([(ALINE, FIRST, False), (ALINE, SECOND, False), (BRUNO, FIRST, False)])
    for _ in range(2):
        await ring.destroy({ALINE: [FIRST[:NAME]]})
    assert await ring.salts([ALINE]) == {ALINE: [SECOND]}
    await ring.destroy({ALINE: [SECOND[:NAME]]})
    assert await ring.salts([ALINE, BRUNO]) == {ALINE: [], BRUNO: [FIRST]}


async def test_each_of_many_salts_is_kept_once_and_those_around_a_destroyed_one_are_whole(
    ring: Keyring,
) -> None:
    for _ in range(2):
        await ring.keep([(ALINE, FIRST, False), (ALINE, SECOND, False), (ALINE, THIRD, False)])
    assert await ring.salts([ALINE]) == {ALINE: [FIRST, SECOND, THIRD]}
    await ring.destroy({ALINE: [SECOND[:NAME]]})
    assert await ring.salts([ALINE]) == {ALINE: [FIRST, THIRD]}


async def test_without_a_name_all_salts_of_the_part_and_of_no_other_are_destroyed(ring: Keyring) -> None:
    await ring.keep([(ALINE, FIRST, False), (ALINE, SECOND, False), (BRUNO, FIRST, False)])
    await ring.destroy({ALINE: [b""]})
    assert await ring.salts([ALINE, BRUNO]) == {ALINE: [], BRUNO: [FIRST]}


async def test_what_was_never_kept_can_be_destroyed(ring: Keyring) -> None:
    await ring.destroy({ALINE: [FIRST[:NAME]]})
    assert await ring.salts([ALINE]) == {ALINE: []}


async def test_a_salt_that_was_drawn_unasked_is_none_of_a_part_whose_own_were_destroyed(
    ring: Keyring,
) -> None:
    await ring.keep([(ALINE, FIRST, False)])
    await ring.destroy({ALINE: [b""]})
    assert await ring.keep([(BRUNO, FIRST, True), (ALINE, SECOND, True)]) == [(ALINE, SECOND)]
    assert await ring.salts([ALINE, BRUNO]) == {ALINE: [], BRUNO: [FIRST]}
    assert await ring.keep([(ALINE, THIRD, False), (ALINE, SECOND, True)]) == [], "they have come back"
    assert await ring.salts([ALINE]) == {ALINE: [THIRD, SECOND]}
