"""B1: a known client enters a boutique; whoever is on duty learns who it is and how to welcome them."""

from collections.abc import Iterable

from agents.moment import Moment, Proposal
from agents.phrases import WELCOME, cautions, draft, history, language_of, speaks
from agents.rule import Rule
from feature_store.record import BY_NAME, slice_of
from schemas.alerts import Recommendation
from schemas.events.store import StoreCheckin

SHOWN = 3
LASTS = 45 * 60.0


def _propose(moment: Moment) -> Iterable[Proposal]:
    event = moment.event
    if not isinstance(event, StoreCheckin) or not moment.known:
        return
    recommendations = _recommendations(moment) if moment.allows("profiling") else []
    avoid = cautions(moment)
    if language_of(moment) is None:
        avoid.append("Language unknown: ask, do not guess.")
    if not moment.allows("profiling"):
        avoid.append("No consent for profiling: no word of the web or of what was looked at.")
    yield Proposal(
        action="boutique_welcome",
        ref=event.data.site,
        site=event.data.site,
        purpose="service",
        present=True,
        title="A client has just come in",
        why=[*speaks(moment), *history(moment)] or ["Known to the house."],
        say=draft(moment, WELCOME),
        avoid=avoid,
        recommendations=recommendations,
        urgency=5,
        valid_to=moment.at + LASTS,
        value=1.0,
        escalate=180.0,
        silence=3600.0,
    )


def _recommendations(moment: Moment) -> list[Recommendation]:
    """Articles of the categories liked most now, the cart's first; never gift-like guesses on gender."""
    articles = {a.sku: a for a in moment.maison.catalogue}
    cart = [s for s in slice_of(moment.client, "session").cart if s in articles]
    liked = BY_NAME["taste"].values(slice_of(moment.client, "taste"), moment.now)
    gender = moment.profile("gender")
    found = [Recommendation(sku=s, why="was in the client's own cart") for s in cart]
    for category, weight in liked.items():
        if weight < 0.25:
            break
        for article in moment.maison.catalogue:
            fits = article.gender is None or gender is None or article.gender == gender
            if article.category == category and article.sku not in cart and fits:
                found.append(Recommendation(sku=article.sku, why=f"likes {category}"))
                break
    return found[:SHOWN]


RULE = Rule(name="boutique_welcome", wakes=frozenset({StoreCheckin}), propose=_propose)
