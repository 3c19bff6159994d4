"""H1: the room is as the guest likes it before they are at the door.

Some hours before a guest is expected, whoever prepares rooms is told of the temperature, the wine, the
pillow, what they can't have and what they need. What was seen during other stays is said to have been; where
neither is known, what most guests alike ask for is suggested. The card follows the booking and the guest's
wishes; a cancelled booking takes it back, a check-in closes it. Where nothing is known nothing is said.
"""

from collections.abc import Iterable

from agents.comfort import last_time, prepared, suggested
from agents.drafts import draft
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import cautions, clock_at, reasons
from agents.rule import Rule
from agents.staying import (
    OF_A_STAY,
    asked_anew,
    booking_of,
    expected_at,
    party,
    quiet_for,
    requested,
    room_of,
    staying,
    told_more_of,
)
from feature_store.feature import short
from feature_store.features.stay import Stay
from schemas.events.client import ClientProfile, ClientReview
from schemas.events.hotel import HotelArrival, HotelBooking, HotelCheckin, HotelCheckout

ACTION = "room_setup"
AHEAD = 6 * 3600.0
"""Seconds before a guest is expected at which the room is prepared."""
LATE = 30 * 60.0
ROOM, WISH = "room", "wish"
"""Timers: it is time to prepare; a wish has changed."""
QUIET = 12 * 3600.0
"""Seconds for which a card that was done with is not repeated because an hour moved."""


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    if moment.told_more:
        for booking, one in told_more_of(moment):
            yield from _look(moment, booking, one, WISH)
        return
    if moment.parted:
        yield from asked_anew(moment, ROOM)
        return
    stay, booking = staying(moment), short(booking_of(moment))
    if stay is None:
        return
    if stay.cancelled or stay.step:
        yield Withdraw(action=ACTION, ref=booking, status="retracted" if stay.cancelled else "done")
        yield Again(due=0, name=f"{ROOM}:{booking}")
    elif isinstance(moment.event, OF_A_STAY):
        yield from _look(moment, booking, stay, ROOM)
    elif moment.timer is not None:
        yield from _prepare(moment, booking, stay, moment.timer.name.startswith(WISH))


def _look(moment: Moment, booking: str, stay: Stay, kind: str) -> Iterable[Withdraw | Again]:
    expected = expected_at(moment, stay)
    if expected is not None and expected + LATE > moment.now:
        if expected - AHEAD > moment.now:  # a card that is open tells an hour that has moved on
            yield Withdraw(action=ACTION, ref=booking, status="retracted")
        yield Again(due=max(moment.now, expected - AHEAD), name=f"{kind}:{booking}")


def _prepare(moment: Moment, booking: str, stay: Stay, wish: bool) -> Iterable[Proposal | Withdraw | Again]:
    expected = expected_at(moment, stay)
    if expected is None or expected + LATE <= moment.now:
        return
    if expected - AHEAD > moment.now + 60:
        if moment.is_open(ACTION, booking):
            yield Withdraw(action=ACTION, ref=booking, status="retracted")
        yield Again(due=expected - AHEAD)
        return
    known = (prepared(moment), last_time(moment), suggested(moment, stay))
    told = reasons(requested(moment, booking), *([said] if said else [] for said in known))
    avoid = [one for one in cautions(moment) if "language" not in one.facts and one.facts]
    if not (told or avoid):
        yield Withdraw(action=ACTION, ref=booking, status="retracted")
        return
    when = clock_at(moment, stay.site, expected)
    yield Proposal(
        action=ACTION,
        ref=booking,
        site=stay.site,
        purpose="service",
        care=True,
        title=Phrase(
            f"{room_of(stay) or 'Room'} to prepare, guest expected {when}",
            *("stay.eta", "stay.room")[: 1 + bool(stay.room)],
        ),
        why=[*told, *party(moment, stay)] or [Phrase("Nothing else on file")],
        say=draft(moment, ACTION),
        avoid=avoid,
        success="The room is as the guest likes it when they open the door",
        urgency=3,
        valid_to=expected + LATE,
        due=expected,
        hold_or_drop="hold",
        value=0.8,
        updates=True,
        silence=0.0 if wish else quiet_for(moment, ACTION, booking, QUIET),
    )


RULE = Rule(
    name=ACTION,
    wakes=frozenset({HotelArrival, HotelBooking, HotelCheckin, HotelCheckout, ClientProfile, ClientReview}),
    timers=frozenset({ROOM, WISH}),
    propose=_propose,
)
