"""A telephone that rings while it is locked: asked for on the page, woken by a message, tapped."""

import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Worker, expect
from redis.asyncio import Redis as Client

from feature_store import keys
from schemas.alerts import PresenceChange
from streams.push_settings import Push
from streams.webpush import Signer, new_key
from tests.browsers import Browser as Subscribed
from tests.e2e.cards import card, welcome
from tests.e2e.screens import PATIENCE, PHONE, PICTURES, TABLET, WHOLE, Opened, launched, narrow, small
from tests.people import House, a_house
from tests.push_service import PushService, a_push_service
from tests.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUBSCRIBES = """
({ endpoint, keys }) => {
  const held = () => localStorage.getItem("browser") === "subscribed" ? subscription : null;
  const subscription = {
    options: { applicationServerKey: null },
    toJSON: () => ({ endpoint, keys }),
    unsubscribe: async () => !localStorage.removeItem("browser"),
  };
  PushManager.prototype.getSubscription = async () => held();
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    subscription.options = { applicationServerKey };
    localStorage.setItem("browser", "subscribed");
    return subscription;
  };
}
"""
"""A browser whose maker no test can reach: it subscribes at the tests' own push service."""
NOTICES = "self.registration.getNotifications().then(all => all.map(one => [one.title, one.body, one.tag]))"
WAKES = """() => {
    const show = ServiceWorkerRegistration.prototype.showNotification;
    self.woken = new Promise((done) => {
        self.registration.showNotification = async function (...said) {
            await show.apply(this, said);
            done(true);
        };
    });
}"""
"""Chromium takes away a notice that it is asked of while it is about to show it: a test asks afterwards."""
TAPPED = """async () => {
    self.clients.openWindow = async (path) => { self.opened = path; };
    const [notification] = await self.registration.getNotifications();
    self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(say: Callable[[str], None]) -> AsyncIterator[Browser]:
    async with launched(say, WHOLE) as chromium:
        yield chromium


@pytest_asyncio.fixture(loop_scope="module")
async def service(tmp_path: Path) -> AsyncIterator[PushService]:
    with pytest.MonkeyPatch.context() as patch:
        async with a_push_service(tmp_path, patch) as running:
            yield running


@pytest_asyncio.fixture(loop_scope="module")
async def house(redis_url: str, service: PushService) -> AsyncIterator[House]:
    push = Push(Signer(new_key(), "mailto:ops@house.example"), (service.host,))
    async with a_house(redis_url, push=push, poll=0.5) as running:
        await running.say(
            PresenceChange(maison="lumiere", staff="camille", site="vendome", status="on", at=time.time())
        )
        yield running


@pytest.fixture
def url(house: House) -> str:
    return house.url


@pytest.fixture
def telephone(service: PushService) -> Subscribed:
    return service.browser("telephone")


async def _able(page: Page, telephone: Subscribed) -> Page:
    """Its browser subscribes, and nobody refused notices."""
    await page.context.grant_permissions(["notifications"])
    await page.add_init_script(f"({SUBSCRIBES})({json.dumps(telephone.subscription)})")
    await page.reload()
    await page.locator("#live").get_by_text("Live").wait_for()
    return page


async def _asks(page: Page) -> None:
    await page.get_by_role("button", name="Ring this telephone when it is locked: off").click()
    await expect(page.get_by_role("button", name="Ring this telephone when it is locked: on")).to_be_visible()


async def _kept(redis_url: str) -> int:
    async with Client.from_url(redis_url) as client:
        return int(await client.hlen(keys.telephones("lumiere")))


async def _woken(context: BrowserContext, house: House, said: Any) -> Worker:
    """The browser gets a message, while nobody has the page open."""
    page = await context.new_page()
    await page.goto("about:blank")
    cdp = await context.new_cdp_session(page)
    found: list[str] = []
    cdp.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    await cdp.send("ServiceWorker.enable")
    await wait_until(lambda: bool(found), what="a service worker")
    worker = next(one for one in context.service_workers if "/bell.js" in one.url)

    async def alone() -> bool:
        return not await worker.evaluate("desks().then((pages) => pages.length)")

    await wait_until(alone, what="that no page is open")
    message = {"origin": house.url, "registrationId": found[-1], "data": json.dumps(said)}
    await worker.evaluate(WAKES)
    await cdp.send("ServiceWorker.deliverPushMessage", message)
    await worker.evaluate("self.woken")
    await page.close()
    return worker


async def _shown(worker: Worker, count: int = 1) -> Any:
    async def told() -> bool:
        return len(await worker.evaluate(NOTICES)) == count

    await wait_until(told, what=f"{count} notices")
    return await worker.evaluate(NOTICES)


async def test_whoever_asks_is_rung_while_the_page_is_closed_and_a_tap_opens_the_card(
    house: House, service: PushService, signed_in: Opened, telephone: Subscribed
) -> None:
    page = await _able(await signed_in(size=PHONE), telephone)
    await _asks(page)
    await page.goto("about:blank")
    await house.say(welcome("a1"), welcome("a2", title="Another", urgency=5))
    await wait_until(lambda: len(service.of(telephone)) == 2, what="two messages")
    [said] = [one for one in service.of(telephone) if one["card"] == "a2"]
    worker = await _woken(page.context, house, said)
    [[title, body, tag]] = await _shown(worker)
    assert (title, tag) == ("Maison Lumière", "a2")
    assert body.startswith("Somebody needs you, until ")
    assert "Aline" not in f"{title}{body}"
    await worker.evaluate(TAPPED)

    async def opened() -> bool:
        return bool(await worker.evaluate("self.opened === '/#a2'"))

    await wait_until(opened, what="a page that opens")
    assert await worker.evaluate(NOTICES) == []
    await page.goto(f"{house.url}/#a2")
    await expect(card(page, "Another")).to_be_focused(timeout=PATIENCE)
    assert page.url == f"{house.url}/"


async def test_a_tap_goes_to_the_page_that_is_open_and_lifts_its_cover(
    house: House, signed_in: Opened, telephone: Subscribed
) -> None:
    page = await _able(await signed_in(size=PHONE), telephone)
    await _asks(page)
    await house.say(welcome())
    await expect(card(page)).to_be_visible(timeout=PATIENCE)
    await page.get_by_role("button", name="Cover").click()
    await page.evaluate("navigator.serviceWorker.ready.then((ready) => ready.active.postMessage(''))")
    [worker] = page.context.service_workers
    await worker.evaluate("self.registration.showNotification('', { tag: 'a1', data: { card: 'a1' } })")
    await worker.evaluate(TAPPED)
    await expect(card(page)).to_be_focused(timeout=PATIENCE)
    await worker.evaluate("self.registration.showNotification('', { tag: 'a9', data: { card: 'a9' } })")
    await worker.evaluate(TAPPED)
    await expect(page.locator("#toasts")).to_contain_text("That card is no longer open.", timeout=PATIENCE)


async def test_what_is_over_is_said_in_place_of_what_rang(
    house: House, signed_in: Opened, telephone: Subscribed
) -> None:
    page = await _able(await signed_in(size=PHONE), telephone)
    await _asks(page)
    await page.goto("about:blank")
    said = {"house": "Maison Lumière", "card": "a1", "until": 4_102_444_800_000}
    worker = await _woken(page.context, house, said)
    assert await _shown(worker) == [["Maison Lumière", "Somebody needs you.", "a1"]]
    await _woken(page.context, house, {**said, "over": True})

    async def over() -> bool:
        return bool(await worker.evaluate(NOTICES) == [["Maison Lumière", "No longer needed.", "a1"]])

    await wait_until(over, what="that it is over")
    await page.goto(house.url)
    await _shown(worker, 0)
    await page.goto("about:blank")
    await worker.evaluate(f"ring({json.dumps({**said, 'over': True})})")
    assert await worker.evaluate(NOTICES) == [], "of what nobody was told, or has put away, nothing is over"


@pytest.mark.parametrize("covered", [False, True])
async def test_before_a_page_that_shows_its_cards_no_notice_stays(
    house: House, signed_in: Opened, telephone: Subscribed, covered: bool
) -> None:
    """The screen of a concierge stays on, and covers itself: nobody heard of what came then."""
    page = await _able(await signed_in(), telephone)
    await _asks(page)
    if covered:
        await page.get_by_role("button", name="Cover").click()
    await page.evaluate("navigator.serviceWorker.ready.then((ready) => ready.active.postMessage(''))")
    [worker] = page.context.service_workers
    await worker.evaluate(
        """() => {
            self.told = [];
            const show = self.registration.showNotification.bind(self.registration);
            self.registration.showNotification = async (title, options) => {
                self.told.push(options.silent);
                return show(title, options);
            };
        }"""
    )
    await worker.evaluate("ring({ house: 'Maison Lumière', card: 'a1', until: 0 })")
    assert await worker.evaluate("self.told") == [not covered]
    assert len(await worker.evaluate(NOTICES)) == covered


async def test_nothing_rings_any_more_once_it_is_turned_off_or_signed_out(
    house: House, signed_in: Opened, telephone: Subscribed, redis_url: str
) -> None:
    page = await _able(await signed_in(), telephone)
    await _asks(page)
    assert await _kept(redis_url) == 1
    await page.get_by_role("button", name="Ring this telephone when it is locked: on").click()
    await expect(page.get_by_role("button", name="when it is locked: off")).to_be_focused()
    assert await _kept(redis_url) == 0
    await _asks(page)
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.locator("#door")).to_be_visible()
    assert await _kept(redis_url) == 0
    assert await page.evaluate("[localStorage.getItem('browser'), localStorage.getItem('ring')]") == [
        None,
        None,
    ]
    assert [one.rings for one in house.telephones] == [True, False, True, False]


async def test_it_goes_on_for_who_opens_the_page_again_and_for_nobody_else(
    house: House, signed_in: Opened, telephone: Subscribed
) -> None:
    page = await _able(await signed_in(), telephone)
    await _asks(page)
    await page.reload()
    await expect(page.get_by_role("button", name="when it is locked: on")).to_be_visible()
    await page.context.clear_cookies()
    await page.reload()
    await page.get_by_role("button", name="Matteo").click()
    await expect(page.get_by_role("button", name="when it is locked: off")).to_be_visible()
    await wait_until(lambda: page.evaluate("localStorage.getItem('browser') === null"), what="silence")


async def test_it_is_silent_too_for_who_comes_next_and_has_no_desk(
    signed_in: Opened, telephone: Subscribed
) -> None:
    page = await _able(await signed_in(), telephone)
    await _asks(page)
    await page.context.clear_cookies()
    await page.reload()
    await page.get_by_role("button", name="Maud").click()
    await page.wait_for_url("**/privacy.html")
    await wait_until(lambda: page.evaluate("localStorage.getItem('browser') === null"), what="silence")


async def test_a_browser_that_subscribed_to_another_key_subscribes_anew(
    house: House, signed_in: Opened, telephone: Subscribed
) -> None:
    page = await _able(await signed_in(), telephone)
    await _asks(page)
    other = """PushManager.prototype.getSubscription = async () => ({
        options: { applicationServerKey: new Uint8Array(65) },
        unsubscribe: async () => (window.left = true),
    })"""
    await page.add_init_script(other)
    await page.reload()
    await expect(page.get_by_role("button", name="when it is locked: on")).to_be_visible()
    assert await page.evaluate("window.left") is True


async def test_a_browser_that_refuses_or_can_not_is_told_in_a_sentence(
    house: House, signed_in: Opened
) -> None:
    page = await signed_in()
    await page.context.grant_permissions(["notifications"])
    await page.reload()
    await page.get_by_role("button", name="when it is locked: off").click()
    await expect(page.locator("#ring")).to_contain_text("The browser would not have it", timeout=PATIENCE)
    for lacks, said in (
        ("delete window.PushManager", "add this page to the home screen"),
        (
            "Object.defineProperty(Notification, 'permission', { get: () => 'denied' })",
            "allow notifications of this page in the settings",
        ),
    ):
        page = await signed_in()
        await page.add_init_script(lacks)
        await page.reload()
        await expect(page.locator("#ring")).to_contain_text(said)
        assert await page.locator("#ring button").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("device", "size"), [("tablet", TABLET), ("phone", PHONE)])
async def test_the_switch_fits_every_screen(
    house: House, signed_in: Opened, telephone: Subscribed, device: str, size: tuple[int, int], scheme: str
) -> None:
    page = await _able(await signed_in(size=size, color_scheme=scheme), telephone)
    await _asks(page)
    await page.locator("#ring").scroll_into_view_if_needed()
    assert await narrow(page)
    assert await small(page) == 0
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"ring-{device}-{scheme}.png", full_page=True)
