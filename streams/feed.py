"""Live feeds of people's alerts, exactly resumable by cursor.

A cursor is the position reached in each of a person's inboxes, in their fixed order, joined by `_`.
Position `0` means: nothing of this inbox yet, so its open alerts come first, in the order of their last
change. Each carries that position, which makes a feed cut anywhere resumable.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from itertools import takewhile

import msgspec

from feature_store.inbox import START, Logged, View
from schemas.alerts import Alert
from streams.readers import TOGETHER, Feed, Readers, order

JOIN = 10.0
"""Seconds to wait for the inboxes to be readable."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a feed. live: it happened while the feed was listened to."""

    kind: str
    alert: Alert
    cursor: str
    live: bool = False


async def follow(
    readers: Readers,
    feed: Feed,
    cursor: str | None,
    visible: Callable[[Alert], bool],
    is_open: Callable[[Alert], bool],
    patience: Callable[[], float],
) -> AsyncGenerator[list[Told] | None, None]:
    """What a feed tells: what is open or what came after `cursor`, then what comes, until it is ended.

    Each time all that is there to be told, in its order; nothing, when nothing came for `patience` seconds,
    which is asked before each wait: what comes for others does not put it off.
    None, for a cursor that is not (or no longer) known here: forget all, what is open follows.
    """
    inboxes = feed.inboxes
    resumed = _positions(cursor, inboxes)
    fresh = cursor is None
    try:
        async with asyncio.timeout(JOIN):
            await readers.join(feed)
        while not feed.ended:
            positions = resumed or dict.fromkeys(inboxes, START)
            missed = await _missed(readers, positions)
            if missed is None or (resumed is None and not fresh):
                yield None
            if missed is None:
                positions = dict.fromkeys(inboxes, START)
                missed = await _missed(readers, positions) or []
            fresh, resumed = False, None
            behind = _catch_up(missed, positions, visible, is_open)
            del missed  # a feed lives for hours: of what it began with it keeps nothing
            while behind:
                yield behind[:TOGETHER]
                del behind[:TOGETHER]
            async for told in _live(feed, positions, visible, patience):
                yield told
    finally:
        readers.leave(feed)


_Missed = list[tuple[str, View | list[Logged]]]


async def _missed(readers: Readers, positions: dict[str, str]) -> _Missed | None:
    """Per inbox its open alerts, or what its log has after the position; None when that cannot be told."""
    found = await asyncio.gather(
        *(
            readers.open(inbox) if position == START else readers.missed(inbox, position)
            for inbox, position in positions.items()
        )
    )
    missed: _Missed = []
    for inbox, what in zip(positions, found, strict=True):
        if what is None:
            return None
        missed.append((inbox, what))
    return missed


def _catch_up(
    missed: _Missed,
    positions: dict[str, str],
    visible: Callable[[Alert], bool],
    is_open: Callable[[Alert], bool],
) -> list[Told]:
    """What was missed, and `positions` moved to where it ends."""
    told: list[Told] = []
    for inbox, what in missed:
        if isinstance(what, View):
            held = sorted(what.held.values(), key=lambda h: order(h.position))
            shown = [
                h for h in held if visible(h.entry.alert) and is_open(h.entry.alert) and not h.entry.withheld
            ]
            for index, one in enumerate(shown):
                positions[inbox] = what.position if index == len(shown) - 1 else one.position
                told.append(Told(kind="alert", alert=one.entry.alert, cursor=_cursor(positions)))
            positions[inbox] = what.position
        else:
            told.extend(t for entry in what if (t := _heard(inbox, entry, positions, visible)) is not None)
    return told


async def _live(
    feed: Feed, positions: dict[str, str], visible: Callable[[Alert], bool], patience: Callable[[], float]
) -> AsyncGenerator[list[Told], None]:
    """Ends when an inbox's log was lost, or the feed ended."""
    while not feed.ended:
        got = await feed.get(patience())
        known = list(takewhile(lambda one: one[1] is not None, got))
        heard = (_heard(inbox, entry, positions, visible) for inbox, entry in known if entry is not None)
        told = [msgspec.structs.replace(one, live=True) for one in heard if one is not None]
        if told or not got:
            yield told
        if len(known) < len(got):
            return


def _heard(
    inbox: str, entry: Logged, positions: dict[str, str], visible: Callable[[Alert], bool]
) -> Told | None:
    if order(entry.position) <= order(positions[inbox]):
        return None
    positions[inbox] = entry.position
    if not visible(entry.shown.alert):
        return None
    return Told(kind=entry.shown.kind, alert=entry.shown.alert, cursor=_cursor(positions))


def _cursor(positions: dict[str, str]) -> str:
    return "_".join(positions.values())


def _positions(cursor: str | None, inboxes: Sequence[str]) -> dict[str, str] | None:
    """None for no cursor, or one that cannot be ours."""
    parts = (cursor or "").split("_")
    if len(parts) != len(inboxes) or not all(_is_position(part) for part in parts):
        return None
    return dict(zip(inboxes, parts, strict=True))


def _is_position(part: str) -> bool:
    numbers = part.split("-")
    return len(numbers) <= 2 and len(part) <= 42 and all(n.isascii() and n.isdigit() for n in numbers)
