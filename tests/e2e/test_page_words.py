"""What somebody writes on a card is theirs: it outlives the card, and nothing of the client does."""

import re
import time
from typing import Any

import pytest
from aiohttp import ClientSession
from playwright.async_api import Locator, Page, expect

from feature_store.denials import Denial
from feature_store.features.consent import code, coded
from schemas.alerts import Addressee
from schemas.times import iso
from tests.e2e.cards import button, card, retracted, welcome
from tests.e2e.screens import PATIENCE, PHONE, PICTURES, PORTRAIT, TABLET, Opened, later, narrow, small
from tests.people import House

WORDS = "Left-handed, glove 7"
SAID = "Quel plaisir, chère Madame."
MINE = Addressee(staff="camille")

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def url(house: House) -> str:
    return house.url


async def writing(page: Page) -> Locator:
    """A note, half written."""
    await button(page, "Note").click()
    await page.keyboard.type(WORDS)
    return page.locator(".note textarea")


async def noted(page: Page) -> list[Any]:
    """What is sent as notes, all of which are kept."""
    told: list[Any] = []

    async def kept(route: Any) -> None:
        told.append((route.request.url.rpartition("/v1")[2], route.request.post_data_json))
        await route.fulfill(status=202, json={"fields": []})

    await page.route("**/notes", kept)
    return told


async def by(house: House, staff: str, verdict: str) -> None:
    """A colleague decides on the card."""
    url = f"{house.url}/v1/alerts/a1/{verdict}"
    async with ClientSession() as http, http.post(url, headers=house.bearer(staff)) as response:
        assert response.status == 200


async def nothing_of_the_client(page: Page, within: str = "#desk") -> None:
    """Neither to be read there, nor hidden."""
    fields = f"[...document.querySelectorAll('{within} textarea')].map(t => t.value)"
    left = await page.evaluate(f"document.querySelector('{within}').outerHTML + {fields}")
    for words in ("Moreau", "Aurore", "browsed", "Fourth visit", "plaisir de vous revoir"):
        assert words not in left, words


def kept(page: Page) -> Locator:
    return page.locator(".card.kept")


@pytest.mark.parametrize("how", ["called off", "past", "done", "dismissed"])
async def test_a_note_outlives_its_card_and_can_still_be_kept(
    house: House, signed_in: Opened, how: str
) -> None:
    await house.say(welcome())
    page = await signed_in()
    told, note = await noted(page), await writing(page)
    match how:
        case "called off":
            await house.say(retracted("a1"))
        case "past":
            await later(page, 1_501)
        case _:
            await by(house, "matteo", how)
    why = {"called off": "No longer needed", "past": "Its time has passed", "done": "Done"}.get(
        how, "Dismissed"
    )
    await expect(kept(page).get_by_role("heading", name=why)).to_be_visible(timeout=PATIENCE)
    await nothing_of_the_client(page)
    await expect(note).to_be_focused()
    await page.keyboard.type(", gardenias")
    await kept(page).get_by_role("button", name="Keep the note").click()
    await expect(page.locator("#toasts")).to_contain_text("Noted")
    await expect(page.locator(".card")).to_have_count(0)
    assert told == [("/clients/AlineMoreau00001/notes", {"text": f"{WORDS}, gardenias"})]


async def test_a_note_outlives_its_card_too_where_the_house_says_later_that_its_time_has_passed(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome())
    page = await signed_in()
    note = await writing(page)
    await later(page, 1_501)
    await expect(kept(page)).to_have_count(1)
    await house.say(retracted("a1", "expired"), welcome("a2", title="Just came in", lasts=3_000))
    await expect(card(page, "Just came in")).to_be_visible(timeout=PATIENCE)
    await expect(note).to_have_value(WORDS)
    await expect(note).to_be_focused()


