"""Who is signed in, on a slow network, in two windows, and when the browser brings a page back."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Request, Route, expect

from tests.e2e.cards import button, card, retracted, verdicts, welcome
from tests.e2e.screens import PATIENCE, Opened, launched, slept
from tests.people import House
from tests.waiting import wait_until

SECRET = "Aline Moreau, profession"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def url(house: House) -> str:
    return house.url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def remembering(say: Callable[[str], None]) -> AsyncIterator[Browser]:
    """A Chromium that keeps a page that was left as it was, as those of people do."""
    async with launched(say, ignore_default_args=["--disable-back-forward-cache"]) as chromium:
        yield chromium


async def unheard(page: Page, house: House) -> None:
    """Matteo signs in where Camille was, and this window does not hear of it."""
    await page.context.clear_cookies()
    answer = await page.context.request.post(
        f"{house.url}/v1/session", data={"token": house.token("matteo")}, headers={"X-Prevenance": "1"}
    )
    assert answer.ok


async def sent_away(page: Page, house: House) -> None:
    """The window shows the door and nothing else, and nothing was said in the name of whoever came."""
    await expect(page.get_by_role("alert")).to_contain_text("sign in again")
    assert await page.locator(".card").count() == 0
    assert {staff for _, staff in verdicts(house)} <= {"camille"}


async def test_two_taps_on_a_slow_network_open_one_desk_and_leave_none_to_the_next(
    house: House, signed_in: Opened
) -> None:
    page = await signed_in()
    await page.get_by_role("button", name="Sign out").click()
    feeds: list[Request] = []
    page.on("request", lambda asked: feeds.append(asked) if "stream" in asked.url else None)

    async def slowly(route: Route) -> None:
        await asyncio.sleep(0.6)
        await route.continue_()

    await page.route("**/v1/session", slowly)
    await page.get_by_role("button", name="Camille Roux").click()
    await expect(page.get_by_role("alert")).to_have_text("Signing in …")
    await page.wait_for_timeout(300)
    await page.get_by_role("button", name="Camille Roux").click()
    await expect(page.locator("#desk")).to_be_visible()
    await expect(page.locator("#live")).to_have_text("Live")
    await page.wait_for_timeout(600)
    assert len(feeds) == 1
    await page.unroute("**/v1/session")
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_role("button", name="Haruka Ito").click()
    await expect(page.locator("#me")).to_contain_text("Haruka Ito")
    await house.say(welcome())
    await page.wait_for_timeout(800)
    assert await page.locator(".card").count() == 0, "of another boutique"


async def test_whoever_signs_out_has_left_every_window(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in()
    other, records = await page.context.new_page(), await page.context.new_page()
    await other.goto(house.url)
    await records.goto(f"{house.url}/records.html")
    await records.get_by_role("button", name="Find").click()
    await expect(card(page)).to_be_visible()
    await expect(card(other)).to_be_visible()
    await other.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("alert")).to_have_text("You have signed out in another window.")
    assert await page.locator(".card").count() == 0
    await expect(records.get_by_label("As they say it")).to_be_hidden()
    await records.get_by_role("button", name="Back to the page").click()
    await expect(records.get_by_role("status")).to_have_text("Sign in first. Sign in")
    await expect(records.get_by_label("As they say it")).to_be_hidden()
    await other.get_by_role("button", name="Matteo Ferri").click()
    await expect(other.locator("#me")).to_contain_text("Matteo")
    await records.get_by_role("button", name="Back to the page").click()
    await expect(records.locator("#me")).to_contain_text("Matteo Ferri")


async def test_a_window_that_did_not_hear_of_it_asks_who_is_there_before_it_goes_on(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome())
    page = await signed_in()
    await expect(card(page)).to_be_visible()
    await unheard(page, house)
    feeds: list[int] = []
    page.on("response", lambda told: feeds.append(told.status) if "stream" in told.url else None)
    await page.evaluate("dispatchEvent(new Event('online'))")
    await sent_away(page, house)
    assert feeds == [401], "the cards of whoever came were shown until the page had asked"


async def test_a_window_that_did_not_hear_of_it_decides_nothing_in_the_name_of_whoever_came(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome())
    page = await signed_in()
    await expect(card(page)).to_be_visible()
    await unheard(page, house)
    await button(page, "Claim").click()
    await sent_away(page, house)


async def test_nothing_that_was_just_said_of_a_client_outlives_signing_out(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome())
    page = await signed_in()
    await expect(card(page)).to_be_visible()
    await house.say(retracted("a1"))
    await expect(page.locator("#toasts")).to_contain_text("Aline Moreau", timeout=PATIENCE)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("button", name="Camille Roux")).to_be_visible()
    assert "Aline" not in await page.locator("body").inner_text()


async def test_what_is_answered_once_its_author_has_signed_out_brings_nothing_of_the_client_back(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome())
    page = await signed_in()
    answering = asyncio.Event()

    async def slowly(route: Route) -> None:
        answer = await route.fetch()
        await answering.wait()
        await route.fulfill(response=answer)

    await page.route("**/v1/alerts/a1/accepted", slowly)
    await button(page, "Accept").click()
    await wait_until(lambda: ("accepted", "camille") in verdicts(house), what="an accepted card")
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("button", name="Camille Roux")).to_be_visible()
    async with page.expect_response("**/accepted"):
        answering.set()
    await page.wait_for_timeout(300)
    assert "Aline" not in str(await page.locator("body").text_content())
    await expect(page).to_have_title("Prévenance")


async def test_what_is_said_again_for_whoever_has_left_shows_nobody_else_the_door(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome())
    page = await signed_in()

    async def away(route: Route) -> None:
        await route.fulfill(status=503, json={"error": "Away."})

    await page.route("**/v1/alerts/a1/accepted", away)
    await button(page, "Accept").click()
    await expect(page.locator("#toasts")).to_contain_text("Not saved yet")
    await page.get_by_role("button", name="Sign out").click()
    async with page.expect_response(lambda a: a.url.endswith("/accepted") and a.status == 401):
        await page.get_by_role("button", name="Matteo Ferri").click()
        await expect(page.locator("#me")).to_contain_text("Matteo Ferri")
        await page.unroute("**/v1/alerts/a1/accepted")
    await page.wait_for_timeout(300)
    await expect(page.locator("#desk")).to_be_visible()
    assert ("accepted", "camille") not in verdicts(house)


async def test_who_was_there_is_told_late_and_shows_nobody_else_the_door(
    house: House, signed_in: Opened
) -> None:
    page = await signed_in()
    answering = asyncio.Event()

    async def slowly(route: Route) -> None:
        answer = await route.fetch()
        await answering.wait()
        await route.fulfill(response=answer)

    await page.route("**/v1/me", slowly, times=1)
    async with page.expect_request("**/v1/me"):
        await page.evaluate("dispatchEvent(new Event('online'))")
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_role("button", name="Matteo Ferri").click()
    await expect(page.locator("#me")).to_contain_text("Matteo Ferri")
    answering.set()
    await page.wait_for_timeout(300)
    await expect(page.locator("#desk")).to_be_visible()


async def test_who_signs_in_after_another_has_seen_what_the_other_saw(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome())
    page = await signed_in()
    await wait_until(lambda: ("seen", "camille") in verdicts(house), what="a seen card")
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_role("button", name="Matteo Ferri").click()
    both = ["camille", "matteo"]
    await wait_until(lambda: [view.staff for view in house.views] == both, what="a card seen by both")


async def test_the_button_that_goes_back_brings_back_nothing_of_whoever_has_signed_out(
    house: House, remembering: Browser
) -> None:
    page = await (await remembering.new_context()).new_page()
    await page.goto(house.url)
    await page.get_by_role("button", name="Camille Roux").click()
    await expect(page.locator("#greeting")).to_contain_text("Camille")
    await page.goto(f"{house.url}/records.html")
    await expect(page.locator("#me")).to_contain_text("Camille")
    await page.evaluate("text => document.querySelector('main').append(text)", SECRET)
    await page.get_by_role("link", name="Back").click()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("button", name="Camille Roux")).to_be_visible()
    await page.evaluate("history.back()")
    await expect(page.locator("#said")).to_have_text("Sign in first. Sign in")
    assert SECRET not in await page.locator("body").inner_text()
    await page.context.close()


async def test_a_covered_page_of_records_opens_to_whoever_is_still_signed_in(
    house: House, signed_in: Opened
) -> None:
    page = await signed_in()
    await page.goto(f"{house.url}/records.html")
    await expect(page.locator("#me")).to_contain_text("Camille")
    await page.evaluate("text => document.querySelector('main').append(text)", SECRET)
    await slept(page, 400)
    back = page.get_by_role("button", name="Back to the page")
    await back.click()
    await expect(page.get_by_text(SECRET)).to_be_visible()
    await slept(page, 800)
    await page.context.clear_cookies()
    await back.click()
    await expect(page.get_by_role("status")).to_have_text("Sign in first. Sign in")
    await expect(page.get_by_text(SECRET)).to_be_hidden()


async def test_a_desk_that_is_slow_to_open_says_so(house: House, signed_in: Opened) -> None:
    page = await signed_in()
    waiting: list[Route] = []

    async def wait(route: Route) -> None:
        waiting.append(route)

    await page.route("**/v1/me", wait)
    await page.reload()
    opening = page.get_by_text("One moment …")
    await expect(opening).to_be_visible()
    await wait_until(lambda: waiting, what="a question")
    await waiting[0].continue_()
    await expect(page.locator("#greeting")).to_be_visible()
    await expect(opening).to_be_hidden()


@pytest.mark.parametrize("role", ["signed in", "signed out"])
async def test_a_page_that_was_opened_while_the_console_was_away_goes_on_when_it_is_back(
    signed_in: Opened, role: str
) -> None:
    page = await signed_in()
    if role == "signed out":
        await page.context.clear_cookies()
    await page.clock.install()

    async def away(route: Route) -> None:
        await route.fulfill(status=503, json={"error": "Away."})

    await page.route("**/v1/*", away)
    await page.route("**/v1/demo/people", away)
    await page.reload()
    await expect(page.get_by_role("alert")).to_contain_text("The console cannot be reached now")
    async with page.expect_response("**/v1/me"):
        await page.clock.run_for(6_000)
    await expect(page.get_by_role("alert")).to_contain_text("The console cannot be reached now")
    await page.unroute_all()

    async def goes_on() -> bool:
        await page.clock.run_for(6_000)
        name = page.locator("#greeting") if role == "signed in" else page.locator(".person").first
        return await name.is_visible()

    await wait_until(goes_on, 30, "a desk, or who may sign in")


@pytest.mark.parametrize(
    ("path", "waits", "opened"),
    [
        ("", "One moment …", "Good "),
        ("records.html", "Reading …", "Each record that you open is in the audit."),
        ("privacy.html", "Reading …", "This page is for the role privacy"),
        ("experiments.html", "Reading …", "Nothing is being tried out."),
    ],
)
async def test_a_page_of_which_a_file_did_not_come_can_be_opened_again(
    house: House, signed_in: Opened, path: str, waits: str, opened: str
) -> None:
    page = await signed_in("Hélène Vasseur")
    await page.route("**/words.js?*", lambda route: route.abort())
    await page.goto(f"{house.url}/{path}")
    again = page.get_by_role("link", name="Open it again")
    await expect(page.get_by_text(waits)).to_be_visible()
    await expect(again).to_be_hidden()
    await page.evaluate("document.getAnimations().forEach((one) => one.finish())")
    await page.unroute("**/words.js?*")
    await again.click()
    await expect(page.get_by_text(opened)).to_be_visible()


@pytest.mark.parametrize("writes", [False, True], ids=["nothing", "a note"])
async def test_a_page_that_the_console_has_anew_is_opened_anew_at_the_door_and_takes_no_words_along(
    house: House, signed_in: Opened, writes: bool
) -> None:
    await house.say(welcome())
    page = await signed_in()
    if writes:
        await button(page, "Note").click()
        await page.keyboard.type("Left-handed")

    async def newer(route: Route) -> None:
        answer = await route.fetch()
        known = await answer.json()
        told.append(known.get("page"))
        await route.fulfill(response=answer, json=known | {"page": "another"})

    told: list[str] = []
    version = await page.locator('meta[name="version"]').get_attribute("content")
    await page.route("**/v1/me", newer)
    async with page.expect_response("**/v1/me"):
        await page.evaluate("dispatchEvent(new Event('online'))")
    assert set(told) == {version}
    await page.evaluate("window.old = true")
    await page.context.clear_cookies()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.locator(".person").first).to_be_visible()
    assert await page.evaluate("window.old === true") is writes
