"""WhatsApp's Cloud API. https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec

from streams.adapters.channels.telling import chat, refusal_of_marketing
from streams.hooks import Hook
from streams.inbound import Refused
from streams.wire import id_in, read

FIELDS = ("messages", "smb_message_echoes", "user_preferences")
"""What is subscribed to and is of a conversation."""
NO_MESSAGES = ("system", "request_welcome")
"""A number that changed (numbers change hands: a person links them), a conversation that was but opened."""
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
    messages: list[Any] = []
    message_echoes: list[Any] = []
    statuses: list[Any] = []
    user_preferences: list[Any] = []


def read_from(value: Any) -> tuple[str, _Value]:
    """The house's number that a change is about, and what was changed. Raises `Refused`."""
    said = read(value, _Value)
    return said.metadata.phone_number_id, said


def events_of(hook: Hook, value: _Value) -> Iterator[Any]:
    """The events of a change; a `Refused` for each part of which nothing could be made."""
    for said, reader in (
        (value.messages, partial(_message, direction="in")),
        (value.message_echoes, partial(_message, direction="out")),
        (value.statuses, _status),
        (value.user_preferences, _preference),
    ):
        for one in said:
            try:
                yield from reader(hook, one)
            except Refused as refused:
                yield refused


def _message(hook: Hook, said: Any, direction: str) -> Iterator[dict[str, Any]]:
    """Of the client's, or what the house wrote from its telephone."""
    message = read(said, _Message, id_in(said, "id"))
    client = message.to if direction == "out" else message.from_ or message.from_user_id
    if not client:
        raise _nobody(message.id, "to" if direction == "out" else "from")
    if message.group_id is not None or message.type in NO_MESSAGES:
        return
    type_, of, held = "chat.message", message.id, _held(message)
    if (reaction := message.reaction) is not None:
        type_, of, held = "chat.reaction", reaction.message_id, {"text": reaction.emoji}
    elif (revoke := message.revoke) is not None:
        type_, of, held = "chat.delete", revoke.original_message_id, {}
    elif (edit := message.edit) is not None:
        type_, of, held = "chat.edit", edit.original_message_id, _held(edit.message or _Content())
    yield chat(hook, type_, message.id, message.timestamp, client, of, direction=direction, **held)


def _held(content: _Content) -> dict[str, Any]:
    return {"text": content.words, "attachments": content.attachments}


def _status(hook: Hook, said: Any) -> Iterator[dict[str, Any]]:
    status = read(said, _Status, id_in(said, "id"))
    client = status.recipient_id or status.recipient_user_id
    if status.status == "read" and status.recipient_type == "individual" and client:
        yield chat(hook, "chat.read", f"{status.id}:read", status.timestamp, client, status.id)


def _preference(hook: Hook, said: Any) -> Iterator[dict[str, Any]]:
    """A stop is a refusal; its end is no consent: the house must ask anew."""
    stated = read(said, _Preference)
    client = stated.wa_id or stated.user_id
    if not client:
        raise _nobody(None, "wa_id")
    if stated.value.casefold() in STOPPED and stated.category.casefold().startswith("marketing"):
        yield refusal_of_marketing(hook, f"stop:{client}:{stated.timestamp}", stated.timestamp, client)


def _nobody(id_: str | None, field: str) -> Refused:
    refused = Refused(400, field, "names nobody")
    refused.id = id_
    return refused
