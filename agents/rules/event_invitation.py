"""C4: an invitation to a private event of the house, for those whom it is likely to please.

Four weeks to five days before it begins, to clients whose tastes or segments its `tags` name. How many places
are taken no single client's record can know: where the file says among how many it is likely to please, about
as many are drawn as it holds, always the same ones; the host has the last word.
"""

from collections.abc import Iterable, Iterator
from zlib import crc32

from agents.book import BOOK, DAY, Window, earliest, habits, keeper_of, known_to, reaching
from agents.drafts import draft, speaking
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import clock_at, reasons
from agents.rule import Rule
from agents.tastes import liked
from feature_store.record import slice_of
from schemas.events.client import ClientAppointment, ClientProfile
from schemas.events.store import StoreCheckin, StorePurchase
from schemas.occasion import Occasion

BEFORE, UNTIL = 28 * DAY, 5 * DAY
DRAWS = 10_000


def _windows(moment: Moment) -> Iterator[tuple[Window, Occasion]]:
    """Events to come to which this client may be invited, but for their taste: that is asked at the time."""
    if keeper_of(moment) is None:
        return
    for event in moment.maison.events:
        at = event.at.timestamp()
        if at - UNTIL > moment.now and _drawn(moment, event) and not _spoken_of(moment, event):
            yield Window(at - BEFORE, at - UNTIL, every=7 * DAY), event


def _drawn(moment: Moment, event: Occasion) -> bool:
    """Whether this client is among as many as there are places, drawn by nothing but who they are."""
    if event.among is None:
        return True
    draw = crc32(f"{event.id}|{moment.part}".encode()) % DRAWS
    return draw * event.among < event.capacity * DRAWS


def _spoken_of(moment: Moment, event: Occasion) -> bool:
    """Whether they were invited already, whatever they answered."""
    known = slice_of(moment.client, "appointments").kept.values()
    return any(one.event and one.site == event.site and one.at == int(event.at.timestamp()) for one in known)


def _due(moment: Moment) -> float | None:
    return earliest(moment, (window for window, _ in _windows(moment)))


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    if isinstance(moment.event, ClientAppointment):
        for event in moment.maison.events:
            if _spoken_of(moment, event):
                yield Withdraw(action="event_invitation", ref=event.id, status="done")
    elif moment.timer is not None:
        for window, event in _windows(moment):
            why = _fits(moment, event)
            if window.open(moment.now) and why is not None:
                yield _invite(moment, window, event, why)
                return


def _fits(moment: Moment, event: Occasion) -> Phrase | None:
    """Why it is likely to please; None where nothing says so."""
    for category, why in liked(moment).items():
        if category in event.tags:
            return Phrase(why[:1].upper() + why[1:], *why.facts)
    held = slice_of(moment.client, "segments").held
    for segment in moment.maison.segments:
        if segment.id in event.tags and segment.id in held:
            return Phrase(f"One of those we call: {segment.name}", f"segments.{segment.id}")
    last = slice_of(moment.client, "orders").last
    article = moment.house.articles.get(last.sku) if last else None
    if article is not None and not {article.collection, article.category}.isdisjoint(event.tags):
        return Phrase(f"Chose {article.name}", "orders.last")
    return (
        Phrase("A client of yours: everybody you look after is welcome", "advisor")
        if not event.tags
        else None
    )


def _invite(moment: Moment, window: Window, event: Occasion, why: Phrase) -> Proposal:
    site, when = moment.maison.site(event.site), clock_at(moment, event.site, event.at.timestamp())
    place = Phrase(f"{event.name}, {site.name if site else event.site} {when}, {event.capacity} places")
    return reaching(
        moment,
        window,
        action="event_invitation",
        ref=event.id,
        title=speaking(moment, f"Invite to {event.name}"),
        why=reasons([why], [place], known_to(moment), habits(moment)),
        say=draft(moment, "event_invitation", event=event.name),
        avoid=[Phrase("Promising a place: ask the host first"), Phrase("Naming other guests")],
        success="The client accepts, and comes",
        value=0.6,
    )


RULE = Rule(
    name="event_invitation",
    wakes=frozenset({ClientAppointment}),
    timers=frozenset({BOOK}),
    propose=_propose,
    due=_due,
    moves=frozenset({ClientAppointment, ClientProfile, StoreCheckin, StorePurchase}),
)
