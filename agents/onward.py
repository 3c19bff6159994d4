"""Where a guest might go next: places of the house's own list, each with its reason. Pure.

A place they have neither stayed in nor booked, for which something speaks: what they say they like, the
months they travel in, the season that comes. What they were seen to do is used only where they allow it.
"""

from datetime import UTC, datetime

from agents.averse import stated_in
from agents.declared import interests
from agents.moment import Moment
from agents.names import words_of
from agents.phrase import Phrase
from feature_store.features.journeys import Journeys
from feature_store.record import slice_of
from schemas.alerts import Recommendation
from schemas.hospitality import Destination

MOST = 3
SOON = 4
"""Months ahead for which a journey is thought of now."""
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
LIKED, TRAVELS, SEASON = 4, 2, 1
"""What each reason weighs: what is said comes before what is seen, and both before the calendar."""


def onward(moment: Moment) -> list[Recommendation]:
    """The places that most speaks for, three at most, best first; in the order of the house's list where as
    much does."""
    found = [(weight, nth, one) for nth, (weight, one) in enumerate(_weighed(moment)) if one is not None]
    found.sort(key=lambda scored: (-scored[0], scored[1]))
    return [one for _, _, one in found[:MOST]]


def _weighed(moment: Moment) -> list[tuple[int, Recommendation | None]]:
    stayed = slice_of(moment.client, "journeys")
    known = slice_of(moment.client, "stay").stays.values()
    booked = {stay.site for stay in known if stay.step or not stay.cancelled}
    likes = _likes(moment)
    return [
        _spoken_for(moment, place, stayed, likes)
        for place in moment.maison.destinations
        if place.site is None or place.site not in {*stayed.sites, *booked}
    ]


def _spoken_for(
    moment: Moment, place: Destination, stayed: Journeys, likes: dict[str, str]
) -> tuple[int, Recommendation | None]:
    weight, said, facts = 0, [], []
    told = set().union(*map(words_of, place.tastes)) if place.tastes else set()
    if liked := next((word for word in likes if not words_of(word).isdisjoint(told)), None):
        weight += LIKED
        said.append(f"likes {liked}")
        facts.append(likes[liked])
    months = _travelled(moment, stayed)
    if month := next((m for m in place.months if m in months), None):
        weight += TRAVELS
        said.append(f"at its best in {MONTHS[month - 1]}, when they travel")
        facts.append("journeys.months")
    elif month := _soon(moment, place):
        weight += SEASON
        said.append(f"at its best in {MONTHS[month - 1]}")
    return weight, Recommendation(sku=place.id, why=Phrase("; ".join(said), *facts)) if said else None


def _likes(moment: Moment) -> dict[str, str]:
    """What the client says they like -> the fact that it is."""
    found = {str(word): "preferences.likes" for word in stated_in(moment, ["likes"])}
    return dict.fromkeys(interests(moment.client, moment.now), "licences.interest") | found


def _travelled(moment: Moment, stayed: Journeys) -> set[int]:
    if not moment.allows("profiling"):
        return set()
    return {m for journey in stayed.sites.values() for m in range(1, 13) if journey.months >> m - 1 & 1}


def _soon(moment: Moment, place: Destination) -> int | None:
    """The next month at which it is at its best, within `SOON`."""
    this = datetime.fromtimestamp(moment.now, UTC).month
    coming = [(this + n - 1) % 12 + 1 for n in range(1, SOON + 1)]
    return next((month for month in coming if month in place.months), None)
