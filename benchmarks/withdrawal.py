"""From the acknowledgement of a withdrawal until the open card is off the screen, while clicks pour in.

Gateway, worker, deliver and console are processes of their own, and a person listens. Clients come in; then
clicks are written straight to Kafka, 20,000 a second, and one client after another withdraws the consent that
their card rests on. Nothing is pinned, as in `latency`.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

import aiohttp
import msgspec

from benchmarks.door import BATCH, Door, request
from benchmarks.figure import Figure, figure, percentile, say
from benchmarks.line import SECRET, Process, line
from benchmarks.mix import event
from benchmarks.servers import measured, servers
from streams.auth import token_for
from streams.settings import load_maisons

CLICKS = 20_000
BETWEEN = 0.1
"""Seconds between two withdrawals."""
PATIENCE = 60.0


def run(quick: bool) -> Iterator[Figure]:
    """Milliseconds from the gateway's 202 to the retraction on the stream."""
    clients = 50 if quick else 300
    with (
        servers(core=None) as where,
        line(where, *("gateway", "worker", "deliver", "console"), core=None) as up,
    ):
        waits = asyncio.run(_withdrawn(clients, up, where.brokers))
    for name, share in {"p50": 0.5, "p99": 0.99, "most": 1.0}.items():
        yield figure(f"withdrawal.{name}", percentile(waits, share) * 1e3, "ms")
    yield figure("withdrawal.cards", len(waits), "cards")
    yield figure("withdrawal.missing", clients - len(waits), "cards")


async def _withdrawn(clients: int, up: dict[str, Process], brokers: str) -> list[float]:
    door, screen, random = Door(up["gateway"].port), Screen(), Random(7)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:
        listening = asyncio.create_task(screen.listen(session, up["console"].port))
        say(f"{clients} clients come in")
        now = time.time()
        known = [
            event("client.profile", c, now - 60, random, fields={"name": "Bench"}) for c in range(clients)
        ]
        came = [event("store.checkin", c, now, random, site="vendome", method="nfc") for c in range(clients)]
        for events in (known, came):
            for first in range(0, clients, 100):
                body = b"[" + b",".join(e.value for e in events[first : first + 100]) + b"]"
                await door.knock(request(body, BATCH))
        await _until(lambda: len(screen.shown) >= clients)
        say(f"they withdraw, while {CLICKS:,} clicks a second pour in")
        ask = {"brokers": brokers, "seconds": clients * BETWEEN + 4, "per_second": CLICKS}
        flooding = asyncio.create_task(measured("benchmarks.flood", ask, core=None))
        await asyncio.sleep(2)
        acknowledged: dict[str, float] = {}
        for client in range(clients):
            said = event("client.consent", client, time.time(), random, purpose="service", state="none")
            await door.knock(request(said.value))
            acknowledged[said.key.decode()] = time.perf_counter()
            await asyncio.sleep(BETWEEN)
        await flooding
        await _until(lambda: acknowledged.keys() <= screen.gone.keys())
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
    return [max(0.0, screen.gone[oid] - at) for oid, at in acknowledged.items() if oid in screen.gone]


async def _until(true: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < ends:
        await asyncio.sleep(0.05)


class Screen:
    """A page of the boutique: the clients whose card is on it, and when each left it."""

    def __init__(self) -> None:
        self.shown: set[str] = set()
        self.gone: dict[str, float] = {}

    async def listen(self, session: aiohttp.ClientSession, port: int) -> None:
        """Until it is cancelled."""
        maison = load_maisons(Path("deploy/maisons"))["lumiere"]
        person = maison.person("helene")
        assert person is not None
        headers = {"Authorization": f"Bearer {token_for(person, maison, SECRET, time.time() + 3600)}"}
        url = f"http://127.0.0.1:{port}/v1/alerts/stream"
        async with session.get(url, headers=headers) as stream:
            stream.raise_for_status()
            kind = ""
            async for text in stream.content:
                if text.startswith(b"event:"):
                    kind = text[6:].decode().strip()
                elif text.startswith(b"data:"):
                    client = msgspec.json.decode(text[5:])["client"]["id"]
                    if kind == "retract":
                        self.gone.setdefault(client, time.perf_counter())
                    else:
                        self.shown.add(client)
