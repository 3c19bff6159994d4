"""What the rights of clients cost: sealing at the gateway, an export, and an erasure with its receipt.

The line runs as an operator starts it. Each client has a thousand events; exported is what the role privacy
reads, an erasure ends with the signed receipt. Sealing and opening are timed by themselves, on the mix of the
other benchmarks: what the gateway adds to an event, and a worker to one that says something in words.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec

from benchmarks.door import BATCH, Door, request
from benchmarks.figure import Figure, figure, percentile, say
from benchmarks.line import SECRET, line
from benchmarks.mix import MAISON, mixed
from benchmarks.sealing import Sealing
from benchmarks.servers import servers
from benchmarks.unmerge import AT_ONCE, EVENTS, Desk, event_of
from schemas.personal import opened
from streams.auth import token_for
from streams.settings import load_maisons

SEALED = 20_000


def run(quick: bool) -> Iterator[Figure]:
    """Microseconds an event is sealed and opened in; milliseconds of an export and of an erasure."""
    seal, open_ = _sealing(SEALED // 4 if quick else SEALED)
    yield figure("rights.seal", seal * 1e6, "us/event")
    yield figure("rights.open", open_ * 1e6, "us/event")
    with servers(core=None) as where, line(where, "gateway", "worker", "console", core=None) as running:
        ports = running["gateway"].port, running["console"].port
        exports, erasures = asyncio.run(_asked(*ports, clients=5 if quick else 20))
    yield figure("rights.export.p50", percentile(exports, 0.5), "ms")
    yield figure("rights.export.max", max(exports), "ms")
    yield figure("rights.erasure.p50", percentile(erasures, 0.5), "ms")
    yield figure("rights.erasure.max", max(erasures), "ms")


def _sealing(count: int) -> tuple[float, float]:
    """Seconds an event costs to be sealed, and those that are sealed to be opened."""
    sent, sealing = list(mixed(count, count // 10, time.time())), Sealing()
    list(sealing.sealed(sent))  # every client has been met
    began = time.perf_counter()
    made = list(sealing.sealed(sent))
    seal = (time.perf_counter() - began) / count
    keys = {part[1].encode(): key for part, key in sealing.keys.items()}
    said = [one for one in made if b'"sealed"' in one.value]
    began = time.perf_counter()
    for one in said:
        opened(one.value, keys[one.key])
    return seal, (time.perf_counter() - began) / len(said)


@asynccontextmanager
async def _signed_in(role: str, console: int) -> AsyncIterator[aiohttp.ClientSession]:
    maison = load_maisons(Path("deploy/maisons"))[MAISON]
    person = next(person for person in maison.staff if person.role == role)
    token = token_for(person, maison, SECRET, time.time() + 3_600)
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{console}", headers=headers) as session:
        yield session


async def _asked(gateway: int, console: int, clients: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each export and of each erasure."""
    exports, erasures, door = list[float](), list[float](), Door(gateway)
    async with _signed_in("manager", console) as manager, _signed_in("privacy", console) as privacy:
        for _ in range(clients):
            who = {"client_id": f"C-{uuid.uuid4().hex[:12]}"}
            said = [event_of("web.view", who, session="s", sku="bag-aurore") for _ in range(EVENTS)]
            said.append(event_of("client.profile", who, fields={"name": "Aline Moreau"}))
            for start in range(0, len(said), AT_ONCE):
                await door.knock(request(msgspec.json.encode(said[start : start + AT_ONCE]), BATCH))
            id = (await Desk(manager).until(who, EVENTS))["id"]
            exports.append(await _took(privacy, "GET", f"/v1/clients/{id}/export"))
            erasures.append(await _took(privacy, "DELETE", f"/v1/clients/{id}"))
            say(f"exported in {exports[-1]:.0f} ms, erased in {erasures[-1]:.0f} ms")
    door.close()
    return exports, erasures


async def _took(session: aiohttp.ClientSession, method: str, path: str) -> float:
    began = time.perf_counter()
    async with session.request(method, path) as answer:
        body = await answer.read()
        if answer.status != 200:
            raise SystemExit(f"bench: the console said {answer.status} {body[:200]!r}")
    return (time.perf_counter() - began) * 1e3
