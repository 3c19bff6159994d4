"""A connection that died without a word, as in a tablet that slept or walked out of the wifi."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import pytest_asyncio
from playwright.async_api import Page, Route, expect
from yarl import URL

from streams.console import HEARTBEAT
from tests.e2e.cards import button, card, verdicts, welcome
from tests.e2e.screens import PATIENCE, Opened
from tests.people import House
from tests.waiting import wait_until

SOONER = """
const real = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (milliseconds) => real(milliseconds / 50);
"""
"""What nobody answers is given up fifty times sooner."""
LATE = 3
"""Seconds that a beat may be late on a slow network."""
DECIDED = {("accepted", "camille")}

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Wire:
    """Between a browser and a console. A way that is cut carries nothing any more, not even its end; one that
    `buffers` keeps what a stream says until it ends.
    """

    def __init__(self, console: str) -> None:
        self.url = ""
        self.open = True
        self.buffers = False
        self._console = URL(console)
        self._cut = asyncio.Event()
        self._ways: list[asyncio.Task[None]] = []
        self._ends: list[asyncio.StreamWriter] = []

    async def start(self) -> asyncio.Server:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = "http://{}:{}".format(*server.sockets[0].getsockname())
        return server

    def cut(self) -> None:
        """All that is connected."""
        self._cut.set()
        self._cut = asyncio.Event()

    async def close(self) -> None:
        for end in self._ends:
            end.transport.abort()
        await asyncio.gather(*self._ways)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._console.host, self._console.port)
        self._ends += [writer, back]
        both = ((reader, back), (there, writer))
        self._ways += [asyncio.ensure_future(self._carry(*way, self._cut)) for way in both]

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event
    ) -> None:
        with suppress(OSError):
            while (heard := await reader.read(65_536)) and self.open and not cut.is_set():
                stream = self.buffers and b"text/event-stream" in heard
                writer.write(heard.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if stream else heard)
                await writer.drain()
                if stream:
                    return
        if self.open and not cut.is_set():
            writer.close()


@pytest_asyncio.fixture(loop_scope="module")
async def wire(house: House) -> AsyncIterator[Wire]:
    wire = Wire(house.url)
    server = await wire.start()
    yield wire
    server.close()
    await wire.close()


@pytest.fixture
def url(wire: Wire) -> str:
    return wire.url


async def test_a_feed_that_died_without_a_word_is_told_within_twenty_seconds_and_opened_until_one_answers(
    house: House, wire: Wire, signed_in: Opened
) -> None:
    page = await _on_our_clock(signed_in)
    await page.clock.pause_at(time.time() + 1)  # else what the test itself takes is silence too
    wire.open = False
    wire.cut()
    await house.say(welcome())
    await page.clock.fast_forward((HEARTBEAT + LATE) * 1000)
    await expect(page.locator("#live")).to_have_text("Live")
    await page.clock.fast_forward((20 - HEARTBEAT - LATE) * 1000)
    await expect(page.locator("#live")).to_have_text("Reconnecting")
    await page.clock.fast_forward(3_000)
    await expect(page.locator("#banner")).to_have_text(re.compile(r"not been reached since \d\d:\d\d"))
    await page.clock.resume()
    wire.open = True

    async def caught_up() -> bool:
        await page.clock.fast_forward(19_000)
        return await card(page).is_visible()

    await wait_until(caught_up, 60, "what was missed", every=1.0)
    await expect(page.locator("#live")).to_have_text("Live")
    await expect(page.locator("#banner")).to_be_hidden()


async def test_who_wakes_a_tablet_is_not_told_that_it_is_live(
    house: House, wire: Wire, signed_in: Opened
) -> None:
    page = await _on_our_clock(signed_in)
    asleep = time.time() + 5
    await page.clock.pause_at(asleep)
    await expect(page.locator("#live")).to_have_text("Live")
    wire.cut()
    await page.clock.set_system_time(asleep + 20)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(page.locator("#live")).to_have_text("Reconnecting")


async def test_a_feed_of_which_a_proxy_brings_nothing_but_that_it_was_opened_is_not_live(
    house: House, wire: Wire, signed_in: Opened
) -> None:
    page = await _on_our_clock(signed_in)
    await page.clock.pause_at(time.time() + 1)
    wire.buffers = True
    opened: list[int] = []
    page.on("response", lambda told: opened.append(told.status) if "stream" in told.url else None)
    await page.reload()
    await expect(page.locator("#live")).to_have_text("Reconnecting")

    async def again() -> bool:
        await page.clock.run_for(5_000)
        return len(opened) > 2

    await wait_until(again, 60, "a feed that was opened again and again")
    assert set(opened) == {200}
    await expect(page.locator("#live")).to_have_text("Reconnecting")
    await expect(page.locator("#banner")).to_have_text(re.compile(r"not been reached since \d\d:\d\d"))


async def _on_our_clock(signed_in: Opened) -> Page:
    page = await signed_in()
    await page.clock.install()
    await page.reload()
    await page.locator("#live").get_by_text("Live").wait_for()
    return page


async def _cut_off(house: House, wire: Wire, signed_in: Opened) -> Page:
    """A desk with a card, whose questions nobody answers any more."""
    await house.say(welcome())
    page = await signed_in()
    await expect(card(page)).to_be_visible()
    await page.evaluate(SOONER)
    wire.open = False
    return page


async def test_a_tap_that_nobody_answers_is_told_and_counts_when_it_is_said_again(
    house: House, wire: Wire, signed_in: Opened
) -> None:
    page = await _cut_off(house, wire, signed_in)
    await button(page, "Accept").click()
    await expect(page.locator("#toasts")).to_contain_text("could not be saved", timeout=PATIENCE)
    assert verdicts(house) & DECIDED == set()
    wire.open = True
    await button(page, "Accept").click()
    await wait_until(lambda: verdicts(house) & DECIDED, what="the second tap")


async def test_questions_that_nobody_answers_leave_a_connection_to_the_feed(signed_in: Opened) -> None:
    page = await _on_our_clock(signed_in)
    asked: list[Route] = []

    async def ask(route: Route) -> None:
        asked.append(route)

    await page.route("**/v1/silence", ask)
    for _ in range(10):
        await page.clock.fast_forward(6_000)
    assert len(asked) <= 4, "one at a time, each given up after a quarter of the minute"


async def test_a_profile_that_nobody_answers_is_given_up_and_can_be_asked_for_again(
    house: House, wire: Wire, signed_in: Opened
) -> None:
    page = await _cut_off(house, wire, signed_in)
    await button(page, "Profile").click()
    await expect(card(page).locator(".profile")).to_have_text("This could not be read. Please try again.")
