"""The clock of a tablet may be wrong, and be put right while somebody is signed in."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, Route, expect

from tests.e2e.cards import card, welcome
from tests.e2e.screens import PATIENCE, Opened
from tests.people import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def url(house: House) -> str:
    return house.url


async def put(page: Page, minutes: float) -> None:
    """Puts the tablet's clock so far off."""
    await page.clock.set_system_time(datetime.now(UTC) + timedelta(minutes=minutes))


@pytest.mark.parametrize("minutes", [10, -10])
async def test_a_wrong_clock_tells_no_wrong_time(house: House, signed_in: Opened, minutes: int) -> None:
    await house.say(welcome(lasts=480))
    page = await signed_in()
    await page.clock.install(time=datetime.now(UTC) + timedelta(minutes=minutes))
    await page.reload()
    await expect(card(page).locator(".count")).to_have_text(re.compile("^[78] min$"))


@pytest.mark.parametrize("minutes", [10, -10])
async def test_a_clock_that_is_put_right_takes_no_card_away_and_keeps_none(
    house: House, signed_in: Opened, minutes: int
) -> None:
    await house.say(welcome(lasts=480))
    page = await signed_in()
    await page.clock.install()
    await page.reload()
    await expect(card(page)).to_be_visible()
    await put(page, minutes)
    await page.wait_for_timeout(2_500)
    await expect(card(page).locator(".count")).to_have_text(re.compile("^[78] min$"))


async def test_a_clock_that_is_put_back_leaves_no_screen_open(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in()
    await page.clock.install()
    await page.reload()
    await expect(card(page)).to_be_visible()
    await page.clock.fast_forward(60_000)
    await put(page, -30)
    await page.clock.fast_forward(301_000)
    await expect(page.get_by_role("button", name="Back to the desk")).to_be_visible()


async def test_a_greeting_goes_with_the_day(house: House, signed_in: Opened) -> None:
    page = await signed_in(timezone_id="UTC")
    later = [0.0]
    me = await page.evaluate("fetch('/v1/me').then(answer => answer.json())")

    async def then(route: Route) -> None:
        await route.fulfill(json=me | {"now": time.time() + later[0]})

    await page.route("**/v1/me", then)
    await page.clock.install()
    await page.reload()
    morning = (9 - datetime.now(UTC).hour) % 24
    for hours, part in ((morning, "morning"), (morning + 6, "afternoon"), (morning + 11, "evening")):
        later[0] = hours * 3600
        await put(page, hours * 60)
        await expect(page.locator("#greeting")).to_have_text(f"Good {part}, Camille", timeout=PATIENCE)
