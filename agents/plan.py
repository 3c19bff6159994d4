"""What a slice of a topic holds, and what must be read before it can be computed. Pure."""

from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, cast

import msgspec

from agents.segments import Segmentation, segmentation_of
from feature_store.feature import House, house_of
from feature_store.record import PERSONAL
from feature_store.scale import Scale
from feature_store.store import PartKey
from feature_store.together import Together
from schemas.alerts import PresenceChange, inbox_of
from schemas.codec import TRAVELLING, Unreadable, decode, readable
from schemas.envelope import Event
from schemas.events.chat import ChatMessage
from schemas.events.client import ClientSurprise
from schemas.events.hotel import HotelService
from schemas.events.staff import StaffFeedback, StaffPresence
from schemas.key import key_of_event
from schemas.maison import Maison
from schemas.personal import SEALED, Sealed, opened
from schemas.sealing import Key, Lost
from schemas.silence import Silence
from schemas.times import FIRST

CONSENT = "client.consent"
"""The type by which somebody who was erased comes back."""
AHEAD = 300.0
"""Seconds an event's time may lie ahead of the clock before it is read as now."""


CLOSED = b'"sealed":'
"""How an event's words travel: beside what says where it happened, and sealed."""
WORDED = frozenset({ChatMessage, HotelService, StaffFeedback})
"""Event types of which a feature or a rule reads such words, or an inbox is told them."""


class Raw(Protocol):
    """A record of a topic as it came, whoever read it."""

    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...


class Dead(NamedTuple):
    """What could not be read: kept with its reason and its original bytes."""

    raw: Raw
    reason: str


