"""Open cards whose consent is withdrawn leave the screens within a moment, whatever lies in the topics.

Every console does it, by compare and set: cards are on a screen only while a console is there to show them,
and the second one finds nothing left to do. What escapes a look is hidden by the console as it reads.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping

from agents.withdrawal import client_of, taken_back
from feature_store.denials import START
from feature_store.inbox import Inboxes, View, Write
from feature_store.record import NewerRecord
from feature_store.store import PartKey, Store, StoreAway
from schemas.alerts import inbox_of
from schemas.maison import Maison
from streams.consents import Consents
from streams.outages import Outages

LOOK = 0.1
"""Seconds between two looks at what was withdrawn."""
TRIES = 20


class TakingBack:
    """`await run()` for each house, for as long as the console runs."""

    def __init__(
        self,
        inboxes: Inboxes,
        store: Store,
        consents: Consents,
        maisons: Mapping[str, Maison],
        now: Callable[[], float],
        outages: Outages,
    ) -> None:
        self._inboxes, self._store, self._consents = inboxes, store, consents
        self._now, self._outages = now, outages
        self._positions = dict.fromkeys(maisons, START)

    async def run(self, maison: Maison) -> None:
        """Never returns. A store that is away is asked again: nothing is passed over.

        Raises `NewerRecord`.
        """
        while True:
            with self._outages.met_by(f"what {maison.id}'s clients withdraw"):
                await self.look(maison)
            await asyncio.sleep(LOOK)

    async def look(self, maison: Maison) -> None:
        """Takes back what was withdrawn since the last look.

        The first begins with the oldest that is told, and finds most of them settled. Raises `NewerRecord`,
        where all that can be read of is taken back.
        """
        position, oids = await self._consents.denials.since(maison.id, self._positions[maison.id])
        if oids:
            await self._take_back(maison, [(maison.id, oid) for oid in oids])
        self._positions[maison.id] = position

    async def _take_back(self, maison: Maison, parts: Collection[PartKey]) -> None:
        links = await self._store.links(list(parts))
        linked = {*parts, *((maison.id, oid) for others in links.values() for oid in others)}
        unread: list[NewerRecord] = []
        for place in maison.places:  # one by one: others want the loop meanwhile
            unread += await self._clear(inbox_of(maison.id, place), linked)
        if unread:
            raise unread[0]

    async def _clear(self, inbox: str, clients: Collection[PartKey]) -> list[NewerRecord]:
        for _ in range(TRIES):
            view = (await self._inboxes.read_open([inbox]))[inbox]
            concerned = {client_of(held.entry.alert) for held in view.held.values()}.intersection(clients)
            withdrawn, unread = await self._withdrawn(concerned)
            now = self._now()
            write = _write(view, withdrawn, now)
            if write is None or not await self._inboxes.apply({inbox: write}, now):
                return unread
        raise StoreAway(f"{inbox} changed {TRIES} times while alerts were taken back")

    async def _withdrawn(
        self, clients: Collection[PartKey]
    ) -> tuple[dict[PartKey, frozenset[str]], list[NewerRecord]]:
        """What they have withdrawn, and why that of some can't be told."""
        asked = [self._consents.withdrawn([client]) for client in clients]
        known: dict[PartKey, frozenset[str]] = {}
        unread: list[NewerRecord] = []
        for told in await asyncio.gather(*asked, return_exceptions=True):
            if isinstance(told, NewerRecord):
                unread.append(told)
            elif isinstance(told, BaseException):
                raise told
            else:
                known |= told
        return known, unread


def _write(view: View, withdrawn: Mapping[PartKey, frozenset[str]], now: float) -> Write | None:
    changed = taken_back((held.entry for held in view.held.values()), withdrawn, now)
    if not changed:
        return None
    return Write(
        version=view.version,
        epoch=view.epoch,
        offset=view.offset,
        entries={entry.alert.id: entry for entry, _ in changed},
        shown=tuple(shown for _, shown in changed if shown is not None),
    )
