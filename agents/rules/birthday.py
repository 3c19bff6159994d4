"""B2: a birthday, or the day of the first purchase, in the client's own morning; by consent only.

The year and the age are nobody's business. Of a guest of a hotel those who meet them there hear of the
birthday as well, in the morning or as they check in, until they leave, and nobody else where they have no
advisor. Whoever gave no date of birth is remembered on the day they first chose something here, after one
year and every year.
"""

from collections.abc import Iterable
from datetime import date

from agents.book import (
    BOOK,
    DAY,
    PURPOSE,
    Window,
    first_of,
    habits,
    keeper_of,
    known_to,
    reaching,
    usual_channel,
)
from agents.drafts import draft, speaking
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import noted, reasons
from agents.rule import Rule
from agents.staying import here, is_here, lodging
from feature_store.anniversaries import coming
from feature_store.features.stay import Stay
from feature_store.record import slice_of
from schemas.envelope import Channel
from schemas.events.client import ClientProfile
from schemas.events.hotel import HotelBooking, HotelCheckin, HotelCheckout
from schemas.events.store import StorePurchase
from schemas.wording import many

NEAR = ("email", "sms", "phone", "app", "mail")
"""Channels that may carry so personal a word; a third party's messenger may not."""
VOICE: tuple[Channel, ...] = ("phone", "app", "mail")
"""Those of them that are proposed where the client has used none, the first that they allow."""
BIRTH, FIRST = "birthday", "anniversary"
TODAY = Phrase("It is their birthday today", "birth_date")
NO_AGE = Phrase("The age, and any offer: this is a wish", "birth_date")


def _day(moment: Moment) -> tuple[str, date] | None:
    """Which day is kept, and when it first was."""
    stated = moment.profile("birth_date")
    if isinstance(stated, str) and (born := date.fromisoformat(stated)) < moment.local.day(moment.now):
        return BIRTH, born
    first = slice_of(moment.client, "frequency").first
    return (FIRST, moment.local.day(first)) if first else None


def _window(moment: Moment, day: date, after: int = 0) -> Window:
    """The next such day from `after` days on, from midnight to midnight where they are."""
    begins = moment.local.midnight(coming(day, moment.local.day(moment.now + after * DAY)))
    return Window(begins, begins + DAY, every=DAY)


def _due(moment: Moment) -> float | None:
    found = _day(moment)
    if found is None:
        return None
    return first_of(moment, (_window(moment, found[1], after) for after in (0, 1)))


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    event, found = moment.event, _day(moment)
    if isinstance(event, HotelBooking | HotelCheckout):
        if not is_here(moment, event.data.site):
            left = isinstance(event, HotelCheckout)
            yield Withdraw(action=BIRTH, ref=_in(event.data.site), status="done" if left else "retracted")
        return
    if found is None:
        return
    kept, day = found
    window, stay = _window(moment, day), here(moment)
    if not window.open(moment.now):
        return
    met = kept == BIRTH and stay is not None
    if moment.timer is not None and not (met and keeper_of(moment) is None):
        yield _wish(moment, window, kept, day)
    if kept == BIRTH and stay is not None:
        yield _in_house(moment, window, stay)


def _in(site: str) -> str:
    return f"{BIRTH} in {site}"


def _in_house(moment: Moment, window: Window, stay: Stay) -> Proposal:
    return reaching(
        moment,
        window,
        action=BIRTH,
        ref=_in(stay.site),
        site=stay.site,
        staff=None,
        contact=False,
        channel=None,
        title=speaking(moment, "Birthday today, of a guest in the house", "birth_date"),
        why=reasons([TODAY], lodging(moment), noted(moment)),
        say=draft(moment, BIRTH, "birth_date"),
        avoid=[NO_AGE],
        success="Whoever meets them first today wishes them well",
        urgency=3,
        value=0.7,
        silence=300 * DAY,
    )


def _wish(moment: Moment, window: Window, kept: str, day: date) -> Proposal:
    birth = kept == BIRTH
    fact = "birth_date" if birth else "orders.first"
    today = TODAY if birth else Phrase(f"A client for {_years(moment, day)} today", fact)
    return reaching(
        moment,
        window,
        action="birthday",
        ref=f"{kept} {moment.local.day(moment.now).year}",
        channel=usual_channel(moment, NEAR) or next((c for c in VOICE if moment.allows(PURPOSE, c)), "phone"),
        title=speaking(moment, "Birthday today" if birth else "An anniversary with the house today", fact),
        why=reasons([today], noted(moment), known_to(moment), habits(moment)),
        say=draft(moment, kept, fact),
        avoid=[Phrase(NO_AGE, fact)],
        success="The client answers, or thanks you when you next meet",
        urgency=3,
        value=0.7,
        silence=300 * DAY,
    )


def _years(moment: Moment, first: date) -> str:
    years = moment.local.day(moment.now).year - first.year
    return many(years, "year")


RULE = Rule(
    name="birthday",
    wakes=frozenset({HotelBooking, HotelCheckin, HotelCheckout}),
    timers=frozenset({BOOK}),
    propose=_propose,
    due=_due,
    moves=frozenset({ClientProfile, StorePurchase}),
)
