"""Inboxes in this process's memory: for tests and for one process alone."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping

import msgspec

from feature_store.inbox import LOG_LENGTH, START, Grown, Held, Logged, PositionLost, Size, View, Write


class MemoryInboxes:
    """`Inboxes` that end with the process."""

    def __init__(self) -> None:
        self._views: dict[str, View] = {}
        self._logs: dict[str, list[Logged]] = {}
        self._listeners: set[asyncio.Queue[Grown]] = set()
        self._last = 0

    async def read(self, wanted: Mapping[str, Collection[str]]) -> dict[str, View]:
        return {inbox: self._view(inbox, _among(ids)) for inbox, ids in wanted.items()}

    async def read_open(self, inboxes: Collection[str]) -> dict[str, View]:
        return {inbox: self._view(inbox, lambda _, held: not held.entry.over) for inbox in inboxes}

    async def sizes(self, inboxes: Collection[str]) -> dict[str, Size]:
        views = await self.read_open(inboxes)
        return {inbox: Size(len(view.held), len(view.waiting)) for inbox, view in views.items()}

    async def apply(self, writes: Mapping[str, Write], now: float) -> set[str]:
        refused = {inbox for inbox, write in writes.items() if not self._accepts(inbox, write)}
        for inbox, write in writes.items():
            if inbox not in refused:
                self._apply(inbox, write, now)
        return refused

    async def log(self, inbox: str, after: str, limit: int = 500) -> list[Logged]:
        entries = self._logs.get(inbox, [])
        if after == START:
            return entries[:limit]
        for index, entry in enumerate(entries):
            if entry.position == after:
                return entries[index + 1 : index + 1 + limit]
        raise PositionLost(f"{inbox} has no position {after}")

    async def grown(self) -> AsyncIterator[Grown]:
        queue: asyncio.Queue[Grown] = asyncio.Queue(1000)
        self._listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)

    def _view(self, inbox: str, keep: Callable[[str, Held], bool]) -> View:
        view = self._views.get(inbox, View(inbox=inbox))
        held = {id: held for id, held in view.held.items() if keep(id, held)}
        waiting = {id: held for id, held in view.held.items() if held.entry.waits}
        return msgspec.structs.replace(view, held=held, waiting=waiting, presence=dict(view.presence))

    def _accepts(self, inbox: str, write: Write) -> bool:
        view = self._views.get(inbox, View(inbox=inbox))
        return view.version == write.version and view.epoch in ("", write.epoch)

    def _apply(self, inbox: str, write: Write, now: float) -> None:
        view = self._views.get(inbox, View(inbox=inbox))
        positions: dict[str, str] = {}
        log = self._logs.setdefault(inbox, [])
        for shown in write.shown:
            self._last += 1
            one = Logged(position=f"{self._last}-0", shown=shown)
            positions[shown.alert.id] = one.position
            self._tell(Grown(inbox=inbox, before=log[-1].position if log else START, entry=one))
            log.append(one)
        del log[:-LOG_LENGTH]
        held = {id: h for id, h in view.held.items() if h.entry.keep_until >= now}
        for id, entry in write.entries.items():
            before = held[id].position if id in held else START
            held[id] = Held(entry=entry, position=positions.get(id, before))
        self._views[inbox] = View(
            inbox=inbox,
            version=view.version + 1,
            epoch=write.epoch,
            offset=write.offset,
            presence={**view.presence, **write.presence},
            held=held,
            budgets=view.budgets if write.budgets is None else write.budgets,
            position=log[-1].position if log else START,
        )

    def _tell(self, grown: Grown) -> None:
        for queue in self._listeners:
            if not queue.full():
                queue.put_nowait(grown)


def _among(ids: Collection[str]) -> Callable[[str, Held], bool]:
    return lambda id, _: id in ids
