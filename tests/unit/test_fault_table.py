"""docs/faults.md has a row for every cell of the matrix, and for no other."""

import ast
import re
from pathlib import Path
from types import ModuleType

import pytest

from tests.prove import test_disasters, test_faults, test_surroundings

PAGE = (Path(__file__).parents[2] / "docs/faults.md").read_text()
HOW = ("killed", "stands still", "restarted")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table beneath a heading, without its two first rows."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return [row.strip("|").split("|") for row in re.findall(r"^\|.*\|$", section, re.MULTILINE)][2:]


def first_of(heading: str) -> list[str]:
    return [row[0].strip() for row in rows(heading)]


def test_every_joint_has_a_result_for_every_fault_of_the_network() -> None:
    assert first_of("The network") == [str(joint) for joint in test_faults.JOINTS]
    for joint, *cells in rows("The network"):
        assert [bool(re.search(r"\d", cell)) for cell in cells] == [True] * len(test_faults.HELD), joint


def test_every_process_and_server_has_a_row_for_all_that_befalls_it() -> None:
    told = {"kafka": "Kafka", "redis": "Redis"}
    expected = [f"{told.get(name, name)} {how}" for how in HOW for name in test_faults.RUNNING]
    assert first_of("Processes and servers") == expected


def test_whatever_comes_once_has_a_row() -> None:
    cells = endured(test_disasters, {})
    assert len(cells) > 10
    assert sorted(first_of("What comes once")) == sorted(cells)


def test_whatever_somebody_changes_has_a_row() -> None:
    cells = [cell for how in test_surroundings.OFFSETS for cell in endured(test_surroundings, {"how": how})]
    assert sorted(first_of("What somebody changes")) == sorted({*cells})


def endured(module: ModuleType, known: dict[str, str]) -> list[str]:
    """What the cells of a module are called; `known` has what their names are made of."""
    tree = ast.parse(Path(str(module.__file__)).read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [call.args[0] for call in calls if getattr(call.func, "attr", "") == "endures"]
    return [eval(compile(ast.Expression(name), "", "eval"), vars(module) | known) for name in named]


@pytest.mark.parametrize("heading", ["Processes and servers", "What comes once", "What somebody changes"])
def test_every_row_is_exact(heading: str) -> None:
    for row in rows(heading):
        assert re.search(r"exact|equal", row[1]), row
