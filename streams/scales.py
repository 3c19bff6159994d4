"""Where clients stand among others, how many are in each segment, and what they are likely to buy: from the
tallies of all shards, read again when some seconds old."""

import asyncio
from collections.abc import Callable, Mapping

from feature_store.lifetime import Lifetime, lifetime_of
from feature_store.scale import Scale, counts_of, scales_of
from feature_store.store import Store

FRESH = 5.0
"""Seconds a scale is used before the tallies are read again."""
FITTED = 300.0
"""Seconds a fit is used before it is made again, in a thread."""

Tallies = list[tuple[str, int]]


class Scales:
    """The newest scales, counts and fits. `now` gives Unix seconds."""

    def __init__(self, store: Store, shards: int, now: Callable[[], float]) -> None:
        self._store, self._shards, self._now = store, shards, now
        self._read = 0.0
        self.newest: Mapping[str, Scale] = {}
        self._counts: Mapping[str, Mapping[str, int]] = {}
        self._tallies: Tallies = []
        self._fits: dict[str, tuple[float, Lifetime]] = {}

    async def of(self, maison: str) -> Scale:
        """The scale of a maison, at most `FRESH` seconds old. Raises `StoreAway`."""
        await self._freshen()
        return self.newest.get(maison, Scale())

    async def counts(self, maison: str) -> Mapping[str, int]:
        """Segment -> clients of a maison, at most `FRESH` seconds old. Raises `StoreAway`."""
        await self._freshen()
        return self._counts.get(maison, {})

    async def lifetime(self, maison: str) -> Lifetime:
        """The fit of a maison, at most `FITTED` seconds old. Raises `StoreAway`."""
        await self._freshen()
        fitted, lifetime = self._fits.get(maison, (0.0, Lifetime()))
        if 0 <= self._now() - fitted <= FITTED:
            return lifetime
        self._fits[maison] = self._now(), lifetime  # whoever asks meanwhile is given the one before
        begins = f"{maison}|"
        ours = [(n.removeprefix(begins), count) for n, count in self._tallies if n.startswith(begins)]
        lifetime = await asyncio.to_thread(lifetime_of, ours, self._now())
        self._fits[maison] = self._now(), lifetime
        return lifetime

    async def _freshen(self) -> None:
        if not 0 <= self._now() - self._read <= FRESH:  # or a clock was set back: how old it is nobody knows
            await self.refresh()

    async def refresh(self) -> None:
        """Reads the tallies of all shards, at once. Raises `StoreAway`."""
        began = self._now()
        shards = await asyncio.gather(*(self._store.tallies(shard) for shard in range(self._shards)))
        sums: dict[str, int] = {}
        for shard in shards:
            for name, count in shard.items():
                sums[name] = sums.get(name, 0) + count
        self._tallies = list(sums.items())
        self.newest, self._counts = scales_of(self._tallies, began), counts_of(self._tallies)
        self._read = began
