"""The record of one part: one slice per feature, and the ring of what was already applied.

Stored as msgpack: a map with one-letter names outside (a feature can be added or go), arrays inside.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import msgspec

from feature_store import features
from feature_store.feature import Feature, House, instances
from schemas.events import EVENTS
from schemas.events.staff import StaffFeedback
from schemas.events.store import StorePurchase

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
VERSION = 2

FEATURES: list[Feature] = instances(features, "FEATURE")
BY_NAME = {f.name: f for f in FEATURES}

Record: Any = msgspec.defstruct(
    "Record",
    [
        ("v", int, FIRST),
        ("z", bytes, b""),  # the last events, as hashes
        ("w", int, 0),  # when a ring that overflowed was last cut, Unix seconds
        (
            "n",
            int,
            0,
        ),  # the bytes beyond a hundred events that it had then: these and those are the older ones
        ("o", bytes, b""),  # the last orders, as hashes: a till and a web shop may both report a sale
        *((f.letter, f.slice | None, None) for f in FEATURES),
    ],
    omit_defaults=True,
)
"""One part. `z` and `o` are rings of hashes; every other field is a feature's slice or None."""

_UPDATES = {
    kind: tuple((f.letter, f.slice, f.on[kind]) for f in FEATURES if kind in f.on) for kind in EVENTS.values()
}
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)


class _Version(msgspec.Struct):
    v: int = FIRST


_versions = msgspec.msgpack.Decoder(_Version)


class NewerRecord(RuntimeError):
    """The record was written by a newer version, whose slices this one would drop, or by one too old."""


def encode(record: Any) -> bytes:
    """Bytes as stored."""
    if record.v == FIRST:  # made here, not read
        record.v = VERSION
    return _encoder.encode(record)


def decode(value: bytes | None) -> Any:
    """The record as stored, or a new one. Raises `NewerRecord`."""
    if value is None:
        return Record(v=VERSION)
    try:
        record = _decoder.decode(value)
    except msgspec.ValidationError:
        _refuse(_versions.decode(value).v)
        raise
    if record.v != VERSION:
        _refuse(record.v)
    return record


def _refuse(version: int) -> None:
    if version > VERSION:
        raise NewerRecord(f"a record has version {version}, this worker knows {VERSION}: upgrade it first")
    if version < VERSION:
        raise NewerRecord(
            f"a record has version {version}, this worker knows {VERSION}: make the records again from the "
            "log, with `prevenance rebuild`"
        )


def hash_of(text: str) -> bytes:
    """The few bytes that stand for an event or an order."""
    return blake2b(text.encode(), digest_size=HASH).digest()


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
        record.w, record.n = int(now), len(ring) - RING
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
        if hash in record.z and holds(record.z, hash):
            return False
        ring = record.z + hash
        if len(ring) <= RING:
            record.z = ring
        else:
            _remember(record, ring, at if now is None else now)
        if kind is StorePurchase:
            order = hash_of(event.data.order_id)
            if holds(record.o, order):
                return False
            record.o = (record.o + order)[-ORDERS:]
    for letter, slice, update in _UPDATES[kind]:
        held = getattr(record, letter)
        if held is None:
            held = slice()
            setattr(record, letter, held)
        update(held, event, at, house)
    return True


def slice_of(record: Any, name: str) -> Any:
    """A feature's slice, an empty one where nothing is known."""
    feature = BY_NAME[name]
    held = getattr(record, feature.letter)
    return feature.slice() if held is None else held


def own(record: Any, name: str) -> Any:
    """A feature's slice, made if need be, so that a change to it is kept with the record."""
    feature = BY_NAME[name]
    if getattr(record, feature.letter) is None:
        setattr(record, feature.letter, feature.slice())
    return getattr(record, feature.letter)


def merge(records: Sequence[Any]) -> Any:
    """The client that these parts are, for reading. Nothing is summed twice: each event lives in one part."""
    if len(records) == 1:
        return records[0]
    merged = Record()
    for feature in FEATURES:
        slices = [s for r in records if (s := getattr(r, feature.letter)) is not None]
        if slices:
            setattr(merged, feature.letter, slices[0] if len(slices) == 1 else feature.merge(slices))
    return merged


def values(record: Any, now: float) -> dict[str, dict[str, Any]]:
    """What every feature is worth now: feature name -> its values; absent where nothing is known."""
    return {f.name: f.values(held, now) for f in FEATURES if (held := getattr(record, f.letter)) is not None}
