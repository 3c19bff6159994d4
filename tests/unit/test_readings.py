"""One alert told to many pages in one turn is allowed and opened once, as of that turn."""

import asyncio
from collections.abc import Sequence

import pytest

from agents.withdrawal import bare
from feature_store.store import StoreAway
from schemas.alerts import Alert
from schemas.private import closed
from schemas.sealing import SALT, Key
from schemas.times import seconds
from streams.keys import Opener
from streams.privately import Privately
from streams.reading import Readings
from tests import alerts
from tests.unit.test_privately import Ring

MASTER, SALTS = bytes(32), [bytes(SALT)]


class House:
    """Allows what `allowed` says; answers once `answers` is set. `asked`: of which alerts, each time."""

    def __init__(self, *salts: list[bytes] | None) -> None:
        self.allowed, self.away = True, False
        self.asked: list[list[str]] = []
        self.answers = asyncio.Event()
        self.ring = Ring(*(salts or (SALTS,)))
        clock = seconds(alerts.an_alert().at) + 1.0
        self.readings = Readings(self.left, Privately(Opener(self.ring, MASTER), lambda: clock))

    async def left(self, several: Sequence[Alert]) -> list[Alert | None]:
        allowed = self.allowed
        self.asked.append([alert.id for alert in several])
        await self.answers.wait()
        if self.away:
            raise StoreAway("away")
        return [alert if allowed else None for alert in several]

    async def until_asked(self, times: int) -> None:
        async with asyncio.timeout(5):
            while len(self.asked) < times:
                await asyncio.sleep(0)


def sealed(id: str = "a1") -> Alert:
    alert = alerts.an_alert(id)
    return closed(alert, Key(MASTER, (alert.maison, alert.client.id), SALTS))


async def test_pages_told_of_an_alert_in_one_turn_share_what_is_asked_of_it() -> None:
    house, one, other = House(), sealed("a1"), sealed("a2")
    house.answers.set()
    pages = await asyncio.gather(
        *(house.readings.of([one]) for _ in range(50)), house.readings.of([other, one])
    )
    assert [sorted(ids) for ids in house.asked] == [["a1", "a2"]]
    assert house.ring.asked == 1
    assert pages[-1][1].alert is pages[0][0].alert
    assert [reading.alert.title for reading in pages[-1]] == [alerts.an_alert().title] * 2
    assert all(reading.allowed for page in pages for reading in page)


async def test_what_is_allowed_no_more_is_which_alert_it_was_and_nothing_else() -> None:
    house, alert = House(), sealed()
    house.allowed = False
    house.answers.set()
    assert await house.readings.of([alert]) == [(False, bare(alert))]


async def test_a_page_told_while_an_answer_is_on_its_way_is_given_a_newer_one() -> None:
    house, alert = House(), sealed()
    first = asyncio.create_task(house.readings.of([alert]))
    await house.until_asked(1)
    house.allowed = False
    second = asyncio.create_task(house.readings.of([alert]))
    await house.until_asked(2)
    house.answers.set()
    assert [[reading.allowed for reading in page] for page in (await first, await second)] == [
        [True],
        [False],
    ]


async def test_a_page_that_leaves_takes_nobody_along() -> None:
    house, alert = House(), sealed()
    leaves, stays = (asyncio.create_task(house.readings.of([alert])) for _ in range(2))
    await house.until_asked(1)
    leaves.cancel()
    house.answers.set()
    assert (await stays)[0].allowed
    with pytest.raises(asyncio.CancelledError):
        await leaves


async def test_while_the_store_is_away_every_page_is_told_so() -> None:
    house, alert = House(), sealed()
    house.away = True
    house.answers.set()
    told = await asyncio.gather(*(house.readings.of([alert]) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in told] == [StoreAway] * 3
    assert house.asked == [["a1"]]


async def test_nobody_else_waits_for_the_key_of_a_client_who_is_met_for_the_first_time() -> None:
    house = House(None, None, SALTS)
    house.answers.set()
    known = alerts.an_alert("a2")  # in plain words: there is nothing to open
    waits = asyncio.create_task(house.readings.of([sealed("a1")]))
    assert (await house.readings.of([known]))[0].alert.title == known.title
    assert not waits.done()
    assert (await waits)[0].alert.title == alerts.an_alert().title


async def test_a_key_that_comes_later_than_its_alert_is_waited_for() -> None:
    house = House(None, SALTS)
    house.answers.set()
    (reading,) = await house.readings.of([sealed()])
    assert (reading.alert.title, house.ring.asked) == (alerts.an_alert().title, 2)
