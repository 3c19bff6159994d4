"""Builds the site, strictly: a link that leads nowhere, or a page without a place, ends it.

`python -m handbook [FOLDER]`: the site is FOLDER/site, `build/handbook/site` unless told otherwise.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from feature_store.feature import instances
from handbook import reference
from handbook.page import Page

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "handbook/zensical.toml"
PAGES: list[Page] = instances(reference, "PAGE")
ROOT_PAGES = {"README.md": "overview.md", "CONTRIBUTING.md": "contributing.md"}
"""Pages at the root of the repository, and what they are in the site."""


def build(folder: Path) -> Path:
    """The folder of the site. Raises `SystemExit` with the reason."""
    shutil.rmtree(folder, ignore_errors=True)
    written(folder / "docs")
    if misplaced := [*_misplaced(folder / "docs")]:
        raise SystemExit("\n".join(misplaced))
    return strictly(folder)


def strictly(folder: Path) -> Path:
    """The site of the pages in `docs` of a folder. Raises `SystemExit` when a link leads nowhere."""
    config = folder / "zensical.toml"
    config.write_text(CONFIG.read_text())
    zensical = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(config)]
    if subprocess.run(zensical, cwd=folder, check=False).returncode != 0:  # noqa: S603
        raise SystemExit("the site was not built: see above")
    return folder / "site"


def written(docs: Path) -> None:
    """Writes every page: those of `docs/`, those of the root, and the reference."""
    shutil.copytree(ROOT / "docs", docs, ignore=shutil.ignore_patterns("*.py"))
    for name, page in ROOT_PAGES.items():
        (docs / page).write_text(_as_of_docs((ROOT / name).read_text()))
    shutil.copy(ROOT / "handbook/style.css", docs)
    shutil.copy(ROOT / "streams/page/icon.svg", docs)
    (docs / "reference").mkdir()
    for one in PAGES:
        (docs / f"reference/{one.name}.md").write_text(one.text())


def _as_of_docs(text: str) -> str:
    """A page of the root, its links as they are from within `docs/`.

    >>> _as_of_docs("[a](docs/a.md#b), [c](CONTRIBUTING.md) <img src='docs/c.png'>")
    "[a](a.md#b), [c](contributing.md) <img src='c.png'>"
    """
    for name, page in ROOT_PAGES.items():
        text = text.replace(f"]({name})", f"]({page})")
    return re.sub(r"(?<=\]\()docs/|(?<=src=[\"'])docs/", "", text)


def _misplaced(docs: Path) -> Iterator[str]:
    """Pages that no menu leads to, and menus that lead to no page."""
    placed = [*_places(tomllib.loads(CONFIG.read_text())["project"]["nav"])]
    there = {str(path.relative_to(docs)) for path in docs.rglob("*.md")}
    yield from (f"{page}: give it a place in handbook/zensical.toml" for page in sorted(there - {*placed}))
    yield from (f"{page}: not there, but in handbook/zensical.toml" for page in sorted({*placed} - there))
    yield from (f"{page}: twice in handbook/zensical.toml" for page in {*placed} if placed.count(page) > 1)


def _places(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    else:
        for one in nav.values() if isinstance(nav, dict) else nav:
            yield from _places(one)


if __name__ == "__main__":
    site = build(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "build/handbook")
    print(f"the site is {site / 'index.html'}")
