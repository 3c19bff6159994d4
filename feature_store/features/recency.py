"""How long ago: the last touch, the last visit, the last purchase, the last time the client wrote or called.

A purchase at noon read at midnight gives `purchase_days == 0.5`.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from feature_store.feature import Feature, House, code_of
from schemas.envelope import Event
from schemas.events import EVENTS
from schemas.events.chat import CallIncoming, ChatMessage
from schemas.events.client import ClientReview, ClientSurprise
from schemas.events.staff import StaffFeedback, StaffPresence
from schemas.events.store import StoreCheckin, StoreLeave, StorePurchase

DAY = 86_400
_SITE = 2**32


class Recency(msgspec.Struct, array_like=True, gc=False):
    """Unix seconds. `left`: those of the last time they left a boutique, and beneath them `code_of` which."""

    touch: int = 0
    visit: int = 0
    purchase: int = 0
    word: int = 0
    left: int = 0


def gone(slice: Recency, site: str, since: float, now: float) -> bool:
    """Whether they have left a boutique after they came in `since`, as far as is known at `now`."""
    left, which = divmod(slice.left, _SITE)
    return which == code_of(site) and since < left <= now


def _touch(slice: Recency, event: Event, at: float, house: House) -> None:
    if (when := int(at)) > slice.touch:  # `max` would cost each event three times as much
        slice.touch = when


def _visit(slice: Recency, event: StoreCheckin, at: float, house: House) -> None:
    slice.touch = max(slice.touch, int(at))
    slice.visit = max(slice.visit, int(at))


def _leave(slice: Recency, event: StoreLeave, at: float, house: House) -> None:
    _touch(slice, event, at, house)
    slice.left = max(slice.left, int(at) * _SITE + code_of(event.data.site))


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
        for name, at in zip(Recency.__struct_fields__[:-1], msgspec.structs.astuple(slice)[:-1], strict=True)
    } | {"last_purchase": slice.purchase or None}


def _merge(slices: Sequence[Recency]) -> Recency:
    return Recency(*(max(getattr(s, name) for s in slices) for name in Recency.__struct_fields__))


_NO_TOUCH = (StaffFeedback, StaffPresence, ClientReview, ClientSurprise)

FEATURE = Feature(
    name="recency",
    letter="r",
    slice=Recency,
    on={kind: _touch for kind in EVENTS.values() if kind not in _NO_TOUCH}
    | {
        StoreCheckin: _visit,
        StoreLeave: _leave,
        StorePurchase: _purchase,
        ChatMessage: _message,
        CallIncoming: _call,
    },
    values=_values,
    merge=_merge,
)
