"""`prevenance explain`: the log of a client's parts is read, and applied event by event, on the side."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any

import msgspec

from agents.explain import Cause, Explanation, Values, shown
from agents.plan import Context, plan
from feature_store import record as records
from feature_store.compare import differing
from feature_store.store import PartKey, Store, parts_of
from schemas.wording import PlainError
from streams import topics
from streams.keys import Keys
from streams.tail import Logged, Tail


class UnknownClient(PlainError):
    """No record has this id; the text says what to do."""


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """What explanations are read with. `shards`: how many there are."""

    brokers: str
    store: Store
    keys: Keys
    context: Context
    shards: int


class PartExplained(msgspec.Struct, frozen=True, kw_only=True):
    """What made the values of one part. `values`: as the record has them, of features that are not personal.

    `since`: the first event of the part that the log still has, Unix seconds; `cut`: topics whose beginning
    the log has lost; `differs`: features that these events alone do not account for.
    """

    oid: str
    events: int
    twice: int
    unreadable: int
    since: float | None
    cut: Sequence[str]
    made: Mapping[str, Any]
    values: Values
    differs: Sequence[str]


async def explain(
    reader: Reader, maison: str, oid: str, most: int, tell: Callable[[str], None]
) -> list[PartExplained]:
    """Every part of the client that `oid` is a part of. O(log of their shards): `tell` says how far it is.

    Raises `UnknownClient`, `KafkaAway`, `StoreAway`, `NewerRecord`.
    """
    parts = await parts_of(reader.store, (maison, oid))
    if not any((await reader.store.peek(parts)).values()):
        raise UnknownClient(f"{maison} has no client {oid}: take the id of an alert or of a look-up")
    by_shard: dict[int, list[PartKey]] = {}
    for part in parts:
        by_shard.setdefault(topics.partition_of(part[1].encode(), reader.shards), []).append(part)
    explained = [await _of_shard(reader, shard, few, most, tell) for shard, few in by_shard.items()]
    return sorted((one for few in explained for one in few), key=lambda one: (one.oid != oid, one.oid))


async def _of_shard(
    reader: Reader, shard: int, parts: Sequence[PartKey], most: int, tell: Callable[[str], None]
) -> list[PartExplained]:
    view = await reader.store.read(shard, parts)
    await reader.keys.look_up(parts)
    ends = {topic: last + 1 for topic, last in (view.fence.offsets if view.fence else {}).items()}
    told = {part: _Part(part, most) for part in parts}
    log = Tail(reader.brokers, shard, dict.fromkeys(ends, 0))
    wanted = {part[1].encode() for part in parts}
    read, total = 0, sum(ends.values())
    try:
        await log.begin()
        async for piece in log.until(ends):
            for record in piece:
                if record.key in wanted:
                    _add(told, record, shard, reader)
            read += len(piece)
            tell(f"shard {shard}: {read:,} of {total:,} events read")
    finally:
        await log.close()
    now = time.time()
    return [one.explained(view.parts[part], reader.keys, sorted(log.cut), now) for part, one in told.items()]


class _Part:
    """One part while its log is read."""

    def __init__(self, part: PartKey, most: int) -> None:
        self.part = part
        self.explanation = Explanation(most)
        self.since: float | None = None
        self.unreadable = 0

    def explained(self, stored: bytes | None, keys: Keys, cut: list[str], now: float) -> PartExplained:
        key, told = keys.known.get(self.part), self.explanation
        alone = records.encode(told.record, key)
        held = stored if stored is not None else records.encode(records.Record())
        return PartExplained(
            oid=self.part[1],
            events=told.applied,
            twice=told.twice,
            unreadable=self.unreadable,
            since=self.since,
            cut=cut,
            made=dict(sorted(told.values.items())),
            values=shown(records.decode(held, key), now),
            differs=sorted(differing(held, alone, now, key)),
        )


def _add(told: Mapping[PartKey, _Part], record: Logged, shard: int, reader: Reader) -> None:
    now = record.timestamp / 1000
    planned = plan([record], now, frozenset(), reader.context, reader.keys.known)
    for part in (*planned.locked, *planned.erased):
        if part in told:
            told[part].unreadable += 1
    for touch in planned.touches:
        one = told.get(touch.part)
        if one is None:
            continue
        event: Any = touch.event
        cause = Cause(
            type=type(event).__struct_config__.tag,
            time=event.time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            source=event.source,
            id=event.id,
            topic=record.topic,
            partition=shard,
            offset=record.offset,
        )
        one.since = one.since or now
        one.explanation.add(touch, cause, reader.context.houses[touch.part[0]], now)
