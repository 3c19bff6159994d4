"""The scripts that Redis runs, changed one thing at a time: mutmut changes functions alone."""

import importlib
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from feature_store.redis_timers import SET_AND_DROP

CHANGES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"==", "~="),
    (r"~=", "=="),
    (r"<=", "<"),
    (r">=", ">"),
    (r" < ", " <= "),
    (r" > ", " >= "),
    (r"\band\b", "or"),
    (r"\bor\b", "and"),
    (r"\bnot ", ""),
    (r" \+ ", " - "),
    (r" - ", " + "),
    (r"(?<![\w'.])\d+(?![\w'.])", lambda number: str(int(number[0]) + 1)),
)
OPENS = {"local", "return", "if", "else", "elseif", "for", "while", "repeat", "until", "end"}
"""What a line begins with that is no statement of its own, unless it is one from `for` to `end`."""


class Mutant(NamedTuple):
    script: str
    line: str
    changed: str
    was: str
    becomes: str
    """Of what was and becomes: the whole script, or the part that several share."""


def mutants_of(name: str) -> Iterator[Mutant]:
    """Of the scripts of a module: its constants that call Redis. A part that others share is its own."""
    for script, text in vars(importlib.import_module(name)).items():
        if not isinstance(text, str) or "redis.call" not in text:
            continue
        if text == SET_AND_DROP and name != "feature_store.redis_timers":
            continue
        own = text if text == SET_AND_DROP else text.removeprefix(SET_AND_DROP)
        lines = own.split("\n")
        for at, line in enumerate(lines):
            for changed in _changed(line):
                becomes = "\n".join([*lines[:at], changed, *lines[at + 1 :]])
                yield Mutant(script, line.strip(), changed.strip(), own, becomes)


def _changed(line: str) -> Iterator[str]:
    for pattern, change in CHANGES:
        for found in re.finditer(pattern, line):
            to = change if isinstance(change, str) else change(found)
            yield line[: found.start()] + to + line[found.end() :]
    words = line.split()
    if words and (words[0] not in OPENS or (words[0] in ("for", "if") and words[-1] == "end")):
        yield ""


def survivors_of(name: str, tests: list[str], at_once: int) -> tuple[int, list[Mutant]]:
    """How many mutants a module's scripts have, and those that no test noticed."""
    made, under_way, survived = list(mutants_of(name)), dict[int, Mutant](), list[Mutant]()
    if not made:
        return 0, []
    asked = ["-x", "-q", "-p", "no:cacheprovider", "--timeout=30", "-k", "not cluster and not memory", *tests]
    pytest.main([*asked, "--collect-only", "-qq"])

    def ended() -> None:
        pid, status = os.wait()
        mutant = under_way.pop(pid)
        if status == 0:
            survived.append(mutant)

    for number, mutant in enumerate(made):
        if len(under_way) >= at_once:
            ended()
        print(f"\r{number}/{len(made)} of the scripts, {len(survived)} survived", end="", flush=True)
        if (pid := os.fork()) == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            _put(mutant)
            os._exit(int(pytest.main(asked)))
        under_way[pid] = mutant
    while under_way:
        ended()
    return len(made), survived


def _put(mutant: Mutant) -> None:
    """Has every script that holds what the mutant changes hold the change."""
    for name, module in list(sys.modules.items()):
        if name.startswith("feature_store."):
            for constant, text in list(vars(module).items()):
                if isinstance(text, str) and mutant.was in text:
                    setattr(module, constant, text.replace(mutant.was, mutant.becomes))
