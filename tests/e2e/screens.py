"""People at the page: a real Chromium, the screens they have, and signing in."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.waiting import wait_until

CHROMIUM = next(
    filter(Path.exists, (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))), None
)
"""The engine alone, where it is there: without a window that nobody sees a page takes half the CPU."""
WHOLE = next(filter(Path.exists, (Path("/usr/bin/chromium"),)), None)
"""The whole browser: the engine alone shows no notices."""
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PICTURES = Path(__file__).resolve().parents[2] / "build/screenshots"
TABLET, PORTRAIT, PHONE = (1024, 768), (768, 1024), (390, 844)
PATIENCE = 8_000

Opened = Callable[..., Awaitable[Page]]
_WIDTH = "document.documentElement.scrollWidth"
_BEYOND = """[...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > innerWidth).map(one => one.outerHTML.slice(0, 80))"""


@asynccontextmanager
async def launched(
    say: Callable[[str], None], executable: Path | None = CHROMIUM, **options: Any
) -> AsyncIterator[Browser]:
    """A real Chromium, or a skip that says why there is none."""
    if executable is None:
        say("NO PAGE TESTS: there is no /usr/bin/chromium.")
        pytest.skip("no /usr/bin/chromium")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=executable, args=ARGS, **options)
        yield chromium
        await chromium.close()


@asynccontextmanager
async def desks(browser: Browser, url: str) -> AsyncIterator[Opened]:
    """Opens the page and signs in as a person of the demo; the page must never raise or break its policy.

    `desk`: whether they have one, with cards that come by themselves.
    """
    broken: list[str] = []
    contexts: list[BrowserContext] = []

    async def opened(
        name: str = "Camille Roux", size: tuple[int, int] = TABLET, desk: bool = True, **context: Any
    ) -> Page:
        viewport = {"width": size[0], "height": size[1]}
        contexts.append(await browser.new_context(viewport=viewport, **context))
        page = await contexts[-1].new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("console", lambda m: broken.append(m.text) if "Content Security" in m.text else None)
        await page.goto(url)
        await page.get_by_role("button", name=name).click()
        await expect(page.locator("#me")).to_contain_text(name)
        if desk:
            await expect(page.locator("#greeting")).to_contain_text(name.split()[0])
            await expect(page.locator("#live")).to_have_text("Live")
        return page

    yield opened
    for context in contexts:
        for page in context.pages:  # what a route still answers would fail in the next test
            await page.unroute_all(behavior="ignoreErrors")
        await context.close()
    assert broken == []


async def narrow(page: Page) -> bool:
    """True once nothing stands beyond the edge of the screen, which a picture of the whole page changes for a
    moment. AssertionError with what stands there.
    """
    with suppress(AssertionError):
        return bool(await wait_until(lambda: page.evaluate(f"{_WIDTH} <= innerWidth")))
    wide = await page.evaluate(f"[{_WIDTH}, innerWidth, ...{_BEYOND}]")
    raise AssertionError(f"wider than the screen: {wide}")


def small(page: Page) -> Awaitable[Any]:
    """How many buttons, links and fields are smaller than a fingertip."""
    return page.evaluate(
        "[...document.querySelectorAll('button, a, summary, input, select')]"
        ".map(b => Math.min(b.offsetHeight, b.offsetWidth))"
        ".filter(size => size > 0 && size < 44).length"
    )


async def slept(page: Page, seconds: float, since: datetime | None = None) -> None:
    """As a tablet that was left alone and asleep until so many seconds from then, or from now."""
    await page.clock.set_fixed_time((since or datetime.now(UTC)) + timedelta(seconds=seconds))
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


async def later(page: Page, seconds: float) -> None:
    """So many seconds pass, by the clocks of the page and of the house; its timers do not hear of it."""
    await page.evaluate(
        """seconds => {
            for (const clock of [Date, performance]) {
                const now = clock.now.bind(clock);
                clock.now = () => now() + seconds * 1000;
            }
            const ask = window.fetch;
            window.fetch = async (path, ...asked) => {
                const answer = await ask(path, ...asked), json = answer.json.bind(answer);
                const add = ({ now, ...me }) => ({ ...me, now: now + seconds });
                return path === "/v1/me" ? Object.assign(answer, { json: () => json().then(add) }) : answer;
            };
        }""",
        seconds,
    )
