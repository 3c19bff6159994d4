"""A next action on its way to one human, and what happens to it there."""

from typing import Any, Literal

import msgspec

from schemas.codec import readable

Status = Literal["open", "claimed", "done", "dismissed", "snoozed", "expired", "retracted"]
OVER: frozenset[str] = frozenset({"done", "dismissed", "expired", "retracted"})
"""Statuses that nothing follows."""


class Addressee(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The person, or the team where nobody in particular can be named."""

    staff: str | None = None
    team: str | None = None


class ClientRef(msgspec.Struct, frozen=True, kw_only=True):
    """The client as the addressee may know them."""

    id: str
    name: str | None


class Recommendation(msgspec.Struct, frozen=True, kw_only=True):
    """An article, and why it is worth showing."""

    sku: str
    why: str


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False, rename={"for_": "for"}):
    """A next action sent to a person. Times are ISO 8601 UTC.

    `revision` rises with every change; `urgency` is 1 (whenever) to 5 (now); `confidence` the probability
    of acceptance; `event` the id of the event that led here; `claimed_by` who took it.
    """

    id: str
    revision: int
    status: Status
    maison: str
    site: str | None
    for_: Addressee
    client: ClientRef
    action: str
    title: str
    why: list[str]
    avoid: list[str] = []
    say: str | None = None
    recommendations: list[Recommendation] = []
    urgency: int
    valid_from: str
    valid_to: str
    hold_or_drop: Literal["hold", "drop"]
    confidence: float | None = None
    model: str | None = None
    decision: str
    event: str
    at: str
    due: str | None = None
    """When what is announced happens (a guest's expected arrival): what a countdown counts to."""
    claimed_by: str | None = None
    snoozed_until: str | None = None
    accepted: bool = False
    """Whoever claimed it said that they follow it."""
    escalated: int = 0
    """1: nobody answered and the team hears it; 2: the managers too."""
    language: str | None = None
    """Of `say`, as a BCP 47 tag."""


class AlertChange(msgspec.Struct, frozen=True, kw_only=True, tag="alert"):
    """`personalise` -> `alerts`: a new alert (revision 1) or a later revision of it.

    `assigned` and `site` are what routing needs: the client's advisor, and where it matters.
    """

    alert: Alert
    assigned: str | None = None
    escalated: int = 0


class StatusChange(msgspec.Struct, frozen=True, kw_only=True, tag="status"):
    """`personalise` -> `alerts`: a later revision that changes what became of an alert, not what it says.

    `retracted` (booking cancelled, consent withdrawn), `expired`, `done` (the client has been served), or
    `open` again: after a snooze, or with `escalated` 1 (to the team) or 2 (to the managers).
    """

    id: str
    revision: int
    maison: str
    status: Status
    escalated: int = 0
    at: str


class PresenceChange(msgspec.Struct, frozen=True, kw_only=True, tag="presence"):
    """`personalise` -> `alerts`: somebody at the inbox's site came on duty, left, or is busy."""

    maison: str
    staff: str
    site: str
    status: Literal["on", "off", "busy"]
    at: float


InboxMessage = AlertChange | StatusChange | PresenceChange
"""What crosses the topic `alerts`, keyed by inbox (`maison/site` or `maison/team`)."""

_decoder: msgspec.json.Decoder[InboxMessage] = msgspec.json.Decoder(InboxMessage)


def decode_inbox(value: bytes | None) -> InboxMessage:
    """Raises `Unreadable`."""
    return readable(_decoder, value)


def inbox_of(maison: str, place: str) -> str:
    """An inbox belongs to a site, or to a team that has none.

    >>> inbox_of("lumiere", "vendome")
    'lumiere/vendome'
    """
    return f"{maison}/{place}"


Kind = Literal["alert", "update", "retract"]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of an inbox's log, as the page receives it."""

    kind: Kind
    alert: Alert


def to_json(value: Any) -> bytes:
    """JSON bytes of anything defined here."""
    return msgspec.json.encode(value)
