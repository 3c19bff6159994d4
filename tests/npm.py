"""npm packages that a test needs: those of a lock file beside it, and no others."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


def packages(folder: Path, say: Callable[[str], None], untested: str) -> Path:
    """The folder's `node_modules`, installed where that is to be done; without npm a skip, said aloud."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        say(f"NO NODE: {untested}; put node and npm on the PATH.")
        pytest.skip("no node")
    installed = folder / "node_modules/.package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < (folder / "package-lock.json").stat().st_mtime:
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        npm = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=110)
        if npm.returncode != 0:
            say(f"NO NPM PACKAGES: {untested}; npm ci failed in {folder}.")
            pytest.skip(f"npm ci: {npm.stderr[:500]}")
    return folder / "node_modules"
