"""What is read again now and then is, though the clock of its host was an hour ahead and is set right."""

from feature_store.memory_store import MemoryStore
from feature_store.store import Fence, Write
from streams.companions import FRESH, Companions
from streams.scales import Scales

SHARD = 0


async def test_what_was_read_by_a_clock_an_hour_ahead_is_read_again() -> None:
    store, now = MemoryStore(lambda key: SHARD), 7_200.0
    scales, companions = Scales(store, 1, lambda: now), Companions(store, 1, lambda: now)

    async def seen() -> tuple[int, bool]:
        await companions.freshen()
        return (await scales.counts("lumiere")).get("regulars", 0), "lumiere" in companions.newest

    assert await seen() == (0, False)
    counts = {"lumiere|k|regulars": 3, "lumiere|u|1": 9, "lumiere|u|2": 9, "lumiere|v|1|2": 5}
    assert await store.apply(SHARD, Write(seen=b"", fence=Fence("log", 1), tallies=counts))
    assert await seen() == (0, False), "it is fresh"
    now -= 3_600
    assert await seen() == (3, True)
    now += FRESH
    assert await seen() == (3, True)
