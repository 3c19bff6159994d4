"""L1: a card written by hand, with a proposed signatory: whoever the client would be touched to hear from.

| when | who signs |
| --- | --- |
| some days after a piece that a designer of the house drew, not brought back, not a gift | the designer |
| after a first stay, where the hotel has a director | the director |
| one, five, ten years ... after the first purchase, early enough for the post | their advisor |
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal

import msgspec

from agents.book import BOOK, DAY, Window, earliest, keeper_of, known_to, reaching
from agents.drafts import draft, speaking
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import noted, on_day, reasons
from agents.rule import Rule
from feature_store.anniversaries import anniversary
from feature_store.features.orders import Orders, came_back
from feature_store.features.stay import LEFT, Stays
from feature_store.record import slice_of
from schemas.article import Article
from schemas.events.client import ClientReview
from schemas.events.hotel import HotelCheckout
from schemas.events.store import StorePurchase, StoreReturn
from schemas.maison import Person
from schemas.occasion import Designer
from schemas.wording import many

PIECE, STAY = (4 * DAY, 14 * DAY), (2 * DAY, 12 * DAY)
POST = (12 * DAY, 4 * DAY)
"""How long before a day a card is written."""
KEPT = (1, *range(5, 101, 5))
"""Years that are marked."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """`words`: the draft; `since`: what it is written for, Unix seconds; `signs`: whose hand.

    `site`: the hotel at which it is written, where it is not written at the client's advisor's.
    """

    window: Window
    words: Literal["card_piece", "card_stay", "card_years"]
    since: float
    signs: Person | Designer
    article: Article | None = None
    site: str | None = None

    @property
    def ref(self) -> str:
        """What it is about."""
        return f"{self.words} {int(self.since)}"


def _cards(moment: Moment) -> Iterator[Card]:
    yield from _piece(moment)
    yield from _stay(moment)
    yield from _years(moment)


def _piece(moment: Moment) -> Iterator[Card]:
    orders: Orders = slice_of(moment.client, "orders")
    last = orders.last
    if last is None or not last.sku or not moment.maison.designers or came_back(orders):
        return
    article = moment.house.articles.get(last.sku)
    drew = next((d for d in moment.maison.designers if article and d.id == article.designer), None)
    if drew is not None:
        window = Window(last.at + PIECE[0], last.at + PIECE[1])
        yield Card(window=window, words="card_piece", since=last.at, signs=drew, article=article)


def _stay(moment: Moment) -> Iterator[Card]:
    if slice_of(moment.client, "facts").stays != 1:
        return
    stays: Stays = slice_of(moment.client, "stay")
    for stay in stays.stays.values():
        site = moment.maison.site(stay.site)
        director = moment.maison.person(site.director) if site else None
        if stay.step == LEFT and director is not None:
            window = Window(stay.step_at + STAY[0], stay.step_at + STAY[1])
            yield Card(window=window, words="card_stay", since=stay.step_at, signs=director, site=stay.site)


def _years(moment: Moment) -> Iterator[Card]:
    first, keeper = slice_of(moment.client, "frequency").first, keeper_of(moment)
    if not first or keeper is None:
        return
    began, now = (datetime.fromtimestamp(at, UTC) for at in (first, moment.now))
    for year in (now.year, now.year + 1):
        if year - began.year in KEPT:
            day = anniversary(began.date(), year)
            at = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
            yield Card(window=Window(at - POST[0], at - POST[1]), words="card_years", since=at, signs=keeper)


def _why(moment: Moment, card: Card) -> Phrase:
    if card.article is not None:
        chosen = f"{card.article.name}, chosen {on_day(moment, card.since)}, drawn by {card.signs.name}"
        return Phrase(chosen, "orders.last")
    if card.site is not None:
        return Phrase(f"First stay, left {on_day(moment, card.since)}", "facts.stays")
    day = datetime.fromtimestamp(card.since, UTC)
    years = day.year - datetime.fromtimestamp(slice_of(moment.client, "frequency").first, UTC).year
    return Phrase(f"A client for {many(years, 'year')} on {day:%-d %B}", "orders.first")


def _due(moment: Moment) -> float | None:
    return earliest(moment, (card.window for card in _cards(moment)))


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    if isinstance(moment.event, StoreReturn):
        last = slice_of(moment.client, "orders").last
        if last is not None and came_back(slice_of(moment.client, "orders")):
            yield Withdraw(action="handwritten_card", ref=f"card_piece {last.at}", status="retracted")
    elif moment.was is not None:  # another part may have bought before, or since
        now = {card.ref for card in _cards(moment)}
        for card in _cards(msgspec.structs.replace(moment, client=moment.was)):
            if card.ref not in now:
                yield Withdraw(action="handwritten_card", ref=card.ref, status="retracted")
    elif moment.timer is not None:
        for card in _cards(moment):
            if card.window.open(moment.now):
                yield _write(moment, card, _why(moment, card))


def _write(moment: Moment, card: Card, why: Phrase) -> Proposal:
    hotel = {"site": card.site, "staff": card.signs.id} if card.site else {}
    return reaching(
        moment,
        card.window,
        action="handwritten_card",
        ref=card.ref,
        title=speaking(moment, f"A card by hand, signed by {card.signs.name}", *why.facts),
        why=reasons([why], noted(moment), [] if card.site else known_to(moment)),
        say=draft(moment, card.words, *why.facts),
        avoid=[Phrase("Printing it, or adding an offer")],
        success="The card is sent; the client mentions it, or comes back",
        channel="mail",
        signatory=card.signs.id,
        urgency=1,
        value=0.5,
        **hotel,
    )


RULE = Rule(
    name="handwritten_card",
    wakes=frozenset({ClientReview, StoreReturn}),
    timers=frozenset({BOOK}),
    propose=_propose,
    due=_due,
    moves=frozenset({HotelCheckout, StorePurchase, StoreReturn}),
)
