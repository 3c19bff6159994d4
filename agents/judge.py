"""Pairs that wait for a person's word: which to ask first, what to show of them, what an answer states.

Pure. Shown is how fields compare, never what stands in them.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec

from agents.identify import STAFF
from agents.matching.compare import ABSENT, CLOSE, DIFFERENT, PARTLY, SAME
from agents.matching.traits import FIELDS
from agents.matching.weights import UNSURE, Verdict, learned, weigh
from feature_store.graph import Held, Hold, Node, Pair, name_of
from schemas.events.client import ClientLink, ClientUnlink, LinkData
from schemas.who import Who

Answer = Literal["same", "different"]
WORDS = {SAME: "equal", CLOSE: "close", PARTLY: "partly", DIFFERENT: "different", ABSENT: "absent"}
"""What a letter of a comparison says; absent: not known of both."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A pair to ask about. `bits`: what speaks for their being one, by all verdicts given so far."""

    pair: Pair
    hold: Hold
    bits: float


def questions(held: Held) -> list[Question]:
    """Every pair that is worth a person's look, the most alike first; what they share comes before likeness.

    Verdicts teach: pairs that compare as those judged different fall behind, and in the end away.
    """
    weights = learned(Verdict(levels, same) for _, levels, same in held.verdicts.values())
    holds = {pair: Hold(levels=levels) for pair, levels in held.asked.items()} | dict(held.holds)
    asked = [
        Question(pair=pair, hold=hold, bits=weigh(hold.levels, weights) if hold.levels else 0.0)
        for pair, hold in holds.items()
    ]
    worth = [one for one in asked if one.hold.shared or one.bits >= UNSURE]
    return sorted(worth, key=lambda one: (not one.hold.shared, -one.bits, one.pair))


def open_questions(
    asked: Iterable[Question], clients: Mapping[str, frozenset[str]], nodes: Mapping[str, Node]
) -> dict[frozenset[frozenset[str]], Question]:
    """Those not answered yet, one for each two clients, with all that was found of both.

    `clients`: of every part named, all its parts; `nodes`: those parts as stated.
    """
    found: dict[frozenset[frozenset[str]], Question] = {}
    for question in asked:
        one, other = (clients[part] for part in question.pair)
        if one == other or _parted(one, other, nodes):
            continue
        both = frozenset((one, other))
        known = found.get(both)
        found[both] = question if known is None else _joined(known, question)
    return found


def _parted(one: frozenset[str], other: frozenset[str], nodes: Mapping[str, Node]) -> bool:
    return any(
        edge.parted and to in other for part in one for to, edge in nodes.get(part, Node()).edges.items()
    )


def _joined(one: Question, other: Question) -> Question:
    hold = Hold(
        shared=tuple(sorted({*one.hold.shared, *other.hold.shared})),
        numbers=tuple(sorted({*one.hold.numbers, *other.hold.numbers})),
        levels=one.hold.levels or other.hold.levels,
    )
    return Question(pair=one.pair, hold=hold, bits=max(one.bits, other.bits))


def evidence(levels: str) -> dict[str, str]:
    """How fields compare, in words.

    >>> evidence("=~.....")["born"]
    'close'
    """
    return {field: WORDS[level] for field, level in zip(FIELDS, levels, strict=False)}


def judged(
    pair: Pair, answer: Answer, *, maison: str, staff: str, reason: str, compared: str, now: float
) -> ClientLink | ClientUnlink:
    """The event of an answer. The same answer of the same person at one second has the same id."""
    named = "|".join((name_of(pair), answer, staff, str(int(now))))
    one, other = pair
    kind = ClientLink if answer == "same" else ClientUnlink
    return kind(
        id=hashlib.blake2b(named.encode(), digest_size=16).hexdigest(),
        source=f"{STAFF}{staff}",
        specversion="1.0",
        maison=maison,
        time=datetime.fromtimestamp(now, UTC),
        data=LinkData(
            who=Who(oid=one),
            with_=Who(oid=other),
            evidence=reason,
            compared=compared or None,
        ),
    )
