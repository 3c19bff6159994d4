"""What one has just read serves those who ask after it, as far as it goes."""

import asyncio
from collections.abc import Callable

import pytest

from feature_store.store import StoreAway
from streams import lately
from streams.lately import Lately
from tests.waiting import wait_until

pytestmark = pytest.mark.asyncio


class Log:
    """Tells how long it is, of any key, when it is let; `asked`: for which, each time."""

    def __init__(self) -> None:
        self.length = 1
        self.asked: list[str] = []
        self.answers = asyncio.Event()
        self.answers.set()
        self.away = False

    async def ask(self, key: str) -> int:
        self.asked.append(key)
        length = self.length
        await self.answers.wait()
        if self.away:
            raise StoreAway("away")
        return length


def at_least(length: int) -> Callable[[int], bool]:
    return lambda answer: answer >= length


async def test_who_comes_after_an_answer_that_is_enough_is_given_it() -> None:
    log = Log()
    asked = Lately(log.ask)
    assert [await asked.of(key, at_least(1)) for key in ("a", "a", "b", "a")] == [1, 1, 1, 1]
    assert log.asked == ["a", "b"]


async def test_all_to_whom_it_is_not_enough_ask_once_more() -> None:
    log = Log()
    asked = Lately(log.ask)
    await asked.of("a", at_least(1))
    log.length = 2
    told = await asyncio.gather(*(asked.of("a", at_least(length)) for length in (2, 1, 2, 2)))
    assert told == [2, 2, 2, 2]
    assert log.asked == ["a", "a"]


async def test_what_is_on_its_way_serves_whoever_it_is_enough_for() -> None:
    log = Log()
    log.answers.clear()
    asked = Lately(log.ask)
    asking = [asyncio.create_task(asked.of("a", at_least(1)))]
    await wait_until(lambda: log.asked == ["a"], what="the question")
    log.length = 2
    asking += [asyncio.create_task(asked.of("a", at_least(length))) for length in (2, 1, 2)]
    await asyncio.sleep(0)
    log.answers.set()
    assert await asyncio.gather(*asking) == [1, 2, 1, 2]
    assert log.asked == ["a", "a"]


async def test_an_answer_to_a_later_question_is_taken_as_it_is() -> None:
    log = Log()
    assert await Lately(log.ask).of("a", at_least(9)) == 1


async def test_what_fails_is_told_to_whoever_waits_and_asked_again_by_who_comes_then() -> None:
    log = Log()
    log.away = True
    asked = Lately(log.ask)
    told = await asyncio.gather(
        asked.of("a", at_least(1)), asked.of("a", at_least(1)), return_exceptions=True
    )
    assert [type(one) for one in told] == [StoreAway, StoreAway]
    log.away = False
    assert await asked.of("a", at_least(1)) == 1
    assert log.asked == ["a", "a"]


async def test_one_who_is_cancelled_takes_nobody_along() -> None:
    log = Log()
    log.answers.clear()
    asked = Lately(log.ask)
    leaves, stays = (asyncio.create_task(asked.of("a", at_least(1))) for _ in range(2))
    await wait_until(lambda: log.asked == ["a"], what="the question")
    leaves.cancel()
    log.answers.set()
    assert await stays == 1


async def test_an_answer_is_kept_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lately, "KEPT", 0.01)
    log = Log()
    asked = Lately(log.ask)
    await asked.of("a", at_least(1))
    await asyncio.sleep(0.05)
    await asked.of("a", at_least(1))
    assert log.asked == ["a", "a"]
