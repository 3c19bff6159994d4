"""One reader per inbox and process, for any number of listeners."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from feature_store.inbox import LOG_LENGTH, Grown, Inboxes, Logged, PositionLost, View
from streams.ending import end, ongoing
from streams.lately import Lately
from streams.outages import Outages

log = logging.getLogger(__name__)

POLL = 2.0
"""Seconds between looks at an inbox when nothing wakes its reader."""

WAKES = "what wakes the readers of inboxes"
BACKLOG = LOG_LENGTH
"""Entries a listener may be behind: a live one is dropped beyond, a resuming one starts over."""
EACH = 128
"""Changes missed of which a resuming listener is told each; of more, how each alert stands."""
GATHERING = 0.05
"""Seconds for which one who joins so soon after another waits for more: what they begin with is opened once
for all of them. Who comes alone does not wait."""
TOGETHER = 32
"""Entries a listener is given at once: whoever is behind catches up at little more than the price of one.
They are some 64 KB, as much as waits in memory for one who reads slowly."""


class Feed:
    """What one listener has yet to hear. `ended` when it fell too far behind or the process leaves."""

    def __init__(self, inboxes: Sequence[str]) -> None:
        self.inboxes = tuple(inboxes)
        self.ended = False
        self._queue: asyncio.Queue[tuple[str, Logged | None]] = asyncio.Queue(BACKLOG + 1)

    def put(self, inbox: str, entry: Logged | None) -> None:
        """`None` says that the inbox's log was lost and what is open must be read anew."""
        self._queue.put_nowait((inbox, entry))
        if self._queue.full():
            self.end()

    def end(self) -> None:
        """Lets the listener go."""
        self.ended = True
        if self._queue.empty():
            self._queue.put_nowait(("", None))

    async def get(self, patience: float) -> list[tuple[str, Logged | None]]:
        """The next entries, each with its inbox, up to `TOGETHER`; none after `patience` seconds."""
        try:
            async with asyncio.timeout(patience):  # `wait_for` would make a task, for each page, at each look
                got = [await self._queue.get()]
        except TimeoutError:
            return []
        while len(got) < TOGETHER and not self._queue.empty():
            got.append(self._queue.get_nowait())
        return got


class _Reader:
    """Follows the log of one inbox, from where it ended when the reader started, for all its feeds."""

    def __init__(self, inboxes: Inboxes, inbox: str, poll: float, outages: Outages) -> None:
        self.feeds: set[Feed] = set()
        self.wake = asyncio.Event()
        self.started = asyncio.Event()
        self._inboxes = inboxes
        self._inbox = inbox
        self._poll = poll
        self._outages = outages
        self._begin()
        self._stopped = False
        self.task = asyncio.create_task(self._run(), name=f"feed {inbox}")

    def _begin(self) -> None:
        """Nothing is known of the log yet."""
        self._position: str | None = None
        self._opened, self._logged = Lately(self._open), Lately(self._after)

    def stop(self) -> None:
        """Ends at the latest after the next look."""
        self._stopped = True
        self.task.cancel()

    async def _run(self) -> None:
        try:
            await self._follow()
        finally:
            self._outages.left_by(f"inbox {self._inbox}")
            for feed in self.feeds:
                feed.end()

    def grown(self, grown: Grown) -> None:
        """Tells what the log has grown by, where it is the next thing to tell; else the log is read.

        What is read meanwhile may be told again: listeners know by its position.
        """
        if grown.before == self._position:
            self._position = grown.entry.position
            self._tell([grown.entry])
        else:
            self.wake.set()

    async def open(self) -> View:
        """What is open, at least as far as the log has been told to feeds."""
        reached = self._reached()
        return await self._opened.of(self._inbox, lambda view: reached(view.position))

    async def missed(self, position: str) -> list[Logged] | None:
        """What the log has after a position, at least as far as it has been told to feeds."""
        reached = self._reached()

        def enough(entries: list[Logged] | None) -> bool:
            return entries is None or reached(entries[-1].position if entries else position)

        return await self._logged.of(position, enough)

    def _reached(self) -> Callable[[str], bool]:
        """Whether a position is no further back than what has been told by now."""
        told = self._position
        return lambda position: told is not None and order(position) >= order(told)

    async def _open(self, inbox: str) -> View:
        return (await self._inboxes.read_open([inbox]))[inbox]

    async def _after(self, position: str) -> list[Logged] | None:
        try:
            entries = await self._inboxes.log(self._inbox, position, BACKLOG + 1)
        except PositionLost:
            return None
        if len(entries) > BACKLOG:
            return None
        return entries if len(entries) <= EACH else _newest(entries)

    async def _follow(self) -> None:
        while not self._stopped:
            try:
                with self._outages.met_by(f"inbox {self._inbox}"):
                    await self._read_on()
            except PositionLost:
                log.warning("inbox %s lost its log: its listeners start over", self._inbox)
                self._begin()
                continue
            await self._pause()

    async def _read_on(self) -> None:
        if self._position is None:
            self._position = await self._last()
        while entries := await self._inboxes.log(self._inbox, self._position):
            self._position = entries[-1].position
            self._tell(entries)

    async def _last(self) -> str:
        """Where the log ends. Listeners that were there before have missed what led here."""
        position = (await self._inboxes.read({self._inbox: ()}))[self._inbox].position
        if self.started.is_set():
            self._tell([None])
        self.started.set()
        return position

    def _tell(self, entries: Sequence[Logged | None]) -> None:
        for feed in self.feeds:
            for entry in entries:
                if not feed.ended:
                    feed.put(self._inbox, entry)

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self.wake.wait(), self._poll)
        except TimeoutError:
            return
        self.wake.clear()


