"""The page in a real Chromium, on a tablet and a phone, with a real console and Redis behind it."""

import re
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, Page, Route, expect

from schemas.alerts import Addressee, ClientRef
from schemas.times import iso
from streams.shapes.clients import Client
from streams.shapes.experiments import ArmFound, ExperimentFound, Experiments, Rate
from tests.e2e.cards import button, card, retracted, verdicts, welcome
from tests.e2e.screens import PATIENCE, PHONE, PICTURES, PORTRAIT, TABLET, Opened, later, narrow, small
from tests.people import House, a_house
from tests.waiting import wait_until

ALINE = Client(
    id="AlineMoreau00001",
    maison="lumiere",
    parts=["AlineMoreau00001"],
    circle="serving",
    facts={"visits": 3, "purchases": 1, "returns": 1, "messages": 0},
    features={
        "recency": {"visit_days": 23.2, "purchase_days": 23.2},
        "orders": {"last": {"at": 1_790_000_000, "sku": "bag-aurore", "back": True}},
        "relation": {"met": {"camille": 2, "matteo": 1}},
        "appointments": {
            "known": [{"at": 1_900_000_000, "site": "vendome", "kind": "visit", "status": "accepted"}]
        },
        "session": {"cart": ["clutch-nuit"]},
        "notes": {"1": [{"text": "Left-handed", "by": "matteo", "at": 1_790_000_000}]},
    },
    profile={
        "name": "Aline Moreau", "language": "fr", "advisor": "camille", "birth_date": "1971-06-04",
        "sizes.ring": 52, "sizes.shoe": 38, "preferences.wine": "Sancerre", "preferences.temperature": 20,
        "preferences.allergies": ["nuts"],
    },
    masked=["profession"],
    fields={},
    unspoken=["preferences.allergies", "session.cart"],
)  # fmt: skip
NONE = Rate(n=0, yes=0, rate=None, low=0.0, high=1.0)
HARMLESS = dict.fromkeys(("dismissed", "complained", "vetoed"), NONE)
SOONER = ExperimentFound(
    name="cart-sooner",
    action="abandoned_cart",
    measure="accepted",
    days=30.0,
    alpha=0.05,
    arms=[
        ArmFound(
            name="today",
            share=0.5,
            verdict="control",
            rates={"accepted": Rate(n=120, yes=49, rate=49 / 120, low=0.32, high=0.51), **HARMLESS},
        ),
        ArmFound(name="sooner", share=0.25, verdict="dismissed", rates={"accepted": NONE, **HARMLESS}),
    ],
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def url(house: House) -> str:
    return house.url


async def test_a_card_arrives_live_with_all_that_one_needs(house: House, signed_in: Opened) -> None:
    page = await signed_in()
    await expect(page.get_by_text("All is calm.")).to_be_visible()
    await house.say(welcome(for_=Addressee(staff="camille")))
    await expect(card(page)).to_be_visible(timeout=PATIENCE)
    for text in ("Welcome Aline Moreau", "Fourth visit this year", "Aurore bag", "Mentioning what", "25 min"):
        await expect(card(page)).to_contain_text(text)
    await expect(card(page).locator("h4")).to_have_text(["Say", "Avoid", "Show"])
    await expect(card(page).locator(".words")).to_have_attribute("lang", "fr")
    await expect(page.get_by_text("All is calm.")).to_be_hidden()
    await expect(page).to_have_title("(1) Prévenance")
    await wait_until(lambda: ("seen", "camille") in verdicts(house), what="a seen card")


async def test_what_to_say_stands_beside_a_longer_list_of_what_to_avoid_and_not_in_its_middle(
    house: House, signed_in: Opened
) -> None:
    avoid = ["Allergies: nuts", "Any word of what was seen online: no consent", "The gift", "The age"]
    await house.say(welcome(avoid=avoid, recommendations=[], say="Bonjour."))
    page = await signed_in()
    await expect(card(page).locator(".words")).to_be_visible()
    say, words, beside = await card(page).evaluate(  # at one moment, for the card may still be coming in
        "e => ['.say h4', '.words', '.avoid h4'].map(one => e.querySelector(one).getBoundingClientRect().top)"
    )
    assert abs(say - beside) < 6
    assert words - say < 40


async def test_whose_client_it_is_reads_otherwise_for_themself_than_for_others(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome(why=["Client of Camille Roux", "Met Camille Roux last time"]))
    hers, his = await signed_in(), await signed_in("Matteo Ferri")
    await expect(card(hers).locator(".why")).to_have_text("Your client · Met you last time")
    his_why = card(his).locator(".why")
    await expect(his_why).to_have_text("Client of Camille Roux · Met Camille Roux last time")


async def test_what_waits_is_a_line_at_the_foot_and_no_card(house: House, signed_in: Opened) -> None:
    bruno = ClientRef(id="BrunoWeiss000001", name="Bruno Weiss")
    await house.say(welcome(), welcome("a2", worth=0.0, hold_or_drop="hold", client=bruno))
    page = await signed_in()
    await expect(page.get_by_text("1 more can wait")).to_be_visible()
    await expect(page.locator(".card")).to_have_count(1)


async def by_our_clock(page: Page) -> Page:
    """The page opened anew, live, in time that passes as it is told to."""
    await page.clock.install()
    await page.reload()
    await expect(page.locator("#live")).to_have_text("Live")
    return page


async def test_that_a_card_was_seen_is_said_again_where_it_was_not_heard(
    house: House, signed_in: Opened
) -> None:
    page = await by_our_clock(await signed_in())
    house.kafka_away = True
    await house.say(welcome())
    await expect(card(page)).to_be_visible(timeout=PATIENCE)
    for _ in range(4):
        async with page.expect_response(lambda a: a.url.endswith("/seen") and a.status == 503):
            await page.clock.run_for(3_000)
    house.kafka_away = False
    await page.clock.run_for(31_000)
    await page.clock.resume()
    await wait_until(lambda: ("seen", "camille") in verdicts(house), what="a seen card")


async def test_what_a_card_says_since_it_was_seen_is_seen_anew_and_nothing_else_is(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome())
    page = await signed_in()
    await wait_until(lambda: len(house.views) == 1, what="a seen card")
    await house.say(welcome(revision=2, urgency=4))
    await expect(card(page)).to_have_attribute("data-urgency", "4")
    await page.wait_for_timeout(1_500)
    assert len(house.views) == 1, "it says what it said"
    await house.say(welcome(revision=3, urgency=4, avoid=["Allergies: nuts"]))
    await wait_until(lambda: len(house.views) == 2, what="a card that is seen anew")
    await page.wait_for_timeout(1_500)
    assert [view.staff for view in house.views] == ["camille"] * 2


async def test_a_card_that_was_left_before_it_was_seen_is_seen_when_one_is_back(
    house: House, signed_in: Opened
) -> None:
    page = await by_our_clock(await signed_in())
    await house.say(welcome())
    await expect(card(page)).to_be_visible(timeout=PATIENCE)
    await page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    await page.clock.run_for(3_000)
    assert ("seen", "camille") not in verdicts(house)
    await page.evaluate("delete document.hidden")
    await page.clock.run_for(31_000)
    await page.clock.resume()
    await wait_until(lambda: ("seen", "camille") in verdicts(house), what="a seen card")


async def test_one_accepts_and_ends_what_is_for_oneself(house: House, signed_in: Opened) -> None:
    await house.say(welcome(for_=Addressee(staff="camille")))
    page = await signed_in()
    await button(page, "Accept").click()
    await button(page, "Done").click()
    await expect(card(page)).to_have_count(0)
    await expect(page.get_by_text("All is calm.")).to_be_visible()
    assert verdicts(house) >= {("accepted", "camille"), ("done", "camille")}


async def test_a_claim_is_seen_by_colleagues_as_theirs_no_more(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    camille, matteo = await signed_in(), await signed_in("Matteo Ferri", PORTRAIT)
    await button(matteo, "Claim").click()
    await expect(card(matteo)).to_contain_text("Taken by you")
    others = camille.locator("#others")
    await expect(others).to_contain_text("Matteo Ferri is on it", timeout=PATIENCE)
    await expect(others.get_by_role("button")).to_have_count(0)


async def test_a_second_tap_of_the_same_finger_decides_nothing(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in()
    await button(page, "Claim").dblclick(delay=30)
    await expect(card(page)).to_contain_text("Taken by you")
    await button(page, "Accept").click()
    await expect(card(page)).to_contain_text("Yours")
    given = [event.data.verdict for event in house.events if event.data.verdict != "seen"]
    assert given == ["claimed", "accepted"]


async def test_a_second_tap_decides_nothing_however_slow_the_finger_is(
    house: House, signed_in: Opened
) -> None:
    """What the system calls a double click may take longer than a card rests once it has changed."""
    await house.say(welcome())
    page = await signed_in()
    await button(page, "Claim").click(position={"x": 9, "y": 9})
    await expect(card(page)).to_contain_text("Taken by you")
    await expect(card(page)).not_to_have_attribute("aria-disabled", "true")
    await page.mouse.down(click_count=2)
    await page.mouse.up(click_count=2)
    await button(page, "Note").click()
    await expect(card(page)).to_contain_text("Taken by you")
    assert [event.data.verdict for event in house.events if event.data.verdict != "seen"] == ["claimed"]


async def test_a_card_that_goes_leaves_the_screen_where_it_is(house: House, signed_in: Opened) -> None:
    jonas = ClientRef(id="J" * 16, name="Jonas Weber")
    await house.say(welcome(), welcome("a2", title="Jonas Weber asks", client=jonas, urgency=4))
    page = await signed_in(size=PHONE)
    await button(page, "Dismiss", "Jonas").click()
    await expect(card(page, "Jonas").get_by_role("button", name="Already")).to_be_in_viewport()
    await house.say(retracted("a2"))
    await expect(page.locator("#toasts")).to_contain_text("Jonas Weber: no longer needed", timeout=PATIENCE)
    await expect(page.locator("#greeting")).to_be_focused()
    await expect(page.locator("#greeting")).not_to_be_in_viewport()


async def test_who_claims_too_late_is_told_who_was_first(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in()
    await expect(button(page, "Claim")).to_be_visible()

    async def first(route: Any) -> None:
        async with ClientSession() as http:
            url = f"{house.url}/v1/alerts/a1/claimed"
            async with http.post(url, headers=house.bearer("matteo")) as response:
                assert response.status == 200
        await route.continue_()

    await page.route("**/claimed", first)
    await button(page, "Claim").click()
    await expect(page.locator("#toasts")).to_contain_text("Matteo Ferri has already taken this.")


async def test_what_is_not_saved_at_once_is_said_and_tried_again(house: House, signed_in: Opened) -> None:
    await house.say(welcome(for_=Addressee(staff="camille")))
    page = await signed_in()
    tries: list[Any] = []

    async def away_at_first(route: Any) -> None:
        tries.append(route)
        if len(tries) < 3:
            await route.fulfill(status=503, json={"error": "The inboxes cannot be reached now: try again."})
        else:
            await route.continue_()

    await page.route("**/accepted", away_at_first)
    await button(page, "Accept").click()
    await expect(page.locator("#toasts")).to_contain_text("Not saved yet: trying again")
    await expect(page.locator("#toasts .toast", has_text="Not saved yet")).to_have_count(1)
    await wait_until(lambda: ("accepted", "camille") in verdicts(house))
    assert len(tries) == 3


async def test_a_dismissal_asks_why(house: House, signed_in: Opened) -> None:
    await house.say(
        welcome("a1"),
        welcome("a2", title="Jonas Weber asks", client=ClientRef(id="J" * 16, name="Jonas Weber")),
    )
    page = await signed_in()
    await button(page, "Dismiss").first.click()
    await page.keyboard.press("Escape")
    await expect(card(page).locator(".panel")).to_be_hidden()
    await expect(button(page, "Dismiss").first).to_be_focused()
    await button(page, "Dismiss").first.click()
    await card(page).get_by_role("button", name="Already looked after").click()
    await expect(card(page)).to_have_count(0)
    await button(page, "Dismiss", "Jonas").first.click()
    await card(page, "Jonas").get_by_label("Another reason").fill("He is travelling")
    await page.keyboard.press("Enter")
    await expect(card(page, "Jonas")).to_have_count(0)
    said = [event.data for event in house.events if event.data.verdict == "dismissed"]
    assert {(data.because, data.reason) for data in said} == {
        ("looked_after", None),
        (None, "He is travelling"),
    }


async def test_words_are_changed_in_place_and_accepted_as_they_stand(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in()
    change, text = button(page, "Change the words"), card(page).get_by_label("What to say to")
    await change.focus()
    await page.keyboard.press("Enter")
    await expect(text).to_be_focused()
    await expect(text).to_have_attribute("lang", "fr")
    await expect(change).to_have_attribute("aria-expanded", "true")
    await expect(card(page).locator(".acts")).to_be_hidden()
    await page.keyboard.press("Escape")
    await expect(text).to_be_hidden()
    await expect(change).to_be_focused()
    await page.keyboard.press("Enter")
    await text.fill("Quel plaisir, chère Madame.")
    await house.say(welcome("a1", 2, say="Bonjour.", title="Welcome Aline Moreau, now"))
    await expect(card(page)).to_contain_text("now", timeout=PATIENCE)
    await expect(text).to_have_value("Quel plaisir, chère Madame.")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(card(page).locator(".words")).to_have_text("Quel plaisir, chère Madame.")
    await expect(card(page).locator(".words")).to_have_attribute("lang", "fr")
    await expect(button(page, "Done")).to_be_focused()
    await expect(change).to_be_hidden()
    (edit,) = [event.data for event in house.events if event.data.verdict == "edited"]
    assert (edit.text, edit.staff) == ("Quel plaisir, chère Madame.", "camille")


async def test_words_left_as_they_are_count_as_accepted(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in()
    await button(page, "Change the words").click()
    await button(page, "Accept with these words").click()
    await expect(button(page, "Done")).to_be_focused()
    assert {verdict for verdict, _ in verdicts(house)} & {"accepted", "edited"} == {"accepted"}


async def test_words_being_changed_give_way_to_a_colleague_who_claims(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome())
    camille, matteo = await signed_in(), await signed_in("Matteo Ferri", PORTRAIT)
    await button(camille, "Change the words").click()
    await button(matteo, "Claim").click()
    others = camille.locator("#others")
    await expect(others).to_contain_text("Matteo Ferri is on it", timeout=PATIENCE)
    await expect(others.get_by_label("What to say to")).to_be_hidden()


@pytest.mark.parametrize(
    ("language", "opening", "closing"),
    [("fr", "«\u00a0", "\u00a0»"), ("en", "“", "”"), ("de", "„", "“"), ("ja", "「", "」"), (None, "“", "”")],
)
async def test_a_draft_stands_in_the_quotation_marks_of_its_language(
    house: House, signed_in: Opened, language: str | None, opening: str, closing: str
) -> None:
    await house.say(welcome(language=language))
    page = await signed_in()
    words = card(page).locator(".words")
    await expect(words).to_be_visible()
    found = await words.evaluate(
        "e => [e.getAttribute('lang'), getComputedStyle(e).quotes, getComputedStyle(e, '::before').content]"
    )
    assert found == [language, f'"{opening}" "{closing}"', "open-quote"]


async def test_never_again_stands_apart_in_a_dismissal(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in()
    await button(page, "Dismiss").click()
    never = button(page, "Never propose this for Aline Moreau")
    await page.keyboard.press("Shift+Tab")
    for _ in range(12):
        await page.keyboard.press("Tab")
        if await never.evaluate("e => e === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(card(page)).to_have_count(0)
    await expect(page.locator("#toasts")).to_contain_text("not be proposed again")
    assert ("never", "camille") in verdicts(house)
    assert not {verdict for verdict, _ in verdicts(house)} & {"dismissed", "done"}


async def test_who_has_just_come_comes_first_and_the_answered_last(house: House, signed_in: Opened) -> None:
    now = time.time()
    await house.say(
        welcome("a1", title="First in", valid_from=iso(now - 600)),
        welcome("a2", title="Last in", valid_from=iso(now - 60)),
        welcome("a3", title="Expected", due=iso(now + 600)),
    )
    page = await signed_in()
    titles = page.locator("#now .title")
    await expect(titles).to_have_text(["Last in", "First in", "Expected"])
    await button(page, "Accept", "Last in").click()
    await expect(titles).to_have_text(["First in", "Expected", "Last in"])


async def test_a_snoozed_card_waits_below_and_can_be_brought_back(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in()
    await button(page, "Later").click()
    await card(page).get_by_role("button", name="15 minutes").click()
    await expect(page.locator("#later")).to_contain_text("Aline Moreau")
    (snooze,) = [event.data for event in house.events if event.data.verdict == "snoozed"]
    assert snooze.until is not None
    assert 880 < snooze.until.timestamp() - time.time() < 910
    await button(page, "Bring back").click()
    await expect(page.locator("#now")).to_contain_text("Aline Moreau")


async def test_a_countdown_never_says_that_there_is_more_time_than_there_is(
    house: House, signed_in: Opened
) -> None:
    told = {1.95: "117 min", 2.9: "2 h", 37.9: "37 h", 47.9: "47 h", 71.9: "2 days"}
    for hours in told:
        await house.say(welcome(f"a{hours}", title=f"Within {hours}", lasts=hours * 3_600))
    page = await signed_in()
    for hours, says in told.items():
        await expect(card(page, f"Within {hours}").locator(".count")).to_have_text(says)


async def test_nobody_is_offered_to_be_reminded_of_a_guest_who_is_at_the_door_by_then(
    house: House, signed_in: Opened
) -> None:
    now = time.time()
    await house.say(
        welcome("a1", title="In half an hour", due=iso(now + 1_800), lasts=3_900),
        welcome("a2", title="Any moment", due=iso(now + 300), lasts=2_100),
    )
    page = await signed_in()
    await button(page, "Later", "In half an hour").click()
    reminders = card(page, "In half an hour").get_by_role("group", name="Remind me").get_by_role("button")
    await expect(reminders).to_have_text(["15 minutes"])
    await expect(button(page, "Later", "Any moment")).to_have_count(0)


async def test_what_its_client_allows_no_more_leaves_the_screen_of_whoever_claimed_it(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome(allowed_to=iso(time.time() + 600)))
    page = await signed_in()
    await button(page, "Claim").click()
    await expect(card(page)).to_contain_text("Taken by you")
    await later(page, 601)
    await expect(card(page)).to_have_count(0)


async def test_updates_and_retractions_come_live(house: House, signed_in: Opened) -> None:
    page = await signed_in()
    arrival: dict[str, Any] = {"due": iso(time.time() + 1790), "say": None, "language": None}
    await house.say(welcome(title="Aline Moreau arrives", **arrival))
    at = datetime.fromisoformat(arrival["due"]).astimezone(ZoneInfo("Europe/Paris"))
    await expect(card(page).locator(".unit")).to_contain_text(f"{at:%H:%M}", timeout=PATIENCE)
    await expect(card(page).locator(".count")).to_have_text("30 min", timeout=PATIENCE)
    await house.say(welcome("a1", 2, title="Aline Moreau arrives", due=iso(time.time() + 290)))
    await expect(card(page).locator(".count")).to_have_text("5 min", timeout=PATIENCE)
    await house.say(retracted("a1"))
    await expect(card(page)).to_have_count(0, timeout=PATIENCE)
    await expect(page.locator("#toasts")).to_contain_text("no longer needed")


@pytest.mark.parametrize(("device", "size"), [("tablet", TABLET), ("phone", PHONE)])
async def test_what_changes_on_an_arrival_stays_marked_until_a_hand_was_on_it(
    house: House, signed_in: Opened, device: str, size: tuple[int, int]
) -> None:
    arrival: dict[str, Any] = {
        "for_": Addressee(staff="camille"),
        "title": "Arriving by taxi, speaks French",
        "why": ["To prepare: Sancerre waiting", "2 adults, 3 nights"],
        "recommendations": [],
        "urgency": 4,
    }
    first, then = time.time() + 3000, time.time() + 1500
    await house.say(welcome(**arrival, due=iso(first)))
    page = await signed_in(size=size, reduced_motion="reduce")
    await button(page, "Accept").click()
    await expect(card(page)).to_contain_text("Yours")
    assert await card(page).get_attribute("class") == "card", "one's own answer is no news"
    await expect(card(page).locator(".new")).to_have_count(0)
    arrival["why"] = ["To prepare: Sancerre waiting; pillow: goose down", "2 adults, 3 nights"]
    avoid = ["Mentioning what was browsed", "Allergies: nuts"]
    await house.say(welcome("a1", 2, **arrival, avoid=avoid, due=iso(then)))
    paris = ZoneInfo("Europe/Paris")
    was, now = (rf"(\w+ )?{datetime.fromtimestamp(at, paris):%H:%M}" for at in (first, then))
    unit = card(page).locator(".unit")
    await expect(unit).to_have_text(re.compile(rf"^at {now}\s+was {was}$"), timeout=PATIENCE)
    await expect(card(page)).to_have_class("card updated")
    await expect(card(page).locator(".avoid")).to_contain_text("New: Allergies: nuts")
    await expect(card(page).locator(".why")).to_contain_text("New: To prepare: Sancerre waiting; pillow")
    await expect(card(page).locator(".new")).to_have_count(2)
    assert await narrow(page)
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"changed-{device}.png")
    await button(page, "Later").click()
    await expect(card(page).locator(".new")).to_have_count(0)
    await expect(unit).to_have_text(re.compile(rf"^at {now}$"))


async def test_after_being_offline_the_page_catches_up(house: House, signed_in: Opened) -> None:
    await house.say(welcome("a1"))
    page = await signed_in()
    await expect(card(page)).to_be_visible()
    await page.context.set_offline(True)
    await expect(page.locator("#banner")).to_have_text(re.compile(r"offline since \d\d:\d\d"))
    await house.say(retracted("a1"))
    await house.say(
        welcome("a2", title="Jonas Weber is here", client=ClientRef(id="J" * 16, name="Jonas Weber"))
    )
    await page.context.set_offline(False)
    await expect(card(page, "Jonas Weber is here")).to_be_visible(timeout=PATIENCE)
    await expect(card(page)).to_have_count(0)
    await expect(page.locator("#banner")).to_be_hidden()


async def test_a_console_that_stays_away_is_told_since_when(house: House, signed_in: Opened) -> None:
    page = await signed_in()
    await page.route("**/v1/alerts/stream", lambda route: route.abort())
    await page.evaluate("dispatchEvent(new Event('online'))")
    banner = page.locator("#banner")
    await expect(banner).to_have_text(re.compile(r"not been reached since \d\d:\d\d"), timeout=4_000)
    await page.unroute("**/v1/alerts/stream")
    await expect(banner).to_be_hidden(timeout=2 * PATIENCE)
    await expect(page.locator("#live")).to_have_text("Live")


async def test_words_that_are_read_from_the_right_stand_so(house: House, signed_in: Opened) -> None:
    await house.say(welcome(say="أهلاً وسهلاً بك.", language="ar"))
    page = await signed_in()
    await expect(card(page).locator(".words")).to_have_css("direction", "rtl")
    await expect(card(page).locator(".who")).to_have_css("direction", "ltr")
    await button(page, "Change the words").click()
    await expect(card(page).get_by_label("What to say to")).to_have_css("direction", "rtl")
    await button(page, "Keep the draft").click()
    known = msgspec.to_builtins(ALINE) | {"profile": {"profession": "جراحة."}}
    await page.route("**/v1/clients/*", lambda route: route.fulfill(json=known))
    await button(page, "Profile").click()
    stated = card(page).locator("dt", has_text="Profession").locator("+ dd")
    await expect(stated).to_have_css("direction", "rtl")
    assert await stated.evaluate("e => e.offsetWidth") < 100, "beside what it is, not across the card"
    await button(page, "Note").click()
    await page.keyboard.type("تفضل الشاي!")
    await expect(page.get_by_label("Note on Aline Moreau")).to_have_css("direction", "rtl")


async def test_what_a_client_wrote_is_text_and_never_markup(house: House, signed_in: Opened) -> None:
    page = await signed_in()
    evil = "<img src=x onerror=alert(1)><b>bold</b>"
    await house.say(welcome(title=evil, say=evil, why=[evil], avoid=[evil]))
    await expect(page.locator(".card .words")).to_have_text(evil, timeout=PATIENCE)
    assert await page.locator(".card img, .card b").count() == 0


async def test_signing_out_closes_the_desk_and_forgets_it(house: House, signed_in: Opened) -> None:
    await house.say(welcome())
    page = await signed_in()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("button", name="Camille Roux")).to_be_visible()
    assert await page.locator(".card").count() == 0
    await page.reload()
    await expect(page.get_by_role("button", name="Camille Roux")).to_be_visible()


async def test_whoever_signs_out_while_the_console_is_away_has_left_when_it_is_back(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome())
    page = await signed_in()
    await page.context.set_offline(True)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("alert")).to_contain_text("The console cannot be reached now")
    await expect(page.locator(".card")).to_have_count(0)
    await page.context.set_offline(False)
    for there in ("records.html", "experiments.html"):
        await page.goto(f"{house.url}/{there}")
        await expect(page.locator("#said")).to_have_text("Sign in first. Sign in")
    await page.get_by_role("link", name="Sign in").click()
    await page.get_by_role("button", name="Matteo Ferri").click()
    await expect(page.locator("#greeting")).to_contain_text("Matteo")
    await page.reload()
    await expect(page.locator("#greeting")).to_contain_text("Matteo")


async def test_whoever_signs_out_where_nothing_is_answered_leaves_no_desk_behind(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome())
    page = await signed_in()
    await page.route("**/v1/session", lambda _: None)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("alert")).to_contain_text("The console cannot be reached now")
    await expect(page.locator(".card")).to_have_count(0)


async def test_a_manager_silences_a_boutique_in_one_tap_and_undoes_it(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome(hold_or_drop="hold"))
    hers, theirs = await signed_in("Hélène Vasseur"), await signed_in("Matteo Ferri")
    for page in (hers, theirs):
        await expect(card(page)).to_be_visible()
    await expect(theirs.get_by_role("button", name="Silence")).to_have_count(0)
    await hers.get_by_role("button", name="Silence Place Vendôme").click()
    for page in (hers, theirs):
        await expect(card(page)).to_have_count(0)
        await expect(page.locator("#silences")).to_contain_text("Silenced: ", timeout=PATIENCE)
    await expect(theirs.get_by_text("All is calm.")).to_be_hidden()
    await expect(hers.get_by_text("All is calm.")).to_be_visible()  # of her other house it is true
    await expect(hers.get_by_role("button", name="Silence Place Vendôme")).to_have_count(0)
    await expect(theirs.get_by_role("button", name="Undo")).to_have_count(0)
    await hers.get_by_role("button", name="Undo").click()
    for page in (hers, theirs):
        await expect(card(page)).to_be_visible()
        await expect(page.locator("#silences")).to_be_hidden(timeout=PATIENCE)


@pytest.mark.parametrize("size", [TABLET, PHONE], ids=["tablet", "phone"])
async def test_of_sixty_boutiques_the_one_that_is_asked_for_is_silenced_and_all_of_them_in_one_tap(
    signed_in: Opened, size: tuple[int, int]
) -> None:
    page, said = await signed_in("Hélène Vasseur", size), list[Any]()

    async def me(route: Route) -> None:
        known = await (await route.fetch()).json()
        named = {f"s{n}": f"Boutique {n}" for n in range(59)} | {"roc": "Alpes, Rochelière"}
        await route.fulfill(json=known | {"sites": named, "everywhere": True})

    async def turn(route: Route) -> None:
        if route.request.method == "POST":
            said.append(route.request.post_data_json)
        await route.fulfill(json={"silences": [], "turns": []})

    await page.route("**/v1/me", me)
    await page.route("**/v1/silence", turn)
    await page.reload()
    row = page.locator("#switch")
    await expect(row.get_by_role("button")).to_have_count(7)
    await expect(row).to_contain_text("54 more: write part of a name.")
    await row.scroll_into_view_if_needed()
    assert await narrow(page)
    await page.screenshot(path=PICTURES / f"silence-many-{size[0]}.png", full_page=True)
    await row.get_by_role("searchbox").fill("rochel")
    await expect(row.get_by_role("button")).to_have_count(2)
    await row.get_by_role("button", name="Silence Alpes, Rochelière").click()
    await expect(row.get_by_role("searchbox")).to_be_visible()
    await row.get_by_role("button", name="Silence all of").click()
    await wait_until(lambda: len(said) == 2, what="both taps")
    assert [one.get("site") for one in said] == ["roc", None]
    await row.get_by_role("searchbox").fill("nowhere")
    await expect(row).to_contain_text("None of that name is left to silence.")


async def test_a_manager_silences_an_action_from_one_of_its_cards_and_undoes_it(
    house: House, signed_in: Opened
) -> None:
    page = await signed_in("Hélène Vasseur")
    jonas = ClientRef(id="J" * 16, name="Jonas Weber")
    cart = welcome("a2", action="abandoned_cart", title="A cart waits", client=jonas, hold_or_drop="hold")
    await house.say(welcome("a1"), cart)
    await expect(card(page, "Jonas Weber")).to_be_visible(timeout=PATIENCE)
    await button(page, "Dismiss", "Jonas Weber").click()
    await page.get_by_role("button", name="Silence abandoned cart at Place Vendôme").click()
    await expect(page.locator("#silences")).to_contain_text(
        "abandoned cart at Place Vendôme", timeout=PATIENCE
    )
    await expect(card(page, "Jonas Weber")).to_have_count(0, timeout=PATIENCE)
    await expect(card(page)).to_be_visible()
    await page.get_by_role("button", name="Undo").click()
    await expect(card(page, "Jonas Weber")).to_be_visible(timeout=PATIENCE)


async def test_why_and_why_not_stand_beneath_the_profile_once_somebody_asks(
    house: House, signed_in: Opened
) -> None:
    asked: list[str] = []
    said = {"id": "d", "at": "2026-11-21T12:00:00Z", "woke": "store.checkin"}
    came = "Boutique welcome was proposed because 3 visits."
    told = said | {"sentence": came, "candidates": [{"action": "boutique_welcome", "outcome": "said"}]}
    hidden = said | {"sentence": "What was considered is not for you to know.", "candidates": []}

    async def why(route: Route) -> None:
        asked.append(route.request.url.rpartition("/v1")[2])
        await route.fulfill(
            json={"id": "x", "maison": "lumiere", "decisions": [told, hidden], "complete": True}
        )

    page = await signed_in()
    await house.say(welcome())
    await page.route("**/v1/clients/*", lambda route: route.fulfill(json=msgspec.to_builtins(ALINE)))
    await page.route("**/v1/clients/*/why*", why)
    await button(page, "Profile").click()
    await expect(card(page).locator(".profile dl").nth(0)).to_contain_text("Speaks")
    assert asked == []
    await button(page, "Why this, and why nothing else?").click()
    lines = card(page).locator(".decided p")
    await expect(lines).to_have_text([f"21 November, 13:00: {came}"])
    assert asked == ["/clients/AlineMoreau00001/why?at=vendome"]


async def test_nobody_but_a_manager_is_offered_to_silence_an_action(house: House, signed_in: Opened) -> None:
    page = await signed_in()
    await house.say(welcome())
    await button(page, "Dismiss").click()
    await expect(page.get_by_role("button", name="Not the right moment")).to_be_visible()
    assert await page.get_by_role("button", name="Silence").count() == 0


async def test_what_is_silenced_stays_under_the_finger_and_the_focus_while_it_is_looked_at_again(
    signed_in: Opened,
) -> None:
    page = await signed_in("Hélène Vasseur")
    await page.clock.install()
    await page.reload()
    await page.get_by_role("button", name="Silence Place Vendôme").press("Enter")
    undo = page.get_by_role("button", name="Undo")
    await expect(page.locator("#silences")).to_be_focused()
    other = page.get_by_role("button", name="Silence Hôtel Riviera")
    await other.focus()
    marked = [await one.evaluate_handle("one => one") for one in (undo, other)]
    for _ in range(2):  # a second look is asked for once the first is drawn
        async with page.expect_response("**/v1/silence"):
            await page.clock.fast_forward(6_000)
    await expect(other).to_be_focused()
    assert all([await one.evaluate("one => one.isConnected") for one in marked])
    await undo.press("Enter")
    await expect(page.locator("#greeting")).to_be_focused()


async def test_one_signs_in_with_a_token_where_there_is_no_demo(redis_url: str, browser: Browser) -> None:
    async with a_house(redis_url, demo=False) as house:
        page = await browser.new_page()
        await page.goto(house.url)
        await page.get_by_label("Your token").fill("nonsense")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_contain_text("not valid")
        await page.get_by_label("Your token").fill(house.token("noe"))
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_have_text("Your role sees no alerts.")
        await page.route("**/v1/session", lambda route: route.abort())
        await page.get_by_label("Your token").fill(house.token("louis"))
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_contain_text("try again in a moment")
        await page.unroute("**/v1/session")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.locator("#greeting")).to_contain_text("Louis")


async def test_a_card_is_worked_by_keyboard_alone(house: House, signed_in: Opened) -> None:
    await house.say(welcome(for_=Addressee(staff="camille")))
    page = await signed_in()
    await expect(card(page)).to_be_visible()
    await expect(page.locator("#greeting")).to_be_focused()
    for _ in range(8):
        await page.keyboard.press("Tab")
        if await button(page, "Accept").evaluate("e => e === document.activeElement"):
            break
    await page.keyboard.press("Enter")
    await expect(button(page, "Done")).to_be_focused()


async def test_what_is_filled_stays_so_where_a_system_sets_the_colours(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome(), welcome("a2", title="Just came in", urgency=4))
    page = await signed_in(forced_colors="active", reduced_motion="reduce")
    await expect(page.locator(".card")).to_have_count(2)
    filled = [
        await page.evaluate(
            "([of, what]) => getComputedStyle(document.querySelector(of), what).backgroundColor", [of, what]
        )
        for of, what in (
            ("#live", "::before"),
            (".card .left", "::after"),
            ("[data-urgency='5'] .mark", None),
            ("[data-urgency='4'] .mark", None),
        )
    ]
    assert filled[:3] == ["rgb(0, 0, 0)"] * 3
    assert filled[3] != filled[0], "how urgent it is"


async def test_cards_that_stand_there_when_a_desk_opens_are_counted_to_whoever_listens(
    house: House, signed_in: Opened
) -> None:
    await house.say(*(welcome(f"a{n}", title=f"Just came in, {n}") for n in range(5)))
    page = await signed_in()
    await expect(page.locator(".card")).to_have_count(5)
    await page.clock.install()
    await page.clock.pause_at(time.time() + 1)
    await page.reload()
    await expect(page.locator(".card")).to_have_count(5)
    told = page.locator("#announcer p")
    await page.clock.fast_forward(300)
    await expect(told).to_have_text(["5 cards have come or changed."])
    await page.clock.fast_forward(5_000)
    await house.say(welcome("a9", title="Just came in, 9"))
    await expect(page.locator(".card")).to_have_count(6)
    await page.clock.fast_forward(300)
    await expect(told).to_have_text(["Aline Moreau: Just came in, 9"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("device", "size"), [("tablet", TABLET), ("portrait", PORTRAIT), ("phone", PHONE)])
async def test_many_cards_fit_every_screen(
    house: House, signed_in: Opened, device: str, size: tuple[int, int], scheme: str
) -> None:
    long = "Maximiliane Freifrau von und zu Hohenstein-Wittgenstein-Berleburg"
    await house.say(
        welcome("a1", for_=Addressee(staff="camille")),
        welcome(
            "a2",
            title="An unknown visitor is at the door",
            client=ClientRef(id="V" * 16, name=None),
            urgency=4,
        ),
        welcome(
            "a3", title="A basket waits", client=ClientRef(id="L" * 16, name=long), urgency=2, language="de"
        ),
        welcome(
            "a4",
            title="LINE",
            client=ClientRef(id="Y" * 16, name="山本 綾子"),
            urgency=3,
            say="山本様、ようこそ。",
            language="ja",
            meaning="Welcome, Madame Yamamoto.",
        ),
    )
    page = await signed_in(size=size, color_scheme=scheme, reduced_motion="reduce")
    await expect(page.locator(".card")).to_have_count(4, timeout=PATIENCE)
    await expect(page.locator(".meaning:visible")).to_have_text(["In English: Welcome, Madame Yamamoto."])
    assert await narrow(page)
    assert await small(page) == 0
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{device}-{scheme}.png")


async def test_letters_twice_as_large_break_no_name_and_cut_no_button(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome(title="Just came in"))
    page = await signed_in(size=PHONE, reduced_motion="reduce")
    await expect(card(page)).to_be_visible()
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    name = card(page).locator(".who")
    assert await name.evaluate("e => e.offsetHeight / parseFloat(getComputedStyle(e).lineHeight)") < 2.5
    cut = "b => [...b].filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent)"
    assert await card(page).locator("button").evaluate_all(cut) == []
    assert await narrow(page)
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / "phone-large.png", full_page=True)
    await button(page, "Note").click()
    await expect(page.get_by_label("Note on Aline Moreau")).to_be_focused()
    assert await narrow(page)
    await page.screenshot(path=PICTURES / "note-large.png")


async def test_letters_twice_as_large_leave_a_looked_up_client_readable(
    house: House, signed_in: Opened
) -> None:
    page = await signed_in(size=PHONE, reduced_motion="reduce")
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    await page.route("**/v1/clients/lookup", lambda route: route.fulfill(json=msgspec.to_builtins(ALINE)))
    await page.get_by_role("button", name="Find").click()
    await page.get_by_label("As they say it").fill("card-aline")
    await page.get_by_role("button", name="Look up").click()
    speaks = page.locator("#finder .profile dd").first
    await expect(speaks).to_have_text("French")
    assert await speaks.evaluate("e => e.offsetHeight / parseFloat(getComputedStyle(e).lineHeight)") < 1.5
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / "found-large.png", full_page=True)


async def test_whoever_is_signed_in_no_more_is_shown_the_door_where_they_looked_somebody_up(
    house: House, signed_in: Opened
) -> None:
    page = await signed_in()
    await page.context.clear_cookies()
    ended: Any = {"status": 401, "json": {"error": "Sign in first."}}
    await page.route("**/v1/clients/lookup", lambda route: route.fulfill(**ended))
    await page.get_by_role("button", name="Find").click()
    await page.get_by_label("As they say it").fill("card-aline")
    await page.get_by_role("button", name="Look up").click()
    await expect(page.locator("#finder .profile")).to_have_text("Sign in first. Sign in")
    await page.locator("#finder").get_by_role("link", name="Sign in").click()
    await expect(page.get_by_role("button", name="Matteo Ferri")).to_be_visible()


@pytest.mark.parametrize(
    ("maison", "high"), [("Lumière", 65), ("Manufacture royale de haute horlogerie", 80)]
)
@pytest.mark.parametrize("size", [TABLET, PORTRAIT, PHONE])
async def test_who_is_signed_in_is_said_in_full_however_many_their_sites(
    house: House, signed_in: Opened, size: tuple[int, int], maison: str, high: int
) -> None:
    async def told(route: Any) -> None:
        me = await (await route.fetch()).json()
        sites = {"vendome": "Place Vendôme", "riviera": "Grand Hôtel de la Riviera", "ginza": "Ginza"}
        await route.fulfill(json=me | {"sites": sites, "maison": maison})

    page = await signed_in("Hélène Vasseur", size)
    await page.route("**/v1/me", told)
    await page.reload()
    me = page.locator("#me")
    await expect(me).to_contain_text("Grand Hôtel de la Riviera")
    cut = await me.evaluate("e => [e.scrollWidth - e.clientWidth, e.scrollHeight - e.clientHeight]")
    assert max(cut) <= 0
    assert await narrow(page)
    if size != PHONE:  # there it scrolls away
        assert await page.locator(".top").evaluate("e => e.offsetHeight") <= high


@pytest.mark.parametrize(("device", "size"), [("tablet", TABLET), ("phone", PHONE)])
async def test_what_is_worth_remembering_is_noted_from_the_card(
    house: House, signed_in: Opened, device: str, size: tuple[int, int]
) -> None:
    await house.say(welcome(for_=Addressee(staff="camille")))
    page = await signed_in(size=size, reduced_motion="reduce")
    told: list[Any] = []

    async def kept(route: Any) -> None:
        told.append((route.request.url.rpartition("/v1")[2], route.request.post_data_json))
        await route.fulfill(status=202, json={"fields": []})

    await page.route("**/notes", kept)
    await button(page, "Note").click()
    await expect(page.get_by_label("Note on Aline Moreau")).to_be_focused()
    await page.keyboard.type("Left-handed, glove 7")
    await page.get_by_label("Who may read it").select_option("Any colleague")
    assert await narrow(page)
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"note-{device}.png")
    await card(page).get_by_role("button", name="Keep the note").click()
    await expect(page.locator("#toasts")).to_contain_text("Noted")
    await expect(page.get_by_label("Note on Aline Moreau")).to_be_hidden()
    await expect(button(page, "Note")).to_be_focused()
    assert told == [("/clients/AlineMoreau00001/notes", {"text": "Left-handed, glove 7", "tier": 1})]


async def test_a_note_too_long_to_be_kept_is_said_so_where_it_is_written(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome(for_=Addressee(staff="camille")))
    page = await signed_in()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/notes" in request.url else None)
    await button(page, "Note").click()
    text = page.get_by_label("Note on Aline Moreau")
    await text.fill("花" * 134)
    await card(page).get_by_role("button", name="Keep the note").click()
    assert "fewer words" in await text.evaluate("e => e.validationMessage")
    assert sent == []
    await text.fill("花" * 133)
    assert await text.evaluate("e => e.validity.valid")


@pytest.mark.parametrize(("device", "size"), [("tablet", TABLET), ("phone", PHONE)])
async def test_a_profile_is_read_when_asked_for_and_what_is_not_mentioned_stands_apart(
    house: House, signed_in: Opened, device: str, size: tuple[int, int]
) -> None:
    await house.say(welcome(for_=Addressee(staff="camille")))
    page = await signed_in(size=size, reduced_motion="reduce")
    asked: list[str] = []

    async def told(route: Any) -> None:
        asked.append(route.request.url.rpartition("/v1")[2])
        if len(asked) == 1:
            await route.fulfill(status=503, json={"error": "The client records cannot be reached now."})
        else:
            await route.fulfill(json=msgspec.to_builtins(ALINE))

    await page.route("**/v1/clients/*", told)
    profile = card(page).locator(".profile")
    await button(page, "Profile").click()
    await expect(profile).to_have_text("The client records cannot be reached now.")
    await button(page, "Profile").click()
    await expect(profile).to_be_hidden()
    await button(page, "Profile").click()
    await expect(profile.locator("dl").nth(0)).to_contain_text("Speaks")
    assert asked == ["/clients/AlineMoreau00001?at=vendome"] * 2
    said, unsaid = [await profile.locator("dl").nth(n).inner_text() for n in (0, 1)]
    for words in (
        "French", "ring 52 · shoe 38", "Sancerre", "20 °C", "4 June", "3 visits, the last 23 days ago",
        "1 order", "Aurore bag, brought back", "Camille Roux · Matteo Ferri", "Birthday",
        "visit, 17 March, 18:46, accepted", "Left-handed (Matteo Ferri, ",
    ):  # fmt: skip
        assert words in said, words
    assert "nuts" not in said
    assert "nuts" in unsaid
    assert "Nuit clutch" in unsaid
    assert "1971" not in said + unsaid
    await expect(profile).to_contain_text("There may be more, which is for others to know.")
    assert await narrow(page)
    PICTURES.mkdir(parents=True, exist_ok=True)
    await card(page).screenshot(path=PICTURES / f"profile-{device}.png")
    await page.keyboard.press("Escape")
    await expect(profile).to_be_hidden()
    await expect(button(page, "Profile")).to_be_focused()


async def test_what_is_never_proposed_for_somebody_stands_in_their_profile_where_it_is_lifted(
    house: House, signed_in: Opened
) -> None:
    await house.say(welcome(for_=Addressee(staff="camille")))
    page, told = await signed_in(), list[Any]()
    wished = msgspec.structs.replace(ALINE, features={"attention": {"never": ["birthday", "gift_season"]}})

    async def lifted(route: Any) -> None:
        told.append((route.request.url.rpartition("/v1")[2], route.request.post_data_json))
        status, body = (403, {"error": "Not yours."}) if len(told) == 1 else (202, {"action": "birthday"})
        await route.fulfill(status=status, json=body)

    await page.route("**/v1/clients/*", lambda route: route.fulfill(json=msgspec.to_builtins(wished)))
    await page.route("**/again", lifted)
    await button(page, "Profile").click()
    birthday = card(page).locator(".profile p", has_text="Birthday")
    again = birthday.get_by_role("button", name="May be proposed again")
    await again.click()
    await expect(birthday).to_contain_text("Not yours.")
    await expect(again, "it may be pressed again").to_be_focused()
    await page.keyboard.press("Enter")
    await expect(birthday).to_have_text("Birthday: may be proposed again")
    await expect(birthday, "whoever has no pointer goes on from here").to_be_focused()
    assert told == [("/clients/AlineMoreau00001/again", {"action": "birthday"})] * 2
    await expect(card(page).locator(".profile p", has_text="Gift season")).to_contain_text("May be proposed")


@pytest.mark.parametrize(("device", "size"), [("tablet", TABLET), ("phone", PHONE)])
async def test_the_client_book_stands_apart_and_says_how_to_reach_whom_and_what_would_be_success(
    house: House, signed_in: Opened, device: str, size: tuple[int, int]
) -> None:
    mine = Addressee(staff="camille")
    await house.say(welcome("now", for_=mine))
    book: dict[str, Any] = {"for_": mine, "contact": True, "urgency": 2, "lasts": 2.5 * 86_400}
    await house.say(
        welcome(
            "birthday",
            **book,
            channel="whatsapp",
            client=ClientRef(id="MeiTanaka0000001", name="Mei Tanaka"),
            title="Birthday today, speaks Japanese",
            why=["It is their birthday today", "Met Camille Roux on 3 of the last 4 occasions"],
            say="お誕生日おめでとうございます。素晴らしい一日となりますよう、心より願っております。",
            language="ja",
            avoid=["The age, and any offer: this is a wish"],
            recommendations=[],
            success="The client answers, or thanks you when you next meet",
        ),
    )
    page = await signed_in(size=size, reduced_motion="reduce")
    section = page.locator("#book")
    await expect(section.get_by_role("heading", name="Client book")).to_be_visible()
    await expect(card(page, "Mei Tanaka")).to_contain_text("On WhatsApp · Success: the client answers, or")
    await expect(section.locator(".card")).to_have_count(1)
    await expect(page.locator("#now .card")).to_have_count(1)
    assert await narrow(page)
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"book-{device}.png", full_page=True)


async def test_a_concierge_has_guests_to_contact_and_no_client_book(house: House, signed_in: Opened) -> None:
    gaps = welcome(
        "gaps", for_=Addressee(staff="louis"), site="riviera", contact=True, urgency=2, lasts=86_400.0
    )
    await house.say(gaps, inbox="lumiere/riviera")
    section = (await signed_in("Louis Marchetti")).locator("#book")
    await expect(section.get_by_role("heading", name="Guests to contact")).to_be_visible()
    await expect(section.locator(".card")).to_have_count(1)


async def test_a_manager_reads_what_experiments_have_found(house: House, signed_in: Opened) -> None:
    page = await signed_in("Hélène Vasseur")
    answers = [
        (503, {"error": "The inboxes cannot be reached now: try again."}),
        (200, msgspec.to_builtins(Experiments(experiments=[]))),
        (200, msgspec.to_builtins(Experiments(experiments=[SOONER]))),
    ]

    async def told(route: Any) -> None:
        status, body = answers[0] if len(answers) == 1 else answers.pop(0)
        await route.fulfill(status=status, json=body)

    await page.route("**/v1/experiments", told)
    await page.get_by_role("link", name="What is being tried out").click()
    said = page.locator("#said")
    await expect(said).to_contain_text("cannot be reached now")
    await page.reload()
    await expect(said).to_have_text("Nothing is being tried out.")
    await page.reload()
    await expect(page.get_by_role("heading", name="cart-sooner")).to_be_visible()
    await expect(said).to_have_text("")
    for arm, words in (
        ("today", ["50 %", "41 % of 120 (32 % to 51 %)", "as today"]),
        ("sooner", ["25 %", "none yet", "dismissed too often: rolled back"]),
    ):
        row = page.get_by_role("row").filter(has_text=arm).last
        for word in words:
            await expect(row).to_contain_text(word)
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert await narrow(page)
    await page.get_by_role("link", name="Back to the desk").click()
    await expect(page.locator("#greeting")).to_contain_text("Hélène")


async def test_a_manager_reads_that_nothing_holds_where_chance_alone_does_not_pick_the_arms(
    house: House, signed_in: Opened
) -> None:
    page = await signed_in("Hélène Vasseur")
    rate = {"n": 0, "yes": 0, "rate": None, "low": 0, "high": 1}
    rates = dict.fromkeys(("accepted", "dismissed", "complained", "vetoed"), rate)
    arms = [
        {"name": name, "share": 0.25, "verdict": verdict, "clients": clients, "rates": rates}
        for name, verdict, clients in (
            ("today", "control", 450),
            ("bold", "running", 630),
            ("off", "worse", None),
        )
    ]
    tried = {"action": "abandoned_cart", "measure": "accepted", "days": 14, "alpha": 0.05, "arms": arms}
    told = [tried | {"name": "even", "uneven": False}, tried | {"name": "cart", "uneven": True}]
    await page.route("**/v1/experiments", lambda route: route.fulfill(json={"experiments": told}))
    await page.goto(f"{house.url}/experiments.html")
    await expect(page.locator("#found section")).to_have_count(2)
    await expect(page.locator(".warning")).to_have_text(
        "Nothing below holds: something beside chance picks who is in which arm. Clients of the newest whole "
        "window: today 450 (50 % were to be), bold 630 (50 % were to be)."
    )


async def test_who_may_not_read_experiments_is_told_who_may(house: House, signed_in: Opened) -> None:
    page = await signed_in("Camille Roux")
    await expect(page.get_by_role("link", name="What is being tried out")).to_be_hidden()
    await page.goto(f"{house.url}/experiments.html")
    await expect(page.locator("#said")).to_have_text("Managers and the platform team see what is tried out.")
    await page.context.clear_cookies()
    await page.reload()
    await expect(page.locator("#said")).to_have_text("Sign in first. Sign in")
