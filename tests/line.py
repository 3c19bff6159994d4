"""The processes of the line, started, killed and stopped as an operator would.

with Line(kafka.bootstrap, redis.url, tmp_path) as line:
    line.start("gateway", "worker", "console")
    async with line.outside() as outside:
        await outside.post([event("store.checkin", card="c-1", site="vendome", method="nfc")])
"""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Self

import aiohttp

from schemas.who import oid_of
from streams import topic_admin
from streams.embedded import dying_with_us, free_port
from streams.worker import AGENTS
from tests.brokers.kafka import Kafka
from tests.brokers.redis import Redis
from tests.forking import Forked, parent
from tests.outside import SECRET, WRITE_KEY, Outside

ROOT = Path(__file__).resolve().parents[1]
PEPPER = "a pepper for the line"
COMMANDS = ("gateway", "console")
SHOWN = 3000
"""Bytes of each log that are shown when a test fails."""


class Process:
    """One process of the line; its ports and its log file outlive restarts."""

    def __init__(self, name: str, argv: list[str], environ: dict[str, str], folder: Path) -> None:
        self.name = name
        self.port, self.ops_port = free_port(), free_port()
        self.log = folder / f"{name}.log"
        self._argv = argv
        self._environ = environ | {
            "PREVENANCE_PORT": str(self.port),
            "PREVENANCE_OPS_PORT": str(self.ops_port),
        }
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self._before = 0

    @property
    def code(self) -> int | None:
        """The exit code; None while it runs, or before its start."""
        return self._process.poll() if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def run(self, cold: bool, root: Path = ROOT) -> None:
        """Starts it, without waiting."""
        assert not self.running, f"{self.name} runs already"
        self.log.touch()
        self._before = self.log.stat().st_size
        if not cold and sys.platform.startswith("linux"):
            self._process = parent().fork(self._argv, self._environ, self.log)
            return
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                dying_with_us([sys.executable, "-m", "streams", *self._argv]),
                env=self._environ,
                cwd=root,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    def signal(self, how: signal.Signals) -> None:
        assert self._process is not None, f"{self.name} was never started"
        with suppress(ProcessLookupError):
            self._process.send_signal(how)

    def left(self, patience: float) -> int:
        """Waits for its end and gives the exit code."""
        assert self._process is not None, f"{self.name} was never started"
        return self._process.wait(patience)

    def ready(self) -> bool:
        """Whether `/ready` says so, and it is this process that says it and no stranger on its port."""
        if b"metrics on" not in self.log.read_bytes()[self._before :]:
            return False
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ops_port}/ready", timeout=3) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def wait_ready(self, deadline: float = 40.0) -> None:
        ends = time.monotonic() + deadline
        while not self.ready():
            assert self.running, f"{self.name} left with code {self.code}:\n{self.tail()}"
            assert time.monotonic() < ends, f"{self.name} not ready in {deadline} s:\n{self.tail()}"
            time.sleep(0.05)

    def tail(self) -> str:
        """The end of its log."""
        text = self.log.read_bytes() if self.log.exists() else b""
        return text[-SHOWN:].decode(errors="replace")


