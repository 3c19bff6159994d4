"""A screen that a client sees is covered in one tap, and by itself where nobody touches it."""

from datetime import UTC, datetime

import pytest
import redis
from playwright.async_api import Route, expect

from schemas.alerts import ClientRef
from tests.e2e.cards import button, card, retracted, verdicts, welcome
from tests.e2e.screens import PATIENCE, PHONE, PICTURES, PORTRAIT, TABLET, Opened, narrow, slept, small
from tests.people import House
from tests.waiting import wait_until

JONAS = ClientRef(id="J" * 16, name="Jonas Weber")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def url(house: House) -> str:
    return house.url


async def test_a_covered_screen_shows_nothing_of_anybody_and_counts_what_comes(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome(), welcome("a2", title="A basket waits", urgency=2))
    page = await signed_in()
    await button(page, "Dismiss", "basket").click()
    await page.get_by_role("button", name="Cover").click()
    await expect(page.get_by_role("button", name="Back to the desk")).to_be_focused()
    await house.say(welcome("a3", title="Just came in", client=JONAS), retracted("a2"))
    await expect(page.locator("#meanwhile")).to_have_text("1 card came meanwhile.", timeout=PATIENCE)
    seen = await page.locator("body").inner_text()
    assert seen.split("\n\n") == ["Maison Lumière", "1 card came meanwhile.", "Back to the desk"]
    assert await page.locator("#announcer, #toasts").all_inner_texts() == ["", ""]
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Cover")).to_be_focused()
    await expect(card(page, "Jonas Weber")).to_be_visible()
    await expect(card(page, "basket")).to_have_count(0)
    await page.get_by_role("button", name="Cover").click()
    await expect(page.locator("#meanwhile")).to_have_text("")


async def test_what_is_covered_counts_as_seen_once_it_is_not(house: House, signed_in: Opened) -> None:
    page = await signed_in()
    await page.get_by_role("button", name="Cover").click()
    await page.clock.install()
    await house.say(welcome())
    await expect(page.locator("#meanwhile")).to_have_text("1 card came meanwhile.", timeout=PATIENCE)
    await page.clock.run_for(3_000)
    assert ("seen", "camille") not in verdicts(house)
    await page.get_by_role("button", name="Back to the desk").click()
    await expect(card(page)).to_be_in_viewport()
    await page.clock.resume()
    await wait_until(lambda: ("seen", "camille") in verdicts(house), what="a seen card")


async def test_what_is_told_again_or_goes_to_a_colleague_has_not_come_meanwhile(
    house: House, signed_in: Opened, redis_url: str
) -> None:
    first, second = welcome(), welcome("a2", title="Writes", urgency=2)
    await house.say(first, second)
    page = await signed_in()
    await expect(page.locator(".card")).to_have_count(2)
    matteo = await signed_in("Matteo Ferri")
    await page.get_by_role("button", name="Cover").click()
    await button(matteo, "Claim", "Writes").click()
    await expect(page.locator("#others .card")).to_have_count(1)
    await expect(page.locator("#meanwhile")).to_have_text("")
    with redis.Redis.from_url(redis_url) as client:  # what was there is told again
        client.flushdb()
    await expect(page.locator(".card")).to_have_count(0, timeout=PATIENCE)
    await house.say(first, welcome("a3", title="Just came in", client=JONAS), welcome("a4", client=JONAS))
    await expect(page.locator("#meanwhile")).to_have_text("2 cards came meanwhile.", timeout=PATIENCE)
    await house.say(retracted("a4"))
    await expect(page.locator("#meanwhile")).to_have_text("1 card came meanwhile.", timeout=PATIENCE)
    await page.get_by_role("button", name="Back to the desk").click()
    await expect(page.locator("#now .card")).to_have_count(2)


async def test_a_desk_of_which_nothing_is_left_is_calm(
    house: House, signed_in: Opened, redis_url: str
) -> None:
    await house.say(welcome())
    page = await signed_in()
    await expect(card(page)).to_be_visible()
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
    await expect(page.get_by_text("All is calm.")).to_be_visible(timeout=PATIENCE)
    await expect(page.get_by_role("heading", name="Now")).to_be_hidden()
    await expect(page).to_have_title("Prévenance")


