"""Feeds: what a slow, a late and an unlucky listener hear."""

import asyncio
import gc
from collections.abc import AsyncIterator, Collection
from contextlib import aclosing

import pytest

from feature_store.inbox import Logged, View, Write
from feature_store.memory_inbox import MemoryInboxes
from feature_store.store import StoreAway
from schemas.alerts import Alert, Shown
from streams.ending import end
from streams.feed import Told, follow
from streams.outages import Outages
from streams.readers import BACKLOG, EACH, TOGETHER, Feed, Readers
from tests.alerts import NOW, an_alert, an_entry
from tests.waiting import wait_until

VENDOME = "lumiere/vendome"


@pytest.fixture
async def inboxes() -> MemoryInboxes:
    return MemoryInboxes()


@pytest.fixture
async def readers(inboxes: MemoryInboxes) -> AsyncIterator[Readers]:
    reading = Readers(inboxes, Outages(), poll=0.05)
    yield reading
    await reading.close()


async def show(inboxes: MemoryInboxes, *revisions: int, id: str = "a1") -> None:
    view = (await inboxes.read({VENDOME: ()}))[VENDOME]
    shown = tuple(Shown(kind="update", alert=an_alert(id, revision)) for revision in revisions)
    entries = {id: an_entry(id, revision=revisions[-1])}
    write = Write(version=view.version, epoch="log-1", offset=view.version, entries=entries, shown=shown)
    assert await inboxes.apply({VENDOME: write}, NOW) == set()


async def revisions(feed: Feed, count: int) -> list[int]:
    heard: list[int] = []
    while len(heard) < count:
        heard += [entry.shown.alert.revision for _, entry in await feed.get(5) if entry]
    return heard


async def told(readers: Readers, count: int, cursor: str | None = None) -> list[list[Told] | None]:
    def every(_: Alert) -> bool:
        return True

    async with (
        asyncio.timeout(8),
        aclosing(follow(readers, Feed([VENDOME]), cursor, every, every, lambda: 60)) as feed,
    ):
        return [await anext(feed) for _ in range(count)]


async def test_a_listener_that_does_not_read_is_let_go_and_the_others_go_on(
    inboxes: MemoryInboxes, readers: Readers
) -> None:
    slow, quick = Feed([VENDOME]), Feed([VENDOME])
    await readers.join(slow)
    await readers.join(quick)
    heard: list[int] = []
    for start in range(1, BACKLOG + 102, 100):
        await show(inboxes, *range(start, start + 100))
        heard += await revisions(quick, 100)
    await wait_until(lambda: slow.ended, what="the slow listener to be let go")
    assert not quick.ended
    assert heard == list(range(1, len(heard) + 1))


async def test_whoever_is_due_a_sign_of_life_is_told_what_waits_all_the_same() -> None:
    feed = Feed([VENDOME])
    feed.put(VENDOME, None)
    assert [await feed.get(0.0), await feed.get(0.0)] == [[(VENDOME, None)], []]


async def test_whoever_is_behind_is_told_all_of_it_at_once(inboxes: MemoryInboxes, readers: Readers) -> None:
    await show(inboxes, 1)
    (first,) = (await told(readers, 1))[0] or ()
    await show(inboxes, *range(2, TOGETHER + 4))
    batches = await told(readers, 2, first.cursor)
    assert [[one.alert.revision for one in batch or ()] for batch in batches] == [
        [*range(2, TOGETHER + 2)],
        [TOGETHER + 2, TOGETHER + 3],
    ]
    feed = Feed([VENDOME])
    await readers.join(feed)
    await show(inboxes, *range(TOGETHER + 4, 2 * TOGETHER + 6))
    assert [len(await feed.get(5)), len(await feed.get(5))] == [TOGETHER, 2]


async def test_what_was_open_before_is_no_news_and_what_comes_then_is(
    inboxes: MemoryInboxes, readers: Readers
) -> None:
    await show(inboxes, 1)

    def every(_: Alert) -> bool:
        return True

    async with (
        asyncio.timeout(8),
        aclosing(follow(readers, Feed([VENDOME]), None, every, every, lambda: 60)) as feed,
    ):
        assert [one.live for one in await anext(feed) or ()] == [False]
        await show(inboxes, 2)
        assert [one.live for one in await anext(feed) or ()] == [True]


async def test_a_cursor_further_back_than_is_worth_replaying_starts_over(
    inboxes: MemoryInboxes, readers: Readers
) -> None:
    await show(inboxes, 1)
    (first,) = (await told(readers, 1))[0] or ()
    await show(inboxes, *range(2, BACKLOG + 4))
    reset, opened = await told(readers, 2, first.cursor)
    assert reset is None
    assert [one.kind for one in opened or ()] == ["alert"]


