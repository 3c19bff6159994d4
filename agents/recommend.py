"""Articles for a client and a moment: what they have shown they want, what they are drawn to, what goes with
what they have; each unlike those before it, and with why. Pure.

More are named than a card shows: guards take out what may not be shown, and the first that are left stand.
"""

from collections.abc import Iterable, Mapping, Sequence
from heapq import nlargest

from agents.articles import in_hand, wished
from agents.moment import Moment
from agents.phrase import Phrase
from agents.tastes import Taste, taste_of
from feature_store.feature import CATEGORY, code_of
from feature_store.features.handled import BOUGHT, DECLINED, TRIED, Handled
from feature_store.record import slice_of
from feature_store.tally import is_chosen
from schemas.alerts import Recommendation
from schemas.article import Article

POOL = 10
"""Articles that are named; guards look at each."""
SHELVES = 6
"""Words of taste whose articles are looked through."""
WEIGHTS = {CATEGORY: 1.0, "l": 0.5, "o": 0.4, "m": 0.35, "c": 0.3, "f": 0.25, "z": 0.1}
"""What a word of taste counts, by its axis."""
GROUNDS = frozenset({CATEGORY, "l"})
"""Axes on which a word alone is reason enough: a black ring is none for whoever likes black bags."""
ALIKE = {CATEGORY: 0.5, "l": 0.25, "m": 0.15, "c": 0.1}
"""How much alike two articles are that share a word, by its axis."""
CARTED, WISHED, HELD = 3.0, 2.0, 1.0
"""What it counts that an article lies in the cart, is wished for, was tried and not put back."""
TOGETHER = 4.0
"""What it counts that all who chose something of theirs chose it too."""
TELLING = 0.05
"""Score below which an article is no recommendation but a guess."""

IN_CART = Phrase("in the online cart: show it, never say so", "session.cart")
ON_LIST = Phrase("on their wish list: show it, never say so", "glances.wished")
TRIED_ON = Phrase("tried it, and did not put it back", "handled.tried")


Ranked = tuple[float, Article, Phrase]
"""What an article scores, and the best reason to show it. A purchase in a category makes it score 0.67."""


def recommend(moment: Moment) -> list[Recommendation]:
    """Of all articles of the house, the best first; empty where nothing is known."""
    return [Recommendation(sku=article.sku, why=why) for _, article, why in ranked(moment)]


def ranked(moment: Moment, among: Iterable[Article] | None = None) -> list[Ranked]:
    """Of all articles of the house, or `among` some. O(articles on the shelves of what the client likes)."""
    taste = taste_of(moment)
    wanted = _wanted(moment)
    hand = in_hand(moment) if moment.allows("profiling") else {}
    scored: list[Ranked] = []
    beside = _beside(moment, hand)
    for article in _candidates(moment, taste, wanted, beside) if among is None else among:
        if _made_for(moment, article):
            score, why = _score(moment, article, taste, wanted, hand, beside)
            if score >= TELLING:
                scored.append((score, article, why))
    return _diverse(moment, scored)


def _wanted(moment: Moment) -> dict[str, tuple[float, Phrase]]:
    """What the client put aside for themselves online, where that may be read."""
    if not moment.allows("profiling"):
        return {}
    coded = moment.house.coded
    listed = {coded[code].sku: (WISHED, ON_LIST) for code in wished(moment) if code in coded}
    cart = dict.fromkeys(slice_of(moment.client, "session").cart, (CARTED, IN_CART))
    return {**cart, **{sku: wish for sku, wish in listed.items() if sku not in cart}}


def _beside(moment: Moment, hand: Mapping[int, Handled]) -> dict[int, tuple[float, Phrase]]:
    """Articles that others chose with what the client chose: how much, and with which."""
    found: dict[int, tuple[float, Phrase]] = {}
    for one in hand.values():
        article = moment.house.coded.get(one.code)
        if article is None or not is_chosen(one.steps):
            continue
        why = Phrase(
            f"often chosen with their {article.name}"
            if one.steps & BOUGHT
            else f"goes with the {article.name}",
            "handled.bought" if one.steps & BOUGHT else "handled.tried",
        )
        for code, like in moment.together.beside.get(one.code, {}).items():
            if like > found.get(code, (0.0, why))[0]:
                found[code] = like, why
    return found


def _candidates(moment: Moment, taste: Taste, wanted: Iterable[str], beside: Iterable[int]) -> list[Article]:
    house = moment.house
    shares = {
        word: share * WEIGHTS[word[0]] for word, share in taste.shares.items() if _is_ground(word, taste)
    }
    found = {sku: house.articles[sku] for sku in wanted if sku in house.articles}
    for code in beside:
        if (article := house.coded.get(code)) is not None:
            found[article.sku] = article
    for word in nlargest(SHELVES, shares, key=lambda word: (shares[word], word)):
        found |= {article.sku: article for article in house.shelves.get(word, ())}
    return [*found.values()]


def _is_ground(word: str, taste: Taste) -> bool:
    return word[0] in GROUNDS or word in taste.said


def _made_for(moment: Moment, article: Article) -> bool:
    """Not for others, where the client says what they are in the catalogue's own words: no guess."""
    gender = moment.profile("gender")
    return article.gender is None or gender not in moment.house.genders or gender == article.gender


def _score(
    moment: Moment,
    article: Article,
    taste: Taste,
    wanted: dict[str, tuple[float, Phrase]],
    hand: Mapping[int, Handled],
    beside: dict[int, tuple[float, Phrase]],
) -> tuple[float, Phrase]:
    words = (CATEGORY + article.category, *moment.house.marks[article.sku].words)
    worth = {word: WEIGHTS[word[0]] * taste.shares.get(word, 0.0) for word in words}
    grounds = {word: worth[word] for word in words if _is_ground(word, taste) and worth[word]}
    score = sum(worth.values()) if grounds else 0.0
    why = taste.why(max(grounds, key=lambda word: grounds[word])) if grounds else Phrase("")
    code = code_of(article.sku)
    if code in beside:
        like, with_which = beside[code]
        why = with_which if TOGETHER * like > max(grounds.values(), default=0.0) else why
        score += TOGETHER * like
    known = hand.get(code)
    if known is not None and known.steps & TRIED and not known.steps & (DECLINED | BOUGHT):
        score, why = score + HELD, TRIED_ON
    if article.sku in wanted:
        more, why = wanted[article.sku]
        score += more
    return score, why


def _diverse(moment: Moment, scored: Sequence[Ranked]) -> list[Ranked]:
    """By maximal marginal relevance (Carbonell and Goldstein, 1998), a likeness halving what is left."""
    left = nlargest(2 * POOL, scored, key=lambda one: one[0])
    words = [_likening(moment, article) for _, article, _ in left]
    likeness = dict.fromkeys(range(len(left)), 0.0)
    chosen: list[Ranked] = []
    while likeness and len(chosen) < POOL:
        best = max(likeness, key=lambda n: (left[n][0] * (1 - likeness[n] / 2), -n))
        del likeness[best]
        chosen.append(left[best])
        for n in likeness:
            alike = sum([ALIKE[word[0]] for word in words[n] & words[best]])
            likeness[n] = max(likeness[n], alike)
    return chosen


def _likening(moment: Moment, article: Article) -> frozenset[str]:
    """The words of an article by which it is like another."""
    words = (CATEGORY + article.category, *moment.house.marks[article.sku].words)
    return frozenset(word for word in words if word[0] in ALIKE)
