"""B1: a known client enters a boutique; whoever is on duty learns who it is and how to welcome them.

When the client leaves, the card goes.
"""

from collections.abc import Iterable

from agents import elsewhere
from agents.drafts import draft, speaking
from agents.moment import Moment, Proposal, Withdraw
from agents.phrase import Phrase
from agents.phrases import cautions, history, looked_after, noted, reasons, sizes
from agents.rule import Rule
from agents.tastes import liked
from feature_store.features.session import Session, settled_at
from feature_store.record import slice_of
from schemas.alerts import Recommendation
from schemas.events.store import StoreCheckin, StoreLeave

SHOWN = 3
LASTS = 45 * 60.0


def _propose(moment: Moment) -> Iterable[Proposal | Withdraw]:
    event = moment.event
    if isinstance(event, StoreLeave):
        for action in ("boutique_welcome", elsewhere.ACTION):
            yield Withdraw(action=action, ref=event.data.site, status="done")
    if not isinstance(event, StoreCheckin) or not moment.known:
        return
    avoid = cautions(moment)
    if not moment.allows("profiling"):
        avoid.append(Phrase("Any word of what was seen online: no consent", "consent.profiling"))
    yield Proposal(
        action="boutique_welcome",
        ref=event.data.site,
        site=event.data.site,
        purpose="service",
        present=True,
        title=speaking(moment, "Just came in"),
        why=reasons(history(moment), noted(moment), looked_after(moment), sizes(moment)),
        say=draft(moment, "welcome_back", "facts.visits") if _met(moment) else draft(moment, "welcome"),
        avoid=avoid,
        success="Somebody greets the client and stays with them",
        recommendations=_recommendations(moment, event.data.site),
        urgency=5,
        valid_to=moment.at + LASTS,
        value=1.0,
        escalate=180.0,
        silence=3600.0,
    )


def _met(moment: Moment) -> bool:
    """Whether somebody of the house has seen this client before; an order may have been placed online."""
    facts = slice_of(moment.client, "facts")
    return bool(facts.visits > 1 or facts.stays)


def _recommendations(moment: Moment, site: str) -> list[Recommendation]:
    """Articles of the categories liked most now, the cart's first; never gift-like guesses on gender.

    Nor what the boutique does not have, nor what was just bought or brought back, unless it lies in the cart
    again. What the client says they like comes before what their steps say, which is read only where the
    client allows it.
    """
    articles = {a.sku: a for a in moment.maison.catalogue}
    session: Session = slice_of(moment.client, "session")
    cart = [s for s in session.cart if s in articles] if moment.allows("profiling") else []
    gender = moment.profile("gender")
    if gender not in {a.gender for a in moment.maison.catalogue}:  # said in other words: not to be guessed
        gender = None
    carted = Phrase("in the online cart: show it, never say so", "session.cart")
    found = [Recommendation(sku=s, why=carted) for s in cart]
    for category, why in liked(moment).items():
        for article in moment.maison.catalogue:
            fits = article.gender is None or gender is None or article.gender == gender
            known = article.sku in cart or settled_at(session, article.sku) is not None
            here = moment.maison.in_stock(site, article.sku)
            if article.category == category and fits and here and not known:
                found.append(Recommendation(sku=article.sku, why=why))
                break
    return found[:SHOWN]


RULE = Rule(name="boutique_welcome", wakes=frozenset({StoreCheckin, StoreLeave}), propose=_propose)
