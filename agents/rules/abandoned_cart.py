"""B2: a known client left a cart that deserves a person and not a mail; their advisor hears of it.

Half an hour of silence after the last touch of the session makes a cart abandoned. It deserves a person
where what lies in it is worth at least what an article of the house is, by its median; a cart of which no
article is known can't tell. What lies in it was seen online: besides the consent to be written to, it takes
the one to be profiled.
"""

from collections.abc import Iterable
from typing import Any

from agents.book import usual_channel
from agents.channels import refused
from agents.drafts import draft, speaking
from agents.moment import Again, Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import cautions, history, on_day, reasons, sizes
from agents.rule import Rule
from feature_store.features.session import LIVE, Session, settled_at
from feature_store.record import slice_of
from schemas.alerts import Recommendation
from schemas.events.client import ClientConsent, ClientReview
from schemas.events.store import StorePurchase
from schemas.events.web import WebCart
from schemas.maison import Person

LASTS = 2 * 86_400.0
KIND = "cart"
IN_CART = Phrase("in the cart", "session.cart")


def _set(record: Any, event: WebCart, at: float) -> tuple[str, float]:
    """Of one that was emptied at once: what is open tells of what is not in it."""
    emptied = event.data.quantity == 0 and not slice_of(record, "session").cart
    return KIND, at if emptied else at + LIVE


def _bought(record: Any, event: StorePurchase, at: float) -> tuple[str, float] | None:
    return (KIND, 0.0) if not slice_of(record, "session").cart else None


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw | Again]:
    session: Session = slice_of(moment.client, "session")
    if isinstance(moment.event, ClientConsent):
        if not moment.allows("profiling"):
            yield Withdraw(action="abandoned_cart", ref="cart", status="retracted")
    elif isinstance(moment.event, StorePurchase):
        if not session.cart:
            yield Withdraw(action="abandoned_cart", ref="cart", status="done")
    elif isinstance(moment.event, ClientReview):
        if moment.was is not None and _bought_by(slice_of(moment.was, "session"), session):
            yield Withdraw(action="abandoned_cart", ref="cart", status="done")
    elif session.cart and moment.now - session.last < LIVE:
        yield Again(due=session.last + LIVE)
    elif not session.cart and moment.is_open("abandoned_cart", "cart"):
        yield Withdraw(action="abandoned_cart", ref="cart", status="retracted")
    elif moment.known and moment.advisor and _worth_a_person(moment, session.cart):
        yield _keep(moment, session, moment.advisor)


def _bought_by(before: Session, now: Session) -> bool:
    """Whether somebody who turns out to be the client has bought since what they left in the cart."""
    bought = (settled_at(now, sku) or 0 for sku in before.cart)
    return bool(before.cart) and (now.paid >= before.carted or min(bought) >= before.carted)


def _worth_a_person(moment: Moment, cart: list[str]) -> bool:
    articles, middling = moment.house.articles, moment.house.middling
    prices = [articles[sku].price for sku in cart if sku in articles]
    return bool(prices) and middling is not None and sum(prices) >= middling


def _keep(moment: Moment, session: Session, advisor: Person) -> Proposal:
    last = moment.house.articles.get(session.cart[-1])
    left = f"{last.name if last else 'An article'} left in the cart {on_day(moment, session.last)}"
    return Proposal(
        action="abandoned_cart",
        ref="cart",
        site=advisor.sites[0] if advisor.sites else None,
        staff=advisor.id,
        purpose="one_to_one",
        contact=True,
        also=("profiling",),
        channel=usual_channel(moment),
        title=speaking(moment, "Left a cart online", "session.cart"),
        why=reasons([Phrase(left, "session.cart", "recency.touch")], history(moment), sizes(moment)),
        say=draft(moment, "abandoned_cart"),
        avoid=[
            Phrase("Any word of the cart or the website: offer to put a piece aside", "session.cart"),
            *refused(moment, "one_to_one"),
            *cautions(moment),
        ],
        success="The client answers, or buys within two weeks",
        recommendations=[Recommendation(sku=s, why=IN_CART) for s in session.cart],
        subject=tuple(session.cart),
        urgency=2,
        valid_to=moment.at + LASTS,
        hold_or_drop="hold",
        value=0.5,
        silence=3 * 86_400.0,
    )


RULE = Rule(
    name="abandoned_cart",
    wakes=frozenset({StorePurchase, ClientConsent, ClientReview}),
    timers=frozenset({KIND}),
    propose=_propose,
    clocks={WebCart: _set, StorePurchase: _bought},
)
