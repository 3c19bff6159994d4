"""WhatsApp's Cloud API. https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples"""

from collections.abc import Iterator
from typing import Any

import msgspec

from streams.adapters.channels.telling import chat, event, named, refusal_of_marketing
from streams.hooks import Hook
from streams.inbound import Refused
from streams.wire import read

STOPPED = ("stop", "stopped")


class _Text(msgspec.Struct):
    body: str = ""
    text: str = ""
    title: str = ""


class _Interactive(msgspec.Struct):
    button_reply: _Text | None = None
    list_reply: _Text | None = None


class _Media(msgspec.Struct):
    id: str | None = None
    mime_type: str | None = None
    caption: str | None = None
    filename: str | None = None


class _Content(msgspec.Struct):
    """What a message holds, new or changed."""

    type: str = "unsupported"
    text: _Text | None = None
    button: _Text | None = None
    interactive: _Interactive | None = None
    image: _Media | None = None
    video: _Media | None = None
    audio: _Media | None = None
    document: _Media | None = None
    sticker: _Media | None = None

    @property
    def media(self) -> _Media | None:
        return self.image or self.video or self.audio or self.document or self.sticker

    @property
    def words(self) -> str | None:
        if self.text is not None:
            return self.text.body
        if self.button is not None:
            return self.button.text
        if self.interactive is not None:
            reply = self.interactive.button_reply or self.interactive.list_reply
            return reply.title if reply is not None else None
        return self.media.caption if self.media is not None else None

    @property
    def attachments(self) -> list[dict[str, str]] | None:
        if self.media is None and self.words is not None:
            return None
        media = self.media or _Media()
        told = {"kind": self.type, "mime": media.mime_type, "id": media.id, "name": media.filename}
        return [{name: value for name, value in told.items() if value}]


class _Edit(msgspec.Struct):
    original_message_id: str
    message: _Content | None = None


class _Reaction(msgspec.Struct):
    message_id: str
    emoji: str = ""


class _System(msgspec.Struct):
    type: str = ""
    wa_id: str | None = None


class _Message(_Content, rename={"from_": "from"}, kw_only=True):
    id: str
    timestamp: float | None = None
    from_: str | None = None
    from_user_id: str | None = None
    to: str | None = None
    group_id: str | None = None
    edit: _Edit | None = None
    revoke: _Edit | None = None
    reaction: _Reaction | None = None
    system: _System | None = None


class _Contact(msgspec.Struct):
    wa_id: str | None = None
    user_id: str | None = None


class _Status(msgspec.Struct):
    id: str
    status: str
    recipient_type: str = "individual"
    recipient_id: str | None = None
    recipient_user_id: str | None = None
    timestamp: float | None = None


class _Preference(msgspec.Struct):
    value: str = ""
    category: str = ""
    wa_id: str | None = None
    user_id: str | None = None
    timestamp: float | None = None


class _Metadata(msgspec.Struct):
    phone_number_id: str


class _Value(msgspec.Struct):
    metadata: _Metadata
    contacts: list[_Contact] = []
    messages: list[Any] = []
    message_echoes: list[Any] = []
    statuses: list[Any] = []
    user_preferences: list[Any] = []


class _Change(msgspec.Struct):
    value: _Value


def account_of(change: Any) -> str:
    """The house's number that a change is about. Raises `Refused`."""
    return read(change, _Change).value.metadata.phone_number_id


def events_of(hook: Hook, change: Any) -> Iterator[Any]:
    """The events of a change; a `Refused` for each part of which nothing could be made."""
    value = read(change, _Change).value
    for contact in value.contacts:
        if contact.wa_id and contact.user_id:
            yield _link(hook, contact.wa_id, contact.user_id, None, "WhatsApp names one person by both")
    for said, reader in (
        (value.messages, _message),
        (value.message_echoes, _echo),
        (value.statuses, _status),
        (value.user_preferences, _preference),
    ):
        for one in said:
            try:
                yield from reader(hook, one)
            except Refused as refused:
                yield refused


def _message(hook: Hook, said: Any) -> Iterator[dict[str, Any]]:
    message = read(said, _Message, said.get("id") if isinstance(said, dict) else None)
    client, at = message.from_ or message.from_user_id, message.timestamp
    if not client:
        raise _nobody(message.id, "from")
    if message.group_id is not None:
        return
    if (system := message.system) is not None:
        if system.type == "user_changed_number" and system.wa_id:
            yield _link(hook, client, system.wa_id, at, "WhatsApp: the client changed their number")
    elif (reaction := message.reaction) is not None:
        yield chat(hook, "chat.reaction", message.id, at, client, reaction.message_id, text=reaction.emoji)
    elif (revoke := message.revoke) is not None:
        yield chat(hook, "chat.delete", message.id, at, client, revoke.original_message_id)
    elif (edit := message.edit) is not None:
        now = edit.message or _Content()
        held = {"text": now.words, "attachments": now.attachments}
        yield chat(hook, "chat.edit", message.id, at, client, edit.original_message_id, **held)
    else:
        held = {"text": message.words, "attachments": message.attachments}
        yield chat(hook, "chat.message", message.id, at, client, message.id, **held)


def _echo(hook: Hook, said: Any) -> Iterator[dict[str, Any]]:
    """What the house wrote from its telephone."""
    message = read(said, _Message, said.get("id") if isinstance(said, dict) else None)
    if not message.to:
        raise _nobody(message.id, "to")
    held = {"text": message.words, "attachments": message.attachments, "direction": "out"}
    yield chat(hook, "chat.message", message.id, message.timestamp, message.to, message.id, **held)


def _status(hook: Hook, said: Any) -> Iterator[dict[str, Any]]:
    status = read(said, _Status)
    client = status.recipient_id or status.recipient_user_id
    if status.status == "read" and status.recipient_type == "individual" and client:
        yield chat(hook, "chat.read", f"{status.id}:read", status.timestamp, client, status.id)


def _preference(hook: Hook, said: Any) -> Iterator[dict[str, Any]]:
    """A stop is a refusal; its end is no consent: the house must ask anew."""
    stated = read(said, _Preference)
    client = stated.wa_id or stated.user_id
    if not client:
        raise _nobody(None, "wa_id")
    if stated.value in STOPPED and stated.category.startswith("marketing"):
        id_ = f"stop:{named(hook, client)}:{stated.timestamp or 0:.0f}"
        yield refusal_of_marketing(hook, id_, stated.timestamp, client)


def _link(hook: Hook, one: str, other: str, at: float | None, evidence: str) -> dict[str, Any]:
    """Told again with each message: under one name, so that it counts once."""
    data = {"who": {"whatsapp": one}, "with": {"whatsapp": other}, "evidence": evidence}
    return event(hook, "client.link", f"link:{named(hook, f'{one}|{other}')}", at, data)


def _nobody(id_: str | None, field: str) -> Refused:
    refused = Refused(400, field, "names nobody")
    refused.id = id_
    return refused
