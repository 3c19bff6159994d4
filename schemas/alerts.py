"""A next action on its way to one human, and what happens to it there."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from schemas.codec import readable
from schemas.events.client import Purpose
from schemas.trace_context import TraceContext

Status = Literal["open", "claimed", "done", "dismissed", "snoozed", "expired", "retracted"]
OVER: frozenset[str] = frozenset({"done", "dismissed", "expired", "retracted"})
"""Statuses that nothing follows."""


class Addressee(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The person, or the team where nobody in particular can be named."""

    staff: Annotated[str | None, Meta(description="id of the person it is for, in the maison file")] = None
    team: Annotated[str | None, Meta(description="id of the team: everybody on duty may take it")] = None


class ClientRef(msgspec.Struct, frozen=True, kw_only=True):
    """The client as the addressee may know them."""

    id: Annotated[str, Meta(description="opaque id of the record: what `GET /v1/clients/{oid}` takes")]
    name: Annotated[str | None, Meta(description="as the client stated it; null for a visitor nobody knows")]


class Recommendation(msgspec.Struct, frozen=True, kw_only=True):
    """An article, and why it is worth showing."""

    sku: Annotated[
        str,
        Meta(description="article of the catalogue, or id of an offer or a destination in the maison file"),
    ]
    why: Annotated[str, Meta(description="a few words for staff, in English")]


