"""How intimate each fact is, who may know it, who may say it, and what an action must be worth to use it.

A fact is named as the record's view names it: a field of the profile by itself (`name`,
`preferences.wine`), a value of a feature behind its feature (`facts.spend`). `x.*` stands for all that is
not named; what no row names is intimate. A maison may raise a fact, never lower it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

Circle = Literal["assigned", "serving", "free", "manager", "team", "house", "privacy"]
"""What a reader is to the client.

assigned: the client's advisor. serving: who has the client before them, by an open alert or a stay. free: an
advisor, concierge or manager, where nobody is assigned. manager: of a site of the client's advisor. team: on
duty beside whoever serves, or a shared screen. house: everybody else. privacy: who answers for rights.
"""
TIERS = ("public manners", "service preference", "relationship", "intimate")
"""What each tier is, by its number."""
KNOWS: Mapping[Circle, int] = {
    "assigned": 3, "serving": 2, "free": 2, "manager": 2, "team": 1, "house": 1, "privacy": 3,
}  # fmt: skip
"""The highest tier a circle may know."""
MENTIONS: Mapping[Circle, int] = {
    "assigned": 3, "serving": 2, "free": 2, "manager": 1, "team": 1, "house": 0, "privacy": -1,
}  # fmt: skip
"""The highest tier a circle may say to the client."""
DEMANDS = (0.0, 0.0, 0.3, 0.6)
"""What acceptance of an action must be worth, 0 to 1, before it may use a fact of a tier."""


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One row. `also`: circles that know it though its tier is above theirs; `unsaid`: nobody says it."""

    tier: int
    says: str
    also: tuple[Circle, ...] = ()
    unsaid: bool = False


_WHO_SERVES: tuple[Circle, ...] = ("serving", "free", "manager", "team")
_WHO_SELLS: tuple[Circle, ...] = ("free", "manager")

