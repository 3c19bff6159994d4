"""Whoever interrupts a process while it still imports what it is made of sees it end, and no trace."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvloop
from click.exceptions import Exit

from streams.command import run
from tests.waiting import wait_blocking

COMMANDS = ("demo", "gateway", "worker", "console")
TOLD = [sys.executable, "-X", "importtime", "-m", "streams"]
"""Python tells each module that it has imported, on stderr."""
MOMENTS = ("asyncio", "msgspec", "aiohttp", "faust", "streams.command")


@contextmanager
def importing(module: str, argv: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that has just imported `module`."""
    # Whoever starts the tests in the background has SIGINT ignored, and a process inherits that.
    argv = ["env", "--default-signal=INT", *argv]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if line.rpartition("|")[2].strip() == module:
                    break
            else:
                pytest.fail(f"it never imports {module}")
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("command", COMMANDS)
def test_ctrl_c_in_the_first_second_ends_it_without_a_word(command: str, moment: str) -> None:
    with importing(moment, [*TOLD, command]) as process:
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT, "which a shell calls 130"
    assert out == ""
    assert [line for line in errors.splitlines() if not line.startswith("import time:")] == []


def test_as_the_first_process_of_a_container_it_ends_when_it_is_told_to() -> None:
    """The kernel spares that one what it has no handler for: it was killed when the time to end was over."""
    first = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
    if shutil.which(first[0]) is None or subprocess.run([*first, "true"], capture_output=True).returncode:
        pytest.skip("needs unshare, and to be let make a container")
    with importing("aiohttp", [*first, *TOLD, "worker"]) as process:
        (inner,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(inner), signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM


def test_whoever_was_told_to_ignore_it_goes_on() -> None:
    ignoring = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *TOLD, "--version"]
    with importing("asyncio", ignoring) as process:
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out.startswith("python -m streams")


def test_one_that_has_just_been_imported_ends_as_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never_begun() -> int:
        return 1

    def interrupted(work: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(uvloop, "run", interrupted)
    with pytest.raises(Exit) as end:
        run(never_begun())
    assert end.value.exit_code == 130


@pytest.mark.parametrize("command", [["evaluate"], ["whatif", "--without", "birthday"]])
def test_what_is_interrupted_while_it_waits_for_its_input_has_not_succeeded(command: list[str]) -> None:
    argv = ["env", "--default-signal=INT", "PREVENANCE_PEPPER=any secret", sys.executable, "-m", "streams"]
    read, write = os.pipe()
    try:
        os.write(write, b"{}\n")
        with subprocess.Popen([*argv, *command, "-"], stdin=read) as process:
            try:
                wait_blocking(lambda: _waiting(read) == 0, 20, "what came is read")
                # Between Python's last look for signals and the system's read one would be lost.
                wait_blocking(lambda: _asleep(process.pid), 20, "it waits for more")
                process.send_signal(signal.SIGINT)
                assert process.wait(15) == 130  # while its stdin is still open
            finally:
                process.kill()
    finally:
        os.close(read)
        os.close(write)


def _waiting(pipe: int) -> int:
    """Bytes that nobody has read yet."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def _asleep(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"
