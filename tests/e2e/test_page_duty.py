"""Whoever is signed in says that they are there: what is for them alone comes to them only then."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.screens import PATIENCE, Opened
from tests.people import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def url(house: House) -> str:
    return house.url


def pressed(page: Page) -> Locator:
    return page.locator("#duty [aria-pressed='true']")


async def test_an_advisor_says_so_with_one_tap_and_it_stands_there(house: House, signed_in: Opened) -> None:
    page = await signed_in()
    group = page.get_by_role("group", name="Are you at Place Vendôme?")
    await expect(pressed(page)).to_have_text("Off duty", timeout=PATIENCE)
    await group.get_by_role("button", name="On duty").click()
    await expect(pressed(page)).to_have_text("On duty", timeout=PATIENCE)
    await expect(pressed(page)).to_be_focused()
    assert [(one.data.staff, one.data.site, one.data.status) for one in house.presences] == [
        ("camille", "vendome", "on")
    ]


async def test_what_could_not_be_said_is_not_shown_as_said(house: House, signed_in: Opened) -> None:
    page = await signed_in()
    await expect(pressed(page)).to_have_text("Off duty", timeout=PATIENCE)
    house.kafka_away = True
    await page.get_by_role("button", name="With a client").click()
    await expect(page.locator("#toasts")).not_to_be_empty(timeout=2 * PATIENCE)
    await expect(pressed(page)).to_have_text("Off duty")


async def test_who_works_at_several_places_says_it_of_each(signed_in: Opened) -> None:
    page = await signed_in("Hélène Vasseur")
    await expect(pressed(page)).to_have_text(["Off duty", "Off duty"], timeout=PATIENCE)
