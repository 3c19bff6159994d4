"""The processes of the line as an operator starts them, on the servers of a benchmark."""

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.mix import MAISON, PEPPER
from benchmarks.servers import MEASURED, Servers, pinned
from streams.embedded import dying_with_us, free_port

WRITE_KEY = "bench"
SECRET = secrets.token_urlsafe(32)
PATIENCE = 120.0
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "gateway": ("gateway",),
    "console": ("console",),
    "worker": ("worker", "--agents", "keys,personalise,identify,learn"),
    "deliver": ("worker", "--agents", "deliver"),
}


class Process:
    """One of them, ready; `port` is that of its HTTP."""

    def __init__(self, name: str, environ: Mapping[str, str], log: Path) -> None:
        self.name, self.port, self._ops, self._log = name, free_port(), free_port(), log
        with log.open("wb") as out:
            self._process = subprocess.Popen(
                dying_with_us([sys.executable, "-m", "streams", *COMMANDS[name]]),
                env={**environ, "PREVENANCE_PORT": str(self.port), "PREVENANCE_OPS_PORT": str(self._ops)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    @property
    def cpu(self) -> float:
        """CPU seconds it has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_ready(self) -> None:
        """Ends the run with the end of its log if it is not ready in a minute."""
        ends = time.monotonic() + PATIENCE
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > ends:
                raise SystemExit(f"bench: {self.name} is not ready:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.1)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._ops}/ready", timeout=3) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """In order, or by force after ten seconds."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def line(
    where: Servers, *names: str, core: int | None = MEASURED, maisons: Path = Path("deploy/maisons")
) -> Iterator[dict[str, Process]]:
    """The processes named, all ready, on `core` (None: wherever the system puts them)."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith("PREVENANCE_")} | {
        "PREVENANCE_KAFKA": where.brokers,
        "PREVENANCE_REDIS": where.redis,
        "PREVENANCE_MAISONS": str(maisons),
        "PREVENANCE_PEPPER": PEPPER,
        "PREVENANCE_WRITE_KEYS": f"{MAISON}:{WRITE_KEY}",
        "PREVENANCE_JWT_SECRET": SECRET,
    }
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="prevenance-bench-")))
        running: dict[str, Process] = {}
        with pinned(core):
            for name in names:
                running[name] = Process(name, environ, logs / f"{name}.log")
                stack.callback(running[name].stop)
        for process in running.values():
            process.wait_ready()
        yield running
