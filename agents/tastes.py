"""Categories of the house that a client likes now, and how that is known."""

from agents.declared import interests, names
from agents.moment import Moment
from agents.phrase import Phrase
from feature_store.record import BY_NAME, slice_of

FAINT = 0.25
"""Weight below which a taste is a passing glance: a view read two half-lives later."""
DRAWN = frozenset({"boutique_welcome"})
"""Actions that show articles because of a taste."""


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
