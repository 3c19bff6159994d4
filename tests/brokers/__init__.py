"""Real servers for tests and benchmarks: each is a child process that dies with us."""

import signal
import subprocess
from pathlib import Path

from streams.embedded import dying_with_us


class BrokerError(RuntimeError):
    """A server of the tests did not start; the message says which, why, and the end of its log."""


class ServerProcess:
    """One child process with its log file."""

    def __init__(self, name: str, argv: list[str], log: Path) -> None:
        self.name = name
        self._log = log
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                dying_with_us(argv), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def check(self) -> None:
        """Raises BrokerError when the process has left."""
        if self._process.poll() is not None:
            raise self.error(f"left with code {self._process.returncode}")

    def error(self, why: str) -> BrokerError:
        tail = self._log.read_text(errors="replace")[-2000:]
        return BrokerError(f"{self.name} {why}; its log {self._log} ends in:\n{tail}")

    def end(self, how: signal.Signals = signal.SIGTERM, patience: float = 15.0) -> None:
        """Sends `how` and waits; what has not left after `patience` seconds is killed."""
        if self._process.poll() is None:
            self._process.send_signal(how)
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
