"""A client of any age fits: what Redis spends on one, key and timer included, is about two kilobytes."""

from typing import Any

import pytest

from benchmarks.memory import life
from feature_store import record as records
from feature_store.features import attention, session
from schemas.codec import decode
from tests import builders as a
from tests.builders import Line

BAR = 2_056
"""Bytes of Redis per client, of any age."""
AROUND = 296
"""Bytes of them that are no record: key, expiry, places in tables, one timer. `benchmarks/memory.py` measures
the whole; whoever needs more than is left here takes it from somewhere else."""


async def lived(client: int) -> tuple[Line, Any]:
    """The line and the record after a life, each event served at its time and timers in between."""
    line = Line()
    for at, sent in sorted(life(client, a.NOON), key=lambda told: told[0]):
        await line.tell(decode(sent.value), now=at)
        await line.until(at + 1e-3)
    await line.until(a.NOON, step=a.NOON)
    part = a.part_of(client_id=f"client-{client:07d}")
    return line, (await line.store.peek([part]))[part]


@pytest.mark.parametrize("client", [1, 2, 3])
async def test_a_client_with_everything_a_record_can_hold_fits(client: int) -> None:
    line, stored = await lived(client)
    print(f"{len(stored)} bytes")
    assert len(stored) <= BAR - AROUND
    assert await line.timers() == 1


async def test_that_client_has_everything() -> None:
    _, stored = await lived(1)
    record = records.decode(stored)
    assert len(record.z) >= records.RING
    assert len(record.o) == records.ORDERS
    known = records.slice_of(record, "attention")
    assert len(known.alerts) + len([*attention.past(known)]) == attention.KEPT
    assert len(known.alerts) == 1
    assert len(records.slice_of(record, "stay").stays) == 2
    assert len(records.slice_of(record, "session").settled) == 8 * session.SETTLED
    values = records.values(record, a.NOON)
    assert len(values["profile"]) == 12
    assert len(values["taste"]) == 6
    assert len(values["consent"]) == 3
    assert all(
        getattr(record, f.letter) is not None
        for f in records.FEATURES
        if f.name not in ("links", "segments", "grants", "served", "habits")
    )
