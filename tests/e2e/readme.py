"""The commands a reader of the README copies, as they stand there."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(
    r"(?:<!--\s*not run:\s*(?P<why>.*?)\s*-->\s*\n)?^```sh[ \t]*\n(?P<body>.*?)^```[ \t]*$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """One fenced `sh` block: its first line in the file, its commands, why it is not run (None: it is)."""

    line: int
    commands: list[str]
    not_run: str | None


def blocks_of(text: str) -> list[Block]:
    r"""Every `sh` block of a Markdown text; a comment `not run: reason` before one keeps it from running.

    >>> runs, kept = blocks_of("```sh\nmake demo\n```\n<!-- not run: long -->\n```sh\nmake prove\n```\n")
    >>> runs
    Block(line=2, commands=['make demo'], not_run=None)
    >>> kept.not_run
    'long'
    """
    return [
        Block(text.count("\n", 0, found.start("body")) + 1, _commands(found["body"]), found["why"])
        for found in _BLOCK.finditer(text)
    ]


def _commands(body: str) -> list[str]:
    r"""Commands as a shell would see them: continued lines joined, an open quote read on, comments left out.

    >>> _commands("# first\ncurl \\\n  x\necho 'a\nb'\n")
    ['curl   x', "echo 'a\nb'"]
    """
    commands, held = [], ""
    for line in body.replace("\\\n", "").splitlines():
        held = f"{held}\n{line}" if held else line
        try:
            words = shlex.split(held, comments=True)
        except ValueError:  # a quote is open: the command goes on
            continue
        if words:
            commands.append(held)
        held = ""
    assert not held, f"a quote is never closed: {held!r}"
    return commands


def bounded(command: str, seconds: int) -> str:
    """A command that would run until it is stopped, told to end by itself; others as they are.

    >>> bounded("make demo", 5)
    'make demo ARGS="--port 0 --seconds 5"'
    >>> bounded("prevenance demo --json | head -1", 5)
    'prevenance demo --port 0 --seconds 5 --json | head -1'
    >>> bounded("make test", 5)
    'make test'
    """
    if "--seconds" in command:
        return command
    limits = f"--port 0 --seconds {seconds}"
    if "prevenance demo" in command:
        return command.replace("prevenance demo", f"prevenance demo {limits}", 1)
    if re.search(r"\bmake demo\b", command) and "ARGS=" in command:
        return re.sub(r"ARGS=([\"'])", rf"ARGS=\1{limits} ", command, count=1)
    return re.sub(r"\bmake demo\b", f'make demo ARGS="{limits}"', command, count=1)


def copy_of(root: Path, to: Path) -> None:
    """What a clone of the repository would hold, with the environment of this one."""
    for entry in sorted(root.iterdir()):
        if entry.name not in (".git", ".cache", "build"):
            (to / entry.name).symlink_to(entry)
