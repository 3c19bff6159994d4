"""LINE's Messaging API. https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects"""

import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from schemas.maison import Maison
from streams.adapters.channels import Call, Heard
from streams.adapters.channels.telling import chat, event, refusal_of_marketing
from streams.hooks import Hook, of
from streams.inbound import Refused
from streams.wire import id_in, read, site_of, told

ANSWER: str | None = None
MOST = 1024 * 1024
ONCE = 3600.0
"""Seconds for which a telephone at a beacon is one visit: at the edge of it, it enters again and again."""
SIGNATURE = "X-Line-Signature"


class _Body(msgspec.Struct):
    destination: str
    events: list[Any] = []


class _Source(msgspec.Struct, rename="camel"):
    type: str
    user_id: str | None = None


class _Message(msgspec.Struct, rename="camel"):
    id: str
    type: str
    text: str | None = None
    file_name: str | None = None


class _Unsend(msgspec.Struct, rename="camel"):
    message_id: str


class _Beacon(msgspec.Struct):
    hwid: str
    type: str


class _Event(msgspec.Struct, rename="camel"):
    type: str
    webhook_event_id: str
    timestamp: float
    source: _Source | None = None
    message: _Message | None = None
    unsend: _Unsend | None = None
    beacon: _Beacon | None = None


def heard(call: Call, hooks: Sequence[Hook]) -> list[Heard]:
    """What the account said that the call is for, if its secret signed it."""
    given = call.headers.get(SIGNATURE, "").encode(errors="surrogateescape")
    ours = [hook for hook in of(hooks, "line") if hmac.compare_digest(given, _signature(hook, call.body))]
    if not ours:
        raise Refused(403, SIGNATURE, "was made by the secret of no account in PREVENANCE_WEBHOOKS")
    body = read(told(call.body), _Body)
    hook = next((hook for hook in ours if hook.account == body.destination), None)
    if hook is None:
        raise Refused(403, "destination", "is none in PREVENANCE_WEBHOOKS whose secret signed this")
    events = [event for said in body.events for event in _events_of(hook, said, call.houses)]
    return [Heard(hook.maison, hook.source, events)]


def _signature(hook: Hook, body: bytes) -> bytes:
    return b64encode(hmac.new(hook.secret, body, "sha256").digest())


def _events_of(hook: Hook, said: Any, houses: Mapping[str, Maison]) -> Iterator[Any]:
    try:
        event = read(said, _Event, id_in(said, "webhookEventId"))
        if event.source is not None and event.source.type == "user" and event.source.user_id:
            yield from _told(hook, event, event.source.user_id, houses)
    except Refused as refused:
        yield refused


def _told(hook: Hook, said: _Event, client: str, houses: Mapping[str, Maison]) -> Iterator[dict[str, Any]]:
    id_, at = said.webhook_event_id, said.timestamp / 1000
    type_ = {"message": "chat.message", "messageEdited": "chat.edit"}.get(said.type)
    if type_ is not None and (message := said.message) is not None:
        file = {"kind": message.type, **({"name": message.file_name} if message.file_name else {})}
        held = {"text": message.text, "attachments": None if message.type == "text" else [file]}
        yield chat(hook, type_, id_, at, client, message.id, **held)
    elif said.unsend is not None:
        yield chat(hook, "chat.delete", id_, at, client, said.unsend.message_id)
    elif said.beacon is not None and said.beacon.type == "enter":
        site = site_of(houses.get(hook.maison), said.beacon.hwid, "beacon.hwid").id
        data = {"who": {"line": client}, "site": site, "method": "beacon"}
        once = f"{client}:{said.beacon.hwid}:{at // ONCE:.0f}"
        yield event(hook, "store.checkin", once, at, data)
    elif said.type == "unfollow":
        yield refusal_of_marketing(hook, id_, at, client)
