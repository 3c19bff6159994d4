"""One-to-one conversations, and the telephone."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from schemas.envelope import Channel, Data, Event, Language, Text, Words
from schemas.who import Who


class ChatData(Data, frozen=True, kw_only=True):
    who: Who
    channel: Channel
    conversation: Annotated[Text, Meta(description="where an answer goes")]
    message: Annotated[Text, Meta(description="id of the message")]
    direction: Annotated[Literal["in", "out"], Meta(description="in: from the client")]
    text: Words | None = None
    language: Language | None = None
    attachments: Annotated[list[Any], Meta(max_length=50)] | None = None


class ChatMessage(Event, frozen=True, kw_only=True, tag="chat.message"):
    """A message is written, by the client or to the client."""

    topic = "chat.messages"
    data: ChatData


class ChatEdit(Event, frozen=True, kw_only=True, tag="chat.edit"):
    """A message is changed."""

    topic = "chat.messages"
    data: ChatData


class ChatDelete(Event, frozen=True, kw_only=True, tag="chat.delete"):
    """A message is taken back."""

    topic = "chat.messages"
    data: ChatData


class ChatReaction(Event, frozen=True, kw_only=True, tag="chat.reaction"):
    """A reaction (an emoji in `text`) to a message."""

    topic = "chat.messages"
    data: ChatData


class ChatRead(Event, frozen=True, kw_only=True, tag="chat.read"):
    """A message was read."""

    topic = "chat.messages"
    data: ChatData


class CallData(Data, frozen=True, kw_only=True):
    who: Who
    line: Annotated[Text, Meta(description="the house's line that rings")]
    conversation: Text


class CallIncoming(Event, frozen=True, kw_only=True, tag="call.incoming"):
    """The telephone rings."""

    topic = "chat.messages"
    data: CallData