FACTS: Mapping[str, Fact] = {
    "language": Fact(tier=0, says="to speak with the client"),
    "gender": Fact(tier=0, says="how to address the client"),
    "timezone": Fact(tier=0, says="when not to call"),
    "deceased": Fact(tier=1, unsaid=True, says="whoever comes in their place is met knowing it"),
    "country": Fact(tier=1, says="whose law consent is under"),
    "advisor": Fact(tier=1, says="whose client it is"),
    "sizes.*": Fact(tier=1, says="ring, shoe, wrist, any other"),
    "preferences.temperature": Fact(tier=1, says="of the room"),
    "preferences.wine": Fact(tier=1, says="and what else to pour"),
    "preferences.pillow": Fact(tier=1, says=""),
    "preferences.floor": Fact(tier=1, says=""),
    "preferences.room": Fact(tier=1, says=""),
    "preferences.likes": Fact(tier=2, says="what an advisor noted of their taste, in words"),
    "preferences.dislikes": Fact(tier=2, says="what an advisor noted of their taste, in words"),
    "preferences.avoid": Fact(tier=1, says="what not to say, show or serve"),
    "preferences.*": Fact(tier=2, says="any other word: a house asks for what it has not thought of"),
    "preferences.allergies": Fact(tier=3, also=_WHO_SERVES, says="health; who serves must know"),
    "preferences.accessibility": Fact(tier=3, also=_WHO_SERVES, says="health; who serves must know"),
    "preferences.diet": Fact(tier=3, also=_WHO_SERVES, says="health or religion; who serves must know"),
    "preferences.children": Fact(tier=3, says="and their names"),
    "preferences.partner": Fact(tier=3, says=""),
    "preferences.gifts": Fact(tier=3, unsaid=True, says="given, and to whom"),
    "preferences.health": Fact(tier=3, says=""),
    "preferences.religion": Fact(tier=3, says=""),
    "preferences.wealth": Fact(tier=3, unsaid=True, says=""),
    "name": Fact(tier=2, also=("team",), says="who may not know it reads an alias"),
    "preferences.vip": Fact(tier=3, also=("serving", "manager"), unsaid=True, says="important to the house"),
    "email": Fact(tier=2, says="an address; records hold what stands for it"),
    "phone": Fact(tier=2, says="a number; records hold what stands for it"),
    "birth_date": Fact(tier=2, says=""),
    "residences": Fact(tier=2, says="cities or quarters"),
    "profession": Fact(tier=3, says=""),
    "facts.visits": Fact(tier=1, says="how often the client came"),
    "facts.purchases": Fact(tier=1, says="how many, never of how much"),
    "facts.returns": Fact(tier=1, says=""),
    "facts.messages": Fact(tier=1, says="how many the client wrote"),
    "facts.views": Fact(tier=2, unsaid=True, says="pages looked at"),
    "facts.bookings": Fact(tier=2, says="a boutique need not know of a hotel"),
    "facts.stays": Fact(tier=2, says="a boutique need not know of a hotel"),
    "facts.spend": Fact(tier=3, also=_WHO_SELLS, unsaid=True, says="wealth"),
    "monetary.*": Fact(tier=3, also=_WHO_SELLS, unsaid=True, says="wealth"),
    "value.*": Fact(tier=3, also=_WHO_SELLS, unsaid=True, says="scores; nobody is ranked at the door"),
    "referral.*": Fact(tier=3, also=_WHO_SELLS, unsaid=True, says="whom the client brought"),
    "influence.*": Fact(tier=3, unsaid=True, says="whom the client follows, or is"),
    "sharing.*": Fact(tier=2, unsaid=True, says="how recently, how often and how much the client told"),
    "segments.*": Fact(tier=3, also=_WHO_SELLS, unsaid=True, says="groups the house sees the client in"),
    "frequency.*": Fact(tier=1, unsaid=True, says="rhythm of orders"),
    "orders.*": Fact(tier=2, says="the first and the last order: when and what, never of how much"),
    "gifts.*": Fact(tier=3, unsaid=True, says="bought for others: when, and what"),
    "appointments.*": Fact(tier=1, says="what was promised: whoever meets the client must know"),
    "relation.*": Fact(tier=1, says="who of the house has met the client"),
    "replies.*": Fact(tier=1, unsaid=True, says="on what and when the client answers"),
    "contacts.*": Fact(tier=1, unsaid=True, says="when the house last reached out"),
    "recency.*": Fact(tier=1, says="when the client was last here"),
    "taste.*": Fact(tier=1, unsaid=True, says="categories the client is drawn to"),
    "leanings.*": Fact(tier=1, unsaid=True, says="materials, colours ... the client is drawn to"),
    "leanings.band": Fact(tier=3, also=_WHO_SELLS, unsaid=True, says="wealth: what price they are drawn to"),
    "glances.*": Fact(tier=2, unsaid=True, says="articles looked at online"),
    "glances.wished": Fact(tier=2, unsaid=True, says="articles wished for online"),
    "handled.*": Fact(tier=2, unsaid=True, says="what became of articles the client had in hand"),
    "handled.tried": Fact(tier=1, says="what was tried before somebody of the house"),
    "handled.bought": Fact(tier=1, says="what was bought before somebody of the house"),
    "fatigue.*": Fact(tier=1, unsaid=True, says="which articles were proposed, and refused"),
    "session.*": Fact(tier=2, unsaid=True, says="what was looked at online, what lies in the cart"),
    "stay.*": Fact(tier=2, also=("team",), says="dates, room, party, expected arrival"),
    "requests.*": Fact(tier=2, also=("team",), says="what was asked for with a booking, in words"),
    "served.*": Fact(tier=2, also=("team",), says="what was served during a stay"),
    "habits.allergies": Fact(tier=3, also=_WHO_SERVES, says="health, as it was asked for during a stay"),
    "habits.*": Fact(tier=1, says="temperature, pillow, floor, wine as asked for during a stay"),
    "journeys.*": Fact(tier=2, says="hotels the guest has stayed in, and when"),
    "consent.*": Fact(tier=1, says="what the client allows"),
    "cases.quiet": Fact(tier=1, unsaid=True, says="that nothing is offered now, and never why"),
    "cases.repair": Fact(tier=1, says="and how far it is"),
    "cases.delivery": Fact(tier=1, says="and how far it is"),
    "cases.complaint": Fact(tier=1, says="and how far it is"),
    "cases.dispute": Fact(tier=2, says="and how far it is"),
    "cases.*": Fact(tier=3, says="mourning and illness: the client's own"),
    "mood.not_today": Fact(tier=1, unsaid=True, says="the client asked to be left in peace"),
    "mood.joy": Fact(tier=2, unsaid=True, says="that something delighted the client"),
    "mood.*": Fact(tier=3, also=_WHO_SERVES, unsaid=True, says="what was perceived of the client"),
    "entourage.discreet": Fact(tier=3, unsaid=True, says="who is never mentioned"),
    "entourage.*": Fact(tier=3, says="who matters to the client"),
    "surprises.*": Fact(tier=3, unsaid=True, says="gifts that are still a secret"),
    "attention.*": Fact(tier=1, unsaid=True, says="what was proposed to staff"),
    "quality.*": Fact(tier=1, unsaid=True, says="how good the record is"),
    "licences.*": Fact(tier=2, says="what the client licenses to the house of themselves"),
    "grants.*": Fact(tier=1, says="what crosses between houses, under which grant"),
    "links.*": Fact(tier=1, unsaid=True, says="how many records are this client"),
    "notes.0": Fact(tier=0, says="noted as public manners"),
    "notes.1": Fact(tier=1, says="noted as a service preference"),
    "notes.2": Fact(tier=2, says="noted as a relationship, or without a tier"),
    "notes.3": Fact(tier=3, says="noted as intimate"),
    "words": Fact(tier=2, says="a sentence that does not say what it rests on; words a person wrote"),
}  # fmt: skip

