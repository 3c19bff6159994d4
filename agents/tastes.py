"""What a client is drawn to now, and how that is known: what they say comes before what their steps say.

A word of taste is a category behind a `k`, or what articles differ in behind a letter of `AXES`: `kbags`,
`cred`.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from agents.articles import in_hand
from agents.declared import interests, names, stems
from agents.moment import Moment
from agents.phrase import Phrase
from feature_store.decay import HALF_LIFE
from feature_store.feature import AXES, CATEGORY
from feature_store.features.glances import glances
from feature_store.features.handled import BLAMED, BOUGHT, DECLINED, GIVEN
from feature_store.record import BY_NAME, slice_of

FAINT = 0.25
"""Weight below which a taste is a passing glance: a view read two half-lives later."""
DRAWN = frozenset({"boutique_welcome", "new_arrival", "wish_elsewhere"})
"""Actions that show articles because of a taste."""
SAID = 16.0
"""What a word counts that the client says of themselves: twice a purchase."""
INTENT, HOUR = 6.0, 3600.0
"""What an article counts that is being looked at, and in how long that halves: the visit under way."""
KEPT, LASTING = 4.0, 730 * 86_400.0
"""What an article counts that was bought for themselves and kept, and in how long that halves."""
DOUBT = 4.0
"""Weight at which a word that stands alone on its axis counts half."""
LIKES = ("preferences.likes", "preferences.colour", "preferences.material", "preferences.collection")


class Taste(NamedTuple):
    """`shares`: word -> 0 to 1, what of its axis is this word's, less where little is known.

    facts: word -> the fact that tells of it most. said: the words that the client says.
    """

    shares: dict[str, float]
    facts: dict[str, str]
    said: frozenset[str]

    def why(self, word: str) -> Phrase:
        """Why something of that word is shown."""
        liked, fact = word[1:], self.facts[word]
        if word in self.said:
            return Phrase(f"told us of a taste for {liked}", fact)
        if fact == "handled.bought":
            return Phrase(f"bought {liked} before", fact)
        return Phrase(f"drawn to {liked} lately", fact)


def liked(moment: Moment) -> dict[str, Phrase]:
    """Category -> why, most liked first: what the client says comes before what their steps say."""
    categories = dict.fromkeys(article.category for article in moment.maison.catalogue)
    found: dict[str, Phrase] = {}
    for interest in interests(moment.client, moment.now):
        found |= {
            c: Phrase(f"told us of a taste for {c}", "licences.interest")
            for c in categories
            if names(interest, c) and c not in found
        }
    if moment.allows("profiling"):
        taste = BY_NAME["taste"].values(slice_of(moment.client, "taste"), moment.now)
        lately = {
            c: Phrase(f"drawn to {c} lately", f"taste.{c}") for c, weight in taste.items() if weight >= FAINT
        }
        found |= {category: why for category, why in lately.items() if category not in found}
    return found


def taste_of(moment: Moment) -> Taste:
    """What the client is drawn to; O(words of the record)."""
    weights: dict[str, float] = {}
    facts: dict[str, str] = {}
    for word, fact in _said(moment):
        weights[word] = weights.get(word, 0.0) + SAID
        facts.setdefault(word, fact)
    said = frozenset(weights)
    if moment.allows("profiling"):
        most: dict[str, float] = {}
        for word, weight, fact in _stepped(moment):
            weights[word] = weights.get(word, 0.0) + weight
            if word not in said and weight > most.get(word, 0.0):
                most[word], facts[word] = weight, fact
    return Taste(_shares(weights), facts, said)


def _said(moment: Moment) -> Iterator[tuple[str, str]]:
    """Words of the house that the client says they like, and the fact that tells of it."""
    told = [(interest, "licences.interest") for interest in interests(moment.client, moment.now)]
    for field in LIKES:
        value = moment.profile(field)
        told += [(str(one), field) for one in (value if isinstance(value, list) else [value]) if one]
    named = moment.house.named
    for words, fact in told:
        for said in stems((words,)):
            for word in named.get(said, ()):
                yield word, fact


def _stepped(moment: Moment) -> Iterator[tuple[str, float, str]]:
    """Word, weight, and the fact that tells of it."""
    client, now = moment.client, moment.now
    for category, weight in BY_NAME["taste"].values(slice_of(client, "taste"), now).items():
        yield CATEGORY + category, weight, f"taste.{category}"
    leanings: dict[str, Any] = BY_NAME["leanings"].values(slice_of(client, "leanings"), now)
    for letter, axis in AXES.items():
        for value, weight in leanings.get(axis, {}).items():
            yield letter + value, weight, f"leanings.{axis}"
    for one in in_hand(moment).values():
        article = moment.house.coded.get(one.code)
        if article is None or not one.steps & BOUGHT or one.steps & (GIVEN | DECLINED | BLAMED):
            continue
        kept = KEPT * 0.5 ** (max(0.0, now - one.at) / LASTING)
        for word in (CATEGORY + article.category, *moment.house.marks[article.sku].words):
            yield word, kept, "handled.bought"
    for glance in glances(slice_of(client, "glances")):
        article = moment.house.coded.get(glance.code)
        if article is None:
            continue
        age = max(0.0, now - glance.at)
        live = INTENT * 0.5 ** (age / HOUR)
        yield CATEGORY + article.category, live, "glances.articles"
        for word in moment.house.marks[article.sku].words:
            yield word, glance.looks * 0.5 ** (age / HALF_LIFE) + live, "glances.articles"


def _shares(weights: dict[str, float]) -> dict[str, float]:
    axes: dict[str, float] = {}
    for word, weight in weights.items():
        axes[word[0]] = axes.get(word[0], DOUBT) + weight
    return {word: weight / axes[word[0]] for word, weight in weights.items() if weight >= FAINT}
