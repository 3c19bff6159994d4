"""A shell in which `prevenance` starts at once: `tests.forking` forks it from what has imported it."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Self

from tests.forking import parent

PATIENCE = 100.0
_SHIM = """\
#!{python} -ES
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    asked = {{"argv": sys.argv[1:], "environ": dict(os.environ), "cwd": os.getcwd(), "pid": os.getpid()}}
    server.sendall(json.dumps(asked).encode() + b"\\n")
    sys.exit(int(server.recv(16)))
"""


class Shell:
    """Runs commands as they are written; what they put into `folder/bin` stands before everything else."""

    def __init__(self, folder: Path) -> None:
        self._bin = folder / "bin"
        self._bin.mkdir()
        self._server = socket.socket(socket.AF_UNIX)
        address = str(folder / "shell.sock")
        self._server.bind(address)
        self._server.listen()
        self._put("prevenance", _SHIM.format(python=sys.executable, address=address))
        self._put("curl", '#!/bin/sh\nexec /usr/bin/curl --fail --silent --show-error "$@"\n')
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def run(
        self, commands: str, cwd: Path, environ: Mapping[str, str], patience: float = PATIENCE
    ) -> tuple[int, str]:
        """Exit code and all that was written; stops at the first command that fails."""
        path = os.pathsep.join([str(self._bin), str(Path(sys.executable).parent), os.environ["PATH"]])
        process = subprocess.Popen(
            ["bash", "-e", "-o", "pipefail", "-c", commands],
            cwd=cwd,
            env={**environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=patience)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        return process.returncode, output

    def _put(self, name: str, text: str) -> None:
        file = self._bin / name
        file.write_text(text)
        file.chmod(0o755)

    def _serve(self) -> None:
        with suppress(OSError):  # closed
            while True:
                asked, _ = self._server.accept()
                with closing(asked), asked.makefile() as lines:
                    told = json.loads(lines.readline())
                    log = Path(f"/proc/{told['pid']}/fd/1")
                    command = parent().fork(told["argv"], told["environ"], log, told["cwd"])
                    asked.sendall(str(command.wait(PATIENCE)).encode())
