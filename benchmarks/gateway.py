"""What one gateway process takes: requests a second, one event each, and events a second in batches."""

import asyncio
import time
from collections.abc import Iterator

from benchmarks.door import BATCH, SINGLE, Door, request
from benchmarks.figure import Figure, figure, say
from benchmarks.line import Process, line
from benchmarks.mix import mixed
from benchmarks.servers import SERVERS, pinned, servers

CONNECTIONS = 16
EACH = 100


def run(quick: bool) -> Iterator[Figure]:
    """Of a gateway on a core of its own."""
    with servers() as where, line(where, "gateway") as running, pinned(SERVERS):
        yield from taken(running["gateway"], 3.0 if quick else 10.0)


def taken(gateway: Process, seconds: float) -> Iterator[Figure]:
    """Sixteen keep-alive connections, each sending its next request when the last is answered.

    So many seconds of each kind of request.
    """
    events = [sent.value for sent in mixed(20_000, 20_000, time.time())]
    for name, kind, each in (
        ("single", SINGLE, 1),
        ("batch", BATCH, EACH),
    ):
        bodies = events if each == 1 else [_batch(events, first) for first in range(0, 20_000, EACH)]
        requests = [request(body, kind) for body in bodies]
        say(f"requests of {each} event{'s' if each > 1 else ''}")
        cpu = gateway.cpu
        done = asyncio.run(_knock(gateway.port, requests, seconds))
        yield figure(f"gateway.{name}", done / seconds, "requests/s")
        spent = (gateway.cpu - cpu) / (done * each) * 1e6
        yield figure(f"gateway.{name}.cpu", spent, "us/event")
    yield figure("gateway.batch.events", done * EACH / seconds, "events/s")


def _batch(events: list[bytes], first: int) -> bytes:
    return b"[" + b",".join(events[first : first + EACH]) + b"]"


async def _knock(port: int, requests: list[bytes], seconds: float) -> int:
    """Requests whose events were all taken, in so many seconds."""
    door, ends = Door(port), time.monotonic() + seconds
    done = await asyncio.gather(*(_visitor(door, requests, n, ends) for n in range(CONNECTIONS)))
    door.close()
    return sum(done)


async def _visitor(door: Door, requests: list[bytes], first: int, ends: float) -> int:
    done = 0
    while time.monotonic() < ends:
        await door.knock(requests[(first + done * CONNECTIONS) % len(requests)])
        done += 1
    return done
