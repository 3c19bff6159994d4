"""What another house of the group may know of a client here, or has told of them under the client's grant.

A grant for a ring size, given in March until June and taken back in May, reads as nothing from then on, in
whichever order the two arrive. What it tells lies here alone, beside the profile and never in it: so it goes
with the grant.
"""

from collections.abc import Iterator, Sequence
from struct import Struct
from typing import Any

import msgspec

from feature_store.days import DAY, date_of, day_of
from feature_store.feature import Feature, House, short, size_of
from schemas.envelope import CHANNELS
from schemas.events.client import PURPOSES, ClientContacted, ClientGrant, may_be

KEPT = 4
"""Grants kept per part; the one heard of longest ago goes first."""
REACHED = 4
"""Days with a contact of the other house that are kept: as many as a guard may ask for at most in a month."""
BYTES = 240
"""Bytes kept of what one grant tells, but what no profile can hold; the last fact by name goes first."""


_DAY = Struct(">HB")


class Grant(msgspec.Struct, array_like=True, omit_defaults=True):
    """`at`, `revoked`: when it was last given and taken back, Unix milliseconds; `expires`: seconds.

    house: the other one. out: it tells that house of this client; else this house was told by it. attention:
    contacts of the other house count here; `reached`: the last of them, three bytes each.
    """

    at: int = 0
    revoked: int = 0
    purpose: int = 0
    expires: int = 0
    house: str = ""
    out: bool = False
    facts: dict[str, Any] = {}
    attention: bool = False
    reached: bytes = b""

    @property
    def use(self) -> str:
        """What it may be used for."""
        return PURPOSES[self.purpose]

    def holds(self, now: float) -> bool:
        """Whether it stands; taking back wins ties."""
        return self.at > self.revoked and self.expires > now


def contacts_of(grant: Grant) -> Iterator[tuple[int, str]]:
    """Days since 1970 on which the other house reached out, and on which channel; none it may not count."""
    if grant.attention:
        yield from ((day, CHANNELS[code]) for day, code in _DAY.iter_unpack(grant.reached))


class Grants(msgspec.Struct, array_like=True):
    """`given`: each grant by the house that tells and its id there; one that goes out, also by whom."""

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
            attention=bool(data.attention),
        )
    id = short(f"{other}/{data.grant}")
    if data.to is not None:  # each house counts its own grants, and may count anew for each that it tells
        before, id = id, short(f"{event.maison}/{data.grant}/{data.to}")
        if before in slice.given and slice.given[before].out:  # records had it under that name
            _say(slice, id, slice.given.pop(before))
    _say(slice, id, new)
    _bound(slice)


def _contacted(slice: Grants, event: ClientContacted, at: float, house: House) -> None:
    data = event.data
    if data.from_ is not None and data.grant is not None:
        day = _DAY.pack(day_of(at), CHANNELS.index(data.channel))
        _say(slice, short(f"{data.from_}/{data.grant}"), Grant(reached=day))
        _bound(slice)


def _kept(facts: dict[str, Any]) -> dict[str, Any]:
    kept = {f: value for f, value in sorted(facts.items()) if may_be(f, value) and size_of(value) <= BYTES}
    while size_of(kept) > BYTES:
        kept.popitem()
    return kept


def _say(slice: Grants, id: str, new: Grant) -> None:
    """The last giving and the last taking back, whichever came first; what is over keeps no fact."""
    known = slice.given.get(id, Grant())
    given = max(
        known, new, key=lambda one: (one.at, msgspec.msgpack.encode(one.facts), one.expires, one.purpose)
    )
    revoked = max(known.revoked, new.revoked)
    reached = _since(revoked, known.reached, new.reached)
    joined = msgspec.structs.replace(given, revoked=revoked, reached=reached)
    over = joined.at <= joined.revoked
    slice.given[id] = msgspec.structs.replace(joined, facts={}) if over else joined


def _since(revoked: int, *reached: bytes) -> bytes:
    """The last days with a contact, of those that began after it was last taken back."""
    days = {day for some in reached for day in _DAY.iter_unpack(some) if day[0] * DAY * 1000 >= revoked}
    return b"".join([_DAY.pack(*day) for day in sorted(days)[-REACHED:]])


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
            "contacted": [f"{date_of(day)} {channel}" for day, channel in contacts_of(one)],
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
    on={ClientGrant: _grant, ClientContacted: _contacted},
    values=_values,
    merge=_merge,
    personal=True,
)
