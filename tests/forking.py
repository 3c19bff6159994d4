"""Processes of the product, forked from one that has imported it: four fifths of a start are imports.

What is forked runs the command with arguments, environment and log of its own, dies with us, and ends with an
exit code of its own, as if it had been started by `python -m streams`.
"""

import atexit
import ctypes
import gc
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_KILL_WITH_PARENT = 1
"""`PR_SET_PDEATHSIG` of prctl(2)."""


class Forked:
    """A forked command: of `subprocess.Popen`, what the tests use."""

    def __init__(self, parent: "Parent", pid: int) -> None:
        self.pid = pid
        self._parent = parent

    def poll(self) -> int | None:
        """The exit code, negative after a signal; None while it runs."""
        return self._parent.code(self.pid)

    def wait(self, timeout: float) -> int:
        """The exit code, once it has left. Raises `subprocess.TimeoutExpired`."""
        ends = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > ends:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.01)
        return code

    def send_signal(self, how: signal.Signals) -> None:
        """Nothing where it has left."""
        if self.poll() is None:
            os.kill(self.pid, how)


class Parent:
    """The process that has imported everything; it forks what it is told to, and tells what has left."""

    def __init__(self) -> None:
        argv = [sys.executable, "-m", "tests.forking"]
        self._process = subprocess.Popen(
            argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        self._codes: dict[int, int | None] = {}
        self._unread = b""
        self._lock = threading.Lock()

    def fork(
        self, argv: Sequence[str], environ: Mapping[str, str], log: Path, cwd: str | Path = ROOT
    ) -> Forked:
        """Starts `prevenance *argv`; all that it writes is added to `log`."""
        asked = {"argv": list(argv), "environ": dict(environ), "log": str(log), "cwd": str(cwd)}
        with self._lock:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            while (born := self._take(60.0)) is None:
                pass
        return Forked(self, born)

    def code(self, pid: int) -> int | None:
        """The exit code of what was forked, None while it runs."""
        with self._lock:
            self._take(0.0)
            return self._codes[pid]

    def _take(self, patience: float) -> int | None:
        """Reads what is told; the pid of what was born, if anything was."""
        assert self._process.stdout is not None
        born = None
        while select.select([self._process.stdout], [], [], patience)[0]:
            patience = 0.0
            read = os.read(self._process.stdout.fileno(), 4096)
            assert read, f"the process that forks others has left with code {self._process.wait(10)}"
            *lines, self._unread = (self._unread + read).split(b"\n")
            for pid, code in (json.loads(line) for line in lines):
                self._codes[pid] = code
                born = pid if code is None else born
        return born

    def close(self) -> None:
        """Ends it, and with it all that it forked."""
        with self._process:
            self._process.kill()


@cache
def parent() -> Parent:
    """The one of this process, started when first asked for."""
    started = Parent()
    atexit.register(started.close)
    return started


def _serve() -> dict[str, Any] | None:
    """Forks one process a line of stdin; in each of them, returns what it is to become.

    None when stdin ends, for then whoever asked is gone; what was forked dies with us.
    """
    left, leaves = os.pipe()
    os.set_blocking(leaves, False)
    signal.set_wakeup_fd(leaves)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # one is needed, or nothing is written
    while True:
        _tell_who_left()
        ready = select.select([0, left], [], [])[0]
        if left in ready:
            os.read(left, 4096)
        if 0 not in ready:
            continue
        line = b""
        while not line.endswith(b"\n"):
            if not (read := os.read(0, 65_536)):
                return None
            line += read
        if (pid := os.fork()) == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.set_wakeup_fd(-1)
            os.close(left)
            os.close(leaves)
            asked: dict[str, Any] = json.loads(line)
            return asked
        _tell(pid, None)


def _tell_who_left() -> None:
    with suppress(ChildProcessError):  # there is none
        while (left := os.waitpid(-1, os.WNOHANG))[0]:
            _tell(left[0], os.waitstatus_to_exitcode(left[1]))


def _tell(pid: int, code: int | None) -> None:
    os.write(1, json.dumps([pid, code]).encode() + b"\n")


def _become(argv: list[str], environ: dict[str, str], log: str, cwd: str) -> None:
    """Makes this process what a shell would have started."""
    ctypes.CDLL(None).prctl(_KILL_WITH_PARENT, signal.SIGKILL)
    out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for new, old in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(new, old)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = ["prevenance", *argv]


if __name__ == "__main__":
    from agents.registry import MODELS
    from streams.cli import main

    for model in MODELS:
        model.new()
    gc.freeze()  # else each that is forked looks through all of this once more when it ends
    if (asked := _serve()) is not None:
        _become(**asked)
        main()
