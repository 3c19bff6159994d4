"""What a client allows this instant, over all their parts: their record, and markers ahead of it."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from feature_store import record as records
from feature_store.consent import standing, strictest_of
from feature_store.denials import Denials
from feature_store.features.consent import PURPOSES, Consent, given
from feature_store.store import PartKey, Store
from schemas.maison import Maison

MERGE = records.BY_NAME["consent"].merge
NONE: frozenset[str] = frozenset()


class Consents:
    """Asks the store, each time anew. `now` gives Unix seconds. Raises `StoreAway`: allow nothing then."""

    def __init__(
        self, store: Store, denials: Denials, maisons: Mapping[str, Maison], now: Callable[[], float]
    ) -> None:
        self.denials = denials
        self._store, self._maisons, self._now = store, maisons, now

    async def withdrawn(self, clients: Collection[PartKey]) -> dict[PartKey, frozenset[str]]:
        """The purposes that each client has withdrawn and not allowed again since.

        One look at Redis for clients of one part who have withdrawn nothing.
        """
        marked = await self._marked(clients)
        return {
            client: await self._refused(*marked[client]) if client in marked else NONE for client in clients
        }

    async def said(self, parts: list[PartKey], client: Any) -> Consent:
        """What a client of these parts has said: as their record has it, and what is ahead of it."""
        markers = await self.denials.read(parts)
        return _merged(client, list(markers.values()))

    async def allows(self, part: PartKey, purpose: str) -> bool:
        """As stated, else as every law presumes: where a client lives is sealed, and the key is not here."""
        others = (await self._store.links([part]))[part]
        parts = [part, *((part[0], oid) for oid in others)]
        said = await self.said(parts, await self._client(parts))
        return standing(said, strictest_of(self._maisons[part[0]]), purpose, None, self._now()).allowed

    async def _marked(
        self, clients: Collection[PartKey]
    ) -> dict[PartKey, tuple[list[PartKey], list[Consent]]]:
        """Clients of whom any part bears a marker: their parts, their markers."""
        links = await self._store.links(list(clients))
        parts = {c: [c, *((c[0], oid) for oid in links[c])] for c in clients}
        markers = await self.denials.read({part for several in parts.values() for part in several})
        return {
            client: (several, held)
            for client, several in parts.items()
            if (held := [markers[part] for part in several if part in markers])
        }

    async def _refused(self, parts: list[PartKey], markers: list[Consent]) -> frozenset[str]:
        said = _merged(await self._client(parts), markers)
        spoken = {p: g for p in PURPOSES if (g := given(said, p)) is not None}
        now = self._now()
        return frozenset(
            p for p, g in spoken.items() if g.state == "none" or (g.expires and g.expires <= now)
        )

    async def _client(self, parts: list[PartKey]) -> Any:
        found = await self._store.peek(parts)
        return records.merge([records.decode(value) for value in found.values()])


def _merged(client: Any, markers: list[Consent]) -> Consent:
    merged: Consent = MERGE([records.slice_of(client, "consent"), *markers])
    return merged
