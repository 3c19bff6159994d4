"""One cell of the matrix: a storm, a fault in the middle of it, and what must hold afterwards."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import msgspec
from click.testing import CliRunner
from redis.asyncio import Redis as RedisClient

from feature_store.inbox import START
from feature_store.redis_inbox import RedisInboxes
from schemas.alerts import inbox_of
from streams.cli import main
from tests.brokers.redis import Redis
from tests.brokers.toxiproxy import Joint, Network, ProxiedKafka
from tests.line import ROOT, Line, oid
from tests.outside import LUMIERE, Listener, Outside, event
from tests.prove.storm import Client, Sending, revive, say, settled, storm
from tests.waiting import wait_until

PROCESSES = ("gateway", "worker", "deliver", "console")
AOF = ("--appendonly", "yes", "--appendfsync", "everysec")
BEFORE, AFTER = 2.0, 2.0
"""Seconds of events before a fault strikes, and after it is mended."""
EACH = 60
"""Unique events of a client; each is sent twice."""
OF_HERS = 10
"""One client in so many comes to the boutique whose page is open: nobody has a page of thousands of cards."""
ALERTED = 30.0
"""Seconds from the mend until somebody who comes in then must have been announced."""
ALERTED_AFTER_A_KILL = 10.0
SETTLED = 120.0
"""Seconds from the end of all events until everything must be exact."""

Fault = Callable[[], AbstractAsyncContextManager[None]]


class Cell(msgspec.Struct):
    """One row of the table: seconds from the mend until the first alert, and until every count was exact."""

    name: str
    result: str = "did not end"
    told: float | None = None
    exact: float | None = None
    notes: list[str] = []

    def __str__(self) -> str:
        told, exact = ("" if s is None else f"{s:.1f}" for s in (self.told, self.exact))
        notes = [f"{note}, {n} times" if n > 1 else note for note, n in Counter(self.notes).items()]
        return f"| {self.name} | {'; '.join([self.result, *notes])} | {told} | {exact} |"


class Ground:
    """A line whose processes each have a network of their own, and the cells it has been through."""

    def __init__(self, line: Line, network: Network, redis: Redis) -> None:
        self.line, self.network, self.redis = line, network, redis
        self.cells: list[Cell] = []
        self._since = 0.0
        self.poisoned = 0
        """Dead letters that belong there."""
        self.handled: set[str] = set()
        """Processes that somebody is stopping and starting: nobody else starts them."""
        self.stack = ExitStack()
        """What ends with the line."""

    async def endures(
        self,
        name: str,
        fault: Fault,
        held: float,
        *,
        told_within: float = ALERTED,
        pace: int = 2,
        beside: Sequence[Client] = (),
    ) -> Cell:
        """Strikes while `pace` clients a second come and go, holds, mends, and looks whether all is well.

        A fault of no duration is a kill: its seconds begin when it strikes. `beside`: clients whose events
        come another way. Raises AssertionError naming what does not hold.
        """
        cell = Cell(name)
        self.cells.append(cell)
        say(f"--- {name}, {held:.0f} s")
        try:
            await self._endures(cell, fault, held, told_within, pace, beside)
            cell.result = "exact"
            return cell
        except BaseException as error:
            cell.result = f"FAILED: {type(error).__name__}: {str(error).splitlines()[0][:160]}"
            raise
        finally:
            say(str(cell))

    async def _endures(
        self, cell: Cell, fault: Fault, held: float, within: float, pace: int, beside: Sequence[Client]
    ) -> None:
        line = self.line
        await wait_until(self._all_at_work, 90, "the line is whole", every=0.5)
        seed = len(self.cells)
        seconds = BEFORE + held + AFTER
        clients = storm(seed, clients=round(pace * seconds), each=EACH, at=_site_of)
        probe = f"probe-{seed}"
        async with line.outside() as outside, outside.hear("camille") as heard:
            await _introduce(outside, probe)
            sending = Sending(outside, clients, seconds)
            tasks = [asyncio.create_task(self._revive(cell)), asyncio.create_task(sending.run())]
            try:
                await asyncio.sleep(BEFORE)
                self._since = time.monotonic()
                async with fault():
                    await asyncio.sleep(held)
                    heard_before = len(heard.told)
                if held:
                    self._since = time.monotonic()
                telling = asyncio.create_task(_announced(outside, heard, probe, self._since))
                tasks.append(telling)
                await tasks[1]
                await settled(outside, [*clients, *beside], SETTLED, lambda: None)
                cell.exact = time.monotonic() - self._since
                cell.told = await telling
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            say(
                f"{sending.total} sent, {outside.sent_again} posts again, {heard_before} told before the mend"
            )
            await self._sound(outside, heard, cell, within)

    async def _sound(self, outside: Outside, heard: Listener, cell: Cell, within: float) -> None:
        assert heard.twice == []
        assert await self.misordered() == []
        letters = await outside.dead_letters()
        assert len(letters) == self.poisoned, [dict(one.headers() or ()) for one in letters[:3]]
        assert cell.told is not None
        assert cell.told <= within, f"the first alert came after {cell.told:.1f} s, {within:.0f} are allowed"

    async def misordered(self) -> list[tuple[str, str]]:
        """Alerts of which a screen was told a revision again, or an older one after a newer one."""
        wrong = []
        async with RedisClient.from_url(self.redis.url) as client:
            inboxes = RedisInboxes(client, ["lumiere"])
            for place in LUMIERE.places:
                newest: dict[str, int] = {}
                for one in await inboxes.log(inbox_of("lumiere", place), START, 10_000):
                    alert = one.shown.alert
                    if alert.revision <= newest.get(alert.id, 0):
                        wrong.append((alert.id, one.shown.kind))
                    newest[alert.id] = alert.revision
        return wrong

    async def _all_at_work(self) -> bool:
        revive(self.line, self.handled)
        names = [name for name in self.line.names if name not in self.handled]
        return all([await asyncio.to_thread(self.line[name].ready) for name in names])

    async def _revive(self, cell: Cell) -> None:
        while True:
            cell.notes += revive(self.line, self.handled)
            await asyncio.sleep(0.2)

    async def command(self, *argv: str) -> tuple[int, str]:
        """Runs `prevenance ...` in a thread: its exit code, and all it wrote."""
        environ = self.line.environ | {"PREVENANCE_REDIS": self.redis.url}
        done = await asyncio.to_thread(CliRunner().invoke, main, argv, env=environ)
        return done.exit_code, done.output

    # --- faults

    def on(self, joint: Joint, how: str) -> Fault:
        """The network between a process and its server, `away` or one of `TOXICS`."""

        @asynccontextmanager
        async def fault() -> AsyncIterator[None]:
            await asyncio.to_thread(self.network.strike, joint, how)
            try:
                yield
            finally:
                await asyncio.to_thread(self.network.mend)

        return fault

    def killed(self, name: str) -> Fault:
        """SIGKILL, and started again at once, as whoever runs it would."""

        @asynccontextmanager
        async def fault() -> AsyncIterator[None]:
            server = self._server(name)
            if server is None:
                self.line.kill(name)
                self.line.start(name, wait=False)
            else:
                self._back(server.kill, server.start)
            yield

        return fault

    def restarted(self, name: str) -> Fault:
        """Ended in order, and started again."""

        @asynccontextmanager
        async def fault() -> AsyncIterator[None]:
            server = self._server(name)
            if server is None:
                await self.replaced(name)
            else:
                self._back(server.restart)
            yield

        return fault

    def still(self, name: str) -> Fault:
        """SIGSTOP: it is there and does nothing, then it goes on as if nothing had been."""

        @asynccontextmanager
        async def fault() -> AsyncIterator[None]:
            self._signal(name, signal.SIGSTOP)
            try:
                yield
            finally:
                self._signal(name, signal.SIGCONT)

        return fault

    def _back(self, *steps: Callable[[], None]) -> None:
        """Does them, and notes how long the server itself was gone: seconds count from its return."""
        began = time.monotonic()
        for step in steps:
            step()
        self._since = time.monotonic()
        self.cells[-1].notes.append(f"itself back after {self._since - began:.1f} s")

    async def replaced(self, name: str, root: Path = ROOT) -> None:
        """Stops a process in order and starts it from the code in that folder, without waiting for it."""
        self.handled.add(name)
        await asyncio.to_thread(self.line.stop, name)
        self.line.start(name, wait=False, cold=root != ROOT, root=root)
        self.handled.remove(name)

    def _server(self, name: str) -> Redis | ProxiedKafka | None:
        return {"kafka": self.network.kafka, "redis": self.redis}.get(name)

    def _signal(self, name: str, how: signal.Signals) -> None:
        server = self._server(name)
        if server is None:
            self.line[name].signal(how)
        else:
            os.kill(server.pid, how)


def _site_of(number: int) -> tuple[str]:
    return ("ginza",) if number % OF_HERS else ("vendome",)


async def _introduce(outside: Outside, client: str) -> None:
    """The house knows them: who comes in is announced by name."""
    await outside.post([event("client.profile", client_id=client, fields={"name": "Aline"})])
    await outside.facts_become({"visits": 0}, client_id=client)


async def _announced(outside: Outside, heard: Listener, client: str, since: float) -> float:
    """Seconds from `since` until the page tells of a client who comes in now."""
    await outside.post([event("store.checkin", client_id=client, site="vendome", method="nfc")])
    await wait_until(
        lambda: any(one.data["client"]["id"] == oid(client) for one in heard.told),
        3 * ALERTED,
        f"{client} is announced",
    )
    return time.monotonic() - since


@contextmanager
def on_ground(folder: Path) -> Iterator[Ground]:
    """A whole line, each process behind proxies of its own."""
    with Redis(options=AOF) as redis, Network(PROCESSES, folder) as network:
        network.start(redis)

        def environ(name: str) -> dict[str, str]:
            return network.environ(name.partition("-")[0])

        with Line(network.kafka.bootstrap, redis.url, folder, environ_of=environ) as line:
            line.start("worker", agents="keys,personalise,identify,learn", wait=False)
            line.start("deliver", agents="deliver", wait=False)
            line.start("gateway", "console")
            for name in ("worker", "deliver"):
                line[name].wait_ready()
            made = Ground(line, network, redis)
            with made.stack:
                yield made
