"""H1: a guest is on the way. The concierge gets a countdown and what to prepare; it moves with the ETA.

A cancelled booking retracts it; a check-in closes it.
"""

from collections.abc import Iterable

from agents.moment import Moment, Proposal, Withdraw
from agents.phrases import ARRIVAL, cautions, clock, draft, history, language_of, speaks
from agents.rule import Rule
from feature_store.features.stay import Stay
from feature_store.record import slice_of
from schemas.events.hotel import HotelArrival, HotelBooking, HotelCheckin, HotelCheckout

GRACE = 30 * 60.0
"""Seconds after the expected arrival during which the alert still stands."""
NEAR = 7 * 86_400.0
"""Seconds ahead within which somebody is on the way; booking systems say 9999 for a time they don't know."""
PREPARED = {
    "temperature": "Set the room to {} °C.",
    "wine": "Have the {} waiting.",
    "pillow": "Pillow: {}.",
    "floor": "Floor: {}.",
    "room": "Room: {}.",
}


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw]:
    event = moment.event
    if not isinstance(event, HotelArrival | HotelBooking | HotelCheckin | HotelCheckout):
        return
    booking = event.data.booking_id
    stay = slice_of(moment.client, "stay").stays.get(booking)
    if stay is None:
        return
    if stay.cancelled:
        yield Withdraw(action="hotel_arrival", ref=booking, status="retracted")
    elif stay.step:
        yield Withdraw(action="hotel_arrival", ref=booking, status="done")
    elif stay.eta and -GRACE < stay.eta / 1000 - moment.now < NEAR:
        yield _arrival(moment, booking, stay)


def _arrival(moment: Moment, booking: str, stay: Stay) -> Proposal:
    eta, site = stay.eta / 1000, moment.maison.site(stay.site)
    at = clock(eta, site.timezone if site else "UTC")
    party = f", {_party(stay.heads)}" if stay.heads else ""
    avoid = cautions(moment)
    if language_of(moment) is None:
        avoid.append("Language unknown: ask, do not guess.")
    return Proposal(
        action="hotel_arrival",
        ref=booking,
        site=stay.site,
        purpose="service",
        title=f"Arriving at {at}" + (f" by {stay.by}" if stay.by else ""),
        why=[
            f"Expected at {at}{party}{', already checked in remotely' if stay.remote else ''}.",
            *speaks(moment),
            *history(moment),
            *_prepared(moment),
        ],
        say=draft(moment, ARRIVAL),
        avoid=avoid,
        urgency=4,
        valid_to=eta + GRACE,
        due=eta,
        value=1.0,
        escalate=600.0,
        updates=True,
        silence=0.0,
    )


def _prepared(moment: Moment) -> list[str]:
    stated = ((text, moment.profile(f"preferences.{field}")) for field, text in PREPARED.items())
    said = [text.format(value) for text, value in stated if value]
    return said or ["No preference on file: ask before arrival, do not assume."]


def _party(heads: int) -> str:
    adults, children = divmod(heads, 100)
    said = f"{adults} adult{'s' if adults != 1 else ''}"
    return said + (f" and {children} child{'ren' if children != 1 else ''}" if children else "")


RULE = Rule(
    name="hotel_arrival",
    wakes=frozenset({HotelArrival, HotelBooking, HotelCheckin, HotelCheckout}),
    propose=_propose,
)
