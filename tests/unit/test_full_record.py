"""A client of any age fits: the record of one with everything a record can hold, sealed as Redis keeps it."""

from typing import Any

import msgspec
import pytest

from agents.foresee import is_due
from benchmarks.life import life
from feature_store import record as records
from feature_store.features import attention, session
from schemas.codec import decode
from schemas.sealing import SALT, Key
from tests import builders as a
from tests.builders import Line

BOOK = 340
"""Bytes of a record for what a client book rests on."""
HOTEL = 50
"""Bytes of it for where a guest has stayed, and for a card more that is open."""
ANEW = 40
"""Bytes of it for what is said again of an order or a booking: when each was told, what was asked for."""
CARE = 440
"""Bytes of it for habits, what was served, what weighed on a client, who matters to them, and two grants."""
BAR = 1_640 + BOOK + HOTEL + ANEW + CARE
"""Bytes of a record of any age. Around it Redis spends some 500 on its key, its expiry, places in tables and
six timers, 60 on a salt, and 340 on the description of a person: `benchmarks/memory.py` measures the whole.
Whoever needs more than is left here takes it from somewhere else."""
ARTICLES = ("leanings", "glances", "handled", "fatigue")
OF_ARTICLES = 300
"""Bytes that what is remembered of single articles may take besides."""
KEY = Key(bytes(32), ("lumiere", "part"), [bytes(SALT)])


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
    others = msgspec.msgpack.decode(records.encode(records.decode(stored), KEY))
    articles = [msgspec.msgpack.encode(others.pop(records.BY_NAME[name].letter, None)) for name in ARTICLES]
    sealed = msgspec.msgpack.encode(others)
    print(f"{len(sealed)} bytes, and {[len(slice) for slice in articles]} of {ARTICLES}")
    assert len(sealed) <= BAR
    assert sum(map(len, articles)) <= OF_ARTICLES
    alerts = records.slice_of(records.decode(stored), "attention").alerts
    waiting = [timer for timer in await line.waiting() if not is_due(timer)]
    assert len(waiting) <= len(alerts) + 3, "one for each open alert, and those of rules that look ahead"


async def test_that_client_has_everything() -> None:
    _, stored = await lived(1)
    record = records.decode(stored)
    assert len(record.z) >= records.RING
    assert len(record.o) == records.ORDERS
    known = records.slice_of(record, "attention")
    assert len(known.alerts) + len([*attention.past(known)]) == attention.KEPT
    assert len(known.alerts) == 3
    assert len(records.slice_of(record, "stay").stays) == 2
    assert len(records.slice_of(record, "session").settled) == 8 * session.SETTLED
    values = records.values(record, a.NOON)
    assert len(values["profile"]) == 12
    assert len(values["taste"]) == 6
    assert len(values["consent"]) == 3
    missing = {f.name for f in records.FEATURES if getattr(record, f.letter) is None}
    assert missing <= {"links", "segments", "surprises"}
