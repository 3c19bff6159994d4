"""Every command of the README runs as it stands there."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.demo import ROOT, Demo
from tests.e2e.readme import Block, blocks_of, bounded, copy_of

BLOCKS = blocks_of((ROOT / "README.md").read_text())
BRIEFLY = 5
"""Seconds a demo of the README is given."""
PATIENCE = 100.0
PLACE = "http://127.0.0.1:8080"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone")
    copy_of(ROOT, folder)
    return folder


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The address of a demo, for commands that speak to the one a reader has started."""
    with Demo("--port", "0", "--no-traffic") as demo:
        yield f"http://127.0.0.1:{demo.ready().port}"


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREVENANCE_", "VIRTUAL_ENV"))}
    return kept | {"PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}"}


def run(command: str, cwd: Path) -> tuple[int, str]:
    """Exit code and output; what a command leaves running ends with it."""
    process = subprocess.Popen(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=PATIENCE)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return process.returncode, output


@pytest.mark.parametrize("block", BLOCKS, ids=[f"line {b.line}" for b in BLOCKS])
def test_a_block_of_the_readme_runs(
    block: Block, clone: Path, say: Callable[[str], None], request: pytest.FixtureRequest
) -> None:
    if block.not_run is not None:
        say(f"README.md, line {block.line}, is not run: {block.not_run}")
        pytest.skip(block.not_run)
    for command in block.commands:
        if PLACE in command:
            command = command.replace(PLACE, request.getfixturevalue("served"))
        code, output = run(bounded(command, BRIEFLY), clone)
        assert code == 0, f"README.md, block of line {block.line}: {command}\n{output}"