class Line:
    """All processes on one Kafka and one Redis. A name that is no command is a worker of that name.

    `session_timeout`: seconds until Kafka gives a killed worker's partitions to another one. `environ_of`:
    what a process is told besides, or otherwise than the others. `verbose`: they log what they do.
    """

    def __init__(
        self,
        kafka: str,
        redis: str,
        folder: Path,
        *,
        partitions: int = 4,
        session_timeout: float = 6.0,
        checkpoint_seconds: float = 60.0,
        environ_of: Callable[[str], Mapping[str, str]] = lambda _: {},
        verbose: bool = False,
    ) -> None:
        self.kafka, self.redis, self.partitions = kafka, redis, partitions
        self._folder, self._environ_of = folder, environ_of
        self._options = ["--verbose"] if verbose else []
        self._processes: dict[str, Process] = {}
        self.environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith("PREVENANCE_")},
            "PREVENANCE_KAFKA": kafka,
            "PREVENANCE_REDIS": redis,
            "PREVENANCE_PEPPER": PEPPER,
            "PREVENANCE_WRITE_KEYS": f"lumiere:{WRITE_KEY}",
            "PREVENANCE_JWT_SECRET": SECRET,
            "PREVENANCE_SESSION_TIMEOUT": str(session_timeout),
            "PREVENANCE_CHECKPOINT_SECONDS": str(checkpoint_seconds),
        }

    def __enter__(self) -> Self:
        topic_admin.create_and_check(self.kafka, partitions=self.partitions, replication=1)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        running = [process for process in self._processes.values() if process.running]
        for process in running:  # in order, or the next line on this Kafka waits for members who are gone
            process.signal(signal.SIGTERM)
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.left(5)
                continue
            process.signal(signal.SIGKILL)
            process.left(10)
        if error is not None:
            self.show()

    def show(self) -> None:
        """Writes the end of every log to stderr, which pytest shows with a failure."""
        for process in self._processes.values():
            print(f"--- {process.name} (code {process.code}) ---\n{process.tail()}", file=sys.stderr)

    @property
    def names(self) -> list[str]:
        """Every process that was started."""
        return list(self._processes)

    def __getitem__(self, name: str) -> Process:
        return self._processes[name]

    def start(
        self,
        *names: str,
        agents: str = ",".join(AGENTS),
        wait: bool = True,
        cold: bool = False,
        root: Path = ROOT,
    ) -> None:
        """Starts processes, again where they ran before, and waits until they are ready.

        `agents` says what workers that are started for the first time run. `cold`: each imports everything
        itself, as in production, from the code in `root`; else it is forked from a process that has.
        """
        for name in names:
            if name not in self._processes:
                argv = [name] if name in COMMANDS else ["worker", "--agents", agents]
                environ = {**self.environ, **self._environ_of(name)}
                self._processes[name] = Process(name, [*self._options, *argv], environ, self._folder)
            self._processes[name].run(cold, root)
        if wait:
            for name in names:
                self._processes[name].wait_ready()

    def ensure(self, *names: str) -> None:
        """Starts those that do not run."""
        self.start(*(n for n in names if n not in self._processes or not self._processes[n].running))

    def kill(self, *names: str) -> None:
        """SIGKILL."""
        for name in names:
            self._processes[name].signal(signal.SIGKILL)
        for name in names:
            self._processes[name].left(10)

    def stop(self, *names: str, patience: float = 12.0) -> list[int]:
        """SIGTERM; the exit codes."""
        for name in names:
            self._processes[name].signal(signal.SIGTERM)
        return [self._processes[name].left(patience) for name in names]

    def restart(self, *names: str) -> None:
        """Kills and starts again."""
        self.kill(*names)
        self.start(*names)

    @asynccontextmanager
    async def outside(self) -> AsyncIterator[Outside]:
        """Those who send events, and those who are alerted."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
            yield Outside(
                session,
                lambda name: f"http://127.0.0.1:{self._processes[name].port}",
                lambda name: f"http://127.0.0.1:{self._processes[name].ops_port}",
                self.kafka,
            )


@contextmanager
def delivering_apart(kafka: Kafka, redis: Redis, folder: Path) -> Iterator[Line]:
    """A whole line whose `deliver` is a process of its own: it or the worker may stand still alone."""
    with Line(kafka.bootstrap, redis.url, folder) as line:
        line.start("worker", agents="keys,personalise,identify,learn", wait=False)
        line.start("deliver", agents="deliver", wait=False)
        line.start("gateway", "console")
        line["worker"].wait_ready()
        line["deliver"].wait_ready()
        yield line


@asynccontextmanager
async def standing_still(line: Line, *names: str) -> AsyncIterator[None]:
    """Processes that are there and do nothing: to everybody else their lag grows without end."""
    for name in names:
        line[name].signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for name in names:
            line[name].signal(signal.SIGCONT)


def oid(client: str) -> str:
    """Where a client's record is."""
    return oid_of("lumiere", "client_id", client, PEPPER.encode())
