"""What was said of the people of two houses, in plain dictionaries: a recount that knows nothing of the code.

Which event said what of which identifier, who was said to be one with whom, who was erased.
"""

from collections import Counter
from collections.abc import Iterable

from schemas.who import oid_of
from tests import builders as a

Named = tuple[str, str, str]
"""(maison, kind, value) of an identifier."""

VALUES = {
    "client_id": ("ZQW-known-k1", "ZQW-known-k2"),
    "guest_id": ("ZQW-known-g1",),
    "card": ("ZQW-known-c1", "ZQW-known-c2"),
    "email": ("zqw1@x.fr", "zqw2@x.fr"),
}
"""Identifiers, the strongest kind first. Both houses have them all, each for people of its own."""
NAMED = [(kind, value) for kind, values in VALUES.items() for value in values]
STRENGTH = list(VALUES)
NUMBERS = ("client_id", "guest_id")
MARK = b"QZX!intimate"
"""In every intimate word, and in nothing else: too long to come about by chance in what is sealed."""
NOBODY = (b"ZQW-known-", b"zqw1@", b"zqw2@", b"Zyxelmann")
"""In every identifier, and in every name: in no store, message, log or metric."""
STATES = ("all", "one_to_one", "none")


class Book:
    """What was said, in the order in which it came in, and who is still to be known of it."""

    def __init__(self) -> None:
        self.facts: dict[Named, Counter[str]] = {}
        self.consents: dict[Named, dict[str, tuple[float, int]]] = {}
        self.advisors: dict[Named, tuple[float, str]] = {}
        self.words: dict[Named, list[bytes]] = {}
        self.pairs: dict[frozenset[Named], tuple[int, float, bool]] = {}
        """Pair -> the word that stands on it: how strong, when, and whether it parts."""
        self.erased: set[Named] = set()
        self.forgotten: set[Named] = set()
        """All who ever were erased."""
        self.back: dict[Named, float] = {}
        """Since when those are known again who were erased and came back."""
        self.described: set[Named] = set()
        """Who was ever described, and so may be linked by likeness alone."""

    def counted(self, one: Named, **facts: int) -> None:
        self.facts.setdefault(one, Counter()).update(facts)

    def paired(self, one: Named, other: Named, strength: int, at: float, parted: bool = False) -> None:
        pair = frozenset((one, other))
        self.pairs[pair] = max(self.pairs.get(pair, (-1, 0.0, False)), (strength, at, parted))

    def forget(self, some: Iterable[Named]) -> None:
        for one in some:
            self.erased.add(one)
            self.forgotten.add(one)
            for known in (self.facts, self.consents, self.advisors, self.words):
                known.pop(one, None)  # type: ignore[attr-defined]

    def near(self, one: Named, alike: frozenset[Named] = frozenset()) -> set[Named]:
        """All who can be reached by what was said, whoever may not be one with whom, or by likeness."""
        stated = [pair for pair, (_, _, parted) in self.pairs.items() if not parted]
        found, ahead = {one}, [one]
        while ahead:
            at = ahead.pop()
            for group in (*stated, alike):
                if at in group and (fresh := group - found):
                    found |= fresh
                    ahead += fresh
        return found

    def clear(self, some: set[Named]) -> bool:
        """Whether nothing speaks against these being one: one number of each kind, and nobody parted them."""
        kinds = Counter(kind for _, kind, _ in some)
        parts = any(parted and pair <= some for pair, (_, _, parted) in self.pairs.items())
        return not parts and all(kinds[kind] < 2 for kind in NUMBERS)


def strongest(*two: tuple[str, str]) -> tuple[str, str]:
    return min(two, key=lambda one: STRENGTH.index(one[0]))


def oid(one: Named) -> str:
    """What stands for an identifier wherever it is stored."""
    return oid_of(*one, a.PEPPER)
