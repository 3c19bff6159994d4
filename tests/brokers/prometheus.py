"""A Prometheus that watches processes of this machine by the rules of `deploy/prometheus`."""

import json
import shutil
import signal
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import yaml

from streams.embedded import free_port
from tests.brokers import BrokerError, ServerProcess
from tests.waiting import wait_blocking

ROOT = Path(__file__).resolve().parents[2]
RULES = [str(ROOT / "deploy/prometheus" / name) for name in ("slo.yml", "alerts.yml")]


def available() -> str | None:
    """None when a Prometheus can be started here, else a sentence why not."""
    if shutil.which("prometheus") is None:
        return "Prometheus is not installed (Debian's package is `prometheus`)."
    return None


class Prometheus:
    """Scrapes the ops ports of each job every `every` seconds; what it knows ends with it."""

    def __init__(self, jobs: Mapping[str, Sequence[int]], every: float = 1.0) -> None:
        self._jobs, self._every = jobs, every
        self.url = ""
        self._folder = Path(tempfile.mkdtemp(prefix="prevenance-prometheus-"))
        self._process: ServerProcess | None = None

    def __enter__(self) -> Self:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        config = self._folder / "prometheus.yml"
        config.write_text(yaml.safe_dump(self._config()))
        argv = [
            shutil.which("prometheus") or "",
            f"--config.file={config}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        argv += [f"--storage.tsdb.path={self._folder / 'data'}", "--log.level=warn"]
        self._process = ServerProcess("Prometheus", argv, self._folder / "server.log")
        try:
            wait_blocking(self._ready, 20, "Prometheus is ready")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.end(signal.SIGTERM)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _config(self) -> dict[str, Any]:
        return {
            "global": {"scrape_interval": f"{self._every:g}s", "scrape_timeout": f"{self._every:g}s"},
            "rule_files": RULES,
            "scrape_configs": [
                {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}" for port in ports]}]}
                for job, ports in self._jobs.items()
            ],
        }

    def _ready(self) -> bool:
        assert self._process is not None
        self._process.check()
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def query(self, expr: str) -> list[dict[str, Any]]:
        """What an expression comes to now. Raises BrokerError where Prometheus refuses it."""
        return self._ask("query", query=expr)

    def over(self, expr: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """What it came to from `start` to `end` (Unix seconds), every `step`. Raises BrokerError."""
        return self._ask("query_range", query=expr, start=start, end=end, step=step)

    def _ask(self, what: str, **asked: Any) -> list[dict[str, Any]]:
        url = f"{self.url}/api/v1/{what}?{urllib.parse.urlencode(asked)}"
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
                return found
        except urllib.error.HTTPError as error:
            said = json.load(error).get("error")
            raise BrokerError(f"Prometheus refuses {asked['query']}: {said}") from None
