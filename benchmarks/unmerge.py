"""From the POST of a person's word to two clients where there was one, a thousand events each.

The line runs as an operator starts it; each pair of clients is linked by a system's word and parted by a
manager's. Visible is when `GET /v1/clients/{oid}`, asked every two milliseconds, has the client's own facts.
"""

import asyncio
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from benchmarks.door import BATCH, Door, request
from benchmarks.figure import Figure, figure, percentile, say
from benchmarks.line import SECRET, line
from benchmarks.mix import MAISON
from benchmarks.servers import servers
from streams.auth import token_for
from streams.settings import load_maisons

EVENTS = 1_000
"""Of each client."""
AT_ONCE = 100
LOOK = 0.002
PATIENCE = 60.0


def run(quick: bool) -> Iterator[Figure]:
    """Milliseconds until an un-merge is visible, the median and the slowest."""
    with servers(core=None) as where, line(where, "gateway", "worker", "console", core=None) as running:
        ports = running["gateway"].port, running["console"].port
        taken = asyncio.run(_unmerged(*ports, pairs=8 if quick else 30))
    yield figure("unmerge.p50", percentile(taken, 0.5), "ms")
    yield figure("unmerge.max", max(taken), "ms")


async def _unmerged(gateway: int, console: int, pairs: int) -> list[float]:
    maison = load_maisons(Path("deploy/maisons"))[MAISON]
    manager = next(person for person in maison.staff if person.role == "manager")
    token = token_for(manager, maison, SECRET, time.time() + 3_600)
    door = Door(gateway)
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{console}", headers={"Authorization": f"Bearer {token}"}
    ) as session:
        desk = Desk(session)
        taken = [await _one(door, desk) for _ in range(pairs)]
    door.close()
    return taken


async def _one(door: Door, desk: "Desk") -> float:
    """Two clients, made one, then two again: milliseconds of the last step."""
    one, other = ({"guest_id": f"G-{uuid.uuid4().hex[:12]}"}, {"card": f"C-{uuid.uuid4().hex[:12]}"})
    for who in (one, other):
        clicks = [event_of("web.view", who, session="s", sku="bag-aurore") for _ in range(EVENTS)]
        for start in range(0, EVENTS, AT_ONCE):
            await door.knock(request(msgspec.json.encode(clicks[start : start + AT_ONCE]), BATCH))
    await desk.until(one, EVENTS)
    await desk.until(other, EVENTS)
    declared = event_of("client.link", one, **{"with": other, "evidence": "said so"})
    await door.knock(request(msgspec.json.encode(declared)))
    found = await desk.until(one, 2 * EVENTS)
    id, pair = found["id"], ".".join(sorted(found["parts"]))
    began = time.perf_counter()
    await desk.judge(pair)
    while (await desk.client(id))["facts"]["views"] != EVENTS:
        await asyncio.sleep(LOOK)
    took = (time.perf_counter() - began) * 1e3
    say(f"two again after {took:.1f} ms")
    return took


class Desk:
    """What somebody of the house asks of the console."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def client(self, id: str) -> dict[str, Any]:
        """The record, by its opaque id."""
        async with self._session.get(f"/v1/clients/{id}") as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async def until(self, who: dict[str, str], views: int) -> dict[str, Any]:
        """The record of whoever has come to that many views."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            async with self._session.post("/v1/clients/lookup", json={"who": who}) as answer:
                found: dict[str, Any] = await answer.json()
                if answer.status == 200 and found["facts"]["views"] == views:
                    return found
            await asyncio.sleep(0.05)
        raise SystemExit(f"bench: a client did not come to {views} views")

    async def judge(self, pair: str) -> None:
        """Says that a pair are two."""
        body = {"verdict": "different", "reason": "two people"}
        async with self._session.post(f"/v1/identity/held/{pair}", json=body) as answer:
            if answer.status != 200:
                raise SystemExit(f"bench: the console said {answer.status} {await answer.text()}")


def event_of(type_: str, who: dict[str, str], **data: Any) -> dict[str, Any]:
    """An event of now, as a system of the house would send it."""
    return {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": "/bench",
        "type": type_,
        "time": datetime.now(UTC).isoformat(),
        "data": {"who": who, **data},
    }