UNKNOWN = Fact(tier=3, says="what no row names")


def row_of(fact: str) -> str:
    """The row a fact stands in, `*` where none does. What a client's own words name is never repeated.

    >>> row_of("preferences.wine"), row_of("preferences.truffles"), row_of("sizes.ring"), row_of("aura.blue")
    ('preferences.wine', 'preferences.*', 'sizes.*', '*')
    """
    if fact in FACTS:
        return fact
    group = fact.partition(".")[0] + ".*"
    return group if group in FACTS else "*"


def tier_of(fact: str, raised: Mapping[str, int]) -> int:
    """The tier of a fact in a maison that raised some."""
    row = row_of(fact)
    if not raised:
        return FACTS.get(row, UNKNOWN).tier
    return max(FACTS.get(row, UNKNOWN).tier, raised.get(fact, 0), raised.get(row, 0))


def may_know(fact: str, circle: Circle, raised: Mapping[str, int]) -> bool:
    """Whether a circle may know a fact. A raised one is known by its tier alone.

    >>> may_know("preferences.allergies", "serving", {}), may_know("preferences.allergies", "house", {})
    (True, False)
    """
    said, tier = FACTS.get(row_of(fact), UNKNOWN), tier_of(fact, raised)
    return tier <= KNOWS[circle] or (circle in said.also and tier == said.tier)


def may_mention(fact: str, circle: Circle, raised: Mapping[str, int]) -> bool:
    """Whether a circle may say to the client that the house knows a fact."""
    said = FACTS.get(row_of(fact), UNKNOWN)
    return not said.unsaid and tier_of(fact, raised) <= MENTIONS[circle] and may_know(fact, circle, raised)


def demanded(facts: Iterable[str], raised: Mapping[str, int]) -> float:
    """What an action must be worth, 0 to 1, to use all of these facts.

    >>> demanded(["sizes.ring", "session.cart"], {}), demanded([], {})
    (0.3, 0.0)
    """
    return max((DEMANDS[tier_of(fact, raised)] for fact in facts), default=0.0)


def wrongly_raised(raised: Mapping[str, int]) -> Iterator[str]:
    """All that is wrong with a maison's table `[tiers]`, in words.

    >>> [*wrongly_raised({"sizes.ring": 2, "name": 1})]
    ["tiers: 'name' is of tier 2 and may only be raised, to 3"]
    """
    for fact, tier in raised.items():
        row = row_of(fact)
        if row == "*":
            yield f"tiers: {fact!r} is no fact: see docs/discretion.md"
        elif not FACTS[row].tier <= tier <= 3:
            yield f"tiers: {fact!r} is of tier {FACTS[row].tier} and may only be raised, to 3"
