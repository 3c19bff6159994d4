"""What became of dead letters: said beside them, in the partition of `dead.letters` in which they stand.

Retention cuts a partition off at its beginning, so no letter outlives what became of it. Pure.
"""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Literal

import msgspec

from schemas.codec import readable

LEASE = 120.0
"""Seconds after which a run that has not said how it ended is taken to be dead."""


class Fate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One word about letters. `begun`: the run `run` is about to put them back; `back`: it has.

    at: Unix seconds. ends: of a word `begun`, where the topics the letters go back to ended just before, per
    partition: what the run has put back stands behind.
    """

    letters: list[str]
    said: Literal["begun", "back", "discarded"]
    at: float
    by: str
    run: str = ""
    why: str = ""
    ends: Mapping[str, Mapping[int, int]] = {}


_decoder: msgspec.json.Decoder[Fate] = msgspec.json.Decoder(Fate)


def decode_fate(value: bytes | None) -> Fate:
    """Raises `Unreadable`."""
    return readable(_decoder, value)


def letter_id(origin: tuple[str, str, str, str], key: bytes | None, value: bytes | None) -> str:
    """The name of a letter: of where it came from (stage, topic, partition, offset) and what it says.

    A worker that is killed before its offset is committed sets the same record aside again: the same letter.

    >>> letter_id(("personalise", "web.clicks", "3", "17"), None, b"{}")
    '393a6f46cbaa'
    """
    told = "\0".join(origin).encode() + b"\0" + (key or b"") + b"\0" + (value or b"")
    return blake2b(told, digest_size=6).hexdigest()


def take(known: dict[str, Fate], fate: Fate) -> None:
    """Adds the next word of a partition to what is known, by letter; one that comes too late is not heard.

    The first of two runs that begin with a letter has it, until its lease is over. What was put back or
    discarded stays so.
    """
    for letter in fate.letters:
        held = known.get(letter)
        if held is None:
            known[letter] = fate
        elif held.said == "begun" and fate.said == "begun" and over(held, fate.at):
            known[letter] = msgspec.structs.replace(fate, ends=held.ends)
        elif held.said == "begun" and fate.said == "back" and held.run == fate.run:
            known[letter] = fate


def over(fate: Fate, now: float) -> bool:
    """Whether a run that began has had its time."""
    return now >= fate.at + LEASE
