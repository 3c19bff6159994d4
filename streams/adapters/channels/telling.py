"""Events as channels have them told: one shape for all."""

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from schemas.times import iso
from streams.hooks import Hook
from streams.inbound import Refused

LONGEST_ID = 240
"""Characters of a channel's id that are kept as they are; some of Instagram's have more."""
LONGEST_TEXT = 10_000
"""Characters of a message that are kept; Messenger has longer ones."""


def event(hook: Hook, type_: str, id_: str, at: float | None, data: Mapping[str, Any]) -> dict[str, Any]:
    """An event as sent; `at` in Unix seconds, None: now. Raises `Refused` for a time that is none."""
    said = {"specversion": "1.0", "type": type_, "source": hook.source, "id": id_, "data": dict(data)}
    return said if at is None else {**said, "time": _time(at)}


def chat(
    hook: Hook, type_: str, id_: str, at: float | None, client: str, message: str, **said: Any
) -> dict[str, Any]:
    """An event of the conversation between a client and an account; fields that are empty are left out."""
    if text := said.get("text"):
        said["text"] = text[:LONGEST_TEXT]
    data = {
        "who": {hook.channel: client},
        "channel": hook.channel,
        "conversation": short(f"{hook.account}:{client}"),
        "message": short(message),
        "direction": "in",
        **{name: value for name, value in said.items() if value},
    }
    return event(hook, type_, id_, at, data)


def refusal_of_marketing(hook: Hook, id_: str, at: float | None, client: str) -> dict[str, Any]:
    """A client's word that they want no marketing on this channel."""
    who = {hook.channel: client}
    data = {"who": who, "purpose": "marketing", "channel": hook.channel, "state": "none"}
    return event(hook, "client.consent", id_, at, data)


def short(id_: str) -> str:
    """An id within the length that one may have: one that is longer is told by its digest."""
    return id_ if len(id_) <= LONGEST_ID else blake2b(id_.encode(), digest_size=24).hexdigest()


def _time(at: float) -> str:
    try:
        datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        raise Refused(400, "timestamp", "is no time") from None
    return iso(at)
