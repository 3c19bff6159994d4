"""The README's pictures, taken from the demo: `.venv/bin/python docs/pictures.py`, two minutes.

Needs Chromium; with Noto's fonts (`fonts-noto-core`, `fonts-noto-cjk`) names and words look as they should.
"""

import json
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, Page, expect, sync_playwright

DOCS = Path(__file__).resolve().parent
DEMO = [str(Path(sys.executable).with_name("prevenance")), "demo", "--port", "0"]
CHROMIUM = "/usr/bin/chromium"
READY = re.compile(r"open (http://\S+)")
DAY = 170_000
"""Milliseconds in which everything of a simulated day has happened."""
TABLET, PHONE = (1024, 768), (390, 844)
UNSURE = (
    ("/crm", "71", {"name": "Robert Dupont", "birth_date": "1971-06-04", "advisor": "camille"}),
    ("/till", "72", {"name": "Bob Dupont", "birth_date": "1971-06-04"}),
    ("/crm", "73", {"name": "Livia Sala", "birth_date": "2031-01-01", "advisor": "camille"}),
    ("/crm", "73", {"language": "it"}),
    ("/club", "73", {"language": "de"}),
)
"""What systems say, one after another, that somebody must judge or repair; the first two on one e-mail."""


def main() -> None:
    with demo() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        records(browser, url)
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


def records(browser: Browser, url: str) -> None:
    """The picture of what waits for somebody's word."""
    for source, client, fields in UNSURE:
        state(url, source, client, fields)
    page = desk(browser, url, "Camille Roux", TABLET, "light")
    page.get_by_role("link", name="Records that wait").click()
    expect(page.locator(".case")).to_have_count(2)
    page.screenshot(path=DOCS / "records-tablet.png", full_page=True)
    print(DOCS / "records-tablet.png")


def state(url: str, source: str, client: str, fields: dict[str, str]) -> None:
    """A system states a profile."""
    home = {"email": "dupont@example.com"} if client in ("71", "72") else {}
    event = {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": source,
        "type": "client.profile",
        "time": datetime.now(UTC).isoformat(),
        "data": {"who": {"client_id": client} | home, "fields": fields},
    }
    headers = {"Content-Type": "application/json", "Authorization": "Bearer demo"}
    urlopen(Request(f"{url}/v1/events", json.dumps(event).encode(), headers)).close()  # noqa: S310  our own demo


def take(page: Page, client: str, cards: int, name: str) -> None:
    """The picture, once the client's card stands under Now among as many as asked."""
    expect(page.locator("#now .card").filter(has_text=client).first).to_be_visible(timeout=DAY)
    expect(page.locator("#now .card").nth(cards - 1)).to_be_visible(timeout=DAY)
    page.screenshot(path=DOCS / f"{name}.png")
    print(DOCS / f"{name}.png")


if __name__ == "__main__":
    main()
