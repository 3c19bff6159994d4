"""What a client allows this instant, over all their parts: their record, and markers ahead of it."""

import asyncio
from collections.abc import Callable, Collection, Mapping

from feature_store.consent import standing, strictest_of
from feature_store.denials import Denials
from feature_store.features.consent import Consent, in_force
from feature_store.record import BY_NAME, decode, slice_of
from feature_store.store import PartKey, Store, parts_of
from schemas.events.client import PURPOSES
from schemas.maison import Maison
from streams.asking import Answers, Asking

MERGE = BY_NAME["consent"].merge
NONE: frozenset[str] = frozenset()


class Consents:
    """Asks the store, each time anew. `now` gives Unix seconds. Raises `StoreAway`: allow nothing then."""

    def __init__(
        self, store: Store, denials: Denials, maisons: Mapping[str, Maison], now: Callable[[], float]
    ) -> None:
        self.denials = denials
        self._store, self._maisons, self._now = store, maisons, now
        self._asked = Asking(self._withdrawn)

    def withdrawn(self, clients: Collection[PartKey]) -> Answers[PartKey, frozenset[str]]:
        """The purposes that each client has withdrawn and not allowed again since, whatever the law presumes.

        One look at Redis for any number of clients who have withdrawn nothing, two where one has parts.
        """
        return self._asked.of(clients)

    async def _withdrawn(self, clients: Collection[PartKey]) -> dict[PartKey, frozenset[str]]:
        links, marked = await asyncio.gather(self._store.links(list(clients)), self.denials.read(clients))
        parts = {c: [c, *((c[0], oid) for oid in links[c])] for c in clients}
        if others := {part for several in parts.values() for part in several}.difference(clients):
            marked |= await self.denials.read(others)
        return {
            client: self._refused(await self.said(several)) if marked.keys() & several else NONE
            for client, several in parts.items()
        }

    async def said(self, parts: Collection[PartKey]) -> Consent:
        """What a client of these parts has said: as their records have it, and what is ahead of them.

        A marker knows no end: of what a record has, the record says it.
        """
        markers, found = await asyncio.gather(self.denials.read(parts), self._store.peek(list(parts)))
        records = [decode(value) for value in found.values() if value is not None]
        known: Consent = MERGE([slice_of(record, "consent") for record in records])
        ahead = [m.given.items() - known.given.items() for m in markers.values()]
        merged: Consent = MERGE([known, *(Consent(given=dict(said)) for said in ahead)])
        return merged

    async def allows(self, part: PartKey, purpose: str) -> bool:
        """As stated, else as every law presumes: where a client lives is sealed, and the key is not here."""
        said = await self.said(await parts_of(self._store, part))
        return standing(said, strictest_of(self._maisons[part[0]]), purpose, None, self._now()).allowed

    def _refused(self, said: Consent) -> frozenset[str]:
        """What is refused. Where all that was said has run out it is the law's to say, as of a stranger."""
        now = self._now()
        spoken = ((p, in_force(said, p, None, now)) for p in PURPOSES)
        return frozenset(p for p, held in spoken if held is not None and held.state == "none")