async def test_who_comes_back_to_the_desk_reads_on_where_they_were(house: House, signed_in: Opened) -> None:
    await house.say(*(welcome(f"a{n}", client=JONAS, title=f"Asks {n}") for n in range(6)))
    page = await signed_in(reduced_motion="reduce")
    last = card(page, "Asks 5")
    await button(page, "Note", "Asks 5").click()
    await page.keyboard.type("Left-handed")
    await last.evaluate("e => e.scrollIntoView({ block: 'center', behavior: 'instant' })")
    before = await last.evaluate("e => e.getBoundingClientRect().top")
    await page.locator("#cover").dispatch_event("click")
    await house.say(welcome("b1", title="Just came in, speaks French"))
    await expect(page.locator("#meanwhile")).to_have_text("1 card came meanwhile.", timeout=PATIENCE)
    await page.get_by_role("button", name="Back to the desk").click()
    assert abs(await last.evaluate("e => e.getBoundingClientRect().top") - before) < 1
    await expect(page.locator("#above")).to_have_text("1 new above: Just came in, speaks French")
    await expect(page.get_by_label("Note on Jonas Weber")).to_have_value("Left-handed")


async def test_who_scrolls_and_covers_at_once_comes_back_to_the_same_place(
    house: House, signed_in: Opened
) -> None:
    await house.say(*(welcome(f"a{n}", client=JONAS, title=f"Asks {n}") for n in range(6)))
    page = await signed_in(reduced_motion="reduce")
    last = card(page, "Asks 5")
    before = await last.evaluate(
        """e => {
            e.scrollIntoView({ block: 'center', behavior: 'instant' });
            const { top } = e.getBoundingClientRect();
            document.getElementById('cover').click(); // before the browser has told of the scrolling
            return top;
        }"""
    )
    await house.say(welcome("b1", title="Just came in, speaks French"))
    await expect(page.locator("#meanwhile")).to_have_text("1 card came meanwhile.", timeout=PATIENCE)
    await page.get_by_role("button", name="Back to the desk").click()
    assert abs(await last.evaluate("e => e.getBoundingClientRect().top") - before) < 1


async def test_a_session_that_ends_lifts_the_cover_for_the_door(house: House, signed_in: Opened) -> None:
    page = await signed_in()
    await page.get_by_role("button", name="Cover").click()
    await page.context.clear_cookies()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.get_by_role("alert")).to_contain_text("Your session has ended")
    await expect(page.get_by_role("button", name="Back to the desk")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("device", "size"), [("tablet", TABLET), ("portrait", PORTRAIT), ("phone", PHONE)])
async def test_the_cover_fits_every_screen(
    house: House, signed_in: Opened, device: str, size: tuple[int, int], scheme: str
) -> None:
    page = await signed_in(size=size, color_scheme=scheme, reduced_motion="reduce")
    assert await narrow(page)
    assert await page.locator(".top").evaluate("e => e.offsetHeight") < 112, "two lines at most"
    assert await page.locator("#me").evaluate("e => e.scrollWidth <= e.clientWidth"), "who is signed in"
    await page.get_by_role("button", name="Cover").click()
    await house.say(welcome())
    await expect(page.locator("#meanwhile")).to_have_text("1 card came meanwhile.", timeout=PATIENCE)
    assert await narrow(page)
    assert await small(page) == 0
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"cover-{device}-{scheme}.png")


async def test_a_screen_that_nobody_touches_covers_itself(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in()
    await expect(card(page)).to_be_visible()
    await page.clock.install()
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # timers from now on
    await page.clock.fast_forward(200_000)
    await page.mouse.move(90, 90)
    await page.clock.fast_forward(200_000)
    await expect(card(page)).to_be_visible()
    await page.clock.fast_forward(101_000)
    await expect(page.get_by_role("button", name="Back to the desk")).to_be_visible()
    await expect(card(page)).to_be_hidden()


async def test_a_tablet_that_slept_wakes_covered(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in()
    await expect(card(page)).to_be_visible()
    touched = datetime.now(UTC)
    await slept(page, 0, touched)
    await page.mouse.move(90, 90)
    await slept(page, 299, touched)
    await expect(card(page)).to_be_visible()
    await slept(page, 301, touched)
    await expect(card(page)).to_be_hidden()


async def test_a_house_whose_screens_nobody_sees_leaves_them_open(house: House, signed_in: Opened) -> None:
    await house.say(welcome(lasts=2 * 86_400))  # its own time does not take it away
    page = await signed_in()

    async def never(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, json=await answer.json() | {"cover_after": 0})

    await page.route("**/v1/me", never)
    await page.reload()
    await expect(card(page)).to_be_visible()
    await slept(page, 86_400)
    await expect(card(page)).to_be_visible()