async def test_who_missed_much_is_told_how_each_alert_stands(
    inboxes: MemoryInboxes, readers: Readers
) -> None:
    await show(inboxes, 1)
    (first,) = (await told(readers, 1))[0] or ()
    await show(inboxes, *range(2, EACH), id="a2")
    await show(inboxes, 2)
    await show(inboxes, 7, 8, id="a3")
    stand = (await told(readers, 1, first.cursor))[0] or []
    assert [(one.alert.id, one.alert.revision) for one in stand] == [("a2", EACH - 1), ("a1", 2), ("a3", 8)]
    (cut,) = await told(readers, 1, stand[1].cursor)
    assert [one.alert.revision for one in cut or ()] == [7, 8]


@pytest.mark.parametrize("resumed", [False, True])
async def test_pages_that_come_back_one_by_one_share_what_one_of_them_reads(
    inboxes: MemoryInboxes, readers: Readers, monkeypatch: pytest.MonkeyPatch, resumed: bool
) -> None:
    await show(inboxes, 1)
    (first,) = (await told(readers, 1))[0] or ()
    await show(inboxes, 2)
    stays = Feed([VENDOME])
    await readers.join(stays)
    asked: list[str] = []
    log, read_open = inboxes.log, inboxes.read_open

    async def logged(inbox: str, after: str, limit: int = 500) -> list[Logged]:
        asked.extend(["missed"] if after == first.cursor else [])
        return await log(inbox, after, limit)

    async def opened(wanted: Collection[str]) -> dict[str, View]:
        asked.append("open")
        return await read_open(wanted)

    monkeypatch.setattr(inboxes, "log", logged)
    monkeypatch.setattr(inboxes, "read_open", opened)
    cursor = first.cursor if resumed else None
    for _ in range(3):
        assert [one.alert.revision for one in (await told(readers, 1, cursor))[0] or ()] == [2]
    assert asked == ["missed" if resumed else "open"]
    await show(inboxes, 3)
    assert await revisions(stays, 1) == [3]
    told_now = [one.alert.revision for one in (await told(readers, 1, cursor))[0] or ()]
    assert told_now == ([2, 3] if resumed else [3])


async def test_who_comes_within_a_moment_of_others_begins_with_them_in_one_turn(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And who comes alone at once: what came while they waited would not be told as heard live."""
    monkeypatch.setattr("streams.readers.GATHERING", 0.5)
    turn, began = 0, []

    async def comes() -> None:
        await readers.join(Feed([VENDOME]))
        began.append(turn)

    async def turns() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turns())
    coming = []
    for _ in range(4):
        coming.append(asyncio.create_task(comes()))
        await asyncio.sleep(0.001)
    alone = len(began)
    await asyncio.gather(*coming)
    await end([turning])
    assert alone == 1
    assert began[0] < began[1] == began[2] == began[3]


async def test_of_what_a_feed_began_with_it_keeps_nothing(inboxes: MemoryInboxes, readers: Readers) -> None:
    def kept() -> int:
        return sum(isinstance(one, Told) for one in gc.get_objects())

    for n in range(3):
        await show(inboxes, 1, id=f"a{n}")
    before = kept()

    def every(_: Alert) -> bool:
        return True

    feed = follow(readers, Feed([VENDOME]), None, every, every, lambda: 60)
    async with aclosing(feed):
        assert len(await anext(feed) or ()) == 3
        quiet = asyncio.create_task(anext(feed))
        await wait_until(lambda: kept() == before, what="it to be forgotten")
        await end([quiet])


async def test_a_store_that_is_away_for_a_while_is_waited_for(
    inboxes: MemoryInboxes, readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Feed([VENDOME])
    await readers.join(feed)

    async def broken(inbox: str, after: str, limit: int = 500) -> list[Logged]:
        raise StoreAway("away")

    with monkeypatch.context() as patch:
        patch.setattr(inboxes, "log", broken)
        patch.setattr(inboxes, "_tell", lambda _: None)  # the word of it is lost too
        await show(inboxes, 1)
        assert await feed.get(0.2) == []
    assert await revisions(feed, 1) == [1]
    assert not feed.ended


async def test_what_a_log_grows_by_is_told_without_reading_it(
    inboxes: MemoryInboxes, readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Feed([VENDOME])
    await readers.join(feed)
    await asyncio.sleep(0)  # until the listener listens

    async def unread(inbox: str, after: str, limit: int = 500) -> list[Logged]:
        raise StoreAway("nobody has to ask")

    monkeypatch.setattr(inboxes, "log", unread)
    await show(inboxes, 1, 2)
    assert await revisions(feed, 2) == [1, 2]


async def test_what_was_missed_is_read_before_what_follows_is_told(
    inboxes: MemoryInboxes, readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Feed([VENDOME])
    await readers.join(feed)
    with monkeypatch.context() as patch:
        patch.setattr(inboxes, "_tell", lambda _: None)
        await show(inboxes, 1)
    await show(inboxes, 2)
    assert await revisions(feed, 2) == [1, 2]


async def test_nobody_listening_means_nobody_reading(inboxes: MemoryInboxes, readers: Readers) -> None:
    await show(inboxes, 1)
    await told(readers, 1)
    await wait_until(
        lambda: not any(t.get_name().startswith("feed lumiere") for t in asyncio.all_tasks()),
        what="the reader to end",
    )
