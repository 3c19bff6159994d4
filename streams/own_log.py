"""A line's own log of a house, opened, in the order in which it was told: for whoever decides it again.

Read on the side, without a group, and kept nowhere: what was opened would outlive an erasure.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from heapq import heappop, heappush

from schemas.personal import opened
from schemas.sealing import Lost
from streams import gaps
from streams.keys import Keys
from streams.tail import Logged, Tail
from streams.topics import INBOUND


async def own_log(
    brokers: str, shards: int, keys: Keys, maison: str, of: Sequence[str] = INBOUND
) -> AsyncIterator[bytes]:
    """Every event of a house that the log still has, up to now; of who was erased what is not personal.

    `of`: the inbound topics that are read. Raises `KafkaAway`, `StoreAway`.
    """
    mark = f'"{maison}"'.encode()
    async with AsyncExitStack() as stack:
        waiting: list[tuple[int, int, Logged]] = []
        logs = [await _log(brokers, shard, of, stack) for shard in range(shards)]
        for shard in range(shards):
            await _next(logs, shard, waiting)
        while waiting:
            _, shard, record = heappop(waiting)
            await _next(logs, shard, waiting)
            if record.value is not None and record.key is not None and mark in record.value:
                yield await _open(record.value, (maison, record.key.decode(errors="replace")), keys)


async def _log(brokers: str, shard: int, of: Sequence[str], stack: AsyncExitStack) -> AsyncIterator[Logged]:
    ends = {topic: high for topic, (_, high) in (await gaps.ends(brokers, of, shard)).items()}
    tail = Tail(brokers, shard, dict.fromkeys(of, 0))
    stack.push_async_callback(tail.close)
    await tail.begin()
    return _one_by_one(tail, ends)


async def _one_by_one(tail: Tail, ends: dict[str, int]) -> AsyncIterator[Logged]:
    async for piece in tail.until(ends):
        for record in piece:
            yield record


async def _next(
    logs: list[AsyncIterator[Logged]], shard: int, waiting: list[tuple[int, int, Logged]]
) -> None:
    record = await anext(logs[shard], None)
    if record is not None:
        heappush(waiting, (record.timestamp, shard, record))


async def _open(value: bytes, part: tuple[str, str], keys: Keys) -> bytes:
    """As it was sent, but for identifiers; as it travelled where its key is gone."""
    if b'"sealed":' not in value:
        return value
    await keys.look_up([part])
    key = keys.known.get(part)
    try:
        return value if key is None else opened(value, key, threads=False)
    except (Lost, ValueError):
        return value
