"""Somebody the house declares important is in it: the manager of that place hears of it, in person.

Who that is, a manager says of a client (`preferences.vip`), or the house of a segment (`important = true` in
its file). Never what somebody spent: a segment that asks for money can't be important. Of who has left, whose
check-in was an error, or of a visit that is told too late, nobody hears. What stands says what one would now:
of a mourning that is noted meanwhile no draft, and nothing of who is important no more.
"""

from collections.abc import Iterable

from agents.drafts import draft, speaking
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import cautions, looked_after
from agents.rule import Rule
from agents.staying import is_here, quiet_for
from agents.visits import earlier, over
from feature_store.feature import short
from feature_store.record import slice_of
from schemas.events.client import ClientCase, ClientEmotion, ClientProfile, ClientReview
from schemas.events.hotel import HotelBooking, HotelCheckin, HotelCheckout
from schemas.events.store import StoreCheckin, StoreLeave
from schemas.maison import Person

ACTION = "very_important"
VIP = "vip"
LASTS = 2 * 3600.0
SILENCE = 12 * 3600.0
MARKS = ("true", "yes")


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    event, timer = moment.event, moment.timer
    if isinstance(event, StoreLeave) and earlier(moment):
        return
    if isinstance(event, HotelBooking | HotelCheckout) and is_here(moment, event.data.site):
        return  # of two rooms they keep one
    if isinstance(event, StoreLeave | HotelBooking | HotelCheckout):
        taken_back = isinstance(event, HotelBooking)
        yield Withdraw(action=ACTION, ref=event.data.site, status="retracted" if taken_back else "done")
        yield Again(due=0, name=f"{VIP}:{event.data.site}")
    elif isinstance(event, StoreCheckin | HotelCheckin):
        yield from _left(moment)
        late = moment.at + LASTS <= moment.now or (isinstance(event, StoreCheckin) and earlier(moment))
        if not late and _declared(moment) and _manager(moment, event.data.site):
            yield Again(due=min(moment.at, moment.now), name=f"{VIP}:{event.data.site}")
    elif moment.told_more or isinstance(event, ClientCase | ClientEmotion):
        for entry in moment.open_of(ACTION):  # by itself, lest what looks after them outrank it
            yield Again(due=moment.now, name=f"{VIP}:{entry.ref}")
    elif timer is not None:
        site, why = timer.name.partition(":")[2], _declared(moment)
        manager, stands = _manager(moment, site), moment.is_open(ACTION, site)
        if why and manager is not None:
            yield _word(moment, site, manager, why, stands)
        elif stands:
            yield Withdraw(action=ACTION, ref=site, status="retracted")


def _left(moment: Moment) -> Iterable[Withdraw]:
    """Boutiques where they are no more: a guest of a hotel who goes shopping is still its guest."""
    for gone in over(moment, ACTION):
        if (site := moment.maison.site(gone.ref)) is not None and site.kind == "boutique":
            yield gone


def _declared(moment: Moment) -> Phrase | None:
    """By whom the client is declared important, if by anybody."""
    if str(moment.profile("preferences.vip")).lower() in MARKS:
        return Phrase("Declared important by the house", "preferences.vip")
    held = set(slice_of(moment.client, "segments").held)
    found = next((s for s in moment.maison.segments if s.important and s.id in held), None)
    return Phrase(f"In the segment: {found.name}", "segments.held") if found else None


def _manager(moment: Moment, site: str) -> Person | None:
    """Who answers for a site."""
    managers = (one for one in moment.maison.staff if one.role == "manager")
    return next((one for one in managers if moment.maison.works_at(one.id, site)), None)


def _word(moment: Moment, site: str, manager: Person, why: Phrase, stands: bool) -> Proposal:
    place = moment.maison.site(site)
    ends = [entry.until for entry in moment.open_of(ACTION) if entry.ref == short(site)]
    hotel = place is not None and place.kind == "hotel"
    return Proposal(
        action=ACTION,
        ref=site,
        site=site,
        staff=manager.id,
        purpose="service",
        present=True,
        title=speaking(
            moment, f"Is at {place.name if place else site}", "stay.site" if hotel else "recency.visit"
        ),
        why=[why, *looked_after(moment)],
        say=draft(moment, "welcome"),
        avoid=[Phrase("A welcome that others are not given: a word is enough"), *cautions(moment)],
        success="The manager has greeted the client, or has chosen not to",
        urgency=4,
        valid_to=min(ends, default=moment.at + LASTS),
        value=0.8,
        updates=stands,
        silence=quiet_for(moment, ACTION, site, SILENCE),
    )


RULE = Rule(
    name=ACTION,
    wakes=frozenset(
        {
            *(ClientCase, ClientEmotion, ClientProfile, ClientReview, StoreCheckin, StoreLeave),
            *(HotelBooking, HotelCheckin, HotelCheckout),
        }
    ),
    timers=frozenset({VIP}),
    propose=_propose,
)
