"""H3: on the eve of leaving, how they travel on and where they might go next; at the door nobody has to ask.

A stay that is prolonged takes the card back until its new eve, and so does another booking that goes on there
from that day: some systems prolong by one. Of several rooms it is told once. Where the house expects them
next is told; places are named only to who allows it.
"""

from collections.abc import Iterable
from datetime import timedelta

from agents.drafts import draft
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.onward import onward
from agents.phrase import Phrase
from agents.phrases import cautions, clock_at
from agents.rule import Rule
from agents.staying import (
    OF_A_STAY,
    ahead,
    asked_anew,
    booking_of,
    expected_at,
    leaves_at,
    local,
    lodged,
    on_the_day,
    quiet_for,
    requested,
    room_of,
    staying,
    told_at,
)
from feature_store.feature import short
from feature_store.features.stay import HERE, Stay
from feature_store.record import slice_of
from schemas.events.client import ClientReview
from schemas.events.hotel import HotelBooking, HotelCheckin, HotelCheckout

ACTION = "farewell"
EVE = 17.0
"""Hour of the eve, by the hotel's clock."""
QUIET = 20 * 3600.0
LEAVES = "leave"


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    if moment.parted:
        yield from asked_anew(moment, LEAVES)
        return
    stay, booking = staying(moment), short(booking_of(moment))
    if stay is None:
        return
    if isinstance(moment.event, HotelBooking):  # what it changes for the stay that it follows
        yield from (one for one in asked_anew(moment, LEAVES) if one.name != f"{LEAVES}:{booking}")
    leaves = leaves_at(moment.maison, stay)
    if isinstance(moment.event, HotelCheckout) or stay.cancelled:
        yield Withdraw(action=ACTION, ref=booking, status="retracted" if stay.cancelled else "done")
        yield Again(due=0, name=f"{LEAVES}:{booking}")
    elif stay.step != HERE or leaves is None or leaves <= moment.now:
        return
    elif _stays_on(moment, stay):
        yield Withdraw(action=ACTION, ref=booking, status="retracted")
    elif (eve := _eve(moment, stay, leaves)) > moment.now:
        yield Withdraw(action=ACTION, ref=booking, status="retracted")
        yield Again(due=eve, name=f"{LEAVES}:{booking}")
    elif isinstance(moment.event, OF_A_STAY):
        yield Again(due=moment.now, name=f"{LEAVES}:{booking}")
    elif booking == told_at(moment, ACTION, same := _rooms(moment, stay)):
        yield _goodbye(moment, stay, [one for b, one in same.items() if b != booking], booking, leaves)


def _stays_on(moment: Moment, stay: Stay) -> bool:
    """Whether another booking of theirs goes on there from the day on which this one ends."""
    ends, following = stay.arrival + stay.nights, (one for _, one in ahead(moment) if one.site == stay.site)
    return any(one.arrival <= ends < one.arrival + one.nights for one in following)


def _rooms(moment: Moment, stay: Stay) -> dict[str, Stay]:
    """All that a guest has there until that day: they leave together, and are asked once."""
    stays, until = slice_of(moment.client, "stay").stays, stay.arrival + stay.nights
    here = {booking: one for booking, one in stays.items() if one.step == HERE and not one.cancelled}
    return {b: one for b, one in here.items() if (one.site, one.arrival + one.nights) == (stay.site, until)}


def _beside(rooms: list[Stay]) -> list[Phrase]:
    named = ", ".join(room_of(one) for one in rooms if one.room)
    return [Phrase(f"Leaves with them: {named}", "stay.room")] if named else []


def _next(moment: Moment, leaves: float) -> list[Phrase]:
    """Where the house expects them next: whoever arranges the way on knows where it leads."""
    coming = [(at, one.site) for _, one in ahead(moment) if (at := expected_at(moment, one)) is not None]
    for at, id in sorted(coming):
        if at > leaves and (site := moment.maison.site(id)) is not None:
            return [Phrase(f"Expected next at {site.name} {clock_at(moment, id, at)}", "stay.arrival")]
    return []


def _eve(moment: Moment, stay: Stay, leaves: float) -> float:
    return on_the_day(local(moment.maison, stay.site, leaves) - timedelta(days=1), EVE)


def _goodbye(moment: Moment, stay: Stay, beside: list[Stay], booking: str, leaves: float) -> Proposal:
    when = clock_at(moment, stay.site, leaves)
    came = f"; came by {stay.by}" if stay.by else ""
    return Proposal(
        action=ACTION,
        ref=booking,
        site=stay.site,
        purpose="service",
        title=Phrase(f"Leaves {when}", "stay.departure"),
        why=[
            Phrase(f"No transfer on file: ask{came}", "stay.by"),
            *_next(moment, leaves),
            *requested(moment, booking),
            *lodged(moment, stay),
            *_beside(beside),
        ],
        say=draft(moment, ACTION, "stay.departure"),
        avoid=cautions(moment),
        recommendations=onward(moment) if moment.allows("personalisation") else [],
        success="The way on is arranged before the guest asks, or they come back within two years",
        urgency=3,
        valid_to=leaves,
        due=leaves,
        value=0.5,
        updates=True,
        silence=quiet_for(moment, ACTION, booking, QUIET),
    )


RULE = Rule(
    name=ACTION,
    wakes=frozenset({ClientReview, HotelBooking, HotelCheckin, HotelCheckout}),
    timers=frozenset({LEAVES}),
    propose=_propose,
)