class Touch(msgspec.Struct, frozen=True, gc=False):
    """An event that names a part; `at` is its time in Unix seconds, never far ahead of the clock, nor before
    the calendar of any zone begins.
    """

    event: Event
    part: PartKey
    at: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a slice holds, and what must be read before it can be computed."""

    touches: list[Touch]
    dead: list[Dead]
    rekeyed: list[tuple[str, Raw]]
    presence: list[tuple[str, PresenceChange]]
    parts: list[PartKey]
    waking: list[PartKey]
    """Parts at which a rule wakes: their links are read, and the parts they lead to."""
    locked: list[PartKey]
    """Parts whose key is not known, or not the one that opens what is said of them."""
    erased: list[PartKey]
    """For each event of a part whose key was destroyed, that part: nobody can read what it says."""
    keyed: list[PartKey]
    """Parts of whose records something personal is read or written."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What is given, not read: the houses, the pepper, the newest estimators by (maison, model).

    segments, scales, silences: of each maison; concerned: events that can change who is in a segment of any.
    without: rules and guards that are not asked, in a rehearsal and nowhere else.
    """

    maisons: Mapping[str, Maison]
    houses: Mapping[str, House]
    pepper: bytes
    estimators: Mapping[tuple[str, str], Any]
    segments: Mapping[str, Segmentation] = {}
    concerned: frozenset[type[Event]] = frozenset()
    scales: Mapping[str, Scale] = {}
    together: Mapping[str, Together] = {}
    silences: Mapping[str, Sequence[Silence]] = {}
    without: frozenset[str] = frozenset()


def context(
    maisons: Mapping[str, Maison], pepper: bytes, estimators: Mapping[tuple[str, str], Any]
) -> Context:
    """A context with the catalogues by `sku`. Raises `ValueError` where a segment asks for no feature."""
    houses = {id: house_of(maison, pepper) for id, maison in maisons.items()}
    segments = {id: segmentation_of(maison) for id, maison in maisons.items() if maison.segments}
    return Context(
        maisons=maisons,
        houses=houses,
        pepper=pepper,
        estimators=estimators,
        segments=segments,
        concerned=frozenset(kind for of in segments.values() for kind in of.by),
    )


Keyring = Mapping[PartKey, Key | None]
"""Keys of parts; None for one that was destroyed."""
NO_KEYS: Keyring = MappingProxyType({})


class _Whose(msgspec.Struct, frozen=True):
    maison: str


_whose = msgspec.json.Decoder(_Whose)
_TYPE = b'"type":"'
_OPENED = tuple(f'{tag}"'.encode() for tag in (SEALED, *(kind.__struct_config__.tag for kind in WORDED)))


def closed(raws: Iterable[Raw], ctx: Context) -> list[PartKey]:
    """Parts whose keys open what a slice says: looked up before, it need not be planned again.

    By the look of the bytes, as the gateway writes them: what else is sealed, `plan` finds. O(bytes).
    """
    found: dict[PartKey, None] = {}
    for raw in raws:
        value = raw.value or b""
        if value.startswith(_OPENED, value.find(_TYPE) + len(_TYPE)) and len(value) <= TRAVELLING:
            with suppress(Unreadable, UnicodeDecodeError):
                part = (readable(_whose, value).maison, (raw.key or b"").decode())
                if part[0] in ctx.maisons:
                    found[part] = None
    return list(found)


def plan(
    raws: Iterable[Raw], now: float, wakes: Set[type[Event]], ctx: Context, keys: Keyring = NO_KEYS
) -> Plan:
    """Reads a slice: each event decoded once, its key checked, what is unreadable set aside. O(events).

    `wakes`: the event types at which some rule is asked; segments have their own. Events that no key at hand
    opens stand among the dead, their parts in `locked`: look for their keys and plan again.
    """
    made = Plan(
        touches=[], dead=[], rekeyed=[], presence=[], parts=[], waking=[], locked=[], erased=[], keyed=[]
    )
    parts: dict[PartKey, None] = {}
    waking: dict[PartKey, None] = {}
    keyed: dict[PartKey, None] = {}
    latest, maisons, pepper = now + AHEAD, ctx.maisons, ctx.pepper
    wakes |= ctx.concerned
    for raw in raws:
        try:
            event = decode(raw.value)
            if event.maison not in maisons:
                raise Unreadable("unknown maison - at `$.maison`")
            oid = key_of_event(event, pepper)
            if oid is None:
                raise Unreadable("names nobody - at `$.data.who`")
        except Unreadable as error:
            made.dead.append(Dead(raw, str(error)))
            continue
        if raw.key != oid.encode():
            made.rekeyed.append((oid, raw))
            continue
        part = (event.maison, oid)
        if type(event) is Sealed:
            if (open := _opened(raw, event.of, part, keys, made)) is None:
                continue
            event = open
        elif type(event) in WORDED and CLOSED in (raw.value or b""):
            if part not in keys:
                made.locked.append(part)
                made.dead.append(Dead(raw, "its key is not known"))
                continue
            event = _worded(raw, event, keys[part])
        kind = type(event)
        at = event.time.timestamp()
        if at > latest:
            at = now
        elif at < FIRST:  # some systems write the first day there is for a time they do not know
            at = FIRST
        if kind is StaffPresence:
            made.presence.append(_presence(cast(StaffPresence, event), at))
            continue
        made.touches.append(Touch(event, part, at))
        parts[part] = None
        if kind in wakes:
            waking[part] = None
            if kind is not ClientSurprise:  # no key is made for whoever is only bought something
                keyed[part] = None
        elif kind in PERSONAL or (kind is StaffFeedback and cast(StaffFeedback, event).data.text):
            keyed[part] = None
    made.parts.extend(parts)
    made.waking.extend(waking)
    made.keyed.extend(keyed)
    return made


def _opened(raw: Raw, of: str, part: PartKey, keys: Keyring, made: Plan) -> Event | None:
    try:
        if part not in keys:
            raise Lost("its key is not known")
        key = keys[part]
        if key is not None:
            return decode(opened(raw.value or b"", key))
        made.erased.append(part)
        if of == CONSENT:  # they may be back, under a key that was drawn a moment ago
            made.locked.append(part)
    except Lost as error:
        made.locked.append(part)
        made.dead.append(Dead(raw, str(error)))
    except Unreadable as error:
        made.dead.append(Dead(raw, str(error)))
    return None


def _worded(raw: Raw, event: Event, key: Key | None) -> Event:
    """An event with its words; as it travelled where no key opens them: it was written all the same."""
    try:
        return event if key is None else decode(opened(raw.value or b"", key, threads=False))
    except (Lost, Unreadable):
        return event


def _presence(event: StaffPresence, at: float) -> tuple[str, PresenceChange]:
    data = event.data
    change = PresenceChange(maison=event.maison, staff=data.staff, site=data.site, status=data.status, at=at)
    return inbox_of(event.maison, data.site), change
