"""How recently, how often and how much a client told the house of their own accord.

A client's own words are those of a source that the maison's file says is the client's (`client = true`), or
of a page that proved who is signed in; a consent that is given, a licence and a referral always are. How much
is counted in a bitmap (linear counting: Whang et al., 1990), which is the same in any order and with twins:
within two of ten things told, within four of thirty.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import log
from typing import Any
from zlib import crc32

import msgspec
from xxhash import xxh3_64_intdigest

from feature_store.feature import Feature, House, latest
from schemas.envelope import Event
from schemas.events.client import ClientConsent, ClientLicence, ClientProfile, ClientReferral
from schemas.sources import declared

BITS = 128
LICENCES = 4
"""Licences remembered; those spoken of last."""


class Sharing(msgspec.Struct, array_like=True, gc=False):
    """`told`: a bitmap of what was told, a bit per field. `last` in Unix seconds.

    `licences`: checksum of a licence -> when it was spoken of last, in Unix seconds, twice that and one more
    where it was taken back.
    """

    last: int = 0
    times: int = 0
    told: bytes = b""
    licences: dict[int, int] = {}


def told(slice: Sharing) -> int:
    """How many things were told."""
    unset = BITS - int.from_bytes(slice.told).bit_count()
    return round(BITS * log(BITS / max(1, unset)))


def licensed(slice: Sharing) -> int:
    """How many licences stand, of those remembered."""
    return sum(not said % 2 for said in slice.licences.values())


def amount(slice: Sharing) -> int:
    """How much was shared: things told, and licences that stand."""
    return told(slice) + licensed(slice)


def _share(slice: Sharing, at: float, things: Iterable[str] = ()) -> None:
    slice.last = max(slice.last, int(at))
    slice.times += 1
    bits = int.from_bytes(slice.told)
    for thing in things:
        bits |= 1 << xxh3_64_intdigest(thing.encode()) % BITS
    if bits:
        slice.told = bits.to_bytes(BITS // 8)


def _profile(slice: Sharing, event: ClientProfile, at: float, house: House) -> None:
    if _own_words(event, house):
        _share(slice, at, _named(msgspec.structs.asdict(event.data.fields)))


def _own_words(event: Event, house: House) -> bool:
    if event.scope == "web":
        return event.proven
    source = declared(house.sources, event.source)
    return source is not None and source.client


def _named(fields: Mapping[str, Any]) -> Iterable[str]:
    for field, value in fields.items():
        if isinstance(value, dict):
            yield from (f"{field}.{name}" for name in value)
        elif value is not None:
            yield field


def _consent(slice: Sharing, event: ClientConsent, at: float, house: House) -> None:
    if event.data.state != "none":
        _share(slice, at)


def _referral(slice: Sharing, event: ClientReferral, at: float, house: House) -> None:
    _share(slice, at, ("influencer",) if event.data.influencer is not None else ())


def _licence(slice: Sharing, event: ClientLicence, at: float, house: House) -> None:
    licence, revoked = crc32(event.data.licence.encode()), bool(event.data.revoked)
    slice.licences = latest([*slice.licences.items(), (licence, 2 * int(at) + revoked)], LICENCES)
    if not revoked:
        _share(slice, at)


def _values(slice: Sharing, now: float) -> dict[str, Any]:
    return {
        "days": max(0.0, (now - slice.last) / 86_400) if slice.last else None,
        "times": slice.times,
        "told": told(slice),
        "licences": licensed(slice),
    }


def _merge(slices: Sequence[Sharing]) -> Sharing:
    bits = 0
    for slice in slices:
        bits |= int.from_bytes(slice.told)
    return Sharing(
        max(s.last for s in slices),
        sum(s.times for s in slices),
        bits.to_bytes(BITS // 8) if bits else b"",
        latest((said for slice in slices for said in slice.licences.items()), LICENCES),
    )


FEATURE = Feature(
    name="sharing",
    letter="d",
    slice=Sharing,
    on={
        ClientProfile: _profile,
        ClientConsent: _consent,
        ClientReferral: _referral,
        ClientLicence: _licence,
    },
    values=_values,
    merge=_merge,
)
