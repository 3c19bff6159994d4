"""Whoever is signed in says that they are there: what is for them alone comes to them only then."""

import asyncio

import pytest
from playwright.async_api import Locator, Page, Route, expect

from tests.e2e.screens import PATIENCE, PHONE, PICTURES, TABLET, Opened, narrow
from tests.people import House
from tests.waiting import wait_until

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


async def test_a_look_that_began_before_a_word_does_not_take_it_back(house: House, signed_in: Opened) -> None:
    page = await signed_in()
    await expect(pressed(page)).to_have_text("Off duty", timeout=PATIENCE)
    looks, answered = list[Route](), asyncio.Event()

    async def late(route: Route) -> None:
        if route.request.method == "POST":
            await route.fallback()
            return
        looks.append(route)
        await answered.wait()
        await route.fulfill(json={"sites": {"vendome": "off"}})

    await page.clock.install()
    await page.reload()
    await expect(pressed(page)).to_have_text("Off duty", timeout=PATIENCE)
    await page.route("**/v1/duty", late)
    await page.clock.run_for(60_000)
    await wait_until(lambda: looks, PATIENCE / 1000, "it looks again")
    await page.get_by_role("button", name="On duty").click()
    await expect(pressed(page)).to_have_text("On duty", timeout=PATIENCE)
    async with page.expect_response(lambda response: response.request.method == "GET"):
        answered.set()
    await page.evaluate("fetch('/v1/me').then((answer) => answer.text())")
    await expect(pressed(page)).to_have_text("On duty")


async def test_who_works_at_several_places_says_it_of_each(signed_in: Opened) -> None:
    page = await signed_in("Hélène Vasseur")
    await expect(pressed(page)).to_have_text(["Off duty", "Off duty"], timeout=PATIENCE)


@pytest.mark.parametrize("size", [TABLET, PHONE], ids=["tablet", "phone"])
async def test_of_sixty_boutiques_those_are_shown_where_somebody_is_and_any_other_by_part_of_its_name(
    signed_in: Opened, size: tuple[int, int]
) -> None:
    page, said = await signed_in("Hélène Vasseur", size), list[dict[str, str]]()
    named = {f"s{n}": f"Boutique {n}" for n in range(59)} | {"roc": "Alpes, Rochelière"}

    async def me(route: Route) -> None:
        known = await (await route.fetch()).json()
        await route.fulfill(json=known | {"sites": named, "everywhere": True})

    async def duty(route: Route) -> None:
        if route.request.method == "POST":
            said.append(word := route.request.post_data_json)
            await route.fulfill(json={"sites": {word["site"]: word["status"]}})
        else:
            await route.fulfill(json={"sites": dict.fromkeys(named, "off") | {"s41": "on"}})

    await page.route("**/v1/me", me)
    await page.route("**/v1/duty", duty)
    await page.reload()
    row = page.locator("#duty")
    await expect(row.get_by_role("group")).to_have_count(6, timeout=PATIENCE)
    await expect(row.get_by_role("group").first).to_have_accessible_name("Are you at Boutique 41?")
    await expect(row).to_contain_text("54 more: write part of a name.")
    await row.scroll_into_view_if_needed()
    assert await narrow(page)
    await page.screenshot(path=PICTURES / f"duty-many-{size[0]}.png", full_page=True)
    last = row.get_by_role("group").last
    await last.get_by_role("button", name="On duty").click()
    await expect(last.locator("[aria-pressed='true']")).to_have_text("On duty")
    assert said.pop() == {"site": "s3", "status": "on"}
    await row.get_by_role("searchbox", name="Where are you?").fill("rochel")
    group = row.get_by_role("group", name="Are you at Alpes, Rochelière?")
    await group.get_by_role("button", name="On duty").click()
    await expect(group.get_by_role("button", name="On duty")).to_be_focused()
    assert said == [{"site": "roc", "status": "on"}]
    await row.get_by_role("searchbox").fill("")
    await expect(pressed(page)).to_have_text(["On duty", "On duty", *["Off duty"] * 3, "On duty"])
    await row.get_by_role("searchbox").fill("nowhere")
    await expect(row).to_contain_text("None of your sites has that name.")
