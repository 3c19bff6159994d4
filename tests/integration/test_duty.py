"""Being on duty, said by whoever is signed in: over real HTTP and a real Redis."""

import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from schemas.alerts import PresenceChange
from schemas.maison import Person
from schemas.times import iso
from streams.auth import token_for
from tests.people import LUMIERE, SECRET, House, a_house

DUTY = "/v1/duty"


@pytest.fixture
async def house(redis_url: str) -> AsyncIterator[House]:
    async with a_house(redis_url) as running:
        yield running


async def asked(house: House, staff: str, body: dict[str, str] | None = None) -> tuple[int, Any]:
    async with aiohttp.ClientSession(headers=house.bearer(staff)) as http:
        method = "GET" if body is None else "POST"
        async with http.request(method, house.url + DUTY, json=body) as response:
            return response.status, await response.json()


async def heard(house: House) -> None:
    """What was said comes by the topic to the inbox of its site, as the worker brings it."""
    for one in house.presences:
        data = one.data
        change = PresenceChange(
            maison="lumiere", staff=data.staff, site=data.site, status=data.status, at=one.time.timestamp()
        )
        await house.say(change, inbox=f"lumiere/{data.site}")
    house.presences.clear()


async def test_who_says_that_they_are_there_is_and_the_last_word_holds(house: House) -> None:
    assert await asked(house, "camille") == (200, {"sites": {"vendome": "off"}})
    for status in ("on", "busy", "on", "off"):
        said = {"site": "vendome", "status": status}
        assert await asked(house, "camille", said) == (202, {"sites": {"vendome": status}})
        [word] = house.presences
        assert (word.data.staff, word.source) == ("camille", "/staff/camille")
        await heard(house)
        assert (await asked(house, "camille"))[1] == {"sites": {"vendome": status}}
    assert (await asked(house, "matteo"))[1] == {"sites": {"vendome": "off"}}


async def test_nobody_speaks_of_a_place_that_is_not_theirs_nor_for_a_role_that_is_nowhere(
    house: House,
) -> None:
    assert (await asked(house, "camille", {"site": "ginza", "status": "on"}))[0] == 400
    assert (await asked(house, "camille", {"site": "vendome", "status": "asleep"}))[0] == 400
    assert [(await asked(house, one))[0] for one in ("noe", "maud")] == [403, 403]
    assert (await asked(house, "helene"))[1]["sites"].keys() == {"vendome", "riviera"}
    assert house.presences == []


async def test_a_screen_that_several_people_share_is_on_duty_nowhere(house: House) -> None:
    screen = Person(id="vendome-team", name="Place Vendôme", role="team", sites=["vendome"])
    token = token_for(screen, LUMIERE, SECRET, time.time() + 600, issued=time.time())
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as http:
        for said in ({}, {"json": {"site": "vendome", "status": "on"}}):
            async with http.request("POST" if said else "GET", house.url + DUTY, **said) as response:
                assert response.status == 403
    assert house.presences == []


async def test_where_kafka_is_away_nothing_was_said(house: House) -> None:
    house.kafka_away = True
    assert (await asked(house, "camille", {"site": "vendome", "status": "on"}))[0] == 503


async def test_who_came_yesterday_and_never_signed_off_has_gone_home(house: House) -> None:
    at = time.time() - 17 * 3600
    change = PresenceChange(maison="lumiere", staff="camille", site="vendome", status="busy", at=at)
    await house.say(change)
    assert (await asked(house, "camille"))[1] == {"sites": {"vendome": "off"}}, iso(at)
