"""What messaging channels call us with, one a file: checked by its signature, then events of the contract.

| what a client does there | event |
| --- | --- |
| writes, taps a button, sends a picture | `chat.message` |
| changes it, takes it back, reacts, reads ours | `chat.edit`, `chat.delete`, `chat.reaction`, `chat.read` |
| stops marketing, blocks or leaves the house's account | `client.consent`, marketing, none |
| walks into a beacon, scans a site's code | `store.checkin` |

What the house writes there by another tool is a `chat.message` of direction out, where the channel tells. A
kind of message that nobody knows yet is kept as an attachment of that kind. Groups are no conversations of
one client and are passed over, as are delivery reports. Nothing said here makes two identifiers one client:
telephone numbers change hands.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from schemas.maison import Maison
from streams.hooks import Hook


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came; `body` is what was signed. `houses`: maison files, for the codes of sites."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    now: datetime
    houses: Mapping[str, Maison] = {}


class Heard(msgspec.Struct, frozen=True):
    """What was said to one house, and by which source; a `Refused` where nothing could be made of it."""

    maison: str
    source: str
    events: Sequence[Any]


class Signed(Protocol):
    """A channel that signs its calls.

    ANSWER: what it wants to read; None: it reads nothing. MOST: bytes of a call.
    """

    ANSWER: str | None
    MOST: int

    def heard(self, call: Call, hooks: Sequence[Hook]) -> list[Heard]:
        """What it says. Raises `Refused`: 403 where no account's secret made the signature, 400."""


class Greeting(Protocol):
    """A channel that asks whether we are there before it calls."""

    def greeting(self, call: Call, hooks: Sequence[Hook]) -> str:
        """What it wants to read. Raises `Refused` 403."""
