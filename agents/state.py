"""What an event states of others: for `identify`, who is whom; to whom a gift goes, that it does. Pure."""

from collections.abc import Collection
from typing import Any

from msgspec.structs import replace

from agents.card import digest
from agents.matching.secret import seal
from feature_store.features.links import announce, announced, mark
from feature_store.record import own
from feature_store.store import PartKey
from schemas.events.client import (
    KEPT_SECRET,
    ClientLink,
    ClientProfile,
    ClientSurprise,
    ClientUnlink,
    SurpriseData,
)
from schemas.events.store import StorePurchase
from schemas.key import believed
from schemas.kinds import kinds_of
from schemas.maison import Maison
from schemas.messages import LinkChange
from schemas.sealing import Key
from schemas.who import RANK, Who, key_of, oids_of, several, strongest

DECLARE = frozenset({ClientLink, ClientUnlink})
"""Events that say in so many words who is, or is not, whom."""

COMPARED = ("name", "birth_date", "residences", "profession")


def trusted(event: Any) -> Who | None:
    """The identifiers an event may link to its part, None where it states nothing of the kind."""
    web, declared = event.scope == "web", type(event) in DECLARE
    if web and (declared or not event.proven):
        return None
    if declared:
        said: Who = event.data.with_
        return said
    who = believed(event) if web else event.data.who
    if not several(who):
        return None
    return _sure(who, event.data.doubtful) if event.data.doubtful else who


def _sure(who: Who, doubtful: Collection[str]) -> Who | None:
    """Without what looks wrong, which is no evidence; None where it is the key, or leaves nothing to link."""
    sure = replace(who, **dict.fromkeys(kind for kind in RANK if kind in doubtful))
    return sure if several(sure) and strongest(sure) == strongest(who) else None


def linked(
    event: Any,
    said: Who | None,
    part: PartKey,
    record: Any,
    at: float,
    maison: Maison,
    pepper: bytes,
    key: Key | None,
) -> LinkChange | None:
    """What `identify` is to hear of a trusted event, which the part's `record` then remembers: identifiers
    that stand together are one client.

    What merely stands together is stated once; a link or its withdrawal is stated whenever declared. One
    of opaque ids does not count as stated: their kinds are said when their identifiers stand together.
    """
    kind = type(event)
    if not maison.trusts(event.source):
        return None
    fresh: list[str] = []
    if said is not None:
        slice = own(record, "links")
        known = announced(slice)
        named = (said.oid,) if said.oid else oids_of(part[0], said, pepper)
        fresh = [o for o in named if o != part[1] and (kind in DECLARE or mark(o) not in known)]
        if fresh:
            announce(slice, fresh, kind is not ClientUnlink and said.oid is None)
    told = told_of(event, maison, key) if kind is ClientProfile else b""
    if not (fresh or told):
        return None
    return _statement(event, (part[1], *fresh), at, said or event.data.who, told, pepper)


def told_of(event: ClientProfile, maison: Maison, key: Key | None) -> bytes:
    """What is told of the person, sealed with the key of their part; empty where nothing is or there is none.

    Not what a page says: anybody may write there that they are somebody else.
    """
    if key is None or event.scope == "web" or not maison.trusts(event.source):
        return b""
    fields, who = event.data.fields, event.data.who
    told: dict[str, Any] = {f: value for f in COMPARED if (value := getattr(fields, f))}
    if not told:
        return b""
    told |= {kind: value for kind in ("email", "phone") if (value := getattr(who, kind))}
    return seal(told, key)


def surprise_of(event: StorePurchase, part: PartKey, pepper: bytes) -> ClientSurprise | None:
    """What the part of whom a gift is for is to hear; None where it is for nobody who is named."""
    oid = key_of(event.maison, event.data.for_, pepper) if event.data.for_ is not None else None
    if oid is None or oid == part[1]:
        return None
    skus = list(dict.fromkeys(line.sku for line in event.data.lines))[:KEPT_SECRET]
    return ClientSurprise(
        id=digest(event.source, event.id),
        source="/personalise",
        specversion="1.0",
        maison=event.maison,
        time=event.time,
        data=SurpriseData(who=Who(oid=oid), skus=skus),
    )


def _statement(
    event: Any, parts: tuple[str, ...], at: float, said: Who, told: bytes, pepper: bytes
) -> LinkChange:
    """The first part is (or is not) one with the others, and what is told of its person."""
    kind = type(event)
    kinds = kinds_of(event.maison, (event.data.who, said), pepper)
    return LinkChange(
        maison=event.maison,
        parts=parts,
        linked=kind is not ClientUnlink,
        source=event.source,
        id=event.id,
        evidence=kind.__name__,
        at=at,
        kinds=tuple(kinds.get(p, "") for p in parts),
        declared=kind in DECLARE,
        compared=(event.data.compared or "") if kind in DECLARE else "",
        told=told,
    )
