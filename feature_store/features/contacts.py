"""When the house last reached out to a client, and on what: the client's attention, which is not endless.

A mail on Monday and a WhatsApp message on Wednesday, read on Thursday, give `week == 2` and `last_days == 1`.
What answers a client who wrote that day or the day before is an answer and no contact.
"""

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Any, NamedTuple

import msgspec

from feature_store.days import day_of
from feature_store.feature import Feature, House
from schemas.envelope import CHANNELS
from schemas.events.chat import CallIncoming, ChatMessage
from schemas.events.client import ClientContacted

HOUSE, CLIENT = 8, 4
"""Days with a contact of the house, and with a word of the client, that are remembered; the last ones."""
_IN_CHAT = 16
_ENTRY = Struct(">HB")


class Contact(NamedTuple):
    """`day` since 1970, UTC; `channel` by position in `CHANNELS`; in a chat, or sent by another system."""

    day: int
    channel: int
    chat: bool = False


class Contacts(msgspec.Struct, array_like=True, gc=False):
    """Three bytes an entry, one a day and channel, in their order: `house` reached out, `client` wrote."""

    house: bytes = b""
    client: bytes = b""


def reached(slice: Contacts) -> list[Contact]:
    """The contacts of the house that were no answers, the oldest first."""
    wrote = {(entry.day, entry.channel) for entry in _entries(slice.client)}
    return [
        entry
        for entry in _entries(slice.house)
        if not entry.chat or wrote.isdisjoint({(entry.day, entry.channel), (entry.day - 1, entry.channel)})
    ]


def _entries(packed: bytes) -> list[Contact]:
    return [Contact(day, way % _IN_CHAT, way >= _IN_CHAT) for day, way in _ENTRY.iter_unpack(packed)]


def _kept(entries: Iterable[Contact], most: int) -> bytes:
    last = sorted(set(entries))[-most:]
    return b"".join([_ENTRY.pack(e.day, e.channel + _IN_CHAT * e.chat) for e in last])


def _contacted(slice: Contacts, event: ClientContacted, at: float, house: House) -> None:
    if event.data.from_ is None:  # another house's lie with its grant (`grants`)
        _reach(slice, Contact(day_of(at), CHANNELS.index(event.data.channel)))


def _message(slice: Contacts, event: ChatMessage, at: float, house: House) -> None:
    channel = CHANNELS.index(event.data.channel)
    if event.data.direction == "out":
        _reach(slice, Contact(day_of(at), channel, chat=True))
    else:
        _hear(slice, Contact(day_of(at), channel))


def _call(slice: Contacts, event: CallIncoming, at: float, house: House) -> None:
    _hear(slice, Contact(day_of(at), CHANNELS.index("phone")))


def _reach(slice: Contacts, entry: Contact) -> None:
    slice.house = _kept([*_entries(slice.house), entry], HOUSE)


def _hear(slice: Contacts, entry: Contact) -> None:
    slice.client = _kept([*_entries(slice.client), entry], CLIENT)


def _values(slice: Contacts, now: float) -> dict[str, Any]:
    made, today = reached(slice), day_of(now)
    last: dict[str, int] = {}
    for contact in made:
        last[CHANNELS[contact.channel]] = max(0, today - contact.day)
    return {
        "week": len({c.day for c in made if c.day > today - 7}),
        "month": len({c.day for c in made if c.day > today - 30}),
        "last_days": min(last.values(), default=None),
        "channels": dict(sorted(last.items())),
    }


def _merge(slices: Sequence[Contacts]) -> Contacts:
    return Contacts(
        _kept([entry for s in slices for entry in _entries(s.house)], HOUSE),
        _kept([entry for s in slices for entry in _entries(s.client)], CLIENT),
    )


FEATURE = Feature(
    name="contacts",
    letter="F",
    slice=Contacts,
    on={ClientContacted: _contacted, ChatMessage: _message, CallIncoming: _call},
    values=_values,
    merge=_merge,
)
