"""From POST to the page, all hops, and a welcome while a flood of clicks pours in.

Gateway, worker, deliver and console are processes of their own; fifty members of staff listen. First 200
mixed events a second with five alerts a second among them; then check-ins alone while clicks are written
straight to Kafka, 20,000 a second, keyed as the gateway keys them.

Nothing is pinned: on one core a Redis that has an answer waits for a Kafka that compiles, ten milliseconds
at a time. And nothing is measured until the broker's compiler has seen such traffic for a while, as one that
runs since yesterday has.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from random import Random

import aiohttp
import msgspec

from benchmarks import gateway
from benchmarks.door import BATCH, Door, request
from benchmarks.figure import Figure, figure, percentiles, say
from benchmarks.line import SECRET, Process, line
from benchmarks.mix import event, mixed
from benchmarks.servers import measured, servers
from schemas.maison import Maison
from streams.auth import token_for
from streams.settings import load_maisons

PER_SECOND, ALERTS = 200, 5
SITES, STAFF = 10, 50
CLICKS = 20_000
KNOWN, STRANGERS = 10_000, 1_000
"""Clients that the house knows, who come through a door in turn; others, heard of for the first time."""
WARM = 60.0
"""Seconds of such traffic before anything is measured."""
LATE = 5.0
"""Seconds after the last check-in for which cards are awaited."""


def run(quick: bool) -> Iterator[Figure]:
    """Milliseconds from the POST of a check-in to its card on the stream of somebody on duty."""
    with _line() as (maison, running, brokers):
        seconds = 10.0 if quick else 60.0
        yield from asyncio.run(_both(maison, running, brokers, seconds, WARM, KNOWN))


def glance() -> Iterator[Figure]:
    """The same of a line that was just started, in a small house; then what its gateway takes."""
    with _line() as (maison, running, brokers):
        yield from asyncio.run(_both(maison, running, brokers, 4.0, 4.0, 1_000))
        yield from gateway.taken(running["gateway"], 2.0)


@contextmanager
def _line() -> Iterator[tuple[Maison, dict[str, Process], str]]:
    """The house, the processes that serve it, and its Kafka."""
    with tempfile.TemporaryDirectory(prefix="prevenance-bench-") as folder, servers(core=None) as where:
        maison = _house(Path(folder))
        names = ("gateway", "worker", "deliver", "console")
        with line(where, *names, core=None, maisons=Path(folder)) as running:
            yield maison, running, where.brokers


async def _both(
    maison: Maison, running: dict[str, Process], brokers: str, seconds: float, warm: float, known: int
) -> list[Figure]:
    """The figures from so many seconds each, after `warm` that do not count, of `known` clients."""
    taken: list[Figure] = []
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:
        street = Street(Door(running["gateway"].port), known)
        async with _listening(session, running["console"].port, maison, street):
            say(f"{known:,} clients introduce themselves, {STAFF} people come on duty")
            await street.introduce(maison)
            say(f"{PER_SECOND} events a second for {warm:.0f} s, not measured")
            await street.day(warm, PER_SECOND)
            say(f"{PER_SECOND} events a second with {ALERTS} alerts for {seconds:.0f} s")
            before = {name: process.cpu for name, process in running.items()}
            taken += _told("latency.post_to_sse", *await street.day(seconds, PER_SECOND))
            for name, process in running.items():
                share = (process.cpu - before[name]) / (seconds * PER_SECOND) * 1e3
                taken.append(figure(f"latency.cpu.{name}", share, "ms/event"))
            say(f"check-ins while {CLICKS:,} clicks a second pour in for {seconds:.0f} s")
            ask = {"brokers": brokers, "seconds": seconds, "per_second": CLICKS}
            flooding = asyncio.create_task(measured("benchmarks.flood", ask, core=None))
            taken += _told("latency.checkin_in_flood", *await street.day(seconds, ALERTS))
            told = await flooding
            taken.append(figure("latency.flood", told["events"] / told["wall"], "clicks/s"))
    return taken


def _told(name: str, waits: list[float], missing: int) -> list[Figure]:
    if not waits:
        raise SystemExit(f"bench: {name}: no card came at all")
    return [
        *percentiles(name, waits),
        figure(f"{name}.cards", len(waits), "cards"),
        figure(f"{name}.missing", missing, "cards"),
    ]


class Street:
    """Those who come in: it knows when each check-in was posted and when its card was seen."""

    def __init__(self, door: Door, known: int) -> None:
        self._door, self._known = door, known
        self._random = Random(7)
        self._next = self._days = 0
        self.posted: dict[str, float] = {}
        self.seen: dict[str, float] = {}

    async def introduce(self, maison: Maison) -> None:
        """A purchase and a page make a client and their device known; presence puts staff on duty."""
        now = time.time() - 3600
        page = {"url": "/fr/bag-aurore/details", "sku": "bag-aurore", "category": "bags"}
        line = {"sku": "bag-aurore", "quantity": 1, "amount": 345_000, "currency": "EUR"}
        bought = {"channel": "store", "site": "bench-0", "lines": [line]}
        events = [
            sent.value
            for c in range(self._known)
            for sent in (
                event("store.purchase", c, now, self._random, **bought, order_id=f"known-{c}"),
                event("web.view", c, now, self._random, **page),
            )
        ]
        for person in maison.staff[-STAFF:]:
            duty = {"staff": person.id, "site": person.sites[0], "status": "on"}
            events.append(event("staff.presence", 0, time.time(), self._random, **duty).value)
        for first in range(0, len(events), 500):
            await self._door.knock(request(b"[" + b",".join(events[first : first + 500]) + b"]", BATCH))
        await self._warm()

    async def _warm(self) -> None:
        """Until the first cards arrive: every hop has its connections and its partitions."""
        ends = time.monotonic() + 60
        while not self.seen and time.monotonic() < ends:
            await self._checkin()
            await asyncio.sleep(0.5)

    async def day(self, seconds: float, per_second: int) -> tuple[list[float], int]:
        """Sends at a fixed rate, whatever the answers; how long each card took, and how many never came."""
        self.posted.clear()
        self.seen.clear()
        self._days += 1
        count, began = int(seconds * per_second), time.monotonic()
        calm = [
            sent.value
            for sent in mixed(count, self._known + STRANGERS, time.time(), seed=self._days)
            if b"store.checkin" not in sent.value
        ]
        every = per_second // ALERTS
        async with asyncio.TaskGroup() as sending:
            for n in range(count):
                await asyncio.sleep(max(0.0, began + n / per_second - time.monotonic()))
                if n % every == 0:
                    sending.create_task(self._checkin())
                else:
                    sending.create_task(self._door.knock(request(calm[n % len(calm)])))
        ends = time.monotonic() + LATE
        while len(self.seen) < len(self.posted) and time.monotonic() < ends:
            await asyncio.sleep(0.05)
        waits = [self.seen[id] - at for id, at in self.posted.items() if id in self.seen]
        return waits, len(self.posted) - len(waits)

    async def _checkin(self) -> None:
        client, self._next = self._next % self._known, self._next + 1
        site = f"bench-{client % SITES}"
        sent = event("store.checkin", client, time.time(), self._random, site=site, method="nfc")
        id = msgspec.json.decode(sent.value)["id"]
        self.posted[id] = time.perf_counter()
        await self._door.knock(request(sent.value))

    def shown(self, told: bytes) -> None:
        """A card reached somebody's page; the first page counts."""
        id = msgspec.json.decode(told).get("event")
        if id in self.posted and id not in self.seen:
            self.seen[id] = time.perf_counter()


