"""LINE's Messaging API. https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects"""

import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from schemas.maison import Maison
from streams.adapters.channels import Call, Heard
from streams.adapters.channels.telling import chat, event, refusal_of_marketing
from streams.body import parsed
from streams.hooks import Hook, of
from streams.inbound import Refused
from streams.wire import read, site_of

ANSWER: str | None = None
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
    given = call.headers.get(SIGNATURE, "").encode()
    ours = [hook for hook in of(hooks, "line") if hmac.compare_digest(given, _signature(hook, call.body))]
    if not ours:
        raise Refused(403, SIGNATURE, "was made by the secret of no account in PREVENANCE_WEBHOOKS")
    body = read(parsed(call.body), _Body)
    hook = next((hook for hook in ours if hook.account == body.destination), None)
    if hook is None:
        raise Refused(403, "destination", "is none in PREVENANCE_WEBHOOKS whose secret signed this")
    return [Heard(hook, [event for said in body.events for event in _events_of(hook, said, call.houses)])]


def greeting(call: Call, hooks: Sequence[Hook]) -> str | None:
    """None: LINE tries a call without events."""
    return None


def _signature(hook: Hook, body: bytes) -> bytes:
    return b64encode(hmac.new(hook.secret, body, "sha256").digest())


def _events_of(hook: Hook, said: Any, houses: Mapping[str, Maison]) -> Iterator[Any]:
    try:
        told = read(said, _Event, said.get("webhookEventId") if isinstance(said, dict) else None)
        if told.source is not None and told.source.type == "user" and told.source.user_id:
            yield from _told(hook, told, told.source.user_id, houses)
    except Refused as refused:
        yield refused


def _told(hook: Hook, told: _Event, client: str, houses: Mapping[str, Maison]) -> Iterator[dict[str, Any]]:
    id_, at = told.webhook_event_id, told.timestamp / 1000
    type_ = {"message": "chat.message", "messageEdited": "chat.edit"}.get(told.type)
    if type_ is not None and (message := told.message) is not None:
        file = {"kind": message.type, **({"name": message.file_name} if message.file_name else {})}
        held = {"text": message.text, "attachments": None if message.type == "text" else [file]}
        yield chat(hook, type_, id_, at, client, message.id, **held)
    elif told.unsend is not None:
        yield chat(hook, "chat.delete", id_, at, client, told.unsend.message_id)
    elif told.beacon is not None and told.beacon.type == "enter":
        site = site_of(houses.get(hook.maison), told.beacon.hwid, "beacon.hwid").id
        data = {"who": {"line": client}, "site": site, "method": "beacon"}
        yield event(hook, "store.checkin", id_, at, data)
    elif told.type == "unfollow":
        yield refusal_of_marketing(hook, id_, at, client)