async def test_a_changed_draft_outlives_its_card_to_be_copied(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in(permissions=["clipboard-read", "clipboard-write"])
    await button(page, "Change the words").click()
    await page.keyboard.press("Control+A")
    await page.keyboard.type(SAID)
    await house.say(retracted("a1"))
    await expect(kept(page)).to_contain_text("No longer needed", timeout=PATIENCE)
    await nothing_of_the_client(page)
    await kept(page).get_by_role("button", name="Copy").click()
    await expect(kept(page).get_by_role("button", name="Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == SAID
    await kept(page).get_by_role("button", name="Put aside").click()
    await expect(page.locator(".card")).to_have_count(0)
    await expect(page.get_by_text("All is calm.")).to_be_visible()


async def test_where_nothing_can_be_copied_the_words_are_selected(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in()
    await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    await button(page, "Dismiss").click()
    await card(page).get_by_label("Another reason").fill("She is travelling")
    await house.say(retracted("a1"))
    await kept(page).get_by_role("button", name="Copy").click()
    await expect(kept(page).get_by_role("button", name="Selected")).to_be_visible()
    assert await page.evaluate("getSelection().toString()") == "She is travelling"


async def test_an_untouched_draft_or_an_empty_note_keeps_no_card(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in()
    await button(page, "Note").click()
    await button(page, "Change the words").click()
    await house.say(retracted("a1"))
    await expect(page.locator(".card")).to_have_count(0, timeout=PATIENCE)


async def test_a_colleague_who_claims_leaves_one_what_one_was_writing(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome())
    page = await signed_in()
    note = await writing(page)
    await by(house, "matteo", "claimed")
    await expect(page.locator("#now .kept")).to_contain_text("Matteo Ferri is on it", timeout=PATIENCE)
    await expect(note).to_be_focused()
    await expect(kept(page).locator(".what")).to_be_hidden()
    await kept(page).get_by_role("button", name="Put aside").click()
    await expect(page.locator("#others .card")).to_contain_text("Matteo Ferri is on it")
    await expect(page.locator("#others").get_by_role("button")).to_have_count(0)


async def test_what_is_open_again_goes_on_where_it_was_written(house: House, signed_in: Opened) -> None:
    await house.say(welcome(hold_or_drop="hold"))
    page, hers = await signed_in(), await signed_in("Hélène Vasseur")
    note = await writing(page)
    await hers.get_by_role("button", name="Silence Place Vendôme").click()
    await expect(kept(page)).to_contain_text("No longer open", timeout=PATIENCE)
    await nothing_of_the_client(page)
    await hers.get_by_role("button", name="Undo").click()
    await expect(card(page)).to_be_visible(timeout=PATIENCE)
    await expect(kept(page)).to_have_count(0)
    await expect(note).to_have_value(WORDS)
    await expect(button(page, "Note: ")).to_have_attribute("aria-expanded", "true")
    await expect(button(page, "Put aside")).to_have_count(0)
    await expect(card(page).locator(".new")).to_have_count(0)


@pytest.mark.parametrize("how", ["withdrawn", "lapsed"])
async def test_of_a_client_who_allows_it_no_more_only_ones_own_words_stay_and_not_for_long(
    house: House, signed_in: Opened, how: str
) -> None:
    await house.say(welcome(purposes=["service"], allowed_to=iso(time.time() + 600)))
    page = await signed_in()
    told, note = await noted(page), await writing(page)
    if how == "lapsed":
        await later(page, 601)
    else:
        said = coded("none", time.time())
        await house.denials.deny([Denial(("lumiere", "AlineMoreau00001"), code("service", None), said)])
    await expect(kept(page).get_by_role("heading", name="Taken back")).to_be_visible(timeout=PATIENCE)
    await nothing_of_the_client(page, "body")
    await expect(note).to_have_js_property("readOnly", True)
    await expect(kept(page).get_by_role("button")).to_have_text(["Copy", "Put aside"])
    assert told == []
    await later(page, 121)
    await expect(page.locator(".card")).to_have_count(0)


async def test_a_draft_that_was_being_changed_goes_with_what_its_client_allows(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome(allowed_to=iso(time.time() + 600)))
    page = await signed_in()
    await button(page, "Change the words").click()
    await page.keyboard.type("Madame Moreau, ")
    await later(page, 601)
    await expect(page.locator("#toasts")).to_contain_text("A card was taken back")
    await nothing_of_the_client(page, "body")


@pytest.mark.parametrize("writes", [False, True], ids=["nothing", "a note"])
async def test_an_answer_that_comes_late_brings_nothing_back_of_what_was_taken_back_meanwhile(
    house: House, signed_in: Opened, writes: bool
) -> None:
    await house.say(welcome(purposes=["service"]))
    page = await signed_in()
    if writes:
        await writing(page)
    left = page.locator(".card", has_text="Moreau")

    async def late(route: Any) -> None:
        await page.context.set_offline(True)  # the feed hears of the claim no sooner than of the withdrawal
        answer = await route.fetch()
        said = coded("none", time.time())
        await house.denials.deny([Denial(("lumiere", "AlineMoreau00001"), code("service", None), said)])
        await page.context.set_offline(False)
        await expect(left).to_have_count(0, timeout=PATIENCE)
        await route.fulfill(response=answer)

    await page.route("**/claimed", late)
    async with page.expect_response("**/claimed"):
        await button(page, "Claim").click()
    await page.wait_for_timeout(300)
    await nothing_of_the_client(page, "body")
    await expect(kept(page)).to_have_count(int(writes))


async def test_a_card_that_came_back_meanwhile_is_no_less_told_of_for_an_answer_that_comes_late(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome(hold_or_drop="hold"))
    page, hers = await signed_in(), await signed_in("Hélène Vasseur")

    async def late(route: Any) -> None:
        await hers.get_by_role("button", name="Silence Place Vendôme").click()
        await expect(card(page)).to_have_count(0, timeout=PATIENCE)
        await hers.get_by_role("button", name="Undo").click()
        await expect(card(page)).to_be_visible(timeout=PATIENCE)
        await route.fulfill(status=410, json={"error": "This is over."})

    await page.route("**/claimed", late)
    await button(page, "Claim").click()
    await expect(page.locator("#toasts")).to_contain_text("This is over.", timeout=2 * PATIENCE)
    await expect(card(page)).to_be_visible()
    await house.say(retracted("a1"))
    await expect(page.locator(".card")).to_have_count(0, timeout=PATIENCE)


async def test_other_panels_and_escape_leave_what_was_written(house: House, signed_in: Opened) -> None:
    await house.say(welcome(for_=MINE))
    page = await signed_in()
    note = await writing(page)
    await button(page, "Profile").click()
    await button(page, "Dismiss").click()
    await card(page).get_by_label("Another reason").fill("She is travelling")
    await button(page, "Note").click()
    await expect(note).to_have_value(WORDS)
    await page.keyboard.press("Escape")
    await house.say(welcome("a1", 2, for_=MINE, title="Aline Moreau waits"))
    await expect(card(page)).to_contain_text("waits", timeout=PATIENCE)
    await button(page, "Change the words").click()
    await page.keyboard.press("Control+A")
    await page.keyboard.type(SAID)
    await page.keyboard.press("Escape")
    await button(page, "Change the words").click()
    await expect(card(page).get_by_label("What to say to")).to_have_value(SAID)
    await card(page).get_by_role("button", name="Keep the draft").click()
    await button(page, "Note").click()
    await expect(note).to_have_value(WORDS)


async def test_a_reason_that_ended_its_card_is_not_left_over(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in()

    async def late(route: Any) -> None:
        response = await route.fetch()
        await expect(page.locator(".card")).to_have_count(0, timeout=PATIENCE)
        await route.fulfill(response=response)

    await page.route("**/dismissed", late)
    await button(page, "Dismiss").click()
    await card(page).get_by_label("Another reason").fill("She is travelling")
    await page.keyboard.press("Enter")
    await expect(page.locator("#toasts")).to_contain_text("Dismissed")
    await expect(page.locator(".card")).to_have_count(0)


async def test_a_session_that_ends_gives_the_words_back_to_who_wrote_them(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome())
    page = await signed_in()
    note = await writing(page)
    await page.context.clear_cookies()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.get_by_role("alert")).to_contain_text("Your session has ended")
    await nothing_of_the_client(page)
    await page.get_by_role("button", name="Camille Roux").click()
    await expect(card(page)).to_be_visible(timeout=PATIENCE)
    await expect(note).to_have_value(WORDS)
    await expect(button(page, "Accept")).to_be_visible()


async def test_words_on_their_way_when_a_session_ends_are_given_back_too(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome(), welcome("a2", title="Aline Moreau writes"))
    page = await signed_in()
    await button(page, "Change the words", "writes").click()
    await page.keyboard.press("Control+A")
    await page.keyboard.type(SAID)
    await button(page, "Dismiss", "Welcome").click()
    reason = card(page, "Welcome").get_by_label("Another reason")
    await reason.fill("She is travelling")
    await page.context.clear_cookies()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Your session has ended")
    await page.get_by_role("button", name="Camille Roux").click()
    await expect(reason).to_have_value("She is travelling", timeout=PATIENCE)
    await expect(card(page, "writes").get_by_label("What to say to")).to_have_value(SAID)
    await reason.press("Enter")
    await expect(card(page, "Welcome")).to_have_count(0)
    await card(page, "writes").get_by_role("button", name="Accept with these words").click()
    await expect(card(page, "writes").locator(".words")).to_have_text(SAID)


async def test_a_session_that_ends_gives_the_words_to_nobody_else(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in()
    await writing(page)
    await page.context.clear_cookies()
    await page.evaluate("dispatchEvent(new Event('online'))")
    await page.get_by_role("button", name="Matteo Ferri").click()
    await expect(card(page)).to_be_visible(timeout=PATIENCE)
    assert WORDS not in await page.evaluate(
        "[...document.querySelectorAll('textarea')].map(t => t.value).join()"
    )
    await button(page, "Note").click()
    await expect(page.get_by_label("Note on Aline Moreau")).to_have_value("")


async def test_a_page_that_holds_words_asks_before_it_goes_and_stores_none(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome())
    page = await signed_in()
    asked: list[str] = []

    async def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    page.on("dialog", stay)
    note = await writing(page)
    await page.get_by_role("link", name="Records that wait").click()
    await expect(note).to_have_value(WORDS)
    await page.get_by_role("button", name="Sign out").click()
    await expect(note).to_have_value(WORDS)
    assert asked == ["beforeunload", "confirm"]
    assert await page.evaluate("localStorage.length + sessionStorage.length") == 0
    await note.fill("")
    await page.get_by_role("link", name="Records that wait").click()
    await expect(page).to_have_url(re.compile("records.html"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("device", "size"), [("tablet", TABLET), ("portrait", PORTRAIT), ("phone", PHONE)])
async def test_what_is_left_of_cards_fits_every_screen(
    house: House, signed_in: Opened, device: str, size: tuple[int, int], scheme: str
) -> None:
    await house.say(welcome(for_=MINE), welcome("a2", title="Aline Moreau writes", urgency=4))
    page = await signed_in(size=size, color_scheme=scheme, reduced_motion="reduce")
    await button(page, "Note", "Welcome").click()
    await page.keyboard.type(f"{WORDS}. Prefers the quiet room, and gardenias to roses.")
    await button(page, "Change the words", "writes").click()
    await page.keyboard.press("Control+A")
    await page.keyboard.type(SAID)
    await house.say(retracted("a1"))
    await expect(kept(page)).to_have_count(1, timeout=PATIENCE)
    await house.say(retracted("a2"))
    await expect(kept(page)).to_have_count(2, timeout=PATIENCE)
    assert await narrow(page)
    assert await small(page) == 0
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"kept-{device}-{scheme}.png")
