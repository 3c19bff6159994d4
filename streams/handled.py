"""What somebody does with dead letters, on its way to the audit, an entry for each house."""

import re
from collections.abc import Container, Iterable, Sequence

import msgspec
import orjson

from schemas.audit import Handled
from schemas.times import iso
from streams.auditing import entry
from streams.dead_letters import DeadLetter
from streams.produce import Message

_OID = re.compile(rb"[A-Za-z0-9_-]{16}")


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What is done with letters, by whom, when (Unix seconds); see `Handled`."""

    act: str
    by: str
    at: float
    why: str = ""
    patch: Sequence[str] = ()


def entries(letters: Iterable[DeadLetter], act: Act, maisons: Container[str]) -> list[Message]:
    """Its entries in the audit. A letter of no house that is known is of none."""
    of: dict[str, list[DeadLetter]] = {}
    for letter in letters:
        of.setdefault(_maison(letter.value, maisons), []).append(letter)
    return [entry(maison, _handled(maison, some, act)) for maison, some in of.items()]


def _handled(maison: str, letters: Sequence[DeadLetter], act: Act) -> Handled:
    keyed = {one.key for one in letters if one.key and _OID.fullmatch(one.key)}
    return msgspec.convert(
        {
            "at": iso(act.at),
            "maison": maison,
            "by": act.by,
            "act": act.act,
            "letters": [one.id for one in letters],
            "clients": sorted(key.decode() for key in keyed),
            "why": act.why,
            "patch": list(act.patch),
        },
        Handled,
    )


def _maison(value: bytes | None, maisons: Container[str]) -> str:
    try:
        event = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return ""
    said = event.get("maison") if isinstance(event, dict) else None
    return said if isinstance(said, str) and said in maisons else ""
