"""Browsing: never flaunted, and without consent not used."""

from random import Random
from typing import Any

from agents.moment import Proposal
from agents.phrase import Phrase, facts_of
from schemas.alerts import Recommendation
from tests import builders as a
from tests.guarding import Case, Slip

DRAWN = Phrase("drawn to bags lately", "taste.bags")
LEFT = Phrase("Left a cart online", "session.cart")


def profiled(state: str = "all") -> Any:
    return a.record_of(a.consent(a.NOON - 60, "profiling", state, card="c1"))


CASES = {
    "a reason, with consent": Case(client=profiled(), proposal={"why": [DRAWN]}, passes=True),
    "a reason, without": Case(proposal={"why": [DRAWN]}, passes=False),
    "a title, with consent": Case(client=profiled(), proposal={"title": LEFT}, passes=True),
    "a title, consent taken back": Case(client=profiled("none"), proposal={"title": LEFT}, passes=False),
    "to say, whatever they allow": Case(client=profiled(), proposal={"say": DRAWN}, passes=False),
    "words that tell it": Case(
        client=profiled(), proposal={"say": Phrase("Your cart is waiting.", "language")}, passes=False
    ),
    "a caution": Case(proposal={"avoid": [LEFT]}, passes=True),
    "what was tried in the boutique": Case(
        proposal={"say": Phrase("The bag you tried is here.", "handled.tried")}, passes=True
    ),
}
FACTS = (
    "session.cart", "session.views", "taste.bags", "leanings.colour", "leanings.band", "glances.articles",
    "glances.wished", "facts.views",
)  # fmt: skip
TOLD = (
    "You looked at the Aurore bag.", "We saw that you viewed it twice.", "Your wishlist has news.",
    "Votre panier vous attend.", "Vous avez consulté la Nuit.", "Il suo carrello L'aspetta.",
    "Ihr Warenkorb wartet.", "Su carrito le espera.", "您浏览过的包", "您的购物车", "閲覧された品",
    "カートの品", "장바구니에 담으신 가방", "Have you been browsing? you browsed bags",
)  # fmt: skip


def slips(random: Random) -> Slip:
    """Something seen online, said to the client; or told to staff of somebody who does not allow it."""
    fact, told = random.choice(FACTS), random.choice(TOLD)
    if random.random() < 0.5:
        say = random.choice([Phrase("A word.", "language", fact), Phrase(told, "language"), told])
        client = random.choice([profiled(), profiled("none"), a.record_of()])
        return Slip(moment=a.moment(client=client), proposal=a.proposal(say=say), wrong=_speaks)
    seen = Phrase("Seen online", fact)
    said: dict[str, Any] = random.choice(
        [
            {"title": seen},
            {"why": [a.REASON, seen]},
            {"recommendations": [Recommendation(sku="bag-aurore", why=seen)]},
        ]
    )
    client = random.choice([profiled("none"), a.record_of(a.profile(card="c1")), a.record_of()])
    return Slip(moment=a.moment(client=client), proposal=a.proposal(**said), wrong=_used(fact))


def _speaks(left: Proposal) -> bool:
    return left.say is not None


def _used(fact: str) -> Any:
    def wrong(left: Proposal) -> bool:
        shown = [article.why for article in left.recommendations]
        return any(fact in facts_of(text) for text in (left.title, *left.why, *shown))

    return wrong