@asynccontextmanager
async def _listening(
    session: aiohttp.ClientSession, port: int, maison: Maison, street: Street
) -> AsyncIterator[None]:
    """Every member of staff with a page open."""
    listeners = [
        asyncio.create_task(
            _listen(session, port, token_for(person, maison, SECRET, time.time() + 3600), street)
        )
        for person in maison.staff[-STAFF:]
    ]
    try:
        yield
    finally:
        for listener in listeners:
            listener.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*listeners)


async def _listen(session: aiohttp.ClientSession, port: int, token: str, street: Street) -> None:
    url, headers = f"http://127.0.0.1:{port}/v1/alerts/stream", {"Authorization": f"Bearer {token}"}
    async with session.get(url, headers=headers) as stream:
        stream.raise_for_status()
        async for text in stream.content:
            if text.startswith(b"data:"):
                street.shown(text[5:])


def _house(folder: Path) -> Maison:
    """The simulated house with ten more boutiques and fifty more people, five in each."""
    text = [Path("deploy/maisons/lumiere.toml").read_text()]
    for n in range(SITES):
        text.append(f'[[sites]]\nid = "bench-{n}"\nkind = "boutique"\nname = "Bench {n}"\ntimezone = "UTC"\n')
        members = [f"bench-{m:02}" for m in range(n, STAFF, SITES)]
        text.append(f'[[teams]]\nid = "bench-{n}"\nname = "Bench"\nsite = "bench-{n}"\nmembers = {members}\n')
    for n in range(STAFF):
        person = f'id = "bench-{n:02}"\nname = "Bench {n}"\nrole = "advisor"\nsites = ["bench-{n % SITES}"]'
        text.append(f"[[staff]]\n{person}\n")
    (folder / "lumiere.toml").write_text("\n".join(text))
    return load_maisons(folder)["lumiere"]
