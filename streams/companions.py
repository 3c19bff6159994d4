"""What goes together, read from the tallies of choice of all shards now and then, worked out in a thread."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping

from feature_store.store import Store
from feature_store.together import Together, together_of

FRESH = 60.0
"""Seconds it is used before the tallies are read again."""


class Companions:
    """The newest. `now` gives Unix seconds."""

    def __init__(self, store: Store, shards: int, now: Callable[[], float]) -> None:
        self._store, self._shards, self._now = store, shards, now
        self._read = 0.0
        self.newest: Mapping[str, Together] = {}

    async def freshen(self) -> None:
        """Reads the tallies again where they are older. Raises `StoreAway`."""
        if 0 <= self._now() - self._read <= FRESH:  # a clock that is set back stops no look
            return
        shards = await asyncio.gather(*(self._store.chosen(shard) for shard in range(self._shards)))
        counts: Counter[str] = Counter()
        for shard in shards:
            counts.update(shard)
        self.newest = await asyncio.to_thread(together_of, counts.items())
        self._read = self._now()
