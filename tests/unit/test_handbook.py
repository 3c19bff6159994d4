"""The reference names everything there is, and every page has its place."""

import ast
import re
from pathlib import Path
from typing import Any, get_args

import click
import msgspec
import pytest
from prometheus_client import CollectorRegistry

from agents.foresee import FORECASTS
from agents.registry import MODELS, RULES
from feature_store import features
from feature_store.feature import instances
from handbook import __main__ as handbook
from handbook.page import told
from handbook.reference.maison import TABLES
from schemas.events import EVENTS
from schemas.tiers import FACTS
from streams.cli import main
from streams.metrics import Metrics
from streams.operations import OPERATIONS
from streams.schemas_command import KINDS
from streams.settings import Settings
from streams.topics import TOPICS
from streams.variables import VARIABLES
from tests.blocks import pages, spoken_of

TEXTS = {page.name: page.text() for page in handbook.PAGES}
STREAMS = Path(__file__).parents[2] / "streams"


def metric_names() -> set[str]:
    registry = CollectorRegistry()
    Metrics(registry)
    return {f.name for f in registry.collect() if f.name.startswith("prevenance_")}


NAMED: dict[str, set[str]] = {
    "events": set(EVENTS),
    "topics": {topic.name for topic in TOPICS} | set(KINDS),
    "http": {f"`{method} {path}`" for method, path in OPERATIONS},
    "cli": {f"## prevenance {name}\n" for name in main.list_commands(click.Context(main))},
    "maison": {f"`{field}" for kind in TABLES.values() for field in kind.__struct_fields__},
    "settings": {variable.name for variable in VARIABLES},
    "metrics": metric_names(),
    "features": {f"## {feature.name}\n" for feature in instances(features, "FEATURE")},
    "rules": {f"## {rule.name}\n" for rule in RULES},
    "models": {f"### {one.name}\n" for one in (*MODELS, *FORECASTS)},
    "tiers": {f"`{fact}`" for fact in FACTS},
}


@pytest.mark.parametrize("page", TEXTS)
def test_a_page_of_the_reference_names_all_there_is(page: str) -> None:
    assert not [name for name in NAMED[page] if name not in TEXTS[page]]


def test_every_field_of_the_maison_file_is_explained() -> None:
    rows = [row for row in TEXTS["maison"].splitlines() if row.startswith("| `")]
    assert not [row for row in rows if row.endswith("|  |")]


def test_every_table_of_the_maison_file_has_its_place() -> None:
    fields = [field.type for kind in TABLES.values() for field in msgspec.structs.fields(kind)]
    named = {one for kind in fields for one in structs_in(kind)}
    assert named <= {*TABLES.values()}


def structs_in(kind: Any) -> set[Any]:
    """The structs that a type speaks of."""
    found = {one for inner in get_args(kind) for one in structs_in(inner)}
    return found | ({kind} if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else set())


@pytest.mark.parametrize("page", TEXTS)
def test_no_cell_is_lost_in_a_table(page: str) -> None:
    rows = re.findall(r"^\|.*\|$", TEXTS[page], re.MULTILINE)
    widths = [len(re.findall(r"(?<!\\)\|", row)) for row in rows]
    for row, width, head in zip(rows[1:], widths[1:], widths, strict=False):
        assert width == head or "---" in rows[rows.index(row) + 1], row


def test_every_variable_that_is_read_is_told_and_none_besides() -> None:
    words = {
        word
        for file in STREAMS.glob("*.py")
        if file.name != "variables.py"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for word in re.findall(r"(?:PREVENANCE)?_[A-Z_]*[A-Z]", node.value)
    }
    read = {word.removesuffix("_FILE") for word in words if word.startswith("PREVENANCE_")}
    read |= {f"PREVENANCE_{field.upper()}" for field in Settings.__struct_fields__}
    pieced = {name + ending for name in read for ending in words}  # _CERT after one name or another
    told_of = {variable.name for variable in VARIABLES}
    assert read <= told_of
    assert told_of <= read | pieced


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_command_that_a_sentence_names_is_there_with_its_options(page: Path) -> None:
    """Those that stand in blocks are run by tests/integration/test_documents.py."""
    for words in spoken_of(page.read_text()):
        known, told_of = {*options(main), "-h", "--help"}, main
        for word in words:
            if word.startswith("-"):
                assert word in known, f"prevenance {' '.join(words)}"
            elif isinstance(told_of, click.Group):
                told_of = told_of.get_command(click.Context(told_of), word)
                assert told_of is not None, f"prevenance {' '.join(words)}"
                known |= options(told_of)


def options(command: click.Command) -> set[str]:
    return {option for one in command.params for option in one.opts if option.startswith("-")}


def test_a_docstring_is_told_without_the_need_it_answers() -> None:
    assert told("B2, C4: a client calls.\n\n    >>> 1\n    1\n") == "A client calls."
