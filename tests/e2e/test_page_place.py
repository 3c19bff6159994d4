"""Where somebody reads stays where it is, whatever comes or goes above it, and what is new there is told."""

import time
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from schemas.alerts import Addressee, AlertChange, ClientRef
from schemas.times import iso
from tests.e2e.cards import button, card, retracted, verdicts, welcome
from tests.e2e.screens import PATIENCE, PHONE, PICTURES, PORTRAIT, TABLET, Opened, narrow, small
from tests.people import House
from tests.waiting import wait_until

LOW = (375, 553)
"""What a small telephone leaves to a page, under its address bar."""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def url(house: House) -> str:
    return house.url


def guest(number: int, **fields: Any) -> AlertChange:
    """One of several who are in the boutique, the later the higher their number."""
    client = ClientRef(id=f"Guest{number:011}", name=f"Guest {number}")
    fields.setdefault("valid_from", iso(time.time() - 600 + number))
    return welcome(f"g{number}", title="Just came in", client=client, **fields)


async def reading(house: House, page: Page, many: int = 6) -> float:
    """Where Guest 1, who came first, stands on the screen of somebody who has gone down there."""
    await house.say(*(guest(number) for number in range(1, many + 1)))
    await expect(page.locator("#now .card")).to_have_count(many, timeout=PATIENCE)
    await card(page, "Guest 1").evaluate("e => e.scrollIntoView({ block: 'center' })")
    await drawn(page)
    return await top(page)


async def drawn(page: Page) -> None:
    """A page is told that it was scrolled with its next frame, which may come after the next card."""
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def top(page: Page) -> float:
    return float(await card(page, "Guest 1").evaluate("e => e.getBoundingClientRect().top"))


async def by_itself(page: Page) -> None:
    """As in a browser that holds no place of its own accord."""
    await page.evaluate("document.documentElement.style.overflowAnchor = 'none'")


@pytest.mark.parametrize("size", [TABLET, PHONE])
async def test_what_comes_above_is_told_and_moves_nothing(
    house: House, signed_in: Opened, size: tuple[int, int]
) -> None:
    page = await signed_in(size=size, reduced_motion="reduce")
    await by_itself(page)
    before = await reading(house, page)
    above, heard = page.locator("#above"), page.locator("#announcer")
    await expect(above).to_be_hidden()
    await expect(heard).to_contain_text("6 cards have come or changed.")  # what comes with them is of these
    await house.say(welcome(title="Just came in, speaks French"))
    await expect(above).to_have_text("1 new above: Just came in, speaks French", timeout=PATIENCE)
    await expect(heard).to_contain_text("New above: Aline Moreau: Just came in")
    assert abs(await top(page) - before) < 1
    await expect(card(page)).not_to_be_in_viewport()
    await house.say(guest(7))
    await expect(above).to_have_text("2 new above: Just came in", timeout=PATIENCE)
    assert abs(await top(page) - before) < 1
    await above.focus()
    await page.keyboard.press("Enter")
    await expect(card(page, "Guest 7")).to_be_focused()
    await expect(card(page, "Guest 7").locator(".who")).to_be_in_viewport()
    await expect(above).to_be_hidden()


async def test_a_browser_that_holds_the_place_itself_is_not_put_out(house: House, signed_in: Opened) -> None:
    page = await signed_in(reduced_motion="reduce")
    before = await reading(house, page)
    await house.say(welcome())
    await expect(page.locator("#above")).to_be_visible(timeout=PATIENCE)
    await drawn(page)
    assert abs(await top(page) - before) < 1


async def test_what_goes_sinks_or_grows_above_moves_nothing(house: House, signed_in: Opened) -> None:
    page = await signed_in(reduced_motion="reduce")
    await by_itself(page)
    before = await reading(house, page)
    await house.say(retracted("g6"))
    await expect(card(page, "Guest 6")).to_have_count(0, timeout=PATIENCE)
    assert abs(await top(page) - before) < 1
    await house.say(guest(5, revision=2, urgency=3))
    await expect(page.locator("#next .card")).to_have_count(1, timeout=PATIENCE)
    assert abs(await top(page) - before) < 1
    await house.say(guest(2, revision=2, valid_from=iso(time.time())))
    await expect(page.locator("#now .who").first).to_have_text("Guest 2", timeout=PATIENCE)
    assert abs(await top(page) - before) < 1
    await expect(page.locator("#above")).to_be_hidden()
    await house.say(guest(4, revision=2, avoid=["One more line", "And another"]))
    await expect(card(page, "Guest 4")).to_contain_text("another", timeout=PATIENCE)
    assert abs(await top(page) - before) < 1


