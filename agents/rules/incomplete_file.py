"""H4: a gap in a guest's file is a risk, and is told before they arrive, with the one question to ask.

Two days before a guest is expected (at once, where they come sooner) the concierge hears what is missing. Who
comes for a second time and is still not known is more urgent than who comes for the first: they will expect
to be. Of several rooms it is told once. The card closes when the file is complete.
"""

from collections.abc import Iterable

from agents.departed import departed
from agents.drafts import draft
from agents.guest_file import SAYS, WANTED, incomplete, missing
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import cautions, clock_at
from agents.rule import Rule
from agents.staying import (
    OF_A_STAY,
    ahead,
    asked_anew,
    booking_of,
    expected_at,
    party,
    quiet_for,
    requested,
    staying,
    told_at,
    told_more_of,
)
from feature_store.feature import short
from feature_store.features.stay import Stay
from feature_store.record import slice_of
from schemas.events.client import ClientConsent, ClientProfile, ClientReview
from schemas.events.hotel import HotelArrival, HotelBooking, HotelCheckin, HotelCheckout

ACTION = "incomplete_file"
AHEAD = 2 * 86_400.0
"""Seconds before a guest is expected at which a gap is told."""
QUIET = 7 * 86_400.0
"""Seconds for which a gap that somebody was done with is not told again."""
FILE = "file"
ASKED = {"allergies": "ask_allergies", "arrival": "ask_arrival"}
"""What is missed -> the draft that asks for it; for all else, what would make the stay pleasant."""


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    if moment.told_more:
        for booking, one in told_more_of(moment):
            if moment.is_open(ACTION, booking):
                yield from _tell(moment, booking, one)
        return
    if moment.anew:
        yield from asked_anew(moment, FILE)
        return
    stay, booking = staying(moment), short(booking_of(moment))
    if stay is None:
        return
    if isinstance(moment.event, HotelBooking):  # another room of theirs may be the one to ask at from now on
        for other, _ in ahead(moment):
            if other != booking and not moment.is_open(ACTION, other):
                yield Again(due=moment.now, name=f"{FILE}:{other}")
    if stay.cancelled or stay.step:
        yield Withdraw(action=ACTION, ref=booking, status="retracted" if stay.cancelled else "done")
        yield Again(due=0, name=f"{FILE}:{booking}")
    elif isinstance(moment.event, OF_A_STAY):
        expected = expected_at(moment, stay)
        if expected is not None and expected > moment.now:
            if expected - AHEAD > moment.now:  # a card that is open tells a day that has moved on
                yield Withdraw(action=ACTION, ref=booking, status="retracted")
            yield Again(due=max(moment.now, expected - AHEAD), name=f"{FILE}:{booking}")
    elif moment.timer is not None:
        yield from _tell(moment, booking, stay)


def _tell(moment: Moment, booking: str, stay: Stay) -> Iterable[Proposal | Withdraw | Again]:
    expected = expected_at(moment, stay)
    if expected is None or expected <= moment.now:
        return
    if departed(moment.client) or booking != _asked_at(moment, booking, stay):  # nobody is there to ask
        yield Withdraw(action=ACTION, ref=booking, status="retracted")
    elif not incomplete(moment, stay):
        yield Withdraw(action=ACTION, ref=booking, status="done")
    elif expected - AHEAD > moment.now + 60:
        yield Again(due=expected - AHEAD)
    else:
        yield _gap(moment, booking, stay, expected)


def _asked_at(moment: Moment, booking: str, stay: Stay) -> str:
    """Of several rooms that a guest has from one day on the one at which they are asked: it is one file, and
    three people would ask them the same."""
    if not stay.arrival:
        return booking
    same = [other for other, one in ahead(moment) if (one.site, one.arrival) == (stay.site, stay.arrival)]
    return told_at(moment, ACTION, same or [booking])


def _gap(moment: Moment, booking: str, stay: Stay, expected: float) -> Proposal:
    gaps, stays = missing(moment, stay), slice_of(moment.client, "facts").stays
    when = clock_at(moment, stay.site, expected)
    said = ", ".join(SAYS.get(field, field) for field in gaps)
    title = (
        Phrase(f"Stay {stays + 1}, and the file has gaps", "facts.stays")
        if stays
        else Phrase("A first stay, and the file has gaps", "facts.stays")
    )
    return Proposal(
        action=ACTION,
        ref=booking,
        site=stay.site,
        purpose="service",
        contact=True,
        care=True,
        title=title,
        why=[
            Phrase(f"Missing: {said}", "stay.arrival"),
            *requested(moment, booking),
            Phrase(f"Expected {when}, {len(WANTED) - len(gaps)} of {len(WANTED)} things known", "stay.eta"),
            *party(moment, stay),
        ],
        say=_question(moment, next((gap for gap in gaps if gap != "language"), None)),
        avoid=[Phrase("More than one question at a time"), *cautions(moment)],
        success="The guest has answered before they arrive",
        urgency=4 if stays else 2,
        valid_to=expected,
        due=expected,
        hold_or_drop="hold",
        value=0.8 if stays else 0.6,
        updates=True,
        silence=quiet_for(moment, ACTION, booking, QUIET),
    )


def _question(moment: Moment, gap: str | None) -> Phrase | None:
    """The draft that asks for it; one that speaks of a room tells of the stay."""
    if gap is None:
        return None
    return draft(moment, ASKED[gap]) if gap in ASKED else draft(moment, "ask_wishes", "stay.arrival")


RULE = Rule(
    name=ACTION,
    wakes=frozenset(
        {HotelArrival, HotelBooking, HotelCheckin, HotelCheckout, ClientConsent, ClientProfile, ClientReview}
    ),
    timers=frozenset({FILE}),
    propose=_propose,
)
