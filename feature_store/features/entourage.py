"""Who matters to the client: partner, child, assistant, companion, friend; and who is never mentioned.

Whom the house knows is kept by their opaque id, of others that there is somebody. What was said last of
whether a relation is discreet holds; a statement that says nothing of it leaves it as it was, and where two
are of one instant it is discreet. A companion stated in May, and in June as discreet, is never named.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, get_args

import msgspec

from feature_store.feature import Feature, House
from schemas.events.client import ClientRelation, RelationData

KINDS: tuple[str, ...] = get_args(get_args(RelationData.__annotations__["kind"])[0])
"""Stored by position: new ones go last."""
KEPT = 8
"""Entourage kept per part: first go those that are not discreet, then those stated longest ago."""


class Relation(NamedTuple):
    """`kind` by position; `who`: their opaque id's bytes, empty where nobody is named; `at` in Unix seconds.

    `hush`: when it was said last that it is discreet, or not, in Unix seconds, doubled; odd: it is.
    """

    kind: int
    who: bytes
    at: int
    hush: int

    @property
    def of(self) -> str:
        """partner, child, assistant, companion or friend."""
        return KINDS[self.kind]

    @property
    def discreet(self) -> bool:
        """Whether it is never to be mentioned."""
        return self.hush % 2 == 1

    @property
    def oid(self) -> str | None:
        """Whom the house knows them as; None where it does not."""
        return urlsafe_b64encode(self.who).decode() if self.who else None


class Entourage(msgspec.Struct, array_like=True):
    known: list[Relation] = []


def discreet(slice: Entourage) -> frozenset[str]:
    """Kinds of which one at least is never to be mentioned."""
    return frozenset(relation.of for relation in slice.known if relation.discreet)


def _relation(slice: Entourage, event: ClientRelation, at: float, house: House) -> None:
    data = event.data
    oid = house.part(event.maison, data.with_) if data.with_ is not None else None
    hush = 0 if data.discreet is None else int(at) * 2 + data.discreet
    new = Relation(KINDS.index(data.kind), urlsafe_b64decode(oid or ""), int(at), hush)
    slice.known = _kept([*slice.known, new])


def _kept(relations: Iterable[Relation]) -> list[Relation]:
    found: dict[tuple[int, bytes], Relation] = {}
    for new in relations:
        old = found.setdefault((new.kind, new.who), new)
        found[new.kind, new.who] = Relation(new.kind, new.who, max(old.at, new.at), max(old.hush, new.hush))
    kept = sorted(found.values(), key=lambda one: (one.discreet, one.at, one.kind, one.who))
    return sorted(kept[-KEPT:])


def _values(slice: Entourage, now: float) -> dict[str, Any]:
    spoken: Counter[str] = Counter(one.of for one in slice.known if not one.discreet)
    hushed: Counter[str] = Counter(one.of for one in slice.known if one.discreet)
    return dict(sorted(spoken.items())) | ({"discreet": dict(sorted(hushed.items()))} if hushed else {})


def _merge(slices: Sequence[Entourage]) -> Entourage:
    return Entourage(_kept(relation for slice in slices for relation in slice.known))


FEATURE = Feature(
    name="entourage",
    letter="L",
    slice=Entourage,
    on={ClientRelation: _relation},
    values=_values,
    merge=_merge,
    personal=True,
    ordered="beyond eight people: what was forgotten of one does not come back",
)
