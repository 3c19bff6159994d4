"""How long ago: the last touch, the last visit, the last purchase, the last time the client wrote or called.

A purchase at noon read at midnight gives `purchase_days == 0.5`.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature, House
from schemas.envelope import Event
from schemas.events import EVENTS
from schemas.events.chat import CallIncoming, ChatMessage
from schemas.events.client import ClientReview, ClientSurprise
from schemas.events.staff import StaffFeedback, StaffPresence
from schemas.events.store import StoreCheckin, StorePurchase

DAY = 86_400


class Recency(msgspec.Struct, array_like=True, gc=False):
    touch: int = 0
    visit: int = 0
    purchase: int = 0
    word: int = 0


def _touch(slice: Recency, event: Event, at: float, house: House) -> None:
    if (when := int(at)) > slice.touch:  # `max` would cost each event three times as much
        slice.touch = when


def _visit(slice: Recency, event: StoreCheckin, at: float, house: House) -> None:
    slice.touch = max(slice.touch, int(at))
    slice.visit = max(slice.visit, int(at))


def _purchase(slice: Recency, event: StorePurchase, at: float, house: House) -> None:
    slice.touch = max(slice.touch, int(at))
    slice.purchase = max(slice.purchase, int(at))


def _message(slice: Recency, event: ChatMessage, at: float, house: House) -> None:
    _touch(slice, event, at, house)
    if event.data.direction == "in":
        slice.word = max(slice.word, int(at))


def _call(slice: Recency, event: CallIncoming, at: float, house: House) -> None:
    _touch(slice, event, at, house)
    slice.word = max(slice.word, int(at))


def _values(slice: Recency, now: float) -> dict[str, Any]:
    return {
        f"{name}_days": max(0.0, (now - at) / DAY) if at else None
        for name, at in zip(Recency.__struct_fields__, msgspec.structs.astuple(slice), strict=True)
    } | {"last_purchase": slice.purchase or None}


def _merge(slices: Sequence[Recency]) -> Recency:
    return Recency(*(max(getattr(s, name) for s in slices) for name in Recency.__struct_fields__))


_NO_TOUCH = (StaffFeedback, StaffPresence, ClientReview, ClientSurprise)

FEATURE = Feature(
    name="recency",
    letter="r",
    slice=Recency,
    on={kind: _touch for kind in EVENTS.values() if kind not in _NO_TOUCH}
    | {StoreCheckin: _visit, StorePurchase: _purchase, ChatMessage: _message, CallIncoming: _call},
    values=_values,
    merge=_merge,
)
