"""A storm of events of known outcome: every event twice, in order per client, spread over some seconds."""

import asyncio
import heapq
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from typing import Any
from zlib import crc32

import aiohttp
import msgspec

from tests.line import Line
from tests.outside import Outside, event

TOGETHER = 200
"""Events per post at most."""
SENDERS = 4
APART = 80
"""Of a client's events between an event and its twin, at most."""


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """Who it is, what is sent in which order, and what the facts must be in the end."""

    id: str
    sends: list[bytes]
    facts: dict[str, Any]


def storm(
    seed: int,
    *,
    clients: int,
    each: int,
    busy: int = 0,
    busy_each: int = 0,
    at: Callable[[int], Sequence[str]] = lambda _: ("vendome", "ginza"),
) -> list[Client]:
    """`clients` of `each` unique events, and `busy` ones of `busy_each`, over four topics.

    `at`: the sites where the client of that number comes in.
    """
    draw = random.Random(seed)
    sizes = [each] * clients + [busy_each] * busy
    return [_client(f"storm-{seed}-{n}", size, at(n), draw) for n, size in enumerate(sizes)]


def _client(id: str, size: int, sites: Sequence[str], draw: random.Random) -> Client:
    kinds = ("store.checkin", "store.purchase", "web.view", "chat.message")
    facts: Counter[str] = Counter()
    spend = 0
    placed: list[tuple[float, int, bytes]] = []
    now = time.time()
    for n in range(size):
        kind = draw.choice(kinds)
        data = _data(kind, id, n, sites, draw)
        body = msgspec.json.encode(event(kind, at=now, id=f"{id}-{n}", client_id=id, **data))
        placed.append((n, n, body))
        placed.append((min(size - 1, n + draw.randint(0, APART)) + 0.5, n, body))
        facts[
            {"store.checkin": "visits", "store.purchase": "purchases", "web.view": "views"}.get(
                kind, "messages"
            )
        ] += 1
        spend += sum(line["amount"] for line in data.get("lines", ()))
    expected = {name: facts[name] for name in ("visits", "purchases", "views", "messages")}
    expected["spend"] = {"EUR": spend} if facts["purchases"] else {}
    return Client(id=id, sends=[body for *_, body in sorted(placed)], facts=expected)


def _data(kind: str, client: str, n: int, sites: Sequence[str], draw: random.Random) -> dict[str, Any]:
    match kind:
        case "store.checkin":
            return {"site": draw.choice(sites), "method": "nfc"}
        case "store.purchase":
            line = {
                "sku": "bag-aurore",
                "quantity": 1,
                "amount": draw.randint(1, 9) * 1000,
                "currency": "EUR",
            }
            return {"order_id": f"{client}-o{n}", "channel": "store", "lines": [line]}
        case "web.view":
            return {"session": f"{client}-s", "sku": "bag-aurore"}
        case _:
            text = {"channel": "whatsapp", "conversation": client, "message": f"m{n}", "direction": "in"}
            return {**text, "text": "hello"}


class Sending:
    """Sends a storm at its pace; `sent` counts acknowledged events, twins included."""

    def __init__(self, outside: Outside, clients: Sequence[Client], seconds: float) -> None:
        self.sent = 0
        self.behind = 0.0
        self._outside, self._seconds = outside, seconds
        shares = [clients[n::SENDERS] for n in range(SENDERS)]
        self._plans = [list(_plan(share, seconds)) for share in shares]
        self.total = sum(len(plan) for plan in self._plans)

    async def run(self) -> None:
        """Returns when all is acknowledged."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as senders:
            for plan in self._plans:
                senders.create_task(self._send(plan, began))

    async def _send(self, plan: list[tuple[float, bytes]], began: float) -> None:
        at = 0
        while at < len(plan):
            passed = time.monotonic() - began
            upto = at
            while upto < len(plan) and upto - at < TOGETHER and plan[upto][0] <= passed:
                upto += 1
            if upto == at:
                await asyncio.sleep(plan[at][0] - passed + 0.05)
                continue
            self.behind = passed - plan[at][0]
            await self._outside.post_bodies([body for _, body in plan[at:upto]])
            self.sent += upto - at
            at = upto


def _plan(clients: Sequence[Client], seconds: float) -> Iterator[tuple[float, bytes]]:
    """When each event is due, in order of time; those of a client stay in order."""

    def of(client: Client) -> Iterator[tuple[float, bytes]]:
        count = len(client.sends)
        phase = (crc32(client.id.encode()) % 97) / 97
        return ((seconds * (n + phase) / count, body) for n, body in enumerate(client.sends))

    return heapq.merge(*map(of, clients))


async def wrong(outside: Outside, clients: Sequence[Client]) -> list[tuple[str, Any, Any]]:
    """Clients whose facts are not as they must be: id, what is there, what must be."""
    gate = asyncio.Semaphore(8)

    async def one(client: Client) -> tuple[str, Any, Any] | None:
        async with gate:
            facts = await outside.facts(client_id=client.id)
        held = {name: facts.get(name) for name in client.facts}
        return None if held == client.facts else (client.id, held, client.facts)

    return [found for found in await asyncio.gather(*map(one, clients)) if found is not None]


async def settled(
    outside: Outside, clients: Sequence[Client], patience: float, revive: Callable[[], object]
) -> None:
    """Returns when the facts of all are as they must be, in one look; `revive` is called before each.

    Raises AssertionError as soon as something was counted twice, or after `patience` seconds.
    """
    ends = time.monotonic() + patience
    left, before = clients, len(clients) + 1
    while True:
        revive()
        off = None
        with suppress(aiohttp.ClientError, TimeoutError, AssertionError):  # the console is on its way back
            off = await wrong(outside, left)
        if off == [] and left is clients:
            return
        if off:
            if len(off) != before:
                say(f"{len(off)} clients to go, such as {off[0]}")
            before = len(off)
            over = [o for o in off if any(_more(o[1][k], o[2][k]) for k in o[2])]
            assert not over, f"{len(over)} clients were counted twice, such as {over[:3]}"
        assert time.monotonic() < ends, f"{len(left)} clients are not exact, such as {(off or left)[:3]}"
        if off == []:
            left = clients
            continue
        names = {o[0] for o in off or ()}
        left = [c for c in left if c.id in names] or clients
        await asyncio.sleep(0.5)


def _more(held: object, expected: object) -> bool:
    return isinstance(held, int) and isinstance(expected, int) and held > expected


def revive(line: Line, but: Collection[str] = ()) -> list[str]:
    """Starts again what left by itself, as whoever runs the line would; how it left. `but`: not these."""
    gone = [name for name in line.names if not line[name].running and name not in but]
    left = [f"{name} left with code {line[name].code}" for name in gone]
    for name, how in zip(gone, left, strict=True):
        say(f"{how}: {line[name].tail().splitlines()[-1]}")
        line.start(name, wait=False)
    return left


def say(text: str) -> None:
    """How far it is, whatever pytest does with output."""
    print(f"storm: {text}", file=sys.__stderr__, flush=True)
