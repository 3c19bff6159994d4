"""One-to-one conversations, and the telephone."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from schemas.envelope import OPAQUE, PERSONAL, Channel, Data, Event, Language, Text, Words
from schemas.who import Whom

Conversation = Annotated[
    Text, Meta(description="id of the thread or the call; where an answer goes", extra=OPAQUE)
]


class ChatData(Data, frozen=True, kw_only=True):
    who: Whom
    channel: Annotated[Channel, Meta(description="what it was written on; an answer takes the same way")]
    conversation: Conversation
    message: Annotated[
        Text,
        Meta(
            description="the channel's id of the message that is written, changed, reacted to or read",
            extra=OPAQUE,
        ),
    ]
    direction: Annotated[Literal["in", "out"], Meta(description="in: from the client; out: from the house")]
    text: (
        Annotated[Words, Meta(description="as written, or as changed; a reaction's emoji", extra=PERSONAL)]
        | None
    ) = None
    language: Annotated[Language, Meta(description="of the text, as a BCP 47 tag")] | None = None
    attachments: (
        Annotated[
            list[Any],
            Meta(
                max_length=50,
                description="what came with it, each its kind, MIME type and bytes",
                extra=PERSONAL,
            ),
        ]
        | None
    ) = None


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
    who: Whom
    line: Annotated[Text, Meta(description="the house's number that rings")]
    conversation: Conversation


class CallIncoming(Event, frozen=True, kw_only=True, tag="call.incoming"):
    """The telephone rings."""

    topic = "chat.messages"
    data: CallData
