"""The clock of a tablet may be wrong, and be put right while somebody is signed in."""

import re
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, Route, expect

from schemas.times import iso
from tests.e2e.cards import button, card, welcome
from tests.e2e.screens import PATIENCE, Opened
from tests.people import House

PARIS = ZoneInfo("Europe/Paris")

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


async def at(page: Page, moment: datetime) -> None:
    """Tablet and house say this moment, once the page is opened again."""
    me = await page.evaluate("fetch('/v1/me').then(answer => answer.json())")
    later = moment - datetime.now(UTC)

    async def then(route: Route) -> None:
        await route.fulfill(json=me | {"now": time.time() + later.total_seconds()})

    await page.unroute("**/v1/me")
    await page.route("**/v1/me", then)
    await put(page, later.total_seconds() / 60)
    await page.reload()


@pytest.mark.parametrize("tablet", ["UTC", "Asia/Tokyo"])
async def test_a_greeting_goes_with_the_day_of_the_boutique(signed_in: Opened, tablet: str) -> None:
    page = await signed_in(timezone_id=tablet)
    await page.clock.install()
    for hour, part in {9: "morning", 14: "afternoon", 20: "evening", 24: "evening"}.items():
        await at(page, datetime.now(PARIS).replace(hour=0, minute=30) + timedelta(days=1, hours=hour))
        await expect(page.locator("#greeting")).to_have_text(f"Good {part}, Camille", timeout=PATIENCE)


@pytest.mark.parametrize(("hour", "morning"), [(0, "This morning"), (12, "Tomorrow morning")])
@pytest.mark.parametrize("tablet", ["UTC", "Asia/Tokyo"])
async def test_whoever_puts_a_card_off_till_the_morning_means_that_after_this_night_where_they_are(
    house: House, signed_in: Opened, hour: int, morning: str, tablet: str
) -> None:
    await house.say(welcome(lasts=4 * 86_400))
    page = await signed_in(timezone_id=tablet)
    await page.clock.install()
    noon = datetime.now(PARIS).replace(hour=hour, minute=30) + timedelta(days=1)
    await at(page, noon)
    await button(page, "Later").click()
    async with page.expect_request("**/snoozed") as asked:
        await card(page).get_by_role("button", name=morning).click()
    until = datetime.fromisoformat((await asked.value).post_data_json["until"]).astimezone(PARIS)
    assert until.strftime("%H:%M:%S") == "09:00:00"
    assert (until.date() - noon.date()).days == (morning == "Tomorrow morning")


async def test_a_morning_is_at_nine_whatever_the_clocks_have_done_in_between(signed_in: Opened) -> None:
    page = await signed_in(timezone_id="America/New_York")
    nights = {
        ("2026-03-28T20:10:00+01:00", "Europe/Paris"): "2026-03-29T09:00:00+02:00",
        ("2026-10-24T23:59:30+02:00", "Europe/Paris"): "2026-10-25T09:00:00+01:00",
        ("2026-10-25T01:10:00+02:00", "Europe/Paris"): "2026-10-25T09:00:00+01:00",
        ("2026-11-28T04:59:59+09:00", "Asia/Tokyo"): "2026-11-28T09:00:00+09:00",
        ("2026-11-28T05:00:00+09:00", "Asia/Tokyo"): "2026-11-29T09:00:00+09:00",
        ("2026-11-28T17:20:00+05:30", "Asia/Kolkata"): "2026-11-29T09:00:00+05:30",
    }
    for (now, zone), then in nights.items():
        asked = f"import('/words.js').then(words => words.morning(Date.parse('{now}'), '{zone}')[1])"
        assert await page.evaluate(asked) / 1000 == datetime.fromisoformat(then).timestamp()


async def test_a_second_that_passes_makes_no_format_of_a_time_anew(house: House, signed_in: Opened) -> None:
    """Two hundred cards took a quarter of a processor for as long as they stood there."""
    await house.say(welcome(due=iso(time.time() + 1_200)))
    page = await signed_in()
    await expect(card(page)).to_be_visible()
    await page.evaluate(
        """() => {
            window.made = 0;
            for (const name of ["toLocaleString", "toLocaleTimeString", "toLocaleDateString"]) {
                const say = Date.prototype[name];
                Date.prototype[name] = function (...how) { made += 1; return say.apply(this, how); };
            }
            const Format = Intl.DateTimeFormat;
            Intl.DateTimeFormat = function (...how) { made += 1; return new Format(...how); };
        }"""
    )
    await page.wait_for_timeout(2_500)
    assert await page.evaluate("made") == 0
