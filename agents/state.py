"""What an event states of who is whom, for `identify`: identifiers that stand together, and of whom. Pure."""

from typing import Any

from agents.matching.secret import seal
from schemas.events.client import ClientLink, ClientProfile, ClientUnlink
from schemas.kinds import kinds_of
from schemas.maison import Maison
from schemas.messages import LinkChange
from schemas.sealing import Key
from schemas.who import Who

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
