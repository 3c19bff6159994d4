"""Many who ask in one turn are answered by one question, which is never older than theirs."""

import asyncio
from collections.abc import Collection

import pytest

from feature_store.store import StoreAway
from streams.asking import Asking, both

pytestmark = pytest.mark.asyncio


class Store:
    """Doubles even numbers after a moment; `asked`: what for, each time."""

    def __init__(self) -> None:
        self.asked: list[set[int]] = []
        self.answers = asyncio.Event()

    async def ask(self, keys: Collection[int]) -> dict[int, int]:
        self.asked.append(set(keys))
        await self.answers.wait()
        if -1 in keys:
            raise LookupError
        return {key: 2 * key for key in keys if key % 2 == 0}


async def test_who_asks_in_one_turn_is_answered_by_one_question() -> None:
    store = Store()
    store.answers.set()
    asking = Asking(store.ask)
    answers = await asyncio.gather(asking.of([2]), asking.of([4, 3]), asking.of([2]), asking.of([]))
    assert answers == [{2: 4}, {4: 8}, {2: 4}, {}]
    assert store.asked == [{2, 3, 4}]


async def test_who_asks_while_an_answer_is_on_its_way_is_given_a_newer_one() -> None:
    store = Store()
    asking = Asking(store.ask)
    first = asyncio.create_task(asking.of([2]))
    while not store.asked:
        await asyncio.sleep(0)
    second = asyncio.create_task(asking.of([2]))
    while len(store.asked) < 2:
        await asyncio.sleep(0)
    store.answers.set()
    assert await asyncio.gather(first, second) == [{2: 4}, {2: 4}]


async def test_one_who_is_cancelled_takes_nobody_along() -> None:
    store = Store()
    asking = Asking(store.ask)
    leaves, stays = asyncio.create_task(asking.of([2])), asyncio.create_task(asking.of([4]))
    while not store.asked:
        await asyncio.sleep(0)
    leaves.cancel()
    store.answers.set()
    assert await stays == {4: 8}
    assert leaves.cancelled() or leaves.cancelling()


async def test_what_fails_for_one_fails_for_nobody_else() -> None:
    store = Store()
    store.answers.set()
    asking = Asking(store.ask)
    told = await asyncio.gather(asking.of([-1]), asking.of([2]), return_exceptions=True)
    assert isinstance(told[0], LookupError)
    assert told[1] == {2: 4}


async def test_a_store_that_is_away_is_not_asked_again_by_each() -> None:
    asked: list[Collection[int]] = []

    async def away(keys: Collection[int]) -> dict[int, int]:
        asked.append(keys)
        raise StoreAway("away")

    asking = Asking(away)
    told = await asyncio.gather(asking.of([1]), asking.of([2]), return_exceptions=True)
    assert [type(error) for error in told] == [StoreAway, StoreAway]
    assert len(asked) == 1


async def test_two_things_are_asked_before_either_is_answered() -> None:
    store, other = Store(), Store()
    asked = asyncio.create_task(both(Asking(store.ask).of([2]), Asking(other.ask).of([4])))
    async with asyncio.timeout(5):
        while not (store.asked and other.asked):
            await asyncio.sleep(0)
    other.answers.set()
    store.answers.set()
    assert await asked == ({2: 4}, {4: 8})


@pytest.mark.filterwarnings("error")
async def test_where_the_first_fails_the_second_is_let_go() -> None:
    async def away(keys: Collection[int]) -> dict[int, int]:
        raise StoreAway("away")

    store = Store()
    store.answers.set()
    with pytest.raises(StoreAway):
        await both(Asking(away).of([1]), Asking(store.ask).of([2]))
