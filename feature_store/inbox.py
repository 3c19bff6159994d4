"""The inbox of a site, or of a team without one: its alerts, who is on duty, and a log of what was shown.

Deliver and people's verdicts both write here, by compare and set: read a view, compute, apply; refused
means somebody else was first, so read again.
"""

from collections.abc import AsyncIterator, Collection, Mapping
from typing import Literal, NamedTuple, Protocol

import msgspec

from schemas.alerts import OVER, Alert, Shown

START = "0"
"""The position before the first entry of a log."""

LOG_LENGTH = 2000
"""Entries of a log that are surely kept; older ones go."""


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """Since `at` (Unix seconds) somebody is on duty at the inbox's site, off, or busy."""

    status: Literal["on", "off", "busy"]
    at: float


class Bucket(msgspec.Struct, frozen=True, array_like=True):
    """What was left of a budget of interruptions at a time, Unix seconds."""

    left: float
    at: float


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An alert as its inbox keeps it.

    `alert.revision` counts what was shown here, whoever changed it; `seen` is the newest revision that came
    from the topic. `answered`: when somebody last answered it, Unix seconds; `closed_by` and `closed` say who
    ended it by which verdict. `worth`: what it is held to be worth to interrupt somebody for it; None: it
    waits for no one. `withheld`: it is kept from every screen by a silence, or, with a `price`, because an
    interruption cost more than it is worth; then it waits. After `keep_until` (Unix seconds) it is forgotten.
    `routed`: it names nobody, and is for whom it is because they were there.
    """

    alert: Alert
    seen: int
    keep_until: float
    answered: float | None = None
    closed_by: str | None = None
    closed: str | None = None
    withheld: bool = False
    worth: float | None = None
    price: float | None = None
    routed: bool = False

    @property
    def waits(self) -> bool:
        """Whether it is shown as soon as an interruption costs no more than it is worth."""
        return self.withheld and self.price is not None and not self.over

    @property
    def spared(self) -> bool:
        """Whether nobody was shown it, so as not to interrupt them."""
        return self.waits or self.closed == "withheld"

    @property
    def over(self) -> bool:
        """True when nothing can follow."""
        return self.alert.status in OVER


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An entry and the position in the log where it was last shown (`START`: never)."""

    entry: Entry
    position: str = START


class View(msgspec.Struct, frozen=True, kw_only=True):
    """An inbox at one moment: those entries that were asked for, those that wait, and all else.

    `offset` is the last applied offset of the topic `alerts` within `epoch` (the empty string: none yet);
    `position` that of the log's newest entry. `budgets`: of whoever was interrupted lately.
    """

    inbox: str
    version: int = 0
    epoch: str = ""
    offset: int = -1
    presence: dict[str, Presence] = {}
    held: dict[str, Held] = {}
    waiting: dict[str, Held] = {}
    budgets: dict[str, Bucket] = {}
    position: str = START


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """What changes in an inbox that was read at `version`: entries by alert id, presence by staff, the fence.

    `shown` goes to the log in order; each belongs to one of `entries`. `budgets`: all of them, None: as they
    were.
    """

    version: int
    epoch: str
    offset: int
    entries: dict[str, Entry] = {}
    presence: dict[str, Presence] = {}
    budgets: dict[str, Bucket] | None = None
    shown: tuple[Shown, ...] = ()


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the log."""

    position: str
    shown: Shown


class Grown(msgspec.Struct, frozen=True, kw_only=True):
    """An inbox's log has grown by `entry`; `before` is where it ended until then."""

    inbox: str
    before: str
    entry: Logged


class PositionLost(LookupError):
    """The log no longer holds that position, or never did: what came after it cannot be told."""


class Size(NamedTuple):
    """How many alerts of an inbox are not over, and how many of those wait to be shown."""

    open: int
    waiting: int


class Inboxes(Protocol):
    """All inboxes of a store. Safe for concurrent use, by any number of processes."""

    async def read(self, wanted: Mapping[str, Collection[str]]) -> dict[str, View]:
        """A view of each inbox with those of the wanted alert ids that it has, over or not.

        Each view is of one moment; two views need not be of the same.
        """
        ...

    async def read_open(self, inboxes: Collection[str]) -> dict[str, View]:
        """A view of each inbox with every alert that is not over."""
        ...

    async def sizes(self, inboxes: Collection[str]) -> dict[str, Size]:
        """How many alerts each inbox holds, without reading them."""
        ...

    async def apply(self, writes: Mapping[str, Write], now: float) -> set[str]:
        """Writes each inbox whole or not at all; returns those refused, because they changed since read.

        Sent twice, the second is refused. An inbox of another epoch refuses. Entries whose `keep_until` is
        before `now` are forgotten along the way, at most 100 at once.
        """
        ...

    async def log(self, inbox: str, after: str, limit: int = 500) -> list[Logged]:
        """The log after a position, oldest first. Raises `PositionLost`.

        Positions rise and are never given twice. The last `LOG_LENGTH` entries are there.
        """
        ...

    def grown(self) -> AsyncIterator[Grown]:
        """What logs grow by, from now on. Some of it may be missed: `before` tells, and one polls as well."""
        ...


def encode_entry(entry: Entry) -> bytes:
    """JSON bytes."""
    return msgspec.json.encode(entry)


_entry_decoder = msgspec.json.Decoder(Entry)
_shown_decoder = msgspec.json.Decoder(Shown)


def decode_entry(value: bytes) -> Entry:
    """Raises `msgspec.DecodeError`."""
    return _entry_decoder.decode(value)


def decode_shown(value: bytes | str) -> Shown:
    """Raises `msgspec.DecodeError`."""
    return _shown_decoder.decode(value)
