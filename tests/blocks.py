"""The commands a reader of the documentation copies, as they stand there."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(
    r"(?:<!--\s*(?P<how>not run|make prove):\s*(?P<why>.*?)\s*-->\s*\n)?"
    r"^```sh[ \t]*\n(?P<body>.*?)^```[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_COMMAND = re.compile(
    r"(?:\$ |\.venv/bin/)?(?:prevenance|make|curl|helm|kubectl|docker|redis-cli|npm|pip) [-a-z]|\$ "
)


_SPOKEN = re.compile(r"(?<!`)`prevenance ([^`]+)`")


class Block(NamedTuple):
    """One fenced `sh` block: the first line of its commands in the file, and those.

    not_run: why nothing runs it; proved: why only `make prove` does.
    """

    page: str
    line: int
    commands: str
    not_run: str | None
    proved: str | None

    def __str__(self) -> str:
        return f"{self.page}, line {self.line}"


def blocks_of(text: str, page: str) -> list[Block]:
    r"""Every `sh` block of a page; a comment before one keeps it from running, here or but in `make prove`.

    >>> blocks_of("```sh\nmake docs\n```\n", "a.md")
    [Block(page='a.md', line=2, commands='make docs\n', not_run=None, proved=None)]
    >>> [kept] = blocks_of("<!-- not run: it is endless -->\n```sh\nmake demo\n```\n", "a.md")
    >>> kept.not_run
    'it is endless'
    """
    return [
        Block(
            page,
            text.count("\n", 0, found.start("body")) + 1,
            found["body"],
            found["why"] if found["how"] == "not run" else None,
            found["why"] if found["how"] == "make prove" else None,
        )
        for found in _BLOCK.finditer(text)
    ]


def all_blocks() -> list[Block]:
    """Those of every page."""
    return [block for page in pages() for block in blocks_of(page.read_text(), str(page.relative_to(ROOT)))]


def strays_of(text: str) -> list[str]:
    r"""Commands that stand in a block of another kind, where nothing runs them.

    >>> strays_of("```\n$ helm install x\n```\n```sh\nmake docs\n```\n```console\nmake test\n```\n")
    ['$ helm install x', 'make test']
    """
    blocks = re.findall(
        r"^```(?!sh\n)[a-z]*\n(.*?)^```[ \t]*$", _BLOCK.sub("", text), re.MULTILINE | re.DOTALL
    )
    return [line for block in blocks for line in block.splitlines() if _COMMAND.match(line)]


def spoken_of(text: str) -> list[list[str]]:
    """The words after `prevenance` of every command that a sentence names.

    >>> spoken_of("Run `prevenance rebuild --verify`, or `prevenance check`, not `make prove`.")
    [['rebuild', '--verify'], ['check']]
    """
    return [found.split() for found in _SPOKEN.findall(text)]


def pages() -> list[Path]:
    """README, CONTRIBUTING, and every page of `docs/`."""
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def copy_of(root: Path, to: Path) -> None:
    """What a clone of the repository would hold, with the environment of this one."""
    for entry in sorted(root.iterdir()):
        if entry.name not in (".git", ".cache", "build"):
            (to / entry.name).symlink_to(entry)
