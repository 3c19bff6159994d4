"""Toxiproxy between each process and its servers: the network between two of them fails, and no other.

All connections of a joint, such as `Joint("worker", "redis")`, go through a proxy of its own. Kafka tells a
client where its broker is: for each process it has a listener that tells the proxy's address.
"""

import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Self

from streams.embedded import free_port
from tests.brokers import ServerProcess
from tests.brokers.kafka import ROOT, Kafka
from tests.brokers.redis import Redis
from tests.waiting import wait_blocking

BINARY = shutil.which("toxiproxy-server") or shutil.which(str(ROOT / ".cache/bin/server"))
HOW = "GOBIN=$PWD/.cache/bin go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0"
TOXICS: dict[str, list[dict[str, Any]]] = {
    "slow": [{"type": "latency", "stream": "downstream", "attributes": {"latency": 200, "jitter": 100}}],
    "cut": [{"type": "reset_peer", "stream": "upstream", "attributes": {"timeout": 0}}],
    "half-open": [
        {"type": "timeout", "stream": stream, "attributes": {"timeout": 0}}
        for stream in ("upstream", "downstream")
    ],
}
"""What a fault does to the bytes of a joint; one that is `away` lets nobody in at all."""


class Joint(NamedTuple):
    """A process of the line, and the server it talks to: `kafka` or `redis`."""

    process: str
    server: str

    def __str__(self) -> str:
        return f"{self.process}-{self.server.title()}"


class Network:
    """A Kafka and a Redis, and a proxy before them for each of these processes. Start both servers before."""

    def __init__(self, processes: Sequence[str], folder: Path) -> None:
        self.ports = {Joint(p, s): free_port() for p in processes for s in ("kafka", "redis")}
        self.kafka = ProxiedKafka({p: self.ports[Joint(p, "kafka")] for p in processes})
        self._api = free_port()
        self._folder = folder
        self._process: ServerProcess | None = None

    def start(self, redis: Redis) -> None:
        """Kafka runs, and every joint is sound, when it returns."""
        assert BINARY is not None, HOW
        self.kafka.start()
        argv = [BINARY, "-host", "127.0.0.1", "-port", str(self._api)]
        self._process = ServerProcess("Toxiproxy", argv, self._folder / "toxiproxy.log")
        wait_blocking(self._answers, 10, "Toxiproxy answers")
        self._ask("POST", "/populate", [self._proxy(joint, redis) for joint in self.ports])

    def stop(self) -> None:
        if self._process is not None:
            self._process.end()
        self.kafka.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def environ(self, process: str) -> dict[str, str]:
        """Where a process finds its servers."""
        kafka, redis = (self.ports[Joint(process, server)] for server in ("kafka", "redis"))
        return {
            "PREVENANCE_KAFKA": f"127.0.0.1:{kafka}",
            "PREVENANCE_REDIS": f"redis://127.0.0.1:{redis}/0",
        }

    def strike(self, joint: Joint, how: str) -> None:
        """From now on the joint is `away`, or one of `TOXICS`."""
        if how == "away":
            self._ask("POST", f"/proxies/{joint}", {"enabled": False})
        for toxic in TOXICS.get(how, ()):
            self._ask("POST", f"/proxies/{joint}/toxics", toxic)

    def mend(self) -> None:
        """Every joint is sound."""
        self._ask("POST", "/reset")

    def redirect(self, redis: Redis) -> None:
        """All find another Redis where theirs was; connections to theirs are cut."""
        for joint in self.ports:
            if joint.server == "redis":
                self._ask("POST", f"/proxies/{joint}", self._proxy(joint, redis))

    def _proxy(self, joint: Joint, redis: Redis) -> dict[str, Any]:
        behind = redis.port if joint.server == "redis" else self.kafka.behind[joint.process]
        return {
            "name": str(joint),
            "listen": f"127.0.0.1:{self.ports[joint]}",
            "upstream": f"127.0.0.1:{behind}",
            "enabled": True,
        }

    def _answers(self) -> bool:
        with suppress(urllib.error.URLError, OSError):
            self._ask("GET", "/version")
            return True
        return False

    def _ask(self, method: str, path: str, body: Any = None) -> None:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self._api}{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=5) as answer:
            answer.read()


class ProxiedKafka(Kafka):
    """A Kafka that tells each of these names another port to come by; `behind` has where that is to lead."""

    def __init__(self, ports: dict[str, int]) -> None:
        super().__init__()
        self._ports = ports
        self.behind = {name: free_port() for name in ports}

    def _properties(self, folder: Path, port: int, controller: int) -> str:
        own = [f"PLAINTEXT://127.0.0.1:{port}"]
        listens = [f"{name.upper()}://127.0.0.1:{behind}" for name, behind in self.behind.items()]
        tells = [f"{name.upper()}://127.0.0.1:{proxy}" for name, proxy in self._ports.items()]
        names = ["PLAINTEXT", "CONTROLLER", *map(str.upper, self._ports)]
        more = {
            "listeners": [*own, f"CONTROLLER://127.0.0.1:{controller}", *listens],
            "advertised.listeners": [*own, *tells],
            "listener.security.protocol.map": [f"{name}:PLAINTEXT" for name in names],
        }
        lines = (f"{name}={','.join(values)}\n" for name, values in more.items())
        return super()._properties(folder, port, controller) + "".join(lines)
