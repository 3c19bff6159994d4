"""H1: a guest is on the way. The concierge gets a countdown and what to prepare; it moves with the ETA.

A cancelled booking retracts it, and so does an ETA that moves out of sight; a check-in closes it. A guest
expected in more than a week is announced when the week begins.
"""

from collections.abc import Iterable
from typing import Any

from agents.drafts import draft, speaking
from agents.moment import Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import cautions, clock, history, listed, noted, reasons
from agents.rule import Rule
from feature_store.features.stay import Stay, stay_of
from feature_store.record import slice_of
from schemas.events.hotel import HotelArrival, HotelBooking, HotelCheckin, HotelCheckout

GRACE = 30 * 60.0
"""Seconds after the expected arrival during which the alert still stands."""
NEAR = 7 * 86_400.0
"""Seconds ahead within which somebody is on the way."""
UNKNOWN = 400 * 86_400.0
"""Seconds ahead beyond which no ETA is meant; booking systems say 9999 for a time they don't know."""
KIND = "eta"
PREPARED = {
    "accessibility": "{}",
    "temperature": "room at {}",
    "wine": "{} waiting",
    "pillow": "pillow: {}",
    "floor": "floor: {}",
    "room": "room: {}",
}


def _near(record: Any, event: HotelArrival | HotelBooking, at: float) -> tuple[str, float]:
    """The timer of a guest expected later than that; 0 drops it."""
    booking = event.data.booking_id
    stay = stay_of(slice_of(record, "stay"), booking)
    if stay is None or stay.cancelled or not NEAR < stay.eta - at < UNKNOWN:
        return f"{KIND}:{booking}", 0.0
    return f"{KIND}:{booking}", stay.eta - NEAR


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw]:
    event, timer = moment.event, moment.timer
    if isinstance(event, HotelArrival | HotelBooking | HotelCheckin | HotelCheckout):
        booking = event.data.booking_id
    elif timer is not None:
        booking = timer.name.partition(":")[2]
    else:
        return
    stay = stay_of(slice_of(moment.client, "stay"), booking)
    if stay is None:
        return
    if stay.cancelled:
        yield Withdraw(action="hotel_arrival", ref=booking, status="retracted")
    elif stay.step:
        yield Withdraw(action="hotel_arrival", ref=booking, status="done")
    elif stay.eta and -GRACE < stay.eta - moment.now < NEAR + 1:
        yield _arrival(moment, booking, stay)
    elif stay.eta:
        yield Withdraw(action="hotel_arrival", ref=booking, status="retracted")


def _arrival(moment: Moment, booking: str, stay: Stay) -> Proposal:
    eta, site = stay.eta, moment.maison.site(stay.site)
    when = clock(eta, site.timezone if site else "UTC", moment.now)
    return Proposal(
        action="hotel_arrival",
        ref=booking,
        site=stay.site,
        purpose="service",
        title=speaking(moment, f"Arriving {when}" + (f" by {stay.by}" if stay.by else ""), "stay.eta"),
        why=reasons([_prepared(moment)], _party(moment, stay), noted(moment), history(moment)),
        say=draft(moment, "hotel_arrival", "stay.eta"),
        success="Room and welcome are ready before the guest is at the door",
        avoid=cautions(moment),
        urgency=4,
        valid_to=eta + GRACE,
        due=eta,
        value=1.0,
        escalate=600.0,
        updates=True,
        silence=0.0,
    )


def _prepared(moment: Moment) -> Phrase:
    stated = {field: value for field in PREPARED if (value := moment.profile(f"preferences.{field}"))}
    said = [PREPARED[field].format(_value(field, value)) for field, value in stated.items()]
    if not said:
        return Phrase("No preference on file: ask before arrival")
    return Phrase(f"To prepare: {'; '.join(said)}", *(f"preferences.{field}" for field in stated))


def _value(field: str, value: Any) -> str:
    degrees = field == "temperature" and isinstance(value, int | float)
    return f"{value} °C" if degrees else listed(value)


def _party(moment: Moment, stay: Stay) -> list[Phrase]:
    said = []
    if stay.heads:
        adults, children = divmod(stay.heads, 100)
        party = f"{adults} adult{'s' if adults != 1 else ''}"
        said.append(party + (f" and {children} child{'ren' if children != 1 else ''}" if children else ""))
    if stay.nights > 0:
        said.append(f"{stay.nights} night{'s' if stay.nights != 1 else ''}")
    if stay.remote:
        said.append("already checked in remotely")
    facts = slice_of(moment.client, "facts")
    if not facts.stays and facts.bookings <= 1:
        said.append("first stay on record")
    return [Phrase(", ".join(said), "stay.party")] if said else []


RULE = Rule(
    name="hotel_arrival",
    wakes=frozenset({HotelArrival, HotelBooking, HotelCheckin, HotelCheckout}),
    timers=frozenset({KIND}),
    propose=_propose,
    clocks={HotelArrival: _near, HotelBooking: _near},
)