async def test_what_was_pushed_along_or_says_something_else_now_is_tapped_by_no_finger_on_its_way(
    house: House, signed_in: Opened
) -> None:
    page = await signed_in(reduced_motion="reduce")
    await page.clock.install()
    await page.reload()
    await house.say(guest(1), guest(2, contact=True, urgency=1))
    upper, lower = card(page, "Guest 1"), card(page, "Guest 2")
    await expect(lower).to_be_visible(timeout=PATIENCE)
    await page.clock.pause_at(time.time() + 1)

    async def rests(*cards: Locator) -> None:
        for one in cards:
            await expect(one).to_have_attribute("aria-disabled", "true", timeout=PATIENCE)
        await page.wait_for_timeout(200)
        await expect(page.locator(".card[aria-disabled]")).to_have_count(len(cards))
        await page.clock.run_for(400)
        await expect(page.locator(".card[aria-disabled]")).to_have_count(0)

    await page.clock.run_for(400)
    await expect(page.locator(".card[aria-disabled]")).to_have_count(0)
    await house.say(guest(1, revision=2, avoid=["Mentioning what was browsed", "Allergies: nuts"]))
    await rests(upper, lower)
    for revision, say in ((2, "Quel plaisir. Le sac est ici, en noir."), (3, "Quel plaisir. " * 20)):
        await house.say(guest(2, revision=revision, contact=True, urgency=1, say=say))
        await rests(lower)
    await page.context.set_offline(True)
    await page.clock.run_for(10)
    await expect(page.locator("#banner")).to_be_visible()
    await rests(upper, lower)


async def test_only_the_card_that_sinks_is_moved(house: House, signed_in: Opened) -> None:
    page = await signed_in()
    await reading(house, page)
    await page.evaluate(
        "() => { window.moved = []; new MutationObserver((all) => all.forEach((one) =>"
        " moved.push(...[...one.addedNodes].map((slot) => slot.querySelector('.who').textContent))))"
        ".observe(document.querySelector('#now .cards'), { childList: true }); }"
    )
    await button(page, "Accept", "Guest 6").click()
    await expect(page.locator("#now .who").last).to_have_text("Guest 6")
    assert await page.evaluate("moved") == ["Guest 6"]


async def test_what_can_wait_or_is_in_sight_is_not_told_above(house: House, signed_in: Opened) -> None:
    page = await signed_in()
    await house.say(*(guest(number, contact=True, urgency=1) for number in range(20, 24)))
    await reading(house, page)
    await page.locator("#book .card").last.scroll_into_view_if_needed()
    await house.say(welcome("a1", title="A basket waits", urgency=2))
    await expect(page.locator("#next .card")).to_have_count(1, timeout=PATIENCE)
    await expect(page.locator("#next .card")).not_to_be_in_viewport()
    await expect(page.locator("#above")).to_be_hidden()
    await page.evaluate("scrollTo(0, 0)")
    await house.say(guest(8))
    await expect(card(page, "Guest 8")).to_be_in_viewport(timeout=PATIENCE)
    await expect(page.locator("#above")).to_be_hidden()


@pytest.mark.parametrize("how", ["looked at", "called off", "taken"])
async def test_what_is_told_above_is_told_no_longer_than_it_is_new(
    house: House, signed_in: Opened, how: str
) -> None:
    page, his = await signed_in(), await signed_in("Matteo Ferri")
    await reading(house, page)
    await house.say(welcome(title="Just came in, speaks French"))
    await expect(page.locator("#above")).to_be_visible(timeout=PATIENCE)
    match how:
        case "looked at":
            await page.evaluate("scrollTo(0, 0)")
        case "called off":
            await house.say(retracted("a1"))
        case _:
            await button(his, "Claim").click()
    await expect(page.locator("#above")).to_be_hidden(timeout=PATIENCE)


async def test_it_does_not_say_of_whom(house: House, signed_in: Opened) -> None:
    page = await signed_in()
    await reading(house, page)
    await house.say(welcome(title="Aline Moreau is here", for_=Addressee(staff="camille")))
    await expect(page.locator("#above")).to_have_text("1 new above: For you", timeout=PATIENCE)


async def test_a_card_higher_than_the_screen_counts_as_seen(house: House, signed_in: Opened) -> None:
    page = await signed_in(size=LOW)
    long = [f"Brings up reason {number} in a sentence of a usual length" for number in range(12)]
    await house.say(welcome(why=long))
    await expect(card(page)).to_be_visible(timeout=PATIENCE)
    assert await card(page).evaluate("e => 0.6 * e.offsetHeight > innerHeight")
    await wait_until(lambda: ("seen", "camille") in verdicts(house), what="a seen card")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("device", "size"), [("tablet", TABLET), ("portrait", PORTRAIT), ("phone", PHONE)])
async def test_the_line_above_fits_every_screen(
    house: House, signed_in: Opened, device: str, size: tuple[int, int], scheme: str
) -> None:
    page = await signed_in(size=size, color_scheme=scheme, reduced_motion="reduce")
    await reading(house, page)
    await house.say(
        welcome(title="Arriving at 17:11 by taxi from the airport of Nice, speaks French and Italian")
    )
    await expect(page.locator("#above")).to_be_visible(timeout=PATIENCE)
    assert await narrow(page)
    assert await small(page) == 0
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"above-{device}-{scheme}.png")
