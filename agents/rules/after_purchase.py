"""B2: some days after a purchase somebody asks how it wears, and offers the care it will need.

Ten to thirty days after the last order: the first days are the client's own. Not after a gift, which is
somebody else's to wear, nor after what was brought back.
"""

from collections.abc import Iterable

from agents.book import BOOK, DAY, Window, habits, known_to, reaching
from agents.drafts import draft, speaking
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import noted, on_day, reasons
from agents.rule import Rule
from feature_store.features.orders import Orders, came_back
from feature_store.record import slice_of
from schemas.events.client import ClientReview
from schemas.events.store import StorePurchase, StoreReturn

AFTER, UNTIL = 10 * DAY, 30 * DAY
CARE = {
    "bags": "how to keep the leather, and that we look after it for life",
    "shoes": "whether they fit after the first walks, soles, a shoehorn",
    "watches": "the length of the strap, the setting, the next service",
    "jewellery": "the size, an engraving, a cleaning before an occasion",
    "silk": "two ways to tie it, and how it is washed",
    "ready-to-wear": "whether it falls as it should, an alteration",
}
"""What to offer, by the categories houses commonly have; of another one nothing is guessed."""


def _window(moment: Moment) -> Window | None:
    orders: Orders = slice_of(moment.client, "orders")
    if orders.last is None or orders.last.gift or came_back(orders):
        return None
    return Window(orders.last.at + AFTER, orders.last.at + UNTIL)


def _due(moment: Moment) -> float | None:
    window = _window(moment)
    return window.next(moment) if window else None


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    window = _window(moment)
    if moment.timer is None:
        if window is None:
            yield Withdraw(action="after_purchase", ref="last", status="retracted")
    elif window is not None and window.open(moment.now):
        yield _ask(moment, window)


def _ask(moment: Moment, window: Window) -> Proposal:
    last = slice_of(moment.client, "orders").last
    article = moment.house.articles.get(last.sku)
    name = article.name if article else "The last purchase"
    care = CARE.get(article.category) if article else None
    bought = Phrase(f"{name}, bought {on_day(moment, last.at)}", "orders.last")
    offer = [Phrase(f"To offer: {care}", "orders.last")] if care else []
    return reaching(
        moment,
        window,
        action="after_purchase",
        ref="last",
        title=speaking(moment, "Ask how the last purchase wears", "orders.last"),
        why=reasons([bought], offer, noted(moment), known_to(moment), habits(moment)),
        say=draft(moment, "after_purchase", "recency.purchase"),
        avoid=[Phrase("Proposing another article: this is to listen")],
        success="The client answers, or comes by to have it looked after",
        subject=[last.sku] if last.sku else [],
        value=0.5,
    )


RULE = Rule(
    name="after_purchase",
    wakes=frozenset({ClientReview, StoreReturn}),
    timers=frozenset({BOOK}),
    propose=_propose,
    due=_due,
    moves=frozenset({StorePurchase, StoreReturn}),
)
