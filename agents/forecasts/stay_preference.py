"""What do guests like this one ask for: how warm, which pillow, which floor, which drink at which hour?

Each service that tells of a wish is a case as it comes, in nested cells: the hotel, and who is travelling.
Wishes are heard in words of the house's own, never in a guest's: half degrees, `PILLOWS`, `FLOORS`, and what
stands on the house's card. What somebody states, or was seen to want, is a fact and needs no forecast.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from agents.forecast import Closed, Lesson, Opened, Priors
from agents.moment import Moment
from agents.names import GENERIC, goes_by, speaks_of, words_of
from agents.shares import Shares, case_of, cell_of, which
from agents.staying import local
from feature_store.features.habits import degrees
from feature_store.features.stay import Stay, stay_of
from feature_store.record import slice_of
from feature_store.services import habit_of
from schemas.events.hotel import HotelService, StayData
from schemas.hospitality import Hour

NAME = "stay_preference"
LEAST = 30
"""Wishes of guests alike below which those of the whole hotel are asked, and of a hotel nothing is said."""
MOSTLY = 0.4
"""The share of guests alike from which on something is what they ask for."""
WITHIN = 1.0
"""Degrees around the middle that count as the same warmth."""
PILLOWS = {
    "down": "down duvet daune daunen piuma piumino plumón 羽绒 다운 ダウン",
    "feather": "feather feathers plume plumes piume pluma plumas feder federn 羽毛 깃털",
    "foam": "foam mousse mémoire schaum schiuma espuma 记忆棉 메모리폼 低反発",
    "latex": "latex lattice látex 乳胶 라텍스 ラテックス",
    "buckwheat": "buckwheat sarrasin saraceno buchweizen sarraceno 荞麦 메밀 そばがら",
}
FLOORS = {
    "high": "high higher top upper haut élevé alto alta hoch oben 高层 高層 고층",
    "low": "low lower ground bas basso bajo baja unten niedrig 低层 低層 저층",
}
_NAMED = {"pillow": PILLOWS, "floor": FLOORS}


class Alike(NamedTuple):
    """What `who` ask for: `came` of `seen` of their wishes. `word`: of `temperature`, degrees Celsius."""

    word: str
    who: str
    came: int
    seen: int


def alike(wish: str, stay: Stay, priors: Priors) -> Alike | None:
    """What guests alike ask for most. `wish`: `temperature`, `pillow`, `floor`; an hour of the card: a drink.

    None where too few have asked, or where they don't agree.
    """
    estimator: Shares | None = priors.get(NAME)
    who = _who(stay)
    for words in ((wish, stay.site, who), (wish, stay.site)):
        if estimator is not None and all(words) and estimator.seen(cell_of(*words)) >= LEAST:
            return _usual(wish, estimator, cell_of(*words), who if who in words else "guests")
    return None


def _usual(wish: str, estimator: Shares, cell: str, who: str) -> Alike | None:
    counts, shares = estimator.counts[cell], estimator.shares(cell)
    word = _middle(shares) if wish == "temperature" else max(shares, key=lambda word: (shares[word], word))
    same = [one for one in shares if one == word or _near(wish, one, word)]
    if sum(shares[one] for one in same) < MOSTLY:
        return None
    return Alike(word, who, round(sum(counts.get(one, 0.0) for one in same)), round(estimator.seen(cell)))


def _near(wish: str, one: str, other: str) -> bool:
    return wish == "temperature" and abs(float(one) - float(other)) <= WITHIN


def _middle(shares: dict[str, float]) -> str:
    """The median, of shares by degrees."""
    below = 0.0
    for word in (ordered := sorted(shares, key=float)):
        below += shares[word]
        if below >= 0.5:
            return word
    return ordered[-1]


def _who(stay: Stay) -> str:
    """Who is travelling, in a word; empty where the booking does not say."""
    if stay.party is None:
        return ""
    adults, children = stay.party
    return "families" if children else {1: "guests alone", 2: "couples"}.get(adults, "parties")


def _wished(moment: Moment, data: StayData) -> tuple[str, str] | None:
    """Of what a service tells, and what; None where it is no wish, or in no word of the house's own."""
    wish, item = habit_of(data.service or ""), data.item or ""
    if wish == "temperature":
        warm = degrees(item)
        return None if warm is None else (wish, f"{round(warm * 2) / 2:g}")
    if named := _NAMED.get(wish or ""):
        found = [word for word, said in named.items() if any(speaks_of(item, one) for one in said.split())]
        return (str(wish), found[0]) if len(found) == 1 else None
    if wish == "allergies" or words_of(item) <= GENERIC:
        return None
    drinks = [one.id for one in moment.maison.menu if one.kind == "drink" and goes_by(one, item)]
    return (_hour(moment, data.site), drinks[0]) if len(drinks) == 1 else None


def _hour(moment: Moment, site: str) -> Hour:
    hour = local(moment.maison, site, moment.at).hour
    return "breakfast" if hour < 12 else "tea" if hour < 18 else "dinner"


def _watch(moment: Moment) -> Iterable[Lesson]:
    event: Any = moment.event
    stay = stay_of(slice_of(moment.client, "stay"), event.data.booking_id)
    wished = _wished(moment, event.data)
    if stay is None or wished is None:
        return
    wish, word = wished
    ref = f"{event.source}|{event.id}"
    yield Opened(ref, case_of(cell_of(wish, stay.site, _who(stay) or "unknown"), {}, word))
    yield Closed(ref, 1)


FORECAST = which(NAME, HotelService, _watch)
