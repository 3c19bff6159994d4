"""How a client answers: on which channel, at which hour of the day, in which languages.

Three messages on WhatsApp towards 19:00 and one by e-mail give `channels == {"whatsapp": 3, "email": 1}` and
`hour == 19` (UTC). Words are never kept.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from feature_store.feature import Feature, House, latest
from schemas.envelope import CHANNELS
from schemas.events.chat import CallIncoming, ChatMessage

LANGUAGES = 3
"""Languages remembered: those written in last."""
MOST = 255
BLOCK, BLOCKS = 2, 12
"""Hours told apart: two by two."""
DAY = 86_400


class Replies(msgspec.Struct, array_like=True, gc=False):
    """`wrote`: channel -> messages of the client; `written`: of the house. `hours`: messages of the client by
    two hours of the day, UTC, a byte each that stops at 255. `languages`: tag -> last day (since 1970).
    """

    wrote: dict[int, int] = {}
    written: dict[int, int] = {}
    hours: bytes = b""
    languages: dict[str, int] = {}


def channel_of(slice: Replies, allowed: Sequence[str] = CHANNELS) -> str | None:
    """The channel, of those allowed, that the client wrote on most; None where they wrote on none of them."""
    wrote = {CHANNELS[code]: count for code, count in slice.wrote.items()}
    found = [channel for channel in allowed if channel in wrote]
    return max(found, key=lambda channel: (wrote[channel], channel), default=None)


def hour_of(slice: Replies, shift: int = 0) -> int | None:
    """The hour of the day, `shift` hours east of UTC, around which the client writes; None while unknown.

    It is in the middle of the two hours with most messages, counting half of their neighbours'.
    """
    if not slice.hours:
        return None
    n = slice.hours

    def near(block: int) -> tuple[float, int]:
        return n[block] + (n[block - 1] + n[(block + 1) % BLOCKS]) / 2, -block

    return (max(range(BLOCKS), key=near) * BLOCK + BLOCK // 2 + shift) % (BLOCK * BLOCKS)


def _message(slice: Replies, event: ChatMessage, at: float, house: House) -> None:
    data, code = event.data, CHANNELS.index(event.data.channel)
    if data.direction == "out":
        slice.written[code] = slice.written.get(code, 0) + 1
        return
    _heard(slice, code, at)
    if data.language:
        tag, day = data.language.lower(), int(at // DAY)
        if (known := slice.languages.get(tag)) is None or day > known:
            slice.languages = latest([*slice.languages.items(), (tag, day)], LANGUAGES)


def _call(slice: Replies, event: CallIncoming, at: float, house: House) -> None:
    _heard(slice, CHANNELS.index("phone"), at)


def _heard(slice: Replies, code: int, at: float) -> None:
    slice.wrote[code] = slice.wrote.get(code, 0) + 1
    hours = bytearray(slice.hours or bytes(BLOCKS))
    block = datetime.fromtimestamp(at, UTC).hour // BLOCK
    hours[block] = min(MOST, hours[block] + 1)
    slice.hours = bytes(hours)


def _values(slice: Replies, now: float) -> dict[str, Any]:
    return {
        "channels": _named(slice.wrote),
        "written": _named(slice.written),
        "hour": hour_of(slice),
        "languages": sorted(slice.languages, key=lambda tag: (-slice.languages[tag], tag)),
    }


def _named(counts: Mapping[int, int]) -> dict[str, int]:
    return {CHANNELS[code]: count for code, count in sorted(counts.items())}


def _merge(slices: Sequence[Replies]) -> Replies:
    merged = Replies()
    for slice in slices:
        for into, counts in ((merged.wrote, slice.wrote), (merged.written, slice.written)):
            for code, count in counts.items():
                into[code] = into.get(code, 0) + count
    spoken = [slice.hours for slice in slices if slice.hours]
    merged.hours = bytes(min(MOST, sum(counts)) for counts in zip(*spoken, strict=True))
    merged.languages = latest((said for slice in slices for said in slice.languages.items()), LANGUAGES)
    return merged


FEATURE = Feature(
    name="replies",
    letter="E",
    slice=Replies,
    on={ChatMessage: _message, CallIncoming: _call},
    values=_values,
    merge=_merge,
)
