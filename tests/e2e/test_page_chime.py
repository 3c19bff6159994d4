"""A soft tone for what is urgent, on a screen that somebody asked it of."""

import time

import pytest
from playwright.async_api import Page, expect

from schemas.alerts import ClientRef
from schemas.times import iso
from tests.e2e.cards import card, welcome
from tests.e2e.screens import PATIENCE, Opened
from tests.people import House

HEARD = """
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
"""
CHIME = 2
"""Tones of one chime."""
JONAS = ClientRef(id="J" * 16, name="Jonas Weber")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def url(house: House) -> str:
    return house.url


async def test_a_desk_is_silent_until_somebody_asks_for_sound(house: House, signed_in: Opened) -> None:
    page = await _listening(signed_in)
    await house.say(welcome())
    await expect(card(page)).to_be_visible(timeout=PATIENCE)
    assert await _chimes(page) == 0
    await page.get_by_role("button", name="Sound for what is urgent: off").click()
    await expect(page.get_by_role("button", name="Sound for what is urgent: on")).to_be_visible()
    assert await _chimes(page) == 1, "whoever turns it on hears what it is"
    await house.say(welcome("a2", title="Just came in", client=JONAS))
    await expect(card(page, "Jonas Weber")).to_be_visible(timeout=PATIENCE)
    assert await _chimes(page) == 2


async def test_several_at_once_sound_once_and_what_can_wait_does_not(house: House, signed_in: Opened) -> None:
    page = await _listening(signed_in)
    await page.get_by_role("button", name="Sound for what is urgent").click()
    await house.say(
        welcome("a1", title="A basket waits", urgency=2), welcome("a2"), welcome("a3", client=JONAS)
    )
    await expect(card(page, "Jonas Weber")).to_be_visible(timeout=PATIENCE)
    assert await _chimes(page) == 2


async def test_what_was_there_when_the_page_opened_is_no_news(house: House, signed_in: Opened) -> None:
    page = await _listening(signed_in)
    await page.get_by_role("button", name="Sound for what is urgent").click()
    await house.say(welcome(at=iso(time.time() - 60)))
    await page.reload()
    await page.get_by_role("button", name="Sound for what is urgent: on").wait_for()
    await page.keyboard.press("Tab")
    await expect(card(page)).to_be_visible(timeout=PATIENCE)
    assert await _chimes(page) == 0


async def _listening(signed_in: Opened) -> Page:
    page = await signed_in()
    await page.add_init_script(HEARD)
    await page.reload()
    await page.locator("#live").get_by_text("Live").wait_for()
    return page


async def _chimes(page: Page) -> float:
    return float(await page.evaluate("tones")) / CHIME
