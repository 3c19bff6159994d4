"""What a slice of events and timers comes to: to be performed by whoever drives the lane."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import ceil

import msgspec

from feature_store.denials import Denial
from feature_store.store import Fence, PartKey, Timer, Write
from schemas.alerts import AlertChange, Answer, InboxMessage, StatusChange
from schemas.events.client import ClientErase, ClientSurprise
from schemas.ledger import LedgerEntry
from schemas.messages import Example, LinkChange, Outcome
from schemas.private import close, closed
from schemas.sealing import Key
from schemas.segments import SegmentChange
from schemas.traces import Traced


class Effects(msgspec.Struct, kw_only=True):
    """What to do, in this order: produce, flush, apply, commit; then tell `changes` and `surprises`, and ask
    for `reviews`."""

    alerts: list[tuple[str, InboxMessage]] = []
    links: list[LinkChange] = []
    examples: dict[tuple[str, str], list[Example | Outcome]] = {}
    parts: dict[PartKey, bytes] = {}
    timers: dict[str, Timer] = {}
    dropped: dict[str, None] = {}
    denials: list[Denial] = []
    ledger: list[LedgerEntry] = []
    tallies: Counter[str] = msgspec.field(default_factory=Counter)
    members: dict[str, int] = {}
    changes: list[SegmentChange] = []
    reviews: dict[PartKey, None] = {}
    surprises: list[ClientSurprise] = []
    counts: Counter[str] = msgspec.field(default_factory=Counter)
    vetoes: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    traces: list[Traced] = []
    oddities: Counter[str] = msgspec.field(default_factory=Counter)
    """Moments at which forecasts were not taught, by what looked wrong."""
    broken: list[tuple[str, str]] = []
    """Rules and guards that have an error in them, and what is wrong."""
    erased: list[PartKey] = []
    """Parts whose keys are to be destroyed."""
    further: list[tuple[PartKey, ClientErase]] = []
    """Erasures of parts that are the same client, to be told to their shards."""

    def set(self, timer: Timer) -> None:
        """The last word on a timer within a slice stands. It rings at a whole second, the next one from its
        time: a store keeps that in a third of the bytes."""
        self.timers[timer.member] = Timer(timer.maison, timer.oid, timer.name, ceil(timer.due))
        self.dropped.pop(timer.member, None)

    def set_or_drop(self, timer: Timer) -> None:
        """Sets a timer, or drops it where its time is 0: there is nothing left to wait for."""
        if timer.due:
            self.set(timer)
        else:
            self.drop(timer.member)

    def drop(self, member: str) -> None:
        """The last word on a timer within a slice stands."""
        self.timers.pop(member, None)
        self.dropped[member] = None

    def teach(self, maison: str, told: Iterable[tuple[str, Example | Outcome]]) -> None:
        """What models of a house are to learn, by model."""
        for model, item in told:
            self.examples.setdefault((maison, model), []).append(item)

    def write(self, seen: bytes, fence: Fence, outbox: Sequence[bytes] = ()) -> Write:
        """All of it, for the store to apply at once; `outbox`: what is told afterwards."""
        return Write(
            seen=seen,
            fence=fence,
            parts=self.parts,
            timers=list(self.timers.values()),
            dropped=list(self.dropped),
            tallies=self.tallies,
            members=self.members,
            outbox=outbox,
        )


def sealed(changes: list[tuple[str, InboxMessage]], key: Key) -> list[tuple[str, InboxMessage]]:
    """Alerts and answers as they travel: what they say of the client is for whoever may open it."""
    return [(inbox, _sealed(change, key)) for inbox, change in changes]


def _sealed(change: InboxMessage, key: Key) -> InboxMessage:
    if isinstance(change, AlertChange):
        return msgspec.structs.replace(change, alert=closed(change.alert, key))
    if isinstance(change, StatusChange) and isinstance(answer := change.answer, Answer) and answer.say:
        answer = msgspec.structs.replace(answer, say=close(answer.say, key))
        return msgspec.structs.replace(change, answer=answer)
    return change
