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
from typing import Any
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
        rights(browser, url)
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
        home = {"email": "dupont@example.com"} if client in ("71", "72") else {}
        state(url, source, "client.profile", {"client_id": client} | home, fields=fields)
    page = desk(browser, url, "Camille Roux", TABLET, "light")
    page.get_by_role("link", name="Records that wait").click()
    expect(page.locator(".case")).to_have_count(2)
    page.screenshot(path=DOCS / "records-tablet.png", full_page=True)
    print(DOCS / "records-tablet.png")


def rights(browser: Browser, url: str) -> None:
    """The picture of what answers a client's letter."""
    who = {"client_id": "74", "card": "LUM-74"}
    fields = {"name": "Ottilie Brandt", "language": "de", "country": "DE", "advisor": "camille"}
    state(url, "/crm", "client.profile", who, fields=fields)
    consent = {"purpose": "marketing", "state": "all", "wording": "v3", "proof": "form 12, signed"}
    state(url, "/crm", "client.consent", who, **consent)
    page = desk(browser, url, "Maud Renard", TABLET, "light")
    page.get_by_label("What they give").select_option("Client number")
    page.get_by_label("As they say it").fill("74")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_text("The audit:")).to_be_visible()
    page.get_by_text("The ledger: 1 statement").click()
    page.set_viewport_size({"width": TABLET[0], "height": 1180})
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=DOCS / "privacy-tablet.png")
    print(DOCS / "privacy-tablet.png")


def state(url: str, source: str, type_: str, who: dict[str, str], **said: Any) -> None:
    """A system states something of a client."""
    event = {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": source,
        "type": type_,
        "time": datetime.now(UTC).isoformat(),
        "data": {"who": who} | said,
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
