"""What an event states of others: for `identify`, who is whom; to whom a gift goes, that it does. Pure."""

from typing import Any

from agents.decide import digest
from agents.matching.secret import seal
from feature_store.features.surprises import KEPT
from feature_store.store import PartKey
from schemas.events.client import ClientLink, ClientProfile, ClientSurprise, ClientUnlink, SurpriseData
from schemas.events.store import StorePurchase
from schemas.kinds import kinds_of
from schemas.maison import Maison
from schemas.messages import LinkChange
from schemas.sealing import Key
from schemas.who import Who, key_of

DECLARE = frozenset({ClientLink, ClientUnlink})
"""Events that say in so many words who is, or is not, whom."""

COMPARED = ("name", "birth_date", "residences", "profession")


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
    skus = list(dict.fromkeys(line.sku for line in event.data.lines))[:KEPT]
    return ClientSurprise(
        id=digest(event.source, event.id),
        source="/personalise",
        specversion="1.0",
        maison=event.maison,
        time=event.time,
        data=SurpriseData(who=Who(oid=oid), skus=skus),
    )


def statement(
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
