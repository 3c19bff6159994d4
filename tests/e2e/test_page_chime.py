"""A soft tone for what is urgent, on a screen that somebody asked it of."""

import time
from typing import Any

import pytest
from playwright.async_api import Page, expect

from schemas.alerts import ClientRef
from schemas.times import iso
from tests.e2e.cards import card, welcome
from tests.e2e.screens import PATIENCE, Opened
from tests.people import House
from tests.waiting import wait_until

HEARD = """
window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when); };
const Context = AudioContext;
window.AudioContext = class extends Context { constructor() { super(); window.context = this; } };
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


async def test_one_touch_of_a_finger_is_enough_to_be_heard(house: House, signed_in: Opened) -> None:
    """Of a finger a browser believes what it lifts; what Playwright evaluates counts as a touch itself."""
    page = await _listening(signed_in, has_touch=True)
    await page.evaluate("localStorage.setItem('sound', 'on')")
    by_nobody = await page.context.new_cdp_session(page)

    async def told(script: str) -> Any:
        asked = {"expression": script, "returnByValue": True, "userGesture": False}
        return (await by_nobody.send("Runtime.evaluate", asked))["result"].get("value")

    await by_nobody.send("Page.reload")
    await wait_until(lambda: told("document.querySelector('#live')?.textContent === 'Live'"), what="a desk")
    assert await told("navigator.userActivation.hasBeenActive") is False
    for touch, points in (("touchStart", [{"x": 500, "y": 120}]), ("touchEnd", [])):
        await by_nobody.send("Input.dispatchTouchEvent", {"type": touch, "touchPoints": points})
    await wait_until(lambda: told("window.context?.state === 'running'"), what="a page that may sound")
    await house.say(welcome())
    await wait_until(lambda: told(f"tones === {CHIME}"), what="a chime")


async def _listening(signed_in: Opened, **context: Any) -> Page:
    page = await signed_in(**context)
    await page.add_init_script(HEARD)
    await page.reload()
    await page.locator("#live").get_by_text("Live").wait_for()
    return page


async def _chimes(page: Page) -> float:
    return float(await page.evaluate("tones")) / CHIME