class Grounds(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The facts of `schemas/tiers.py` that the sentences of an alert rest on, in the order of the sentences.

    A sentence without an entry is held for a fact `words`; one with an empty entry tells nothing.
    """

    advisor: Annotated[str | None, Meta(description="the client's own advisor")] = None
    title: Annotated[tuple[str, ...], Meta(description="of the title")] = ("words",)
    say: Annotated[tuple[str, ...], Meta(description="of what is to be said")] = ("words",)
    why: Annotated[list[tuple[str, ...]], Meta(description="of each reason")] = []
    avoid: Annotated[list[tuple[str, ...]], Meta(description="of each caution")] = []
    recommendations: Annotated[list[tuple[str, ...]], Meta(description="of each recommendation's why")] = []


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=False, rename={"for_": "for"}):
    """A next action sent to a person: what to do, why, until when, and what became of it."""

    id: Annotated[str, Meta(description="the same through all revisions")]
    revision: Annotated[int, Meta(description="1 at first, one more with every change that can be seen")]
    status: Annotated[
        Status,
        Meta(
            description="open: anybody it is for may take it; claimed, snoozed: `claimed_by` has it; done, "
            "dismissed, expired, retracted: over, for good"
        ),
    ]
    maison: Annotated[str, Meta(description="id of the house")]
    site: Annotated[
        str | None, Meta(description="id of the boutique or hotel it concerns; null: none in particular")
    ]
    for_: Annotated[Addressee, Meta(description="one person, or the team where nobody is named")]
    client: Annotated[ClientRef, Meta(description="whom it is about, as the addressee may know them")]
    action: Annotated[str, Meta(description="the next action, named as its rule: boutique_welcome ...")]
    title: Annotated[str, Meta(description="what happens, in one line, in English")]
    why: Annotated[list[str], Meta(description="the facts it rests on, most telling first")]
    avoid: Annotated[list[str], Meta(description="what not to say, show or serve")] = []
    say: Annotated[
        str | None,
        Meta(description="a draft of what to say, in the client's language; once edited, the person's words"),
    ] = None
    recommendations: Annotated[list[Recommendation], Meta(description="articles to show, best first")] = []
    success: Annotated[str, Meta(description="what would count as success, in a sentence for staff")] = ""
    channel: Annotated[
        str | None, Meta(description="by what to reach the client; null: in person, or as staff see fit")
    ] = None
    contact: Annotated[
        bool, Meta(description="staff are to write to the client, call or send for them: the client book")
    ] = False
    signatory: Annotated[
        str | None, Meta(description="id of the person whose hand signs, where the action is a card to write")
    ] = None
    urgency: Annotated[int, Meta(description="1 (whenever) to 5 (now)")]
    valid_from: Annotated[str, Meta(description="since when it holds, ISO 8601 UTC")]
    valid_to: Annotated[str, Meta(description="from then on it expires unless claimed, ISO 8601 UTC")]
    hold_or_drop: Annotated[
        Literal["hold", "drop"],
        Meta(
            description="what the rule asks for while it is silenced, or while its hearers have been "
            "interrupted enough: hold it until that ends, or drop it"
        ),
    ]
    confidence: Annotated[
        float | None,
        Meta(description="probability of acceptance, 0 to 1, as the model saw it; null: no model was asked"),
    ] = None
    model: Annotated[str | None, Meta(description="the model that gave `confidence`")] = None
    decision: Annotated[str, Meta(description="id of the decision; all that one moment led to shares it")]
    event: Annotated[str, Meta(description="id of the event that led here, or of the timer's moment")]
    at: Annotated[str, Meta(description="when this revision was made, ISO 8601 UTC")]
    received: Annotated[
        str | None,
        Meta(description="when the event that led here was stored, ISO 8601 UTC; null: no event but a timer"),
    ] = None
    due: Annotated[
        str | None,
        Meta(
            description="when what is announced happens (a guest's expected arrival), ISO 8601 UTC: what a "
            "countdown counts to"
        ),
    ] = None
    allowed_to: Annotated[
        str | None,
        Meta(
            description="when the first consent, licence or grant that it rests on runs out, ISO 8601 UTC: "
            "from then on nobody acts on it, whoever claimed it; null: none does"
        ),
    ] = None
    claimed_by: Annotated[str | None, Meta(description="id of the person who took it")] = None
    snoozed_until: Annotated[str | None, Meta(description="when it comes back, ISO 8601 UTC")] = None
    accepted: Annotated[bool, Meta(description="whoever claimed it said that they follow it")] = False
    escalated: Annotated[
        int, Meta(description="0; 1: nobody answered and the team hears it; 2: the managers too")
    ] = 0
    grants: Annotated[
        list[str],
        Meta(description="grants of the client, `house/id`, under which facts in it came from another house"),
    ] = []
    language: Annotated[str | None, Meta(description="of `say`, as a BCP 47 tag; null without it")] = None
    meaning: Annotated[
        str | None,
        Meta(description="what `say` means, in English, and how a greeting is pronounced, for a reader "
             "not known to speak its language; null for others, for words in English, for a person's own"),
    ] = None  # fmt: skip
    purposes: Annotated[
        list[Purpose],
        Meta(description="without the client's consent to all of these it is taken back; recommendations "
             "rest on profiling besides"),
    ] = []  # fmt: skip
    masked: Annotated[int, Meta(description="how many of its words are withheld from this reader")] = 0
    grounds: Annotated[
        Grounds | UnsetType, Meta(description="kept with it within the house; no reader is sent it")
    ] = UNSET
    trace_context: Annotated[
        TraceContext | UnsetType,
        Meta(description="the span that it comes from, where that is recorded; no reader is sent it"),
    ] = UNSET


class AlertChange(msgspec.Struct, frozen=True, kw_only=True, tag="alert"):
    """`personalise` -> `alerts`: a new alert (revision 1) or a later revision of it."""

    alert: Annotated[Alert, Meta(description="as it is to be told, its words sealed with the client's key")]
    assigned: Annotated[str | None, Meta(description="id of the client's own advisor, for routing")] = None
    worth: Annotated[
        float | None,
        Meta(description="what interrupting somebody for it is held to be worth; null: it waits for no one"),
    ] = None
    escalated: Annotated[int, Meta(description="as in the alert: 1 to the team, 2 to the managers")] = 0


Given = Literal["claimed", "accepted", "edited", "dismissed", "snoozed", "done", "never"]
"""The verdicts by which somebody answers an alert."""


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody made of an alert: an inbox that lost it has it from here."""

    staff: Annotated[str, Meta(description="who answered")]
    verdict: Annotated[Given, Meta(description="as in `staff.feedback`")]
    until: Annotated[str | None, Meta(description="when a snooze ends, ISO 8601 UTC")] = None
    say: Annotated[
        str | None, Meta(description="the words as edited, sealed with the key of the alert's client")
    ] = None


class StatusChange(msgspec.Struct, frozen=True, kw_only=True, tag="status"):
    """`personalise` -> `alerts`: a later revision that changes what became of an alert, not what it says.

    With an `answer` it is no new revision: what its inbox was told already, by whoever answered there.
    """

    id: Annotated[str, Meta(description="of the alert")]
    revision: Annotated[
        int, Meta(description="one more than the alert's last; of an answer, the one that was answered")
    ]
    maison: Annotated[str, Meta(description="id of the house")]
    status: Annotated[
        Status,
        Meta(
            description="retracted (booking cancelled, consent withdrawn), expired, done (the client has "
            "been served), or open again: after a snooze, or escalated; else what the answer made of it"
        ),
    ]
    escalated: Annotated[int, Meta(description="1: to the team; 2: to the managers")] = 0
    at: Annotated[str, Meta(description="when, ISO 8601 UTC")]
    answer: Annotated[
        Answer | UnsetType, Meta(description="where somebody answered it, who and how; absent elsewhere")
    ] = UNSET


class PresenceChange(msgspec.Struct, frozen=True, kw_only=True, tag="presence"):
    """`personalise` -> `alerts`: somebody at the inbox's site came on duty, left, or is busy."""

    maison: Annotated[str, Meta(description="id of the house")]
    staff: Annotated[str, Meta(description="id of the person, in the maison file")]
    site: Annotated[str, Meta(description="id of the boutique or hotel")]
    status: Annotated[Literal["on", "off", "busy"], Meta(description="on duty, off, or with somebody")]
    at: Annotated[float, Meta(description="since when, Unix seconds")]


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
