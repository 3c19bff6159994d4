"""What the client has licensed to the house, for what, until when and in return for what.

A licence for ring sizes given in March and taken back in June reads as nothing, in whichever order the two
arrive; what rules draw from it is drawn at read, and so goes with it. Two licences that cover one interest
are two: the other still holds. One that has expired says nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature, House, cut, short, size_of
from schemas.events.client import PURPOSES, ClientLicence
from schemas.portable import NotPortable, portable

KEPT = 4
"""Licences kept per part; the one heard of longest ago goes first."""
BYTES = 320
"""Bytes kept of what one licence holds; the last things of the longest list go first."""
TEXT = 48
"""Bytes kept of the benefit."""


class Licence(msgspec.Struct, array_like=True, omit_defaults=True):
    """`at`, `revoked`: when it was last given and taken back, Unix milliseconds; `expires`: seconds, 0 never.

    told: whether it held anything rules read; `data`: what that is, empty once it is over.
    """

    at: int = 0
    revoked: int = 0
    purpose: int = 0
    expires: int = 0
    benefit: str = ""
    told: bool = False
    data: dict[str, Any] = {}

    @property
    def use(self) -> str:
        """What it may be used for."""
        return PURPOSES[self.purpose]

    def holds(self, now: float) -> bool:
        """Whether what it says may be used; taking back wins ties."""
        return self.at > self.revoked and not (self.expires and self.expires <= now)


class Licences(msgspec.Struct, array_like=True):
    given: dict[str, Licence] = {}


def holding(slice: Licences, now: float, purposes: frozenset[str]) -> Iterator[Licence]:
    """Licences that hold now for one of these purposes, the one given last first."""
    for _, licence in sorted(slice.given.items(), key=lambda given: (-given[1].at, given[0])):
        if licence.holds(now) and licence.use in purposes:
            yield licence


def _licence(slice: Licences, event: ClientLicence, at: float, house: House) -> None:
    data, then = event.data, int(at * 1000)
    if data.revoked:
        new = Licence(revoked=then)
    else:
        kept = _kept(data.data)
        new = Licence(
            at=then,
            purpose=PURPOSES.index(data.purpose),
            expires=int(data.expires.timestamp()) if data.expires else 0,
            benefit=cut(data.benefit or "", TEXT),
            told=bool(kept),
            data=kept,
        )
    _say(slice, short(data.licence), new)
    for id, one in slice.given.items():
        if one.expires and one.expires <= at:
            slice.given[id] = _over(one)
    _bound(slice)


def _kept(data: dict[str, Any] | None) -> dict[str, Any]:
    """What rules read of it, as much as there is room for; nothing of what is in no form we know."""
    try:
        said: dict[str, Any] = msgspec.to_builtins(portable(data))
    except NotPortable:
        return {}
    del said["version"]
    while size_of(said) > BYTES:
        longest = max(said, key=lambda field: (len(said[field]), field))
        if isinstance(said[longest], dict):
            said[longest].popitem()
        else:
            said[longest].pop()
    return {field: value for field, value in said.items() if value}


def _say(slice: Licences, id: str, new: Licence) -> None:
    """The last giving and the last taking back, whichever came first; what is over keeps no data."""
    known = slice.given.get(id, Licence())
    given = max(
        known, new, key=lambda one: (one.at, msgspec.msgpack.encode(one.data), one.expires, one.purpose)
    )
    joined = msgspec.structs.replace(given, revoked=max(known.revoked, new.revoked))
    slice.given[id] = joined if joined.at > joined.revoked else _over(joined)


def _over(licence: Licence) -> Licence:
    return msgspec.structs.replace(licence, data={}, benefit="")


def _bound(slice: Licences) -> None:
    while len(slice.given) > KEPT:
        heard = {id: max(one.at, one.revoked) for id, one in slice.given.items()}
        del slice.given[min(heard, key=lambda id: (heard[id], id))]


def _values(slice: Licences, now: float) -> dict[str, Any]:
    return {
        id: {
            "purpose": one.use,
            "since": one.at // 1000,
            "expires": one.expires or None,
            "benefit": one.benefit or None,
            "data": one.data,
        }
        for id, one in sorted(slice.given.items())
        if one.holds(now)
    }


def _merge(slices: Sequence[Licences]) -> Licences:
    merged = Licences({})
    for slice in slices:
        for id, licence in slice.given.items():
            _say(merged, id, licence)
    _bound(merged)
    return merged


FEATURE = Feature(
    name="licences",
    letter="e",
    slice=Licences,
    on={ClientLicence: _licence},
    values=_values,
    merge=_merge,
    personal=True,
)
