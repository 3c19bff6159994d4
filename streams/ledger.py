"""The consent ledger read back, from `consent.ledger`: of a client, or of a maison. Each statement once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection

from schemas.codec import Unreadable
from schemas.ledger import LedgerEntry, Statement, decode_entry, statement_of
from streams import gaps, topics
from streams.applied import ends_of
from streams.keys import Opener

Ledger = Callable[[str, Collection[str]], Awaitable[list[Statement]]]
"""`ledger(maison, parts)` gives every statement of these parts. Raises `KafkaAway`, `StoreAway`."""


def ledger_of(brokers: str, opener: Opener) -> Ledger:
    """Reads it from Kafka."""

    async def read(maison: str, parts: Collection[str]) -> list[Statement]:
        return [one async for piece in statements(brokers, opener, maison, parts) for one in piece]

    return read


async def statements(
    brokers: str, opener: Opener, maison: str, parts: Collection[str] | None = None
) -> AsyncIterator[list[Statement]]:
    """In pieces, in the order they were entered; `parts`: of these alone. O(entries of their partitions).

    Raises `KafkaAway`, `StoreAway`.
    """
    ends = await asyncio.to_thread(ends_of, brokers, topics.LEDGER)
    where = (
        {topics.partition_of(oid.encode(), len(ends)) for oid in parts} if parts is not None else set(ends)
    )
    told: set[tuple[str, str]] = set()
    for partition in sorted(where):
        low, end = ends[partition]
        async for records in gaps.read_between(brokers, topics.LEDGER, partition, low, end):
            found = [
                (entry, record.timestamp / 1000)
                for record in records
                if (entry := _read(record.value, maison, parts, told)) is not None
            ]
            keys = await opener.of({(maison, entry.client) for entry, _ in found})
            yield [statement_of(entry, at, keys.get((maison, entry.client))) for entry, at in found]


def _read(
    value: bytes | None, maison: str, parts: Collection[str] | None, told: set[tuple[str, str]]
) -> LedgerEntry | None:
    """The entry that is asked for and was not told: a worker that was killed may enter one twice."""
    try:
        entry = decode_entry(value)
    except Unreadable:
        return None
    if entry.maison != maison or (parts is not None and entry.client not in parts):
        return None
    named = (entry.source, entry.id)
    if named in told:
        return None
    told.add(named)
    return entry
