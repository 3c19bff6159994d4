"""What somebody stated of a client's fields, and which of two statements of a field is believed.

The more reliable source first, then what was verified, then what was said later. A page is believed least:
anybody may write into a page.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from schemas.sources import Kind, Source, declared

KINDS: tuple[str, ...] = get_args(Kind)
"""Stored by position: new ones go last. At the same rank the earlier is believed."""
UNKNOWN, PAGE = 1000, 1001
"""Ranks of a source the maison's file does not name, and of a page: no file can give them."""

Reason = Literal["a less reliable source", "not verified", "said earlier", "said at the same time"]


class Statement(msgspec.Struct, array_like=True):
    """Fields stated at once: code -> value. `at` in Unix milliseconds.

    standing: how far it is believed, less is more; a number of rank, kind and whether it was verified.
    """

    at: int
    standing: int
    source: str
    fields: dict[int | str, Any]


class Claim(NamedTuple):
    """One value of one field, as somebody stated it. `at` in Unix milliseconds."""

    value: Any
    at: int
    standing: int
    source: str

    @property
    def rank(self) -> int:
        """The rank of who said it, as the maison's file had it then."""
        return self.standing // (2 * len(KINDS))

    @property
    def kind(self) -> str:
        """first_party, partner or third_party; unknown; page."""
        if self.rank >= UNKNOWN:
            return "page" if self.page else "unknown"
        return KINDS[self.standing // 2 % len(KINDS)]

    @property
    def page(self) -> bool:
        """Whether a web page said it."""
        return self.rank == PAGE

    @property
    def verified(self) -> bool:
        """Whether it was checked, as on a passport."""
        return self.standing % 2 == 0

    def outranked_by(self, other: "Claim") -> Reason:
        """Why the other is believed."""
        if self.standing // 2 != other.standing // 2:
            return "a less reliable source"
        if self.standing != other.standing:
            return "not verified"
        return "said earlier" if self.at < other.at else "said at the same time"


Claims = dict[int | str, list[Claim]]
"""Field, as a code -> its claims, the believed one first; no two of the same value."""


def standings_of(sources: Sequence[Source], source: str, web: bool) -> tuple[int, int]:
    """How far what a source states is believed, unverified and verified, less is more.

    What a page says is never verified.

    >>> sources = [Source(source="/pms", rank=1), Source(source="/club/*", rank=1, kind="partner")]
    >>> standings_of(sources, "/pms", False), standings_of(sources, "/club/x", False)
    ((7, 6), (9, 8))
    """
    if web:
        said = _standing(PAGE, 0)
        return said, said
    found = declared(sources, source)
    said = _standing(found.rank, KINDS.index(found.kind)) if found is not None else _standing(UNKNOWN, 0)
    return said, said - 1


def _standing(rank: int, kind: int) -> int:
    return 2 * (rank * len(KINDS) + kind) + 1


def belief(claim: Claim) -> tuple[int, int, str, str]:
    """Sorts claims, the largest is believed; where all else is equal the spelling of the value decides."""
    return -claim.standing, claim.at, repr(claim.value), claim.source


def claim(claims: Claims, code: int | str, new: Claim, most: int) -> None:
    """Adds a claim; of each value the best is kept, and of a field the `most` best believed."""
    known = claims.setdefault(code, [])
    alike = next((n for n, old in enumerate(known) if _alike(old.value, new.value)), None)
    if alike is None:
        known.append(new)
    else:
        known[alike] = max(known[alike], new, key=belief)
    known.sort(key=belief, reverse=True)
    del known[most:]


def _alike(one: Any, other: Any) -> bool:
    """Whether two systems mean the same: 38 and "38", "FR" and "fr"."""
    return str(one).casefold() == str(other).casefold()


def packed(claims: Iterable[tuple[int | str, Claim]]) -> list[Statement]:
    """Claims as they are stored: what was stated at once together, in one order whatever came first."""
    made: dict[tuple[int, int, str], Statement] = {}
    for code, (value, at, standing, source) in claims:
        one = made.setdefault((at, standing, source), Statement(at, standing, source, {}))
        one.fields[code] = value
    return [made[key] for key in sorted(made)]


def unpacked(statements: Iterable[Statement], into: Claims) -> None:
    """Appends what is stored to the claims of each field."""
    for said in statements:
        for code, value in said.fields.items():
            into.setdefault(code, []).append(Claim(value, said.at, said.standing, said.source))
