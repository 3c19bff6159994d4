"""The screen of a desk stays on while somebody is signed in there."""

import pytest
from playwright.async_api import Page

from tests.e2e.screens import Opened
from tests.people import House
from tests.waiting import wait_until

WATCHED = """
window.locks = [];
navigator.wakeLock.request = async (kind) => {
    const lock = { kind, released: false, release: async () => { lock.released = true; } };
    window.locks.push(lock);
    return lock;
};
"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def url(house: House) -> str:
    return house.url


async def test_the_screen_of_a_concierge_stays_on_until_they_sign_out(signed_in: Opened) -> None:
    page = await _watched(signed_in, "Louis Marchetti")
    await _become(page, ["held"])
    await page.evaluate("locks[0].released = true; document.dispatchEvent(new Event('visibilitychange'))")
    await _become(page, ["released", "held"])
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await page.get_by_role("button", name="Sign out").click()
    await _become(page, ["released", "released"])


async def test_what_an_advisor_carries_may_sleep(signed_in: Opened) -> None:
    page = await _watched(signed_in, "Camille Roux")
    assert await _locks(page) == []


async def test_a_browser_that_refuses_does_no_harm(signed_in: Opened) -> None:
    page = await signed_in("Louis Marchetti")
    await page.add_init_script("navigator.wakeLock.request = async () => { throw new Error('low battery'); }")
    await page.reload()
    await page.locator("#live").get_by_text("Live").wait_for()


async def _watched(signed_in: Opened, name: str) -> Page:
    page = await signed_in(name)
    await page.add_init_script(WATCHED)
    await page.reload()
    await page.locator("#live").get_by_text("Live").wait_for()
    return page


async def _become(page: Page, states: list[str]) -> None:
    async def are() -> bool:
        return await _locks(page) == states

    await wait_until(are, what=f"the locks are {states}")


async def _locks(page: Page) -> list[str]:
    told: list[str] = await page.evaluate("locks.map(one => one.released ? 'released' : 'held')")
    return told
