"""Cards on the desk, as tests put them there, and what they look at."""

import time
from typing import Any

from playwright.async_api import Locator, Page

from schemas.alerts import AlertChange, Recommendation, Status, StatusChange
from schemas.times import iso
from tests import alerts
from tests.people import House


def welcome(id: str = "a1", revision: int = 1, **fields: Any) -> AlertChange:
    """Aline Moreau has come in."""
    given: dict[str, Any] = {
        "title": "Welcome Aline Moreau",
        "urgency": 5,
        "lasts": 1500,
        "why": ["Fourth visit this year", "looked at the Aurore bag this morning"],
        "say": "Quel plaisir de vous revoir. Le sac Aurore est ici, en ivoire.",
        "language": "fr",
        "avoid": ["Mentioning what was browsed"],
        "recommendations": [Recommendation(sku="bag-aurore", why="seen three times this week")],
    }
    return alerts.a_change(id, revision, now=time.time(), **(given | fields))


def retracted(id: str, status: Status = "retracted") -> StatusChange:
    """It is needed no more."""
    return StatusChange(id=id, revision=9, maison="lumiere", status=status, at=iso(time.time()))


def card(page: Page, text: str = "Aline Moreau") -> Locator:
    """The card that says so."""
    return page.locator(".card", has_text=text)


def button(page: Page, name: str, text: str = "Aline Moreau") -> Locator:
    """A button of that card."""
    return card(page, text).get_by_role("button", name=name)


def verdicts(house: House) -> set[tuple[str, str]]:
    """What was decided, and by whom."""
    return {(event.data.verdict, event.data.staff) for event in house.events}
