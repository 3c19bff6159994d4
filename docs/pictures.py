"""The README's pictures, taken from the demo: `.venv/bin/python docs/pictures.py`, two minutes.

Needs Chromium; with Noto's fonts (`fonts-noto-core`, `fonts-noto-cjk`) names and words look as they should.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

DOCS = Path(__file__).resolve().parent
DEMO = [str(Path(sys.executable).with_name("prevenance")), "demo", "--port", "0"]
CHROMIUM = "/usr/bin/chromium"
READY = re.compile(r"open (http://\S+)")
DAY = 170_000
"""Milliseconds in which everything of a simulated day has happened."""
TABLET, PHONE = (1024, 768), (390, 844)


def main() -> None:
    with demo() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        louis = desk(browser, url, "Louis Marchetti", TABLET, "light")
        camille = desk(browser, url, "Camille Roux", TABLET, "light")
        phone = desk(browser, url, "Camille Roux", PHONE, "dark")
        take(louis, "Giulia Conti", 2, "concierge-tablet")
        take(camille, "Aline Dupont-Moreau", 2, "console-tablet")
        take(phone, "Aline Dupont-Moreau", 2, "console-phone")
        browser.close()


@contextmanager
def demo() -> Iterator[str]:
    """The address of a running demo, until the end of the block."""
    with subprocess.Popen(DEMO, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603  our own command
        try:
            said = process.stderr or ()
            yield next(where[1] for line in said if (where := READY.search(line)))
        finally:
            process.terminate()


def desk(browser: Browser, url: str, name: str, size: tuple[int, int], scheme: str) -> Page:
    """The page of somebody who has just signed in."""
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        device_scale_factor=1.5,
        reduced_motion="reduce",
        timezone_id="Europe/Paris",
    )
    page.goto(url)
    page.get_by_role("button", name=name).click()
    return page


def take(page: Page, client: str, cards: int, name: str) -> None:
    """The picture, once the client's card stands under Now among as many as asked."""
    expect(page.locator("#now .card").filter(has_text=client).first).to_be_visible(timeout=DAY)
    expect(page.locator("#now .card").nth(cards - 1)).to_be_visible(timeout=DAY)
    page.screenshot(path=DOCS / f"{name}.png")
    print(DOCS / f"{name}.png")


if __name__ == "__main__":
    main()
