"""H1: a guest is on the way. The concierge gets a countdown and what to prepare; it moves with the ETA.

Beside the hour announced stands what arrivals like this one make of it, where that is another. A cancelled
booking retracts it, and so does an ETA that moves out of sight, or a booking that moves to other days; a
check-in closes it. What a guest states meanwhile, a language or an allergy, is on it at once. A guest
expected in more than a week is announced when the week begins.
"""

from collections.abc import Iterable
from typing import Any

from agents.comfort import prepared
from agents.drafts import draft, speaking
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import cautions, clock_at, history, noted, reasons
from agents.rule import Rule
from agents.staying import UNKNOWN, announced, asked_anew, local, lodged, requested, told_more_of
from feature_store.arrivals import expected
from feature_store.features.stay import Stay, stay_of
from feature_store.record import slice_of
from schemas.events.client import ClientProfile, ClientReview
from schemas.events.hotel import HotelArrival, HotelBooking, HotelCheckin, HotelCheckout

GRACE = 3 * 3600.0
"""Seconds after the expected arrival during which the alert still stands: who comes late, and told nobody, is
recognised at the door as well. A check-in ends it.
"""
NEAR = 7 * 86_400.0
"""Seconds ahead within which somebody is on the way."""
KIND = "eta"
WORTH_SAYING = 600
"""Seconds that arrivals usually differ from what is announced, from which on it is said."""
FINE = 300
"""Seconds to which an hour is told that nobody has announced."""
UNKNOWN_WISHES = Phrase("No preference on file: ask before arrival")


def _near(record: Any, event: HotelArrival | HotelBooking, at: float) -> tuple[str, float]:
    """The timer of a guest expected later than that; 0 drops it."""
    booking = event.data.booking_id
    stay = stay_of(slice_of(record, "stay"), booking)
    if stay is None or stay.cancelled or not NEAR < stay.eta - at < UNKNOWN:
        return f"{KIND}:{booking}", 0.0
    return f"{KIND}:{booking}", stay.eta - NEAR


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    event, timer = moment.event, moment.timer
    if moment.told_more:
        for booking, _ in told_more_of(moment):
            if moment.is_open("hotel_arrival", booking):  # by itself, lest a gap in the file outrank it
                yield Again(due=moment.now, name=f"{KIND}:{booking}")
        return
    if moment.parted:
        yield from asked_anew(moment, KIND)
        return
    if isinstance(event, HotelArrival | HotelBooking | HotelCheckin | HotelCheckout):
        booking = event.data.booking_id
    elif timer is not None:
        booking = timer.name.partition(":")[2]
    else:
        return
    stay = stay_of(slice_of(moment.client, "stay"), booking)
    if stay is None:
        return
    eta = announced(moment, stay)
    if stay.cancelled:
        yield Withdraw(action="hotel_arrival", ref=booking, status="retracted")
    elif stay.step:
        yield Withdraw(action="hotel_arrival", ref=booking, status="done")
    elif eta and -GRACE < eta - moment.now < NEAR + 1:
        yield _arrival(moment, booking, stay)
    elif stay.eta:
        yield Withdraw(action="hotel_arrival", ref=booking, status="retracted")


def _arrival(moment: Moment, booking: str, stay: Stay) -> Proposal:
    eta, when = stay.eta, clock_at(moment, stay.site, stay.eta)
    foretold, latest = _foretold(moment, stay)
    known, asked = prepared(moment), requested(moment, booking)
    return Proposal(
        action="hotel_arrival",
        ref=booking,
        site=stay.site,
        purpose="service",
        title=speaking(moment, f"Arriving {when}" + (f" by {stay.by}" if stay.by else ""), "stay.eta"),
        why=reasons(
            asked,
            [known] if known else [] if asked else [UNKNOWN_WISHES],
            foretold,
            lodged(moment, stay),
            noted(moment),
            history(moment, stay.site),
        ),
        say=draft(moment, "hotel_arrival", "stay.eta"),
        success="Room and welcome are ready before the guest is at the door",
        avoid=cautions(moment),
        urgency=4,
        valid_to=max(eta + GRACE, latest),
        due=eta,
        value=1.0,
        escalate=600.0,
        updates=True,
        silence=0.0,
    )


def _foretold(moment: Moment, stay: Stay) -> tuple[list[Phrase], float]:
    """What arrivals like this one make of the hour announced, where it matters; and the last likely one."""
    stays = slice_of(moment.client, "stay").stays.values()
    guess = expected(moment.scale, stays, stay.by, stay.eta)
    if guess is None:
        return [], 0.0
    minutes = abs(guess.late) // 60 // 5 * 5
    sooner = "later" if guess.late > 0 else "earlier"
    early, late = guess.low // FINE * FINE, -(-guess.high // FINE) * FINE
    low, high = (local(moment.maison, stay.site, stay.eta + at) for at in (early, late))
    said = f"Usually {minutes} minutes {sooner}: four in five between {low:%H:%M} and {high:%H:%M}"
    told = [Phrase(said, "stay.eta")] if abs(guess.late) >= WORTH_SAYING else []
    return told, float(stay.eta + guess.high)


RULE = Rule(
    name="hotel_arrival",
    wakes=frozenset({ClientProfile, ClientReview, HotelArrival, HotelBooking, HotelCheckin, HotelCheckout}),
    timers=frozenset({KIND}),
    propose=_propose,
    clocks={HotelArrival: _near, HotelBooking: _near},
)
