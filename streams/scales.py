"""The scales of every maison and the counts of its segments, from the tallies of all shards, seconds old."""

import asyncio
from collections.abc import Callable, Mapping

from feature_store.scale import Scale, counts_of, scales_of
from feature_store.store import Store

FRESH = 5.0
"""Seconds a scale is used before the tallies are read again."""


class Scales:
    """The newest scales. `now` gives Unix seconds."""

    def __init__(self, store: Store, shards: int, now: Callable[[], float]) -> None:
        self._store, self._shards, self._now = store, shards, now
        self._read = 0.0
        self.newest: Mapping[str, Scale] = {}
        self._counts: Mapping[str, Mapping[str, int]] = {}

    async def of(self, maison: str) -> Scale:
        """The scale of a maison, at most `FRESH` seconds old. Raises `StoreAway`."""
        if self._now() - self._read > FRESH:
            await self.refresh()
        return self.newest.get(maison, Scale())

    async def counts(self, maison: str) -> Mapping[str, int]:
        """Segment -> clients of a maison, at most `FRESH` seconds old. Raises `StoreAway`."""
        if self._now() - self._read > FRESH:
            await self.refresh()
        return self._counts.get(maison, {})

    async def refresh(self) -> None:
        """Reads the tallies of all shards, at once. Raises `StoreAway`."""
        began = self._now()
        shards = await asyncio.gather(*(self._store.tallies(shard) for shard in range(self._shards)))
        tallies = [tally for shard in shards for tally in shard.items()]
        self.newest, self._counts = scales_of(tallies, began), counts_of(tallies)
        self._read = began
