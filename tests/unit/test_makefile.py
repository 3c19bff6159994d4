"""`make` says in a sentence what it cannot build an environment with."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRETENDING = """#!/bin/sh
[ "$1" = -c ] || exit 7
exec {python} -c "import sys; sys.version_info = {version}; exec(sys.argv[1])" "$2"
"""


@pytest.mark.parametrize(
    ("version", "compiler", "sentence"),
    [
        ((3, 10), True, "prevenance needs Python 3.11 or newer: make PYTHON=python3.11"),
        ((3, 13), False, "install a C compiler, or make PYTHON=python3.12"),
        ((3, 12), False, "Error 7"),  # it would be built
        ((3, 13), True, "Error 7"),
    ],
)
def test_a_python_that_will_not_do_is_told_before_anything_is_built(
    tmp_path: Path, version: tuple[int, int], compiler: bool, sentence: str
) -> None:
    python = tmp_path / "python"
    python.write_text(PRETENDING.format(python=sys.executable, version=version))
    python.chmod(0o755)
    if compiler:
        (tmp_path / "cc").symlink_to("/bin/true")
    stamp = tmp_path / "venv" / ".ready"
    said = subprocess.run(
        [shutil.which("make") or "make", str(stamp), f"VENV={stamp.parent}", f"PYTHON={python}"],
        cwd=ROOT, env={**os.environ, "PATH": str(tmp_path)}, text=True, capture_output=True, timeout=30,
        check=False,
    )  # fmt: skip
    assert said.returncode
    assert sentence in said.stderr
    assert not stamp.parent.exists()
