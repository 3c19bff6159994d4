"""The record of one part: one slice per feature, and the ring of what was already applied.

Stored as msgpack: a map with one-letter names outside (a feature can be added or go), arrays inside.
"""

from collections.abc import Callable, Sequence
from math import ceil
from operator import attrgetter
from typing import Any

import msgspec
from xxhash import xxh3_64_digest

from feature_store import features
from feature_store.feature import Feature, House, instances
from feature_store.features.orders import tell_ahead, told_ahead
from feature_store.features.orders import tell_anew as tell_order_anew
from feature_store.locked import Locked, locked
from feature_store.told_twice import counted_twice
from schemas.events import EVENTS
from schemas.events.staff import StaffFeedback
from schemas.events.store import StorePurchase, StoreReturn
from schemas.events.web import WebView
from schemas.sealing import Key, Lost
from schemas.wording import PlainError

HASH = 5
"""Bytes of an event's hash: a false twin has probability 100 / 2^40 per event, about one in ten billion."""
RING = 100 * HASH
RECENT = 300.0
"""Seconds for which, at least, everything applied is remembered, and not the last hundred events alone. A
worker that catches up reads a client's topics one after another: between an event and its twin it may meet
any number of that client's other events."""
BURST = 4096 * HASH
"""Where the ring ends nevertheless."""
ORDERS = 16 * HASH
FIRST = 1
"""The version of stored records that name none."""
VERSION = 6

FEATURES: list[Feature] = instances(features, "FEATURE")
BY_NAME = {f.name: f for f in FEATURES}
_SLOTS = {f.name: (f.letter, f.slice, f.personal) for f in FEATURES}
_LESS = [(f.letter, f.less) for f in FEATURES if f.less is not None]
_TOLD = tuple(f.letter for f in FEATURES if f.on and all(kind.topic != WebView.topic for kind in f.on))
_HEARD = tuple(f.letter for f in FEATURES if f.name != "surprises")
SEALED = frozenset(f.letter for f in FEATURES if f.personal or WebView not in f.on)
"""Slices that stay as they were stored, as bytes, until they are asked for: most events are page views, which
need none of them, and of a client the house knows well they are most of the record."""

LOCKED = tuple(f.letter for f in FEATURES if f.personal)
"""Slices of words that a client or others said: stored together, sealed with the part's key."""
PERSONAL = frozenset(kind for f in FEATURES if f.personal for kind in f.on)
"""Event types that change such a slice."""

OWN: list[tuple[str, type, Any]] = [
    ("v", int, FIRST),
    ("z", bytes, b""),  # the last events, as hashes
    ("w", int, 0),  # when a ring that overflowed was last cut, Unix seconds
    ("n", int, 0),  # how many bytes it then had beyond a hundred events: all these are the older ones
    ("x", int, 0),  # when the client was erased, Unix seconds; came back since: when, below zero
    ("o", bytes, b""),  # the last orders, as hashes: a till and a web shop may both report a sale
    ("y", bytes, b""),  # the personal slices, sealed; a `Locked` where the key is at hand
]
"""What a record holds beside the slices of features: no feature may have one of these letters."""

