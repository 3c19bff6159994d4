"""H2: what was served changes what is offered next: never the drink they have had, and something they like.

After a service the next hour of the house's card (breakfast, tea, dinner) has one suggestion at most: a
drink, a table, a dish. What was had, what was offered before, and what an allergy forbids is left out; what
the guest says they like comes first, then what most guests alike take at that hour. A suggestion is taken
back when the guest says what forbids it, and is over when they have had it, whoever brought it.
"""

from collections.abc import Iterable
from datetime import timedelta

from agents.allergens import kept_off
from agents.averse import stated_in
from agents.comfort import asked_for
from agents.drafts import draft, language_of
from agents.forecasts.stay_preference import alike
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.names import goes_by, same, words_of
from agents.phrase import Phrase
from agents.phrases import cautions, clock_at
from agents.rule import Rule
from agents.staying import booking_of, local, lodged, on_the_day, staying
from feature_store.feature import short
from feature_store.features.attention import last_said
from feature_store.features.served import Had, had
from feature_store.features.stay import HERE, Stay
from feature_store.record import slice_of
from schemas.alerts import Recommendation
from schemas.events.client import ClientProfile, ClientReview
from schemas.events.hotel import HotelCheckout, HotelService
from schemas.hospitality import Hour, Offer

ACTION = "during_stay"
HOURS: dict[Hour, float] = {"breakfast": 7.0, "tea": 15.0, "dinner": 18.0}
"""When staff hear of it, by the hotel's clock."""
LASTS = 2.5 * 3600.0
STAY = 21 * 86_400.0
"""Seconds for which the same is not suggested again: longer than a stay."""
HINT = "hint"


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    if moment.told_more or isinstance(moment.event, HotelService):
        yield from _outdated(moment)
    stay, booking = staying(moment), booking_of(moment)
    if isinstance(moment.event, HotelCheckout):
        offered = {short(_ref(booking, offer)) for offer in moment.maison.menu}
        for entry in moment.open_of(ACTION):
            if entry.ref in offered:
                yield Withdraw(action=ACTION, ref=entry.ref, status="done")
    elif stay is None or stay.step != HERE or stay.cancelled:
        return
    elif isinstance(moment.event, HotelService):
        _, begins = _next(moment, stay, moment.at)
        yield Again(due=begins, name=f"{HINT}:{short(booking)}")
    elif moment.timer is not None:
        hour, begins = _next(moment, stay, moment.now - LASTS)
        if begins > moment.now:
            yield Again(due=begins)
        elif (offer := _chosen(moment, stay, booking, hour)) is not None:
            yield _suggestion(moment, stay, booking, hour, offer, begins + LASTS)


def _outdated(moment: Moment) -> Iterable[Withdraw]:
    """Suggestions that stand, and would not be made any more."""
    if not moment.open_of(ACTION):
        return
    for booking in slice_of(moment.client, "stay").stays:
        things = had(slice_of(moment.client, "served"), booking)
        for offer in moment.maison.menu:
            if moment.is_open(ACTION, ref := _ref(booking, offer)):
                if _had(offer, things):
                    yield Withdraw(action=ACTION, ref=ref, status="done")
                elif kept_off(moment, offer) is not None:
                    yield Withdraw(action=ACTION, ref=ref, status="retracted")


def _next(moment: Moment, stay: Stay, after: float) -> tuple[Hour, float]:
    """The hour of the card that begins next after a time, and when."""
    there = local(moment.maison, stay.site, after)
    for day in (there, there + timedelta(days=1)):
        for hour, at in HOURS.items():
            if (begins := on_the_day(day, at)) > after:
                return hour, begins
    raise AssertionError("tomorrow has a breakfast")


def _chosen(moment: Moment, stay: Stay, booking: str, hour: Hour) -> Offer | None:
    things = had(slice_of(moment.client, "served"), booking)
    attention = slice_of(moment.client, "attention")
    fits = [
        offer
        for offer in moment.maison.menu
        if hour in offer.at
        and kept_off(moment, offer) is None
        and not _had(offer, things)
        and last_said(attention, ACTION, _ref(booking, offer)) is None
    ]
    return min(fits, key=lambda o: (not _liked(moment, o), not _usual(moment, stay, hour, o)), default=None)


def _had(offer: Offer, things: list[Had]) -> bool:
    return offer.eaten and any(goes_by(offer, one.item) for one in things if one.item)


def _liked(moment: Moment, offer: Offer) -> Phrase | None:
    """Why it should please, where something says so."""
    for field in ("likes", "wine"):
        for word in map(str, stated_in(moment, [field])):
            if _names(word, offer):
                return Phrase(f"Says they like {word}", f"preferences.{field}")
    for word in asked_for(moment, "wine"):
        if _names(word, offer):
            return Phrase(f"Asked for {word} before", "habits.wine")
    return None


def _names(word: str, offer: Offer) -> bool:
    """Whether it is a name of the offer, and not one that no letter says: a 🍷 may be anything."""
    return bool(words_of(word)) and goes_by(offer, word)


def _usual(moment: Moment, stay: Stay, hour: Hour, offer: Offer) -> Phrase | None:
    """That it is what guests alike take, where most do."""
    usual = alike(hour, stay, moment.priors)
    if usual is None or usual.word != offer.id:
        return None
    return Phrase(f"Not known; {usual.came} of {usual.seen} {usual.who} here took it then", "stay.party")


def _suggestion(moment: Moment, stay: Stay, booking: str, hour: Hour, offer: Offer, until: float) -> Proposal:
    liked = _liked(moment, offer) or _usual(moment, stay, hour, offer)
    lately = _lately(moment, stay, booking)
    called = offer.called.get(language_of(moment) or "")
    return Proposal(
        action=ACTION,
        ref=_ref(booking, offer),
        site=stay.site,
        purpose="personalisation",
        title=Phrase(f"For {hour}: {offer.name}"),
        why=[*([liked] if liked else []), *lately, *lodged(moment, stay)]
        or [Phrase("On the card, not had yet")],
        say=draft(moment, ACTION, offer=called) if called else None,
        avoid=[*_again(moment, stay, booking), *cautions(moment)],
        recommendations=[Recommendation(sku=offer.id, why=liked or Phrase("new to them in this stay"))],
        success="The guest takes it, or is glad to have been asked",
        urgency=2,
        valid_to=until,
        value=0.4,
        silence=STAY,
    )


def _ref(booking: str, offer: Offer) -> str:
    return f"{short(booking)}:{offer.id}"


def _lately(moment: Moment, stay: Stay, booking: str) -> list[Phrase]:
    things = [one for one in had(slice_of(moment.client, "served"), booking) if one.item]
    if not things:
        return []
    when = clock_at(moment, stay.site, things[-1].at)
    return [Phrase(f"Had {things[-1].item} {when}", "served.lately")]


def _again(moment: Moment, stay: Stay, booking: str) -> list[Phrase]:
    today = local(moment.maison, stay.site, moment.now).date()
    told: list[str] = []
    for one in had(slice_of(moment.client, "served"), booking):
        recent = local(moment.maison, stay.site, one.at).date() == today
        if one.item and recent and not any(same(one.item, before) for before in told):
            told.append(one.item)
    return [Phrase(f"Again today: {', '.join(told)}", "served.lately")] if told else []


RULE = Rule(
    name=ACTION,
    wakes=frozenset({ClientProfile, ClientReview, HotelService, HotelCheckout}),
    timers=frozenset({HINT}),
    propose=_propose,
)
