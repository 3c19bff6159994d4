"""What another house of the group may know of a client here, or has told of them under the client's grant.

A grant for a ring size, given in March until June and taken back in May, reads as nothing from then on, in
whichever order the two arrive. What it tells lies here alone, beside the profile and never in it: so it goes
with the grant.
"""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import msgspec

from feature_store.feature import Feature, House, short
from schemas.events.client import ClientGrant, Purpose

PURPOSES: tuple[str, ...] = get_args(get_args(Purpose)[0])
"""Stored by position: new ones go last."""
KEPT = 4
"""Grants kept per part; the one heard of longest ago goes first."""
BYTES = 240
"""Bytes kept of what one grant tells; the last fact by name goes first."""


class Grant(msgspec.Struct, array_like=True, omit_defaults=True):
    """`at`, `revoked`: when it was last given and taken back, Unix milliseconds; `expires`: seconds.

    house: the other one. out: it tells that house of this client; else this house was told by it.
    """

    at: int = 0
    revoked: int = 0
    purpose: int = 0
    expires: int = 0
    house: str = ""
    out: bool = False
    facts: dict[str, Any] = {}

    @property
    def use(self) -> str:
        """What it may be used for."""
        return PURPOSES[self.purpose]

    def holds(self, now: float) -> bool:
        """Whether it stands; taking back wins ties."""
        return self.at > self.revoked and self.expires > now


class Grants(msgspec.Struct, array_like=True):
    given: dict[str, Grant] = {}


def standing(slice: Grants, now: float) -> Iterator[tuple[str, Grant]]:
    """Grants by which this house may know something now, the one given last first."""
    for id, grant in sorted(slice.given.items(), key=lambda given: (-given[1].at, given[0])):
        if not grant.out and grant.holds(now):
            yield id, grant


def _grant(slice: Grants, event: ClientGrant, at: float, house: House) -> None:
    data, then = event.data, int(at * 1000)
    other = data.to or data.from_ or ""
    if data.revoked or data.expires is None:
        new = Grant(revoked=then)
    else:
        new = Grant(
            at=then,
            purpose=PURPOSES.index(data.purpose),
            expires=int(data.expires.timestamp()),
            house=short(other),
            out=data.to is not None,
            facts=_kept(data.facts),
        )
    _say(slice, short(f"{other}/{data.grant}"), new)
    _bound(slice)


def _kept(facts: dict[str, Any]) -> dict[str, Any]:
    kept = dict(sorted(facts.items()))
    while len(msgspec.msgpack.encode(kept)) > BYTES:
        kept.popitem()
    return kept


def _say(slice: Grants, id: str, new: Grant) -> None:
    """The last giving and the last taking back, whichever came first; what is over keeps no fact."""
    known = slice.given.get(id, Grant())
    given = max(
        known, new, key=lambda one: (one.at, msgspec.msgpack.encode(one.facts), one.expires, one.purpose)
    )
    joined = msgspec.structs.replace(given, revoked=max(known.revoked, new.revoked))
    over = joined.at <= joined.revoked
    slice.given[id] = msgspec.structs.replace(joined, facts={}) if over else joined


def _bound(slice: Grants) -> None:
    while len(slice.given) > KEPT:
        heard = {id: max(one.at, one.revoked) for id, one in slice.given.items()}
        del slice.given[min(heard, key=lambda id: (heard[id], id))]


def _values(slice: Grants, now: float) -> dict[str, Any]:
    return {
        id: {
            "house": one.house,
            "told": "to" if one.out else "by",
            "purpose": one.use,
            "since": one.at // 1000,
            "expires": one.expires,
            "facts": one.facts,
        }
        for id, one in sorted(slice.given.items())
        if one.holds(now)
    }


def _merge(slices: Sequence[Grants]) -> Grants:
    merged = Grants({})
    for slice in slices:
        for id, grant in slice.given.items():
            _say(merged, id, grant)
    _bound(merged)
    return merged


FEATURE = Feature(
    name="grants",
    letter="j",
    slice=Grants,
    on={ClientGrant: _grant},
    values=_values,
    merge=_merge,
    personal=True,
)
