"""Bytes of Kafka an event, by how long they are kept: what comes in, and what the worker says of it.

Before compression: what is sealed hardly becomes smaller, and a quiet gateway sends one event a batch.
Not counted: links, consent and keys, which grow with clients and not with events.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from agents.personalise import personalise
from agents.plan import context, plan
from agents.registry import WAKES
from benchmarks.deciding import taught
from benchmarks.figure import Figure, figure, say
from benchmarks.mix import PEPPER, mixed
from benchmarks.sealing import Sealing
from feature_store.memory_store import MemoryStore
from feature_store.store import Fence
from streams.settings import load_maisons
from streams.telling import messages_of
from streams.topics import TOPICS
from tests.builders import Raw

CLIENTS, SLICE = 1_000, 500
OVERHEAD = 61 + 10
"""Bytes of a batch of one record, and of the record, beside key and value."""


def run(quick: bool) -> Iterator[Figure]:
    """Bytes an event of a mixed day, by the days for which they are kept."""
    events = 30_000 if quick else 120_000
    say(f"{events:,} events of {CLIENTS:,} clients")
    said = asyncio.run(_said(events))
    kept = {topic.name: topic.keep_days for topic in TOPICS if not topic.compacted}
    for days in (7, 30):
        size = sum(bytes_ for topic, bytes_ in said.items() if kept.get(topic) == days)
        yield figure(f"disk.kept_{days}_days", size / events, "bytes/event")


async def _said(events: int) -> Counter[str]:
    now, said, sealing = time.time(), Counter[str](), Sealing()
    sealed = [*sealing.sealed(mixed(events, CLIENTS, now))]
    for sent in sealed:
        said[sent.topic] += len(sent.key) + len(sent.value) + OVERHEAD
    store = MemoryStore(lambda _: 0)
    ctx = context(load_maisons(Path("deploy/maisons")), PEPPER.encode(), taught())
    for first in range(0, events, SLICE):
        raws = [Raw(first + n, sent.key, sent.value) for n, sent in enumerate(sealed[first : first + SLICE])]
        planned = plan(raws, now, WAKES.keys(), ctx, sealing.keys)
        view = await store.read(0, planned.parts, planned.waking)
        done = personalise(planned.touches, (), view, {}, now, ctx, keys=sealing.keys)
        for message in messages_of(done, sealing.keys):
            said[message.topic] += len(message.key or b"") + len(message.value or b"") + OVERHEAD
        version = view.fence.version + 1 if view.fence else 0
        await store.apply(0, done.write(view.raw, Fence("log", version, {})))
    return said
