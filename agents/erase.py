"""A client is forgotten: what stood in a part goes, what was shown of it is taken back, its key is destroyed.

What remains is that somebody was erased, and when: without it the next click would begin a new record. Only
the client's own consent to be served, given later, does.
"""

from typing import Any

import msgspec

from agents.card import follow_ups, status_change
from feature_store import record as records
from feature_store.record import slice_of
from feature_store.store import PartKey
from schemas.alerts import InboxMessage, inbox_of
from schemas.consent import lacks_proof
from schemas.events.client import ClientConsent, ClientErase, EraseData
from schemas.who import Who


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure brings about; `further`: the same for every part that is the same client."""

    record: Any
    changes: list[tuple[str, InboxMessage]]
    dropped: list[str]
    further: list[tuple[PartKey, ClientErase]]


def erase(
    part: PartKey, record: Any, linked: tuple[str, ...], event: ClientErase, at: float, now: float
) -> Erased:
    """What is left of a part at `at`, and what follows. O(open alerts + linked parts)."""
    maison, oid = part
    changes: list[tuple[str, InboxMessage]] = []
    dropped: list[str] = []
    for id, entry in slice_of(record, "attention").alerts.items():
        inbox = inbox_of(maison, entry.place)
        changes.append((inbox, status_change(maison, id, entry.revision + 1, "retracted", now)))
        dropped += follow_ups(maison, oid, id)
    further = [((maison, other), _same(event, other)) for other in linked]
    return Erased(record=records.forgotten(at), changes=changes, dropped=dropped, further=further)


def _same(event: ClientErase, other: str) -> ClientErase:
    """The erasure of a linked part, at the same time and under the same name: it ends where it began."""
    data = EraseData(who=Who(oid=other))
    return msgspec.structs.replace(event, data=data, scope="server", proven=False)


def returns(event: Any, at: float, erased_at: int) -> bool:
    """Whether somebody who was erased lets the house serve them again."""
    return at > erased_at and lets_serve(event)


def lets_serve(event: Any) -> bool:
    """Whether a client lets the house serve them: for this alone a key is drawn where one was destroyed.

    What staff say of it and show nothing for counts for nothing, also where no gateway refused it.
    """
    if type(event) is not ClientConsent or lacks_proof(event.source, event.scope, event.data):
        return False
    return bool(event.data.purpose == "service" and event.data.state == "all")
