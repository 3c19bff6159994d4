"""docs/alerts.md says what the code does: who passes what on after how long, and what may be answered."""

import re
from math import prod
from pathlib import Path
from typing import get_args

from agents import rules
from agents.verdict import Decided
from schemas.alerts import Status

PAGE = (Path(__file__).parents[2] / "docs/alerts.md").read_text()
_PASSED_ON = re.compile(r"escalate=(?:None if call else )?([\d.* ]+),")
_ROW = re.compile(r"^\| `(\w+)` \| (\d+) (minutes|hours)", re.MULTILINE)


def test_what_is_passed_on_when_nobody_answers_stands_there_with_its_time() -> None:
    told = {name: int(n) * {"minutes": 60, "hours": 3600}[unit] for name, n, unit in _ROW.findall(PAGE)}
    passed_on = {}
    for file in Path(next(iter(rules.__path__))).glob("*.py"):
        found = _PASSED_ON.findall(text := file.read_text())
        assert text.count("escalate=") == len(found), f"{file.name}: written otherwise than this test reads"
        for factors in found:
            passed_on[file.stem] = prod(map(float, factors.split("*")))
    assert told == passed_on


def test_every_verdict_and_every_status_is_explained() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
    assert {*get_args(Decided)} <= rows
    assert all(f"`{status}`" in PAGE for status in get_args(Status))