Record: Any = msgspec.defstruct(
    "Record",
    [*OWN, *((f.letter, msgspec.Raw if f.letter in SEALED else f.slice | None, None) for f in FEATURES)],
    omit_defaults=True,
    gc=False,
)
"""One part: what is its own, and of each feature its slice, its bytes, or None."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)
_unsealers = {f.letter: msgspec.msgpack.Decoder(f.slice) for f in FEATURES if f.letter in SEALED}
_personal = {letter: _unsealers[letter].decode for letter in LOCKED}
_personal_of, _NOTHING = attrgetter(*LOCKED), (None,) * len(LOCKED)


def _unsealed(record: Any, letter: str) -> Any:
    """A slice as the record has it, None where it has none; one that was sealed is open from now on.

    A personal one without its key is as good as none.
    """
    held = getattr(record, letter)
    if type(held) is msgspec.Raw:
        held = _unsealers[letter].decode(held)
        setattr(record, letter, held)
    elif held is None and letter in LOCKED and type(record.y) is Locked:
        return record.y.read(letter)
    return held


def _writable(record: Any, letter: str) -> Any:
    """A personal slice that is about to change."""
    _unlock(record)
    return _unsealed(record, letter)


def _unlock(record: Any) -> None:
    """Lays the personal slices out in the record, to be sealed again with it."""
    if type(record.y) is Locked:
        for letter, raw in record.y.slices().items():
            if getattr(record, letter) is None:
                setattr(record, letter, raw)
        record.y = b""


def _getter(letter: str) -> Callable[[Any, str], Any]:
    if letter in LOCKED:
        return _writable
    return _unsealed if letter in SEALED else getattr


_EMPTY = {f.letter: f.slice() for f in FEATURES}
"""By letter, a slice that knows nothing: to compare with, never to change."""

_UPDATES = {
    kind: tuple((_getter(f.letter), f.letter, f.slice, f.on[kind]) for f in FEATURES if kind in f.on)
    for kind in EVENTS.values()
}
"""Event type -> what it changes: how to get at the slice, its letter, its type, the update."""
_MONEY = [
    (_getter(f.letter), f.letter, f.less, f.on[StorePurchase])
    for f in FEATURES
    if f.less is not None and StoreReturn in f.on
]
"""What adds up what orders came to: how to get at the slice, its letter, how one is taken back and put in."""


def forgotten(at: float) -> Any:
    """What is left of a part that was erased at `at`."""
    return Record(v=VERSION, x=int(at))


class _Version(msgspec.Struct):
    v: int = FIRST


_versions = msgspec.msgpack.Decoder(_Version)


class NewerRecord(PlainError):
    """The record was written by a newer version, whose slices this one would drop, or by one too old."""


def encode(record: Any, key: Key | None = None) -> bytes:
    """Bytes as stored; personal slices that were made or changed are sealed with the part's key.

    Without a key they stay readable: for records that are compared, never for those that are kept.
    """
    if record.v == FIRST:  # made here, not read
        record.v = VERSION
    if key is not None and _said(record):
        _unlock(record)
        said = _said(record)
        record.y = locked(said, key)
        for letter in said:
            setattr(record, letter, None)
    elif type(record.y) is Locked:
        record.y = record.y.stored
    return _encoder.encode(record)


def _said(record: Any) -> dict[str, Any]:
    """The personal slices that lie open in the record, by letter."""
    held = _personal_of(record)
    if held == _NOTHING:
        return {}
    return {letter: slice for letter, slice in zip(LOCKED, held, strict=True) if slice is not None}


def decode(value: bytes | None, key: Key | None = None) -> Any:
    """The record as stored, or a new one; with the part's key its personal slices can be read.

    Raises `NewerRecord`.
    """
    if value is None:
        return Record(v=VERSION)
    try:
        record = _decoder.decode(value)
    except msgspec.ValidationError:
        _refuse(version_of(value))
        raise
    if record.v != VERSION:
        _refuse(record.v)
    if key is not None and record.y:
        record.y = Locked(record.y, key, _personal)
    return record


def beside(record: Any) -> Any:
    """A record as it is read beside its client's other parts: without its words where they are sealed with
    another key.

    They may be: of whoever was erased and came back either the key at hand or the record can be the older.
    """
    if type(record.y) is Locked:
        try:
            record.y.slices()
        except Lost:
            return msgspec.structs.replace(record, y=b"")
    return record


def version_of(value: bytes) -> int:
    """The version that a stored record names."""
    return _versions.decode(value).v


def _refuse(version: int) -> None:
    if version > VERSION:
        raise NewerRecord(f"a record has version {version}, this worker knows {VERSION}: upgrade it first")
    if version < VERSION:
        raise NewerRecord(
            f"a record has version {version}, this worker knows {VERSION}: make the records again from the "
            "log, with `prevenance rebuild --yes`"
        )


def hash_of(text: str) -> bytes:
    """The few bytes that stand for an event or an order. Who could forge them writes to that part anyway."""
    return xxh3_64_digest(text.encode())[:HASH]


def holds(ring: bytes, hash: bytes) -> bool:
    """Whether a ring of hashes holds this one, at a hash's boundary."""
    at = ring.find(hash)
    while at >= 0 and at % HASH:
        at = ring.find(hash, at + 1)
    return at >= 0


def _remember(record: Any, ring: bytes, now: float) -> None:
    """Keeps a ring that overflows: its last hundred, and for a while everything more recent."""
    if now - record.w > RECENT:
        older = RING + record.n if record.w else 0
        ring = ring[-max(RING, len(ring) - older) :]
        record.w, record.n = ceil(now), len(ring) - RING
    elif len(ring) > BURST:
        record.n = max(-RING, record.n - (len(ring) - BURST))
        ring = ring[-BURST:]
    record.z = ring