class Readers:
    """One reader per inbox that somebody listens to, woken by the store and by a slow poll.

    Pages that come back at once share what one of them reads of what is open and of what they missed. What
    was read reaches at least as far as the reader had got when they asked: it tells them what comes after.
    """

    def __init__(self, inboxes: Inboxes, outages: Outages, poll: float = POLL) -> None:
        self.inboxes = inboxes
        self._outages = outages
        self._poll = poll
        self._readers: dict[str, _Reader] = {}
        self._listening: asyncio.Task[None] | None = None
        self._joined = float("-inf")
        self._gathered: asyncio.Event | None = None
        self._closed = False

    async def join(self, feed: Feed) -> None:
        """When it returns the feed misses nothing more; it may be given what it will also read itself."""
        if self._closed:
            feed.end()
            return
        if self._listening is None:
            self._listening = asyncio.create_task(ongoing(WAKES, self._listen), name="feed wakes")
        for inbox in feed.inboxes:
            if inbox not in self._readers or self._readers[inbox].task.done():
                self._readers[inbox] = _Reader(self.inboxes, inbox, self._poll, self._outages)
            self._readers[inbox].feeds.add(feed)
        for inbox in feed.inboxes:
            await self._readers[inbox].started.wait()
        await self._gather()

    async def _gather(self) -> None:
        """Of thousands that come at once the loop takes one a turn: each would ask for itself, and open, what
        all of them are told."""
        loop = asyncio.get_running_loop()
        before, self._joined = self._joined, loop.time()
        if self._joined - before > GATHERING:
            return
        if self._gathered is None:
            self._gathered = asyncio.Event()
            loop.call_later(GATHERING, self._begin, self._gathered)
        await self._gathered.wait()

    def _begin(self, gathered: asyncio.Event) -> None:
        gathered.set()
        self._gathered = None

    def leave(self, feed: Feed) -> None:
        """The last listener of an inbox takes its reader along."""
        for inbox in feed.inboxes:
            reader = self._readers.get(inbox)
            if reader is None:
                continue
            reader.feeds.discard(feed)
            if not reader.feeds:
                reader.stop()
                del self._readers[inbox]

    async def open(self, inbox: str) -> View:
        """What is open in an inbox, for one who has joined."""
        return await self._readers[inbox].open()

    async def missed(self, inbox: str, position: str) -> list[Logged] | None:
        """What the log has after a position, for one who has joined: of more than `EACH` changes how each
        alert stands. None where it can't be told, or is more than `BACKLOG`."""
        return await self._readers[inbox].missed(position)

    async def close(self) -> None:
        """Lets all listeners go and ends the readers."""
        self._closed = True
        readers = list(self._readers.values())
        for reader in readers:
            for feed in reader.feeds:
                feed.end()
            reader.started.set()
        tasks = {reader.task for reader in readers} | ({self._listening} if self._listening else set())
        await end(tasks)
        self._listening = None

    async def _listen(self) -> None:
        while True:
            with self._outages.met_by(WAKES):
                async for grown in self.inboxes.grown():
                    if grown.inbox in self._readers:
                        self._readers[grown.inbox].grown(grown)
            await asyncio.sleep(self._poll)
            self._outages.left_by(WAKES)  # whether it hears again it knows when it fails once more


def order(position: str) -> tuple[int, int]:
    """Positions of a log are in the order of these."""
    milliseconds, _, sequence = position.partition("-")
    return int(milliseconds), int(sequence or 0)


def _newest(entries: Sequence[Logged]) -> list[Logged]:
    """The last of each alert, in their order."""
    newest: dict[str, Logged] = {}
    for entry in entries:
        newest.pop(entry.shown.alert.id, None)
        newest[entry.shown.alert.id] = entry
    return list(newest.values())
