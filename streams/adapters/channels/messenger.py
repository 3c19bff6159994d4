"""Messenger and Instagram, of one shape. https://developers.facebook.com/docs/messenger-platform/webhooks"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from streams.adapters.channels.telling import chat
from streams.hooks import Hook
from streams.inbound import Refused
from streams.wire import MILLISECONDS, read

FIELDS = ("messages",)
"""What is subscribed to and is of a conversation, where it comes as a change."""


class _Party(msgspec.Struct):
    id: str


class _Attachment(msgspec.Struct):
    type: str = "unsupported"
    payload: dict[str, Any] | None = None


class _Message(msgspec.Struct):
    mid: str
    text: str | None = None
    attachments: list[_Attachment] | None = None
    is_echo: bool = False
    is_deleted: bool = False


class _Edit(msgspec.Struct):
    mid: str
    text: str | None = None
    num_edit: int = 0


class _Reaction(msgspec.Struct):
    mid: str
    emoji: str | None = None
    action: str = "react"


class _Read(msgspec.Struct):
    mid: str | None = None


class _Postback(msgspec.Struct):
    mid: str | None = None
    title: str | None = None


class _Item(msgspec.Struct):
    sender: _Party
    recipient: _Party
    timestamp: int | str | None = None
    message: _Message | None = None
    message_edit: _Edit | None = None
    reaction: _Reaction | None = None
    read: _Read | None = None
    postback: _Postback | None = None

    @property
    def ours(self) -> bool:
        return self.message is not None and self.message.is_echo

    @property
    def client(self) -> str:
        return (self.recipient if self.ours else self.sender).id

    @property
    def at(self) -> float | None:
        """Milliseconds as Meta sends them, seconds or ISO 8601 as its tests do."""
        if self.timestamp is None:
            return None
        try:
            stated = float(self.timestamp)
        except ValueError:
            return _iso(str(self.timestamp))
        return stated / 1000 if stated > MILLISECONDS else stated


def read_from(said: Any) -> tuple[str, _Item]:
    """The page or account that an item is about, and the item. Raises `Refused`."""
    item = read(said, _Item)
    return (item.sender if item.ours else item.recipient).id, item


def events_of(hook: Hook, item: _Item) -> Iterator[Any]:
    """The events of an item; a `Refused` where nothing could be made of it."""
    try:
        yield from _told(hook, item)
    except Refused as refused:
        yield refused


def _told(hook: Hook, item: _Item) -> Iterator[dict[str, Any]]:
    client, at = item.client, item.at
    if (message := item.message) is not None:
        if message.is_deleted:
            yield chat(hook, "chat.delete", f"{message.mid}:deleted", at, client, message.mid)
            return
        held = {
            "text": message.text,
            "attachments": [_attachment(one) for one in message.attachments or ()],
            "direction": "out" if message.is_echo else "in",
        }
        yield chat(hook, "chat.message", message.mid, at, client, message.mid, **held)
    elif (edit := item.message_edit) is not None:
        id_ = f"{edit.mid}:edit:{edit.num_edit}"
        yield chat(hook, "chat.edit", id_, at, client, edit.mid, text=edit.text)
    elif (reaction := item.reaction) is not None:
        id_ = f"{reaction.mid}:{reaction.action}:{item.timestamp}"
        yield chat(hook, "chat.reaction", id_, at, client, reaction.mid, text=reaction.emoji)
    elif (seen := item.read) is not None and seen.mid:
        yield chat(hook, "chat.read", f"{seen.mid}:read", at, client, seen.mid)
    elif (tap := item.postback) is not None and tap.mid:
        yield chat(hook, "chat.message", tap.mid, at, client, tap.mid, text=tap.title)


def _attachment(one: _Attachment) -> dict[str, str]:
    url = (one.payload or {}).get("url")
    return {"kind": one.type, "url": url} if isinstance(url, str) else {"kind": one.type}


def _iso(stated: str) -> float:
    try:
        at = datetime.fromisoformat(stated)
    except ValueError:
        raise Refused(400, "timestamp", "is no time") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
