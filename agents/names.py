"""Whether two names may be those of one thing to drink or to eat. Pure.

They are compared by the words that tell things apart: a "Verbena Tea" at breakfast is a verbena infusion at
four. Whatever can't be told apart is taken to be the same.
"""

import re
from functools import lru_cache

from agents.moment import Moment, Proposal
from feature_store.feature import CUT, plain
from schemas.hospitality import Offer

_WORDS = re.compile(r"[^\W_]+")


def words_of(text: str) -> frozenset[str]:
    """The words of a text, without case or accents.

    >>> sorted(words_of("Thé à la Verveine"))
    ['a', 'la', 'the', 'verveine']
    """
    return frozenset(_WORDS.findall(plain(text)))


GENERIC = words_of(
    "tea thé te tee chá infusion infuso infusión aufguss tisane tisana herbal coffee café caffè kaffee "
    "juice jus succo saft zumo water eau acqua wasser agua wine vin vino wein red white rosé rouge blanc "
    "blanche rosso bianco rot weiß tinto blanco champagne cocktail beer bière birra bier cerveza hot iced "
    "cold sparkling still glass verre bicchiere glas copa bottle bouteille bottiglia flasche botella cup "
    "one two three "
    "tasse tazza pot half large small double single fresh of a an de du des la le les l d di del della "
    "dei da von of with et and e und y con avec the for"
)
"""Words that say what kind of thing it is, or how much of it, and not which."""


def same(one: str, other: str) -> bool:
    """Whether two names may be those of one thing; one that says nothing may be anything.

    >>> same("Verbena tea", "pot of verbena infusion"), same("verbena tea", "mint tea")
    (True, False)
    >>> same("tea", "mint tea"), same("a pot of a glass of S…", "Sancerre")
    (True, True)
    """
    a, b = words_of(_whole(one)), words_of(_whole(other))
    if not (a and b):
        return True
    telling, others = a - GENERIC, b - GENERIC
    if (one.endswith(CUT) and not telling) or (other.endswith(CUT) and not others):
        return True
    if telling and others:
        return not telling.isdisjoint(others) or _within(telling, others)
    return not a.isdisjoint(b)


def _whole(name: str) -> str:
    """A name that was cut to be kept, without the word it was cut in."""
    return name[: -len(CUT)].rpartition(" ")[0] if name.endswith(CUT) else name


def goes_by(offer: Offer, name: str) -> bool:
    """Whether a name may be that of an offer."""
    return any(same(known, name) for known in offer.names)


def _within(some: frozenset[str], others: frozenset[str]) -> bool:
    """Where words are not set apart by spaces, one name stands within the other."""
    pairs = ((x, y) for x in some for y in others if not (x.isascii() or y.isascii()))
    return any(x in y or y in x for x, y in pairs)


def offered(moment: Moment, proposal: Proposal) -> list[Offer]:
    """What of the house's card a proposal speaks of: by its id, or by any of its names in title and draft."""
    ids = {*proposal.subject, *(one.sku for one in proposal.recommendations)}
    there = words_of(f"{proposal.title} {proposal.say or ''}")
    return [
        offer
        for offer in moment.maison.menu
        if offer.id in ids or any(_stands_in(name, there) for name in offer.names)
    ]


def speaks_of(text: str, name: str) -> bool:
    """Whether a text has a thing's name in it: every word that tells it apart.

    >>> speaks_of("May I bring a verbena infusion?", "Verbena tea"), speaks_of("Mint tea?", "verbena tea")
    (True, False)
    """
    return _stands_in(name, words_of(text))


def _stands_in(name: str, there: frozenset[str]) -> bool:
    telling = _telling(name)
    if telling <= there:
        return bool(telling)
    return not name.isascii() and all(one in there or _within(frozenset({one}), there) for one in telling)


@lru_cache(4096)
def _telling(name: str) -> frozenset[str]:
    """The words of a name that tell the thing apart; where none does, all of them."""
    words = words_of(name)
    return (words - GENERIC) or words