def touch(record: Any, event: Any, at: float, house: House, now: float | None = None) -> bool:
    """Applies an event to the record; False if it had been applied before.

    `at` is the event's time, `now` the lane's (where none is given: the event's), in Unix seconds.
    Feedback is idempotent by itself and would only push clients' events out of the ring.
    Cost: O(features that the event's type concerns).
    """
    kind = type(event)
    if kind is not StaffFeedback:
        hash = hash_of(f"{event.source}|{event.id}")
        ring = record.z
        if ring.find(hash) >= 0 and holds(ring, hash):  # `in` would raise and drop an error within: 0.1 µs
            return False
        ring += hash
        if len(ring) <= RING:
            record.z = ring
        else:
            _remember(record, ring, at if now is None else now)
        if kind is StorePurchase:
            order = hash_of(event.data.order_id)
            if holds(record.o, order):
                return False
            if event.data.changed:
                tell_ahead(own(record, "orders"), event.data, at)
                return True
            record.o = (record.o + order)[-ORDERS:]
    for get, letter, slice, update in _UPDATES[kind]:
        held = get(record, letter)
        if held is not None:
            update(held, event, at, house)
            continue
        update(held := slice(), event, at, house)
        if held != _EMPTY[letter]:  # what knows nothing is not kept
            setattr(record, letter, held)
    if kind is StorePurchase and (ahead := told_ahead(own(record, "orders"), event.data)) is not None:
        then, lines = ahead
        said = msgspec.structs.replace(event, data=msgspec.structs.replace(event.data, lines=lines))
        tell_anew(record, said, then, house)
    return True


def tell_anew(record: Any, event: StorePurchase, at: float, house: House) -> bool:
    """What an order that was told of is by now; False where nothing newer is said of it, or it is long ago.

    It comes to what was said last, and is of the articles said then. When it was placed, and the taste that
    it tells, stay as they were first heard of. A gift it is as soon as one report says so, whichever that is.
    """
    marks = marks_of(record.o)[::-1]
    order = hash_of(event.data.order_id)
    if order not in marks:
        return False
    secret = _kept_secret(record, event, at, house)
    was = tell_order_anew(own(record, "orders"), event, at, marks.index(order) + 1)
    if was is None:
        return secret
    for get, letter, less, update in _MONEY:
        held = get(record, letter)
        less(held, was)
        update(held, event, at, house)
    return True


def _kept_secret(record: Any, event: StorePurchase, at: float, house: House) -> bool:
    """Whether a report tells of a gift what was not known of it."""
    if not event.data.given:
        return False
    held = own(record, "surprises")
    before = dict(held.given)
    BY_NAME["surprises"].on[StorePurchase](held, event, at, house)
    return bool(held.given != before)


def heard_of(record: Any) -> bool:
    """Whether anything was heard of whom a part is of, besides what others bought for them."""
    return bool(record.y) or any(getattr(record, letter) is not None for letter in _HEARD)


def told_of(record: Any) -> bool:
    """Whether more is known of a part than what somebody looked at on a page."""
    other = record.y or slice_of(record, "facts").visits
    return bool(other) or any(getattr(record, letter) is not None for letter in _TOLD)


def slice_of(record: Any, name: str) -> Any:
    """A feature's slice, an empty one where nothing is known."""
    letter, empty, locked = _SLOTS[name]
    held = getattr(record, letter)
    if held is None:
        if locked and type(record.y) is Locked and (held := record.y.read(letter)) is not None:
            return held
        return empty()
    return _unsealed(record, letter) if type(held) is msgspec.Raw else held


def own(record: Any, name: str) -> Any:
    """A feature's slice, made if need be, so that a change to it is kept with the record."""
    feature = BY_NAME[name]
    held = _getter(feature.letter)(record, feature.letter)
    if held is None:
        held = feature.slice()
        setattr(record, feature.letter, held)
    return held


def merge(records: Sequence[Any]) -> Any:
    """The client that these parts are, for reading.

    Nothing is summed twice: each event lives in one part, and an order that several were told of counts once.
    """
    if len(records) == 1:
        return records[0]
    merged = Record()
    for feature in FEATURES:
        slices = [s for r in records if (s := _unsealed(r, feature.letter)) is not None]
        if slices:
            setattr(merged, feature.letter, slices[0] if len(slices) == 1 else feature.merge(slices))
    buyers = [
        (marks_of(r.o), bought.sums, bought.told)
        for r in records
        if r.o
        for bought in (slice_of(r, "orders"),)
    ]
    for order in counted_twice(buyers) if len(buyers) > 1 else ():
        for letter, less in _LESS:
            less(getattr(merged, letter), order)
    return merged


def marks_of(ring: bytes) -> list[bytes]:
    """The hashes of a ring, in their order."""
    return [ring[at : at + HASH] for at in range(0, len(ring), HASH)]


def values(record: Any, now: float) -> dict[str, dict[str, Any]]:
    """What every feature is worth now: feature name -> its values; absent where nothing is known."""
    return {
        f.name: f.values(held, now) for f in FEATURES if (held := _unsealed(record, f.letter)) is not None
    }
